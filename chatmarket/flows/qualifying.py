"""What matching is told of experts: who may answer a chat, and what orders them."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from chatmarket.flows import measuring
from chatmarket.house import House
from chatmarket.models import Chat, Expert, Skill, Standing
from chatmarket.store import rows
from matching.candidates import Candidate
from matching.probation import NEWCOMER_CAPACITY
from matching.reputation import Reputation
from matching.routing import Record, resolution

INCOME_WITHIN = timedelta(hours=1)  # research 2.3.2: work is shared by the hour


async def candidate_of(expert_id: int, brand_id: int, language: str) -> Candidate:
    """One expert for one brand's chats in a language, as far as a claim goes. Raises DoesNotExist for a stranger."""
    expert = await Expert.get(account_id=expert_id)
    skills = await Skill.filter(expert_id=expert_id, topic__brand_id=brand_id)
    standing = await Standing.get_or_none(expert_id=expert_id, brand_id=brand_id)
    return expert.candidate(
        topics=frozenset(skill.topic_id for skill in skills if skill.certified and skill.speaks(language)),
        brands=frozenset({brand_id} if skills else ()),
        gate_open=standing is None or standing.gate_open,
        allowed=standing.capacity if standing else NEWCOMER_CAPACITY,
    )


async def may_answer(expert_id: int, chat: Chat) -> bool:
    """Whether the chat's topic and language are among this expert's."""
    skill = await Skill.get_or_none(expert_id=expert_id, topic_id=chat.topic_id, certified=True)
    if skill is None or not skill.speaks(chat.language):
        return False
    return chat.language in (await Expert.get(account_id=expert_id)).languages


async def candidates(house: House, chat: Chat, experts: Collection[int]) -> list[Candidate]:
    """All of `experts` who are certified for the chat's topic, in so many reads however many they are."""
    skills = {
        skill.expert_id: skill
        for skill in await Skill.filter(topic_id=chat.topic_id, certified=True, expert_id__in=list(experts))
        if skill.speaks(chat.language)
    }
    found = await Expert.filter(account_id__in=list(skills))
    standings = {
        standing.expert_id: standing
        for standing in await Standing.filter(brand_id=chat.brand_id, expert_id__in=list(skills))
    }
    earned = await _earned(chat.brand_id)
    usual = await measuring.usual(house, chat.brand_id, chat.topic_id)
    return [
        _candidate(chat, expert, skills[expert.account_id], standings.get(expert.account_id), usual, earned)
        for expert in found
    ]


def _candidate(
    chat: Chat, expert: Expert, skill: Skill, standing: Standing | None, usual: float, earned: dict[int, int]
) -> Candidate:
    known = Reputation(standing.mu, standing.v) if standing else Reputation()
    return expert.candidate(
        topics=frozenset({chat.topic_id}),
        brands=frozenset({chat.brand_id}),
        gate_open=standing is None or standing.gate_open,
        allowed=standing.capacity if standing else NEWCOMER_CAPACITY,
        resolution=resolution(Record(skill.count, skill.positive), known, usual),
        ratings=standing.ratings if standing else 0,
        earned=earned[expert.account_id],
    )


async def _earned(brand_id: int) -> dict[int, int]:
    """Minor units of the last hour, by expert: what the brand's ledger moved to them. Being paid out is no loss."""
    sums = await rows(
        "SELECT p.account, SUM(p.amount) AS cents FROM entry e JOIN posting p ON p.entry_id = e.id "
        "WHERE e.brand_id = ? AND e.at >= ? AND p.account LIKE 'expert:%' AND p.amount > 0 GROUP BY p.account",
        brand_id,
        datetime.now(UTC) - INCOME_WITHIN,
    )
    earned: dict[int, int] = defaultdict(int)
    for row in sums:
        earned[int(row["account"].split(":")[1])] += int(row["cents"])
    return earned
