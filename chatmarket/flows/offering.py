"""The open offers: who hears of a waiting chat in which ring, and how a card is taken back.

A ring is a row before it is told: whoever is told may claim, and a process that dies in between leaves it to the clock.
"""

import asyncio
import logging
import random
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import cache
from time import monotonic

from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from chatmarket.flows import qualifying, showing
from chatmarket.house import House
from chatmarket.models import SHUT, Account, Brand, Chat, HandBack, Offer, Reply, Skill, Standing, Status, Ticket
from chatmarket.store import StoreBusy, after_commit, alone, unit_of_work
from matching import rings
from matching.candidates import Candidate
from matching.qualification import qualified
from matching.rings import Policy, Ring, Why
from realtime import channels

logger = logging.getLogger(__name__)

TELLING_S = 2.0  # telling takes milliseconds: a ring that is untold after this has lost its process
AT_ONCE = 100  # of those in one look
TURN_S = 0.03  # cards of one turn go out together: many times what another process is behind
WHOLE = ("brand", "topic", "expert")

KNOWN = frozenset(field.name for field in fields(Policy))

DICE = random.Random()  # noqa: S311 - who is drawn is luck, not a secret


def policy_of(brand: Brand) -> Policy:
    """How the brand's chats are offered."""
    # Another version may have kept what this one does not know.
    kept = {name: value for name, value in (brand.dispatch or {}).items() if name in KNOWN}
    return Policy(**kept | {"sizes": tuple(kept.get("sizes", Policy().sizes))})


def new_card() -> str:
    """What is on the cards of a chat while it waits, and nowhere else: one half of every claim's token."""
    return secrets.token_urlsafe(12)


async def offer(house: House, chat: Chat) -> None:
    """The first ring of qualified experts who are online sees a card, each in their own language."""
    await widen(house, chat, chat.ring_before)


async def widen(house: House, chat: Chat, ring: int) -> None:
    """Opens the ring after number `ring`, if nobody has; `chat` comes with its brand and topic."""
    heard = await heard_by(chat) | await gave_back(chat)
    found = await qualifying.candidates(house, chat, await house.switchboard.presence.online())
    waiting = await Chat.filter(brand_id=chat.brand_id, status=Status.WAITING).count()
    now = datetime.now(UTC)
    opened = rings.next_ring(
        found,
        chat.need(),
        now=now.timestamp(),
        rng=DICE,
        policy=policy_of(chat.brand),
        number=ring - chat.ring_before + 1,
        heard=heard,
        waiting=waiting,
    )
    await _open(house, chat, opened, now)


@unit_of_work
async def _open(house: House, chat: Chat, ring: Ring, now: datetime) -> None:
    due = None if ring.widens_at is None else datetime.fromtimestamp(ring.widens_at, UTC)
    number = chat.ring_before + ring.number
    before = Chat.filter(id=chat.id, status=Status.WAITING, ring=number - 1, ring_before=chat.ring_before)
    if not await before.update(ring=number, widens_at=due, offered_at=None):
        return  # another process has, or it waits no longer
    told = {seat.expert: ring.why(seat.expert) for seat in ring.seats}
    seats = {} if ring.last else told
    await Offer.create(chat_id=chat.id, number=number, seats=seats, open=ring.last, made_at=now)
    after_commit(lambda: _tell_soon(house, chat, told))


def _tell_soon(house: House, chat: Chat, seats: Mapping[int, str]) -> None:
    """Whoever asked, or moved a chat on, does not wait until all have been told."""
    alone(in_peace(chat, _tell(house, chat, seats)))


def _turns(policy: Policy, seats: Mapping[int, str]) -> list[tuple[float, dict[int, str]]]:
    """Who is told how many seconds from now: by lot within the jitter, whatever process they are at."""
    turns: dict[int, dict[int, str]] = defaultdict(dict)
    for expert, why in seats.items():
        turns[int(rings.delay(policy, DICE) / TURN_S)][expert] = why
    return [(TURN_S * turn, turns[turn]) for turn in sorted(turns)]


