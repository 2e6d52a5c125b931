"""The open offers: who hears of a waiting chat, what an expert's lobby shows, and how a card is taken back."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from chatmarket.flows import showing
from chatmarket.house import House
from chatmarket.models import Account, Chat, Expert, Skill, Standing, Status
from chatmarket.templating import fragment
from matching.candidates import Candidate
from matching.qualification import refusal
from matching.ranking import hears
from realtime import channels
from realtime.frames import frame

MOST_OFFERS = 50  # on one lobby; nobody reads more, and the oldest come first


async def offer(house: House, chat: Chat) -> None:
    """Every qualified expert who is online sees a card, in their own language."""
    online = await house.switchboard.presence.online()
    heard = hears((candidate for candidate in await candidates(chat, online)), chat.need())
    for language, experts in (await _by_language(candidate.expert for candidate in heard)).items():
        house.switchboard.publish(showing.offer_frame(chat, language), *map(channels.lobby, experts))
    if not await Chat.filter(id=chat.id, status=Status.WAITING).exists():
        # Claimed on another process meanwhile: that news may have overtaken this offer.
        await take_back(house, chat, "claimed")


async def take_back(house: House, chat: Chat, why: str) -> None:
    """The card turns on every lobby that may show it: `claimed`, `withdrawn` or `expired`."""
    online = await house.switchboard.presence.online()
    skilled = await Skill.filter(topic_id=chat.topic_id, expert_id__in=online).values("expert_id")
    for language, experts in (await _by_language(row["expert_id"] for row in skilled)).items():
        house.switchboard.publish(showing.taken_frame(chat, why, language), *map(channels.lobby, experts))


async def open_offers(account: Account) -> list[Chat]:
    """What this expert may claim now, the longest waiting first."""
    skills = await Skill.filter(expert_id=account.id, certified=True).values_list("topic_id", flat=True)
    languages = (await Expert.get(account_id=account.id)).languages
    waiting = (
        await Chat.filter(status=Status.WAITING, topic_id__in=list(skills), language__in=languages)
        .filter(expires_at__gt=datetime.now(UTC))
        .order_by("asked_at")
        .limit(4 * MOST_OFFERS)
        .select_related("brand", "topic")
    )
    by_brand = {brand: await candidate_of(account.id, brand) for brand in {chat.brand_id for chat in waiting}}
    open_ = [chat for chat in waiting if refusal(by_brand[chat.brand_id], chat.need()) is None]
    return open_[:MOST_OFFERS]


async def offers_frame(account: Account) -> str:
    offers = await open_offers(account)
    html = fragment(
        "expert/_offers", account.language, offers=[showing.offer_view(chat, account.language) for chat in offers]
    )
    return frame("offers", offers=[showing.offer_facts(chat, account.language) for chat in offers], html=html)


async def desk(account: Account, language: str) -> showing.View:
    """What an expert's lobby says of themselves: a break or not, places, live chats, and whether all brands paused."""
    expert = await Expert.get(account_id=account.id)
    live = Chat.filter(expert_id=account.id, status=Status.LIVE).order_by("claimed_at")
    states = {row["state"] for row in await Standing.filter(expert_id=account.id).values("state")}
    return {
        "online": expert.available,
        "load": expert.live,
        "capacity": expert.capacity,
        "paused": states == {"paused"},
        "rooms": [showing.room_view(chat, language) for chat in await live.select_related("brand", "topic")],
    }


async def lobby_frame(account: Account) -> str:
    view = await desk(account, account.language)
    return frame(
        "lobby",
        available=view["online"],
        live=view["load"],
        capacity=view["capacity"],
        html=fragment("expert/_desk", account.language, **view),
        rooms=fragment("expert/_rooms", account.language, rooms=view["rooms"]),
    )


async def refresh(house: House, expert_id: int) -> None:
    """The lobby of an expert whose capacity, break, gate or topics changed is read anew."""
    house.switchboard.wake(channels.lobby(expert_id))


async def candidate_of(expert_id: int, brand_id: int) -> Candidate:
    """What matching is told of one expert for one brand's chats. Raises DoesNotExist for a stranger."""
    expert = await Expert.get(account_id=expert_id)
    skills = await Skill.filter(expert_id=expert_id, topic__brand_id=brand_id).values_list("topic_id", "certified")
    standing = await Standing.get_or_none(expert_id=expert_id, brand_id=brand_id)
    return expert.candidate(
        topics=frozenset(topic for topic, certified in skills if certified),
        brands=frozenset({brand_id} if skills else ()),
        gate_open=standing is None or standing.state != "paused",
        mu=standing.mu if standing else 0,
    )


async def candidates(chat: Chat, experts: Collection[int]) -> list[Candidate]:
    """All of `experts` who are certified for the chat's topic, in three reads however many they are."""
    skilled = await Skill.filter(topic_id=chat.topic_id, certified=True, expert_id__in=list(experts)).values_list(
        "expert_id", flat=True
    )
    rows = await Expert.filter(account_id__in=list(skilled))
    standings = {
        standing.expert_id: standing
        for standing in await Standing.filter(brand_id=chat.brand_id, expert_id__in=list(skilled))
    }
    return [_candidate(chat, expert, standings.get(expert.account_id)) for expert in rows]


def _candidate(chat: Chat, expert: Expert, standing: Standing | None) -> Candidate:
    return expert.candidate(
        topics=frozenset({chat.topic_id}),
        brands=frozenset({chat.brand_id}),
        gate_open=standing is None or standing.state != "paused",
        mu=standing.mu if standing else 0.0,
    )


async def _by_language(experts: Iterable[int]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for expert, language in await Account.filter(id__in=list(experts)).values_list("id", "language"):
        groups[language].append(expert)
    return groups
