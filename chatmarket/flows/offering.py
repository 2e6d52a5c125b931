"""The open offers: who hears of a waiting chat, and how a card is taken back."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from chatmarket.flows import showing
from chatmarket.house import House
from chatmarket.models import Account, Chat, Expert, Skill, Standing, Status
from chatmarket.store import StoreBusy
from matching.candidates import Candidate
from matching.probation import NEWCOMER_CAPACITY
from matching.ranking import hears
from realtime import channels

logger = logging.getLogger(__name__)

TELLING_S = 2.0  # telling takes milliseconds: a chat that is untold after this has lost its process
AT_ONCE = 100  # of those in one look


async def offer(house: House, chat: Chat) -> None:
    """Every qualified expert who is online sees a card, in their own language."""
    online = await house.switchboard.presence.online()
    heard = hears((candidate for candidate in await candidates(chat, online)), chat.need())
    for language, experts in (await _by_language(candidate.expert for candidate in heard)).items():
        house.switchboard.publish(showing.offer_frame(chat, language), *map(channels.lobby, experts))
    await Chat.filter(id=chat.id, offered_at=None).update(offered_at=datetime.now(UTC))
    if not await Chat.filter(id=chat.id, status=Status.WAITING).exists():
        # Claimed on another process meanwhile: that news may have overtaken this offer.
        await take_back(house, chat, "claimed")


async def forgotten(house: House) -> int:
    """Offers the chats whose process died between keeping the question and telling the experts; how many there were.

    Offered a second time at worst: a card replaces its like.
    """
    since = datetime.now(UTC) - timedelta(seconds=TELLING_S)
    untold = Chat.filter(status=Status.WAITING, offered_at=None, asked_at__lt=since, expires_at__gt=datetime.now(UTC))
    found = await untold.order_by("asked_at").limit(AT_ONCE).select_related("brand", "topic", "expert")
    for chat in found:
        try:
            await offer(house, chat)
            await showing.tell_board(house, chat)
        except StoreBusy:
            raise
        except Exception:  # one that cannot be offered must not keep the others from it
            logger.exception("offer_failed", extra={"chat": chat.id})
    return len(found)


async def take_back(house: House, chat: Chat, why: str) -> None:
    """The card turns on every lobby that may show it: `claimed`, `withdrawn` or `expired`."""
    online = await house.switchboard.presence.online()
    skilled = await Skill.filter(topic_id=chat.topic_id, expert_id__in=online).values("expert_id")
    for language, experts in (await _by_language(row["expert_id"] for row in skilled)).items():
        house.switchboard.publish(showing.taken_frame(chat, why, language), *map(channels.lobby, experts))


async def refresh(house: House, expert_id: int) -> None:
    """The lobby of an expert whose capacity, break, gate or topics changed is read anew."""
    house.switchboard.wake(channels.lobby(expert_id))


async def candidate_of(expert_id: int, brand_id: int, language: str) -> Candidate:
    """What matching is told of one expert for one brand's chats in a language. Raises DoesNotExist for a stranger."""
    expert = await Expert.get(account_id=expert_id)
    skills = await Skill.filter(expert_id=expert_id, topic__brand_id=brand_id)
    standing = await Standing.get_or_none(expert_id=expert_id, brand_id=brand_id)
    return expert.candidate(
        topics=frozenset(skill.topic_id for skill in skills if skill.certified and skill.speaks(language)),
        brands=frozenset({brand_id} if skills else ()),
        gate_open=standing is None or standing.state != "paused",
        mu=standing.mu if standing else 0,
        allowed=standing.capacity if standing else NEWCOMER_CAPACITY,
        ratings=standing.ratings if standing else 0,
    )


async def candidates(chat: Chat, experts: Collection[int]) -> list[Candidate]:
    """All of `experts` who are certified for the chat's topic, in three reads however many they are."""
    certified = await Skill.filter(topic_id=chat.topic_id, certified=True, expert_id__in=list(experts))
    skilled = [skill.expert_id for skill in certified if skill.speaks(chat.language)]
    rows = await Expert.filter(account_id__in=skilled)
    standings = {
        standing.expert_id: standing
        for standing in await Standing.filter(brand_id=chat.brand_id, expert_id__in=skilled)
    }
    return [_candidate(chat, expert, standings.get(expert.account_id)) for expert in rows]


def _candidate(chat: Chat, expert: Expert, standing: Standing | None) -> Candidate:
    return expert.candidate(
        topics=frozenset({chat.topic_id}),
        brands=frozenset({chat.brand_id}),
        gate_open=standing is None or standing.state != "paused",
        mu=standing.mu if standing else 0.0,
        allowed=standing.capacity if standing else NEWCOMER_CAPACITY,
        ratings=standing.ratings if standing else 0,
    )


async def _by_language(experts: Iterable[int]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for expert, language in await Account.filter(id__in=list(experts)).values_list("id", "language"):
        groups[language].append(expert)
    return groups