async def _tell(house: House, chat: Chat, seats: Mapping[int, str]) -> None:
    """Those see a card, one rendering for all of a language and reason; in turns, so that being near wins nothing."""
    frame, began = cache(lambda language, why: showing.offer_frame(chat, language, why)), monotonic()
    groups = await _grouped(seats)
    place = {expert: group for group, experts in groups.items() for expert in experts}
    for due, told in _turns(policy_of(chat.brand), seats):
        await asyncio.sleep(max(0.0, began + due - monotonic()))
        for group in dict.fromkeys(place[expert] for expert in told if expert in place):
            heard = [channels.lobby(expert) for expert in told if place.get(expert) == group]
            house.switchboard.publish(frame(*group), *heard)
    # Not of a chat that came back meanwhile: of that nobody has heard again yet.
    await Chat.filter(id=chat.id, returned=chat.returned, offered_at=None).update(offered_at=datetime.now(UTC))
    if not await Chat.filter(id=chat.id, status=Status.WAITING).exists():
        # Claimed on another process meanwhile: that news may have overtaken this offer.
        await take_back(house, chat, "claimed")
    shut = Standing.filter(brand_id=chat.brand_id, expert_id__in=list(seats), state__in=SHUT)
    for expert in await shut.values_list("expert_id", flat=True):
        # Paused meanwhile: the news of that may have overtaken this card.
        await refresh(house, int(str(expert)))


async def pass_on(house: House, chat: Chat) -> None:
    """Somebody declined: the best of those who have not heard hears at once. In the last ring everybody has."""
    found = await qualifying.candidates(house, chat, await house.switchboard.presence.online())
    await _seat(house, chat, found)


@unit_of_work
async def _seat(house: House, chat: Chat, found: Collection[Candidate]) -> None:
    held = await Chat.filter(id=chat.id, status=Status.WAITING).select_for_update().first()
    if held is None or held.widens_at is None:
        return
    ring = await Offer.get(chat_id=chat.id, number=held.ring)
    heard = await heard_by(chat) | await gave_back(chat)
    seat = rings.instead(found, chat.need(), rng=DICE, policy=policy_of(chat.brand), heard=heard)
    if seat is not None:
        told = {seat.expert: str(Why.WIDENED)}
        await Offer.filter(id=ring.id).update(seats={**ring.seats, str(seat.expert): Why.WIDENED})
        after_commit(lambda: _tell_soon(house, chat, told))
        return
    seated = list(map(int, ring.seats))
    if await Reply.filter(chat_id=chat.id, what="declined", expert_id__in=seated).count() == len(seated):
        await Offer.filter(id=ring.id).update(state="declined")


async def heard_by(chat: Chat) -> set[int]:
    """The experts who were given a seat in any ring since the chat began to wait."""
    seats = await Offer.filter(chat_id=chat.id, number__gt=chat.ring_before).values("seats")
    return {int(expert) for row in seats for expert in row["seats"]}


async def gave_back(chat: Chat) -> set[int]:
    """The experts who had this chat, or declined it, and do not get it again."""
    if not chat.returned:
        return set()
    declined = await Reply.filter(chat_id=chat.id, what="declined").values("expert_id")
    return {row["expert_id"] for row in [*await HandBack.filter(chat_id=chat.id).values("expert_id"), *declined]}


