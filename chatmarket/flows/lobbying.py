"""An expert's lobby: the offers open to them, their own places, their standing; read for many experts at once.

After a moment of silence on the bus everybody's lobby is read anew, and 5,000 experts must not mean 50,000 queries.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chatmarket.errors import NotThere
from chatmarket.flows import excluding, handing, measuring, offering, rating, showing
from chatmarket.flows.resuming import live_logins
from chatmarket.house import House
from chatmarket.models import SHUT, Account, Chat, Expert, Skill, Standing, Status
from chatmarket.store import rows
from chatmarket.templating import fragment, iso
from matching.probation import NEWCOMER_CAPACITY
from matching.qualification import refusal
from matching.reputation import Reputation
from matching.rings import Open, listed
from matching.routing import Record, resolution
from realtime.frames import frame

MOST_OFFERS = 50  # on one lobby, and of one topic and language; nobody reads more, and the oldest come first

MOST_WAITING = 2_000  # chats looked at for one batch of lobbies; beyond it the oldest of all come first


@dataclass(frozen=True, slots=True)
class Looker:
    """An expert who looks at their lobby; `login` is what their socket came in with."""

    expert: int
    login: int | None = None


def most_allowed(standings: Sequence[showing.View]) -> int:
    """Chats at once, as the most generous of their brands allows."""
    return max((standing["capacity"] for standing in standings), default=NEWCOMER_CAPACITY)


@dataclass(frozen=True, slots=True)
class Lobby:
    """What one expert's lobby shows; `welcome` is false once the login has ended."""

    offers: Mapping[Chat, str]  # and why this expert hears of each
    expert: Expert
    rooms: Sequence[Chat]
    standings: Sequence[showing.View]
    blocks: Sequence[showing.View]  # brands that keep this expert out for now
    welcome: bool
    strikes: int  # chats of the last hour that went back without a word

    @property
    def capacity(self) -> int:
        """Chats at once: as many as they wish, and as the most generous of their brands allows."""
        return min(self.expert.capacity, most_allowed(self.standings))

    def desk(self, language: str) -> showing.View:
        """On a break or not, places, live chats, and whether all brands paused."""
        states = {standing["state"] for standing in self.standings}
        return {
            "online": self.expert.available,
            "away": None if self.expert.available else self.expert.away,
            "rests_until": self.expert.rests_until if self.expert.resting else None,
            "strikes": self.strikes,
            "wish": self.expert.capacity,
            "allowed": most_allowed(self.standings),
            "load": self.expert.live,
            "capacity": self.capacity,
            "paused": bool(states) and states <= set(SHUT),
            "blocks": self.blocks,
            "rooms": [showing.room_view(chat, language) for chat in self.rooms],
        }

    def cards(self, language: str) -> list[showing.View]:
        """The open offers as their cards show them."""
        return [showing.offer_view(chat, language, why) for chat, why in self.offers.items()]

    def facts(self, language: str) -> list[showing.View]:
        """The same for programs."""
        return [showing.offer_facts(chat, language, why) for chat, why in self.offers.items()]

    def frames(self, language: str) -> list[str]:
        """All that a lobby's socket is told when it is read anew."""
        return [
            self._offers_frame(language),
            self._desk_frame(language),
            *(showing.standing_frame(view, language) for view in self.standings),
        ]

    def _offers_frame(self, language: str) -> str:
        html = fragment("expert/_offers", language, offers=self.cards(language))
        return frame("offers", offers=self.facts(language), html=html)

    def _desk_frame(self, language: str) -> str:
        view = self.desk(language)
        return frame(
            "lobby",
            available=view["online"],
            live=view["load"],
            capacity=view["capacity"],
            away=view["away"],
            rests_until=view["rests_until"] and iso(view["rests_until"]),
            html=fragment("expert/_desk", language, **view),
            rooms=fragment("expert/_rooms", language, rooms=view["rooms"]),
        )


async def look(house: House, account: Account, login: int | None = None) -> Lobby:
    """The lobby of this expert now."""
    found: Lobby = await house.lobbies.add(Looker(account.id, login))
    return found


