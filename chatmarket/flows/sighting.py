"""What the clock reads of a brand's chats in one look (suspecting): in so many reads, however many experts it is of."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from tortoise.functions import Count

from chatmarket.flows import recognising
from chatmarket.flows.proposing import bare_question
from chatmarket.flows.withholding import SIGNALS
from chatmarket.models import Chat, Device, Evidence, Message, Rating, Review, ReviewState
from matching import fraud
from matching.fraud import Kind, Signal
from matching.topics import words

LATELY = timedelta(days=30)
MOST_CLAIMS = 5000  # the newest of a brand, against which an expert's are compared
MOST_OWN = 200  # the newest of one expert whose words and ratings are read
MOST_OTHERS = 400  # newest questions of the others, which tell what everybody asks
TELLING_WORDS = 8  # "how do I reset it" is what everybody writes
A_DAY = timedelta(days=1)
PRAISE = 5

Told = tuple[int, int, float, frozenset[int]]  # of a review: the numbers of its reason, and its chats
Whose = tuple[int, str]  # an expert, and the kind of a signal


@dataclass(frozen=True, slots=True)
class Claim:
    """A chat that an expert had. `mark` is of the browser it was asked from, where there is one; by it, or by having
    come back, its `person` is known."""

    chat: int
    expert: int
    topic: int
    asked_at: datetime
    mark: str | None
    person: str
    fresh: bool = False  # who asked had come within the day


class Claims:
    """The brand's newest chats that had an expert, the oldest first, as they are looked at from each side."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.all_ = claims
        self.by_chat = {claim.chat: claim for claim in claims}
        self.by_expert: dict[int, list[Claim]] = defaultdict(list)
        self.by_person: dict[str, list[Claim]] = defaultdict(list)
        for claim in claims:
            self.by_expert[claim.expert].append(claim)
            self.by_person[claim.person].append(claim)
        self.topics = Counter(claim.topic for claim in claims)
        self.known = sum(claim.mark is not None for claim in claims)
        self.fresh = sum(claim.fresh for claim in claims if claim.mark)

    def newest_of(self, expert: int, most: int, out: Collection[int] = ()) -> list[Claim]:
        """Of one expert, without those of which a person has decided."""
        return list(islice((claim for claim in reversed(self.by_expert[expert]) if claim.chat not in out), most))

    def newest_but(self, expert: int, most: int) -> list[Claim]:
        """Of all other experts."""
        return list(islice((claim for claim in reversed(self.all_) if claim.expert != expert), most))


@dataclass(frozen=True, slots=True)
class Sight:
    """All that was read for one look."""

    claims: Claims
    decided: Mapping[Whose, set[int]]  # chats of which a person has decided
    open_: Mapping[Whose, Told]  # what waits for a person as it is
    praised: Mapping[int, Mapping[int, fraud.Ended]]  # chats with five stars, by expert and chat
    texts: Mapping[int, str]  # questions that say enough, by chat
    marks: Mapping[int, set[str]]  # of the experts' own browsers

    def out(self, expert: int, kind: Kind) -> set[int]:
        """Chats that count for no signal of this kind any more."""
        return self.decided.get((expert, kind), set())

    def own(self, expert: int, kind: Kind) -> list[Claim]:
        """What this expert had and still counts."""
        out = self.out(expert, kind)
        return [claim for claim in self.claims.by_expert[expert] if claim.chat not in out]

    def judged(self, expert: int, kind: Kind) -> list[Claim]:
        """What does not count any more."""
        return [self.claims.by_chat[chat] for chat in self.out(expert, kind) if chat in self.claims.by_chat]


def told(signal: Signal, chats: Collection[int]) -> Told:
    """What a review of this signal says."""
    return signal.seen, signal.of, round(signal.usual, 1), frozenset(chats)


async def read(brand: int, experts: Collection[int]) -> Sight:
    """All that one look at these experts of a brand needs."""
    since = datetime.now(UTC) - LATELY
    claims, decided = await _claims(brand, since), await _decided(brand, experts, since)
    return Sight(
        claims,
        decided,
        await _open(brand, experts),
        await _praised(brand, experts, since),
        await _texts(claims, decided, experts),
        await _marks(brand, experts, since),
    )


