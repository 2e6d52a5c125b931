"""What an expert may not say: words that lead away from here are kept masked for moderators, and reach nobody else.

Words that look like guesses at hidden details are delivered, and shown to moderators as well.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from tortoise.expressions import F
from tortoise.functions import Count

from chatmarket.errors import N_, NotAllowed
from chatmarket.flows import showing
from chatmarket.flows.committing import Blocked, Kept
from chatmarket.house import House
from chatmarket.models import Chat, Message, Solicitation, Status
from chatmarket.models.chats import BLOCKED, Why
from chatmarket.privacy import guesses
from chatmarket.privacy.segments import from_json
from chatmarket.store import after_commit, unit_of_work
from chatmarket.templating import LANGUAGES, fragment, iso
from realtime import channels
from realtime.frames import frame

COUNTED = timedelta(days=30)
AGAIN = timedelta(minutes=1)  # the same words again within this are the same: their answer was lost on the way
MOST_SHOWN = 50


class Solicits(NotAllowed):
    code = "solicitation"
    text = N_(
        "Not sent: this leads away from here. Contact, payment and help outside are not allowed, nor are ways around "
        "what is hidden; moderators can see that you tried. Please answer here, without it."
    )


class AsksSecret(NotAllowed):
    code = "asks_secret"
    text = N_(
        "Not sent: this asks for a secret. Nobody needs a customer's password, PIN, code or whole card to help; "
        "moderators can see that you asked. Please help without it."
    )


REFUSALS = {Why.SOLICITATION: Solicits, Why.SECRET: AsksSecret}


@unit_of_work
async def block(house: House, blocked: Blocked) -> None:
    """Keeps the words for the moderators of the chat's brand, who hear of it at once; an expert whose chat this is not
    any more has told nobody anything."""
    said = blocked.saying
    chat = await Chat.get_or_none(id=said.chat, status=Status.LIVE, expert_id=said.account).select_related("brand")
    if chat is None:
        return
    before = Solicitation.filter(chat_id=said.chat, account_id=said.account, why__in=BLOCKED)
    last = await before.order_by("-id").first()
    if last and last.segments == blocked.segments and said.at - last.at < AGAIN and _same_values(house, blocked):
        return
    house.blocked.put(said.chat, _sealed(house, blocked))
    kept = await Solicitation.create(
        chat_id=said.chat,
        account_id=said.account,
        segments=blocked.segments,
        at=datetime.now(UTC),
        why=blocked.why,
        after=chat.seq,
    )
    # Whoever masks the next message is to know that this was asked.
    await Chat.filter(id=chat.id).update(hidden=F("hidden") + 1)
    house.vaults.drop(chat.id)
    after_commit(lambda: _tell(house, kept))


def may_guess(kept: Kept) -> bool:
    """Whether an expert's message names a detail at all."""
    return kept.author == "expert" and guesses.named([from_json(kept.segments)]) > 0


@unit_of_work
async def count_guesses(house: House, kept: Kept) -> None:
    """Moderators are told of an expert's message when that expert has named so many details in the chat that they may
    be guesses. It was delivered all the same: to refuse it would be an answer, and nobody knows what it was for."""
    most = house.settings.guesses_flagged
    chat = await Chat.get(id=kept.chat)
    said = await Message.filter(chat_id=kept.chat, author="expert", seq__lte=kept.seq).values("segments")
    many = guesses.named(from_json(row["segments"]) for row in said)
    if chat.expert_id is None or not 0 < most <= many:
        return
    shown = await Solicitation.create(
        chat_id=chat.id, account_id=chat.expert_id, segments=kept.segments, at=kept.at, why=Why.GUESSES
    )
    after_commit(lambda: _tell(house, shown))


def _same_values(house: House, blocked: Blocked) -> bool:
    """Two telephone numbers read the same once they are masked; which it was is remembered in this process only, and
    never as it was said."""
    hides = any("token" in segment for segment in blocked.segments)
    return not hides or house.blocked.get(blocked.saying.chat) == _sealed(house, blocked)


def _sealed(house: House, blocked: Blocked) -> str:
    return house.seal("blocked", blocked.saying.text)


async def _tell(house: House, kept: Solicitation) -> None:
    chat = await showing.chat_whole(kept.chat_id)
    views = await _viewed(house, chat, [kept])
    for language in LANGUAGES:
        for told in _frames(chat.id, views, language):
            house.switchboard.publish(told, channels.room(chat.id, "staff", language))
    await showing.tell_board(house, chat)


async def of_chat(house: House, chat: Chat) -> list[showing.View]:
    """What was blocked in a chat, the oldest first, for those who watch it."""
    kept = await Solicitation.filter(chat_id=chat.id).order_by("-id").limit(MOST_SHOWN)
    return await _viewed(house, chat, kept[::-1])


async def frames(house: House, chat: Chat, language: str) -> list[str]:
    """As `of_chat`, for a socket; whoever has one already drops it."""
    return _frames(chat.id, await of_chat(house, chat), language)


async def counts(chats: Collection[int]) -> dict[int, int]:
    """How many messages were blocked in each of these chats, where there were any."""
    found = Solicitation.filter(chat_id__in=chats, why__in=BLOCKED).annotate(many=Count("id")).group_by("chat_id")
    return dict(await found.values_list("chat_id", "many"))


async def _viewed(house: House, chat: Chat, kept: Sequence[Solicitation]) -> list[showing.View]:
    """With how often each of their experts did so in the last 30 days, as this brand saw it."""
    causes = {(one.account_id, Why(one.why)) for one in kept}
    many = {cause: await _lately(*cause, chat.brand_id) for cause in causes}
    flagged_from = house.settings.solicitations_flagged
    return [
        {
            "id": one.id,
            "at": one.at,
            "segments": [_numberless(segment) for segment in one.segments],
            "why": one.why,
            "count": many[one.account_id, Why(one.why)],
            "flagged": one.why in BLOCKED and 0 < flagged_from <= many[one.account_id, Why(one.why)],
        }
        for one in kept
    ]


def _numberless(segment: dict[str, object]) -> dict[str, object]:
    """What was never delivered is in no vault: its numbers would name other values, those of the chat."""
    return {name: value for name, value in segment.items() if name != "n"}


async def _lately(account: int, why: Why, brand: int) -> int:
    since = datetime.now(UTC) - COUNTED
    return await Solicitation.filter(account_id=account, why=why, at__gte=since, chat__brand_id=brand).count()


def _frames(chat: int, views: Sequence[showing.View], language: str) -> list[str]:
    return [
        frame("blocked", chat=chat, **{**view, "at": iso(view["at"])}, html=_html(view, language)) for view in views
    ]


def _html(view: showing.View, language: str) -> str:
    return fragment("moderator/_blocked", language, blocked=view)