async def was_offered(chat: Chat, expert_id: int) -> bool:
    """Whether this expert had a seat, or could have claimed it with everyone."""
    if expert_id in await gave_back(chat):
        return False
    if expert_id in await heard_by(chat):
        return True
    return chat.open_to_all and await qualifying.may_answer(expert_id, chat)


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who hears of some waiting chats, and why: by chat and expert where seats are few, else everyone qualified."""

    reasons: Mapping[int, Mapping[int, str]]
    declined: frozenset[tuple[int, int]]  # or given back

    def why(self, chat: Chat, expert: int) -> str | None:
        """One of matching.rings.Why; None: not this expert, or not yet, or no longer."""
        if (chat.id, expert) in self.declined:
            return None
        if chat.open_to_all:
            return str(Why.EVERYONE)
        return self.reasons.get(chat.id, {}).get(expert)


async def hearing(chats: Collection[Chat], experts: Collection[int]) -> Hearing:
    """Which of `experts` hear of these chats; in two reads however many they are."""
    reasons: dict[int, dict[int, str]] = defaultdict(dict)
    few = {chat.id: chat.ring_before for chat in chats if chat.widens_at is not None}
    if few:
        for row in await Offer.filter(chat_id__in=list(few)).order_by("number").values("chat_id", "number", "seats"):
            if row["number"] > few[row["chat_id"]]:
                reasons[row["chat_id"]].update({int(expert): why for expert, why in row["seats"].items()})
    replies = Reply.filter(chat_id__in=[chat.id for chat in chats], expert_id__in=list(experts), what="declined")
    declined = await replies.values_list("chat_id", "expert_id") if chats else []
    again = [chat.id for chat in chats if chat.returned]
    backs = HandBack.filter(chat_id__in=again, expert_id__in=list(experts))
    given = await backs.values_list("chat_id", "expert_id") if again else []
    return Hearing(reasons, frozenset([*declined, *given]))


async def due(house: House) -> int:
    """Rings whose time has come, and those that a process died over; how many were offered."""
    now = datetime.now(UTC)
    waiting = Chat.filter(status=Status.WAITING, expires_at__gt=now)
    widened = await _each(waiting.filter(widens_at__lte=now), lambda chat: widen(house, chat, chat.ring))
    since = now - timedelta(seconds=TELLING_S)
    unripe = Q(offered_at=None) & (Q(widens_at=None) | Q(widens_at__gt=now))
    unheard = Q(ring=F("ring_before"), asked_at__lt=since)
    untold = Q(offers__number=F("ring"), offers__made_at__lt=since)
    return widened + await _each(waiting.filter(unripe, unheard | untold), lambda chat: _again(house, chat))


async def _each(due: QuerySet[Chat], deed: Callable[[Chat], Awaitable[None]]) -> int:
    """Goes on behind those that cannot be offered: else the first hundred of them would keep all after them."""
    done = last = 0
    while done < AT_ONCE and (some := await _some(due, last)):
        for chat in some:
            done += await in_peace(chat, deed(chat))
        last = some[-1].id
    return done


async def _some(due: QuerySet[Chat], last: int) -> Sequence[Chat]:
    return await due.filter(id__gt=last).order_by("id").limit(AT_ONCE).select_related(*WHOLE)


async def _again(house: House, chat: Chat) -> None:
    """Tells a ring whose process died before it did. Told a second time at worst: a card replaces its like."""
    if chat.ring == chat.ring_before:
        await offer(house, chat)
        await showing.tell_board(house, chat)
        return
    ring = await Offer.get(chat_id=chat.id, number=chat.ring)
    seats = {int(expert): why for expert, why in ring.seats.items()}
    await _tell(house, chat, await _everyone(house, chat) if ring.open else seats)


async def _everyone(house: House, chat: Chat) -> dict[int, str]:
    found = await qualifying.candidates(house, chat, await house.switchboard.presence.online())
    return {one.expert: str(Why.EVERYONE) for one in qualified(found, chat.need())}


async def show_again(house: House, chat: Chat) -> None:
    """Everybody who sees its card sees it anew: something on it has changed."""
    online = await house.switchboard.presence.online()
    hears = await hearing([chat], online)
    everyone = await _everyone(house, chat) if chat.open_to_all else dict.fromkeys(await heard_by(chat) & online, "")
    await _tell(house, chat, {expert: why for expert in everyone if (why := hears.why(chat, expert))})


async def in_peace(chat: Chat, deed: Awaitable[None]) -> bool:
    """Whether it was done; a fault over one chat is logged and stands in no other's way."""
    try:
        await deed
        return True
    except StoreBusy:
        raise
    except Exception:  # one that cannot be offered must not keep the others from it
        logger.exception("offer_failed", extra={"chat": chat.id})
        return False


async def close(chat_id: int, state: str) -> None:
    """The chat waits no longer, inside the unit of work that says so."""
    await Offer.filter(chat_id=chat_id, state="pending").update(state=state)
    if state != "claimed":
        await Ticket.filter(chat_id=chat_id, state="waits").update(state="lost", mark=None)


async def take_back(house: House, chat: Chat, why: str) -> None:
    """The card turns on every lobby that may show it: `claimed`, `withdrawn` or `expired`."""
    online = await house.switchboard.presence.online()
    if await Offer.filter(chat_id=chat.id, number__gt=chat.ring_before, open=True).exists():
        skilled = Skill.filter(topic_id=chat.topic_id, expert_id__in=online)
        shown = {row["expert_id"] for row in await skilled.values("expert_id")}
    else:
        shown = await heard_by(chat) & set(online)
    for (language, _), experts in (await _grouped(dict.fromkeys(shown, ""))).items():
        house.switchboard.publish(showing.taken_frame(chat, why, language), *map(channels.lobby, experts))


async def refresh(house: House, expert_id: int) -> None:
    """The lobby of an expert whose capacity, break, gate or topics changed is read anew."""
    house.switchboard.wake(channels.lobby(expert_id))


async def _grouped(seats: Mapping[int, str]) -> dict[tuple[str, str], list[int]]:
    """The experts by language and reason: one rendering for each group; in the order of the seats."""
    languages = dict(await Account.filter(id__in=list(seats)).values_list("id", "language"))
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for expert, reason in seats.items():
        if expert in languages:
            groups[languages[expert], str(reason)].append(expert)
    return groups
