"""Either side of a chat tells the brand's people about the other, once. Nobody is told that they were reported.

A chat that was handed back has had several experts. What its customer tells is about the one who was there: whose
message they name, else who spoke last. Each of the experts may tell of the customer, also who is not there any more.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket import fields
from chatmarket.errors import N_, NotThere, TooLate, Wrong
from chatmarket.flows import counting, reviewing, vaulting
from chatmarket.flows.showing import View
from chatmarket.flows.talking import Seat
from chatmarket.house import House
from chatmarket.models import Account, Chat, Evidence, HandBack, Message, Reply, Report, Review
from chatmarket.privacy.masking import Wallet, mask
from chatmarket.privacy.segments import to_json
from chatmarket.store import unit_of_work

REASONS = ("rude", "personal", "elsewhere", "harm", "spam", "other")
MOST_WORDS = 1000


class ReportedBefore(TooLate):
    code = "reported_before"
    text = N_("You have reported this chat already. The brand's people look at it.")


class NotYet(TooLate):
    code = "nobody_yet"
    text = N_("There is nobody to report in this chat.")


async def report(house: House, seat: Seat, reason: Any, words: Any = "", message: Any = None) -> None:
    """Puts what one side says of the other before the brand's people; `message` is the number of an expert's whom the
    customer means. Raises Wrong, ReportedBefore or NotYet."""
    reason = fields.choice(reason, "reason", REASONS)
    words = fields.text(words, "words", most=MOST_WORDS, least=0)
    named = fields.number(message, "message") if message else None
    try:
        await _report(house, seat, reason, words, named)
    except IntegrityError:
        # Pressed twice at once: of each side of a chat the database keeps one.
        raise ReportedBefore from None


@unit_of_work
async def _report(house: House, seat: Seat, reason: str, words: str, named: int | None) -> None:
    chat = await Chat.get(id=seat.chat)
    by_customer = seat.audience == "customer"
    expert = None if chat.practice else await _meant(chat, named) if by_customer else seat.account
    if expert is None:
        raise NotYet
    side = await _side(seat)
    if await Report.exists(chat_id=chat.id, side=side):
        raise ReportedBefore
    now = datetime.now(UTC)
    kind = reviewing.BY_CUSTOMER if by_customer else reviewing.BY_EXPERT
    review = await Review.create(brand_id=chat.brand_id, expert_id=expert, kind=kind, at=now)
    counting.changed(house, chat.brand_id)
    await Evidence.create(review_id=review.id, chat_id=chat.id)
    said = await _masked(house, seat, words) if words else []
    await Report.create(chat_id=chat.id, side=side, review_id=review.id, reason=reason, words=said, at=now)


async def _experts(chat: Chat) -> list[int]:
    """Those who had the chat, one after the other."""
    before = await HandBack.filter(chat_id=chat.id).order_by("id").values("expert_id")
    return [row["expert_id"] for row in before] + ([chat.expert_id] if chat.expert_id is not None else [])


async def _meant(chat: Chat, named: int | None) -> int | None:
    """The expert whose message is named, else who spoke last, else who came last; nobody before anybody came."""
    experts = await _experts(chat)
    said = Message.filter(chat_id=chat.id, author="expert")
    if named is None:
        last = await said.order_by("-seq").first()
        return (await _authors(chat, experts, [last]))[last.seq] if last else experts[-1] if experts else None
    found = await said.filter(seq=named).first()
    if found is None or not experts:
        raise Wrong(N_("This is not the number of an expert's message."), code="bad_field", field="message")
    return (await _authors(chat, experts, [found]))[named]


async def _authors(chat: Chat, experts: Sequence[int], said: Sequence[Message]) -> dict[int, int]:
    """Whose each of the experts' messages is, by number: of who had claimed the chat last when it was said."""
    won = await Reply.filter(chat_id=chat.id, what="won").values_list("expert_id", "at")
    since: dict[Any, Any] = dict(won)
    came = [(since[expert], expert) for expert in experts if expert in since]
    return {one.seq: max((turn for turn in came if turn[0] <= one.at), default=(0, experts[0]))[1] for one in said}


async def spoke(chat: Chat) -> list[View]:
    """The experts who spoke in a chat, for its customer to choose from: each one's last message and name."""
    experts = await _experts(chat)
    if len(experts) < 2:
        return []
    said = await Message.filter(chat_id=chat.id, author="expert").order_by("seq").only("id", "seq", "at")
    authors = await _authors(chat, experts, said)
    names = {one.id: one.name for one in await Account.filter(id__in=set(authors.values()))}
    last = {expert: seq for seq, expert in authors.items()}
    return [{"seq": seq, "name": names[expert]} for expert, seq in last.items()] if len(last) > 1 else []


async def expert_seat(account: Account, chat: Chat) -> Seat:
    """The seat of an expert who has or had the chat, for telling of it alone. Raises NotThere for anybody else."""
    if account.id not in await _experts(chat):
        raise NotThere
    return Seat(chat.id, "expert", account.language, account.id, chat.brand_id)


async def handed_back(account: Account, number: int) -> View | None:
    """A chat that this expert handed back, and whether they have told of it; None for any other."""
    if not await HandBack.exists(chat_id=number, expert_id=account.id):
        return None
    seat = Seat(number, "expert", account.language, account.id)
    return {"id": number, "reported": await reported(seat)}


async def _side(seat: Seat) -> str:
    """Who tells: of the experts each by their turn, so that the database keeps one report of each."""
    if seat.audience == "customer":
        return "customer"
    before = HandBack.filter(chat_id=seat.chat)
    own = await before.filter(expert_id=seat.account or 0).first()
    turn = await (before.filter(id__lt=own.id) if own else before).count()
    return f"expert{min(turn + 1, 99)}" if turn else "expert"


async def _masked(house: House, seat: Seat, words: str) -> Any:
    """A customer's words by all that the chat knows; an expert's by what they look like, as in the chat itself."""
    if seat.audience == "customer":
        return to_json((await (await vaulting.opened(house, seat.chat)).mask(words)).segments)
    try:
        said = to_json(mask(words, Wallet()).segments)
    except Exception as error:
        raise vaulting.withheld(seat.chat, error) from None
    return [{name: value for name, value in segment.items() if name != "n"} for segment in said]


async def reported(seat: Seat) -> bool:
    """Whether this side has told of the other."""
    return await Report.exists(chat_id=seat.chat, side=await _side(seat))