async def _claims(brand: int, since: datetime) -> Claims:
    ended = Chat.filter(brand_id=brand, expert_id__isnull=False, practice=False, ended_at__gt=since)
    columns = ("id", "expert_id", "topic_id", "asked_at", "customer_id")
    found = await ended.order_by("-ended_at").limit(MOST_CLAIMS).values_list(*columns)
    asked = Device.filter(brand_id=brand, side=recognising.CUSTOMER, at__gt=since)
    marks = dict(await asked.order_by("-id").limit(MOST_CLAIMS).values_list("chat_id", "mark"))
    first: dict[str, datetime] = {}
    claims = []
    for chat, expert, topic, asked_at, customer in sorted(found, key=lambda row: row[3]):
        mark = marks.get(chat)
        came = first.setdefault(mark, asked_at) if mark else asked_at - A_DAY
        person = mark or f"customer {customer}"
        claims.append(Claim(chat, expert, topic, asked_at, mark, person, asked_at - came < A_DAY))
    return Claims(claims)


async def _decided(brand: int, experts: Collection[int], since: datetime) -> Mapping[Whose, set[int]]:
    # A chat is rated for as long again after it ended, and praise is told by when it was rated.
    found = Evidence.filter(
        review__brand_id=brand, review__expert_id__in=list(experts), chat__ended_at__gt=since - LATELY
    )
    over = found.exclude(review__state=ReviewState.OPEN)
    chats: dict[Whose, set[int]] = defaultdict(set)
    for expert, kind, chat in await over.values_list("review__expert_id", "review__kind", "chat_id"):
        chats[expert, kind].add(chat)
    return chats


async def _open(brand: int, experts: Collection[int]) -> Mapping[Whose, Told]:
    reviews = Review.filter(
        brand_id=brand, expert_id__in=list(experts), state=ReviewState.OPEN, kind__in=SIGNALS, place__not_isnull=True
    )
    known = {one.id: one for one in await reviews}
    chats: dict[int, set[int]] = defaultdict(set)
    for one in await Evidence.filter(review_id__in=list(known)) if known else []:
        chats[one.review_id].add(one.chat_id)
    return {
        (one.expert_id, one.kind): (one.seen, one.of, round(one.usual, 1), frozenset(chats[one.id]))
        for one in known.values()
    }


async def _praised(brand: int, experts: Collection[int], since: datetime) -> Mapping[int, Mapping[int, fraud.Ended]]:
    rated = Rating.filter(expert_id__in=list(experts), brand_id=brand, stars=PRAISE, at__gt=since).order_by("-at")
    columns = ("expert_id", "chat_id", "chat__claimed_at", "chat__ended_at")
    found = await rated.limit(MOST_CLAIMS).values_list(*columns)
    said = Message.filter(chat_id__in=[row[1] for row in found], author="customer")
    counted = await said.annotate(many=Count("id")).group_by("chat_id").values_list("chat_id", "many") if found else []
    messages = dict(counted)
    praised: dict[int, dict[int, fraud.Ended]] = defaultdict(dict)
    for expert, chat, claimed_at, ended_at in found:
        seconds = (ended_at - claimed_at).total_seconds() if ended_at and claimed_at else 0.0
        if len(praised[expert]) < MOST_OWN:
            praised[expert][chat] = fraud.Ended(messages.get(chat, 0), seconds)
    return praised


async def _texts(
    claims: Claims, decided: Mapping[Whose, Collection[int]], experts: Collection[int]
) -> Mapping[int, str]:
    wanted: set[int] = set()
    for expert in experts:
        own = claims.newest_of(expert, MOST_OWN, decided.get((expert, Kind.DUPLICATES), ()))
        wanted.update(claim.chat for claim in [*own, *claims.newest_but(expert, MOST_OTHERS)])
    found = await Chat.filter(id__in=list(wanted)).values_list("id", "question") if wanted else []
    texts = {chat: bare_question(question) for chat, question in found}
    return {chat: text for chat, text in texts.items() if len(words(text)) >= TELLING_WORDS}


async def _marks(brand: int, experts: Collection[int], since: datetime) -> Mapping[int, set[str]]:
    used = Device.filter(brand_id=brand, side=recognising.EXPERT, chat__expert_id__in=list(experts), at__gt=since)
    marks: dict[int, set[str]] = defaultdict(set)
    for expert, mark in await used.order_by("-id").limit(MOST_CLAIMS).values_list("chat__expert_id", "mark"):
        marks[expert].add(mark)
    return marks