async def read(house: House, lookers: Sequence[Looker]) -> list[Lobby | Exception]:
    """The lobbies of a batch, in as many reads as for one. NotThere in the place of an account that is no expert's."""
    ids = {looker.expert for looker in lookers}
    experts = {expert.account_id: expert for expert in await Expert.filter(account_id__in=ids)}
    skills: dict[int, dict[int, Skill]] = defaultdict(dict)
    for skill in await Skill.filter(expert_id__in=ids, certified=True):
        skills[skill.expert_id][skill.topic_id] = skill
    waiting = await _waiting(set().union(*skills.values()))
    usual = {chat.topic_id: await measuring.usual(house, chat.brand_id, chat.topic_id) for chat in waiting}
    strikes = await handing.strikes_of(ids)
    kept = await Standing.filter(expert_id__in=ids).select_related("brand").order_by("brand_id")
    views = await rating.standing_views(house, kept)
    stands = {(standing.expert_id, standing.brand_id): standing for standing in kept}
    rooms: dict[int, list[Chat]] = defaultdict(list)
    live = Chat.filter(expert_id__in=ids, status=Status.LIVE).order_by("claimed_at").select_related("brand", "topic")
    for chat in await live:
        rooms[chat.expert_id or 0].append(chat)
    welcome = await live_logins({looker.login for looker in lookers if looker.login is not None})
    hearing = await offering.hearing(waiting, ids)
    blocks = await excluding.told(ids)

    def lobby(looker: Looker) -> Lobby:
        expert = experts[looker.expert]
        closed = {block["slug"] for block in blocks[looker.expert]}
        free = [chat for chat in waiting if chat.brand.slug not in closed]
        offers = _open(expert, skills[looker.expert], free, stands, hearing)
        known = looker.login is None or looker.login in welcome
        ordered = _ordered(offers, skills[looker.expert], stands, usual)
        mine = looker.expert
        return Lobby(ordered, expert, rooms[mine], views[mine], blocks[mine], known, strikes[mine])

    return [lobby(looker) if looker.expert in experts else NotThere() for looker in lookers]


async def _waiting(topics: Collection[int]) -> list[Chat]:
    """The chats that wait, the longest waiting first: of each topic and language as many as one lobby shows."""
    if not topics:
        return []
    marks = ", ".join("?" for _ in topics)
    found = await rows(
        "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY topic_id, language ORDER BY asked_at) AS place, "  # noqa: S608
        f"asked_at FROM chat WHERE status = 'waiting' AND expires_at > ? AND topic_id IN ({marks})) w WHERE place <= ? "
        "ORDER BY asked_at LIMIT ?",
        *(datetime.now(UTC), *topics, MOST_OFFERS, MOST_WAITING),
    )
    chats = Chat.filter(id__in=[row["id"] for row in found]).order_by("asked_at")
    return await chats.select_related("brand", "topic") if found else []


def _open(
    expert: Expert,
    skills: Mapping[int, Skill],
    waiting: Sequence[Chat],
    stands: Mapping[tuple[int, int], Standing],
    hearing: offering.Hearing,
) -> dict[Chat, str]:
    """What this expert may claim now, and why they hear of it: of the topics in `skills`, in the languages there."""
    offers: dict[Chat, str] = {}
    topics = frozenset(skills)
    for chat in waiting:
        why, skill = hearing.why(chat, expert.account_id), skills.get(chat.topic_id)
        if why is not None and skill is not None and skill.speaks(chat.language) and len(offers) < MOST_OFFERS:
            standing = stands.get((expert.account_id, chat.brand_id))
            candidate = expert.candidate(
                topics=topics,
                brands=frozenset({chat.brand_id}),
                gate_open=standing is None or standing.gate_open,
                allowed=standing.capacity if standing else NEWCOMER_CAPACITY,
            )
            if refusal(candidate, chat.need()) is None:
                offers[chat] = why
    return offers


def _ordered(
    offers: Mapping[Chat, str],
    skills: Mapping[int, Skill],
    stands: Mapping[tuple[int, int], Standing],
    usual: Mapping[int, float],
) -> dict[Chat, str]:
    """As matching lists them: what came back or has waited for long, then what this expert knows best."""

    def fit(chat: Chat) -> float:
        skill = skills[chat.topic_id]
        standing = stands.get((skill.expert_id, chat.brand_id))
        known = Reputation(standing.mu, standing.v) if standing else Reputation()
        return resolution(Record(skill.count, skill.positive), known, usual[chat.topic_id])

    chats = {chat.id: chat for chat in offers}
    seen = [Open(chat.id, chat.asked_at.timestamp(), fit(chat), chat.returned > 0) for chat in offers]
    return {chats[one.chat]: offers[chats[one.chat]] for one in listed(seen, datetime.now(UTC).timestamp())}
