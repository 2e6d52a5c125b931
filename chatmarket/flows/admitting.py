"""Who may answer for a brand: its staff certify an expert's topics; experts take breaks."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, NotThere, Wrong
from chatmarket.flows import assessing, auditing, examining, offering, recruiting, retrying, showing
from chatmarket.house import House
from chatmarket.models import (
    Acceptance,
    Account,
    Attempt,
    AttemptState,
    Chat,
    Exam,
    ExamState,
    Expert,
    Skill,
    Standing,
    Status,
)
from chatmarket.store import after_commit, unit_of_work
from chatmarket.templating import translate
from matching import reputation
from matching.probation import NEWCOMER_CAPACITY, TOP_CAPACITY

MOST_ATTEMPTS = 5  # shown, the newest first


@unit_of_work
async def take_break(house: House, account: Account, online: bool) -> None:
    """An expert goes on a break, or comes back; live chats go on."""
    back = {"seen_at": datetime.now(UTC), "lost_at": None} if online else {}
    await Expert.filter(account_id=account.id).update(available=online, away=None, **back)
    after_commit(lambda: offering.refresh(house, account.id))


async def take_at_most(house: House, account: Account, chats: Any) -> None:
    """An expert sets how many chats they take at once. Raises Wrong for more than any of their brands allows."""
    try:
        wish = fields.number(chats, "chats", most=TOP_CAPACITY)
    except Wrong:
        told = N_("Chats at once are a number from 1 to %(most)s. Nothing was changed.")
        raise Wrong(told, code="bad_field", field="chats", most=TOP_CAPACITY) from None
    allowed = await Standing.filter(expert_id=account.id).values("capacity")
    most = max((row["capacity"] for row in allowed), default=NEWCOMER_CAPACITY)
    if wish > most:
        text = N_(
            "Your brands allow you %(most)s at once. A brand allows two once 20 of your chats are rated, and three to "
            "its best tenth."
        )
        raise Wrong(text, code="bad_field", field="chats", most=most)
    await _take_at_most(house, account, wish)


@unit_of_work
async def _take_at_most(house: House, account: Account, chats: int) -> None:
    await Expert.filter(account_id=account.id).update(capacity=chats)
    after_commit(lambda: offering.refresh(house, account.id))


@unit_of_work
async def certify(house: House, staff: Account, expert_id: int, topic_id: int, certified: bool) -> None:
    """Staff of the topic's brand certify an applicant for it, or take it back."""
    changed = await Skill.filter(expert_id=expert_id, topic_id=topic_id, topic__brand_id=staff.brand_id).values_list(
        "id", flat=True
    )
    if not changed:
        raise NotThere
    await Skill.filter(id__in=list(changed)).update(certified=certified)
    await _write_down(house, staff, "certify" if certified else "uncertify", expert_id, {"topic": topic_id})
    after_commit(lambda: offering.refresh(house, expert_id))


async def _write_down(house: House, staff: Account, action: str, expert_id: int, facts: dict[str, object]) -> None:
    assert staff.brand_id is not None
    await auditing.write_down(house, staff.brand_id, staff.id, action, facts={"expert": expert_id, **facts})


async def topics_of(account: Account, slug: str, language: str) -> list[showing.View]:
    """An expert's topics with a brand, certified or applied for."""
    skills = await Skill.filter(expert_id=account.id, topic__brand__slug=slug).select_related("topic")
    return [{"name": skill.topic.name(language), "certified": skill.certified} for skill in skills]


async def languages_of(account: Account) -> list[str]:
    languages: list[str] = (await Expert.get(account_id=account.id)).languages
    return languages


async def wish_of(account: Account) -> int:
    """How many chats at once this expert wants at most."""
    return (await Expert.get(account_id=account.id)).capacity


async def zone_of(account: Account) -> str | None:
    return (await Expert.get(account_id=account.id)).time_zone


async def brands_of(account: Account, language: str) -> list[showing.View]:
    """The brands this expert answers for or applied with: topics, and the terms they have yet to accept."""
    standings = await Standing.filter(expert_id=account.id).order_by("id").select_related("brand")
    skills = await Skill.filter(expert_id=account.id).order_by("topic__position").select_related("topic")
    return [
        {
            "slug": standing.brand.slug,
            "name": standing.brand.name,
            "topics": [
                {"name": one.topic.name(language), "certified": one.certified, "languages": one.languages}
                for one in skills
                if one.topic.brand_id == standing.brand_id
            ],
            "exams": await _exams_for(account, standing.brand_id, language),
            **await _terms_view(account, standing.brand_id, language),
        }
        for standing in standings
    ]


async def _exams_for(account: Account, brand: int, language: str) -> list[showing.View]:
    """What this expert can sit with a brand, what is under way, and what came of it."""
    now = datetime.now(UTC)
    application = await assessing.application_of(account, brand, now)
    views = []
    for exam in await Exam.filter(brand_id=brand, state=ExamState.PUBLISHED).order_by("language"):
        why, values = await assessing.refusal(account, exam, application, now)
        next_at = retrying.opens_at(exam, await retrying.earlier(account, exam, now))
        own = Attempt.filter(expert_id=account.id, exam__brand_id=brand, exam__language=exam.language)
        sat = await own.order_by("-began_at").limit(MOST_ATTEMPTS)
        views.append(
            {
                **examining.exam_view(exam),
                "why": translate(why, language, values) if why else "",
                "next_at": next_at if "day" in values else None,
                "under_way": next((one.id for one in sat if one.state == AttemptState.OPEN), None),
                "reading": any(one.state == AttemptState.REVIEW for one in sat),
                "sat": [{"id": one.id, "state": one.state, "at": one.began_at} for one in sat],
            }
        )
    return views


async def _terms_view(account: Account, brand: int, language: str) -> showing.View:
    terms = await recruiting.latest_terms(brand)
    accepted = await Acceptance.get_or_none(account_id=account.id, terms_id=terms.id) if terms else None
    view = {"version": terms.version, "text": terms.text(language)} if terms else None
    return {"terms": view, "accepted_at": accepted.at if accepted else None}


async def experts_of(house: House, staff: Account, most: int = 200) -> list[showing.View]:
    """The brand's experts, who waits to be certified first, then the newest; nothing of what they do elsewhere."""
    standings = await _latest(staff, most)
    ids = [standing.expert_id for standing in standings]
    skills = await Skill.filter(topic__brand_id=staff.brand_id, expert_id__in=ids).select_related("topic")
    experts = {expert.account_id: expert for expert in await Expert.filter(account_id__in=ids)}
    chats = await Chat.filter(brand_id=staff.brand_id, expert_id__in=ids, status=Status.LIVE).values("expert_id")
    live = Counter(chat["expert_id"] for chat in chats)
    online = await house.switchboard.presence.online()
    return [
        {
            **_expert_view(standing, experts[standing.expert_id]),
            "topics": [_topic_view(skill, staff.language) for skill in skills if skill.expert_id == standing.expert_id],
            "live": live[standing.expert_id],
            "online": experts[standing.expert_id].available and standing.expert_id in online,
        }
        for standing in standings
    ]


async def _latest(staff: Account, most: int) -> list[Standing]:
    own = Standing.filter(brand_id=staff.brand_id).order_by("-id").select_related("expert")
    waiting = await Skill.filter(topic__brand_id=staff.brand_id, certified=False).order_by("-id").limit(most)
    first = await own.filter(expert_id__in=[skill.expert_id for skill in waiting])
    return [*first, *await own.exclude(id__in=[standing.id for standing in first]).limit(most)]


async def expert_of(staff: Account, expert: int, language: str) -> tuple[showing.View, Standing]:
    """One expert of the brand, and how they stand with it; another brand's are not there."""
    standing = await Standing.get_or_none(expert_id=expert, brand_id=staff.brand_id or 0).select_related(
        "expert", "brand"
    )
    if standing is None:
        raise NotThere
    skills = await Skill.filter(topic__brand_id=staff.brand_id, expert_id=expert).select_related("topic")
    view = _expert_view(standing, await Expert.get(account_id=expert))
    return {**view, "topics": [_topic_view(skill, language) for skill in skills]}, standing


def _expert_view(standing: Standing, expert: Expert) -> showing.View:
    return {
        "id": expert.account_id,
        "name": standing.expert.name,
        "languages": expert.languages,
        "state": standing.state,
        "score": reputation.score(reputation.Reputation(standing.mu, standing.v)),
        "ratings": standing.ratings,
        "capacity": min(expert.capacity, standing.capacity),
        "time_zone": expert.time_zone,
    }


def _topic_view(skill: Skill, language: str) -> showing.View:
    return {"id": skill.topic_id, "name": skill.topic.name(language), "certified": skill.certified}
