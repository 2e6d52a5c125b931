"""A small believable world: two brands, their topics and people, and the history behind the reputations."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from chatmarket.flows import auditing, casing, learning, paying, vaulting
from chatmarket.house import House
from chatmarket.models import (
    Account,
    Brand,
    Chat,
    Customer,
    Entry,
    Exam,
    Example,
    ExamState,
    Expert,
    Message,
    Movement,
    Posting,
    Question,
    Rating,
    Role,
    Skill,
    Standing,
    Status,
    Topic,
    What,
)
from chatmarket.seeds.asked import ASKED
from chatmarket.seeds.exams import ATTEMPTS, EXAMS, MINUTES, MOST, PAUSE_DAYS, Choice, Short
from chatmarket.seeds.world import BRANDS, EXPERTS, HISTORY_DAYS, PASSWORD, STAFF, BrandSeed, ExpertSeed, TopicSeed
from chatmarket.store import unit_of_work
from matching import probation, reputation
from matching.reputation import Reputation, Tally

Topics = dict[str, list[Topic]]


async def seed(house: House, *, now: datetime | None = None) -> bool:
    """Plants the world; a second time nothing happens. True when it was planted."""
    if await Brand.exists(slug=BRANDS[0].slug):
        return False
    hashes = {email: await house.passwords.hash(PASSWORD) for email in [person.email for person in (*STAFF, *EXPERTS)]}
    await _plant(house, hashes, now or datetime.now(UTC))
    return True


@unit_of_work
async def _plant(house: House, hashes: dict[str, str], now: datetime) -> None:
    topics = {brand.slug: await _brand(house, brand) for brand in BRANDS}
    for person in STAFF:
        brand = await Brand.get(slug=person.brand)
        await Account.create(
            email=person.email,
            name=person.name,
            role=person.role,
            brand_id=brand.id,
            password_hash=hashes[person.email],
            language=person.speaks,
        )
    experts = {expert.email: await _expert(expert, hashes[expert.email], topics) for expert in EXPERTS}
    for told in BRANDS:
        await _History(house, told, topics[told.slug], experts, now).write()


async def _brand(house: House, seed: BrandSeed) -> list[Topic]:
    brand = await Brand.create(
        slug=seed.slug,
        name=seed.name,
        language=seed.languages[0],
        languages=list(seed.languages),
        taglines=seed.taglines,
        currency=seed.currency,
        wait_limit_s=seed.wait_limit_s,
        open_admission=seed.open_admission,
    )
    await vaulting.brand_key(house, brand.id)
    await auditing.begin(house, brand.id)
    topics = [
        await Topic.create(
            brand_id=brand.id, names={"en": topic.en, "es": topic.es}, reward=topic.reward, position=position
        )
        for position, topic in enumerate(seed.topics)
    ]
    await _teach(brand, seed, topics)
    for language, asked in EXAMS.get(seed.slug, {}).items():
        await _examine(brand, language, asked)
    return topics


async def _examine(brand: Brand, language: str, asked: tuple[Choice | Short, ...]) -> None:
    """A published exam that applicants of any topic may sit, scored at once."""
    now = datetime.now(UTC)
    exam = await Exam.create(
        brand_id=brand.id,
        language=language,
        version=1,
        state=ExamState.PUBLISHED,
        most=MOST,
        minutes=MINUTES,
        attempts=ATTEMPTS,
        pause_days=PAUSE_DAYS,
        made_at=now,
        published_at=now,
    )
    await Question.bulk_create([_question(exam.id, one) for one in asked])


def _question(exam: int, one: Choice | Short) -> Question:
    if isinstance(one, Short):
        return Question(exam_id=exam, kind="short", text=one.text, options=[], right=list(one.accepted))
    return Question(exam_id=exam, kind=one.kind, text=one.text, options=list(one.options), right=[one.right])


async def _teach(brand: Brand, seed: BrandSeed, topics: list[Topic]) -> None:
    """What was asked before, and what the brand's people typed, says what the next question is about."""
    told = [
        (topic.id, language, question)
        for topic, one, asked in zip(topics, seed.topics, ASKED[seed.slug], strict=True)
        for language, question in (*((past[0], past[1]) for past in one.past), *asked)
    ]
    await Example.bulk_create(
        [
            Example(brand_id=brand.id, topic_id=topic, language=language, text=question, at=datetime.now(UTC))
            for topic, language, question in told
        ]
    )
    for language in {language for _, language, _ in told}:
        await learning.changed(brand.id, language)


async def _expert(seed: ExpertSeed, hashed: str, topics: Topics) -> int:
    account = await Account.create(
        email=seed.email, name=seed.name, role=Role.EXPERT, password_hash=hashed, language=seed.speaks
    )
    await Expert.create(account_id=account.id, languages=list(seed.languages), capacity=seed.capacity)
    for slug, positions in seed.skills.items():
        await Skill.bulk_create(
            [Skill(expert_id=account.id, topic_id=topics[slug][position].id, certified=True) for position in positions]
        )
        await Standing.create(expert_id=account.id, brand_id=topics[slug][0].brand_id)
    return account.id


class _History:
    """The chats one brand has behind it, in the order of time, so that each rating moves a reputation as it would."""

    def __init__(
        self, house: House, brand: BrandSeed, topics: list[Topic], experts: dict[str, int], now: datetime
    ) -> None:
        self._house = house
        self._brand, self._topics, self._experts, self._now = brand, topics, experts, now
        self._rng = random.Random(brand.slug)  # noqa: S311 - the same world every time
        self._reputations: dict[int, Reputation] = defaultdict(Reputation)
        self._tallies: dict[int, dict[int, Tally]] = defaultdict(lambda: defaultdict(lambda: Tally(0, 0)))
        self._messages: list[Message] = []
        self._postings: list[Posting] = []
        self._ratings: list[Rating] = []
        self._movements: list[Movement] = []

    async def write(self) -> None:
        plan = [seed for seed in EXPERTS if self._brand.slug in seed.skills for _ in range(seed.chats)]
        self._rng.shuffle(plan)
        step = timedelta(days=HISTORY_DAYS) / (len(plan) + 1)
        for number, seed in enumerate(plan, 1):
            await self._chat(seed, self._now - timedelta(days=HISTORY_DAYS) + number * step)
        await Message.bulk_create(self._messages)
        await Posting.bulk_create(self._postings)
        await Rating.bulk_create(self._ratings)
        await Movement.bulk_create(self._movements)
        await self._standings()

    async def _chat(self, seed: ExpertSeed, asked_at: datetime) -> None:
        position = self._rng.choice(seed.skills[self._brand.slug])
        topic, told = self._topics[position], self._brand.topics[position]
        language, *lines = self._rng.choice(_spoken(told, seed))
        claimed_at = asked_at + timedelta(seconds=self._rng.uniform(3, 40))
        ended_at = claimed_at + timedelta(seconds=self._rng.uniform(90, 420))
        customer = await Customer.create(brand_id=topic.brand_id)
        chat = await Chat.create(
            brand_id=topic.brand_id,
            topic_id=topic.id,
            customer_id=customer.id,
            expert_id=self._experts[seed.email],
            status=Status.ENDED,
            language=language,
            question=[{"text": lines[0]}],
            reward=topic.reward,
            currency=self._brand.currency,
            seq=len(lines),
            asked_at=asked_at,
            claimed_at=claimed_at,
            said_at=ended_at,
            expires_at=asked_at + timedelta(seconds=self._brand.wait_limit_s),
            ended_at=ended_at,
            ended_by="customer",
        )
        self._say(chat, lines)
        await self._rate(chat, self._rng.random() < seed.skill)

    def _say(self, chat: Chat, lines: list[str]) -> None:
        assert chat.claimed_at is not None
        moments = [chat.asked_at, chat.claimed_at + timedelta(seconds=25), chat.claimed_at + timedelta(seconds=80)]
        for seq, (author, text, at) in enumerate(
            zip(("customer", "expert", "customer"), lines, moments, strict=True), 1
        ):
            self._messages.append(
                Message(
                    chat_id=chat.id,
                    seq=seq,
                    author=author,
                    cid=f"seed-{seq}",
                    segments=[{"text": text}],
                    at=at,
                    fingerprint=b"",
                )
            )

    async def _rate(self, chat: Chat, resolved: bool) -> None:
        assert chat.expert_id is not None and chat.ended_at is not None
        baseline = self._baseline(chat.expert_id)
        known = self._reputations[chat.expert_id]
        after = self._reputations[chat.expert_id] = reputation.after(known, resolved, baseline)
        self._count(chat.expert_id, resolved)
        self._move(chat, known, after, resolved, baseline)
        self._ratings.append(
            Rating(
                chat_id=chat.id,
                brand_id=chat.brand_id,
                topic_id=chat.topic_id,
                expert_id=chat.expert_id,
                comment=[],
                resolved=resolved,
                stars=self._rng.choice((4, 5, 5, 5) if resolved else (1, 2, 3)),
                baseline=baseline,
                mu_after=after.mu,
                at=chat.ended_at + timedelta(seconds=20),
            )
        )
        if resolved:
            await self._pay(chat)

    def _move(self, chat: Chat, known: Reputation, after: Reputation, resolved: bool, baseline: float) -> None:
        assert chat.ended_at is not None
        self._movements.append(
            Movement(
                expert_id=chat.expert_id,
                brand_id=chat.brand_id,
                chat_id=chat.id,
                topic_id=chat.topic_id,
                what=What.RATED,
                resolved=resolved,
                baseline=baseline,
                mu_before=known.mu,
                v_before=known.v,
                mu_after=after.mu,
                v_after=after.v,
                at=chat.ended_at + timedelta(seconds=20),
            )
        )

    def _baseline(self, expert: int) -> float:
        others = [tally for other, by in self._tallies.items() if other != expert for tally in by.values()]
        total = Tally(sum(tally.count for tally in others), sum(tally.positive for tally in others))
        return reputation.baseline(Tally(0, 0), total)

    def _count(self, expert: int, resolved: bool) -> None:
        tally = self._tallies[expert][0]
        self._tallies[expert][0] = Tally(tally.count + 1, tally.positive + resolved)

    async def _pay(self, chat: Chat) -> None:
        entry = await Entry.create(
            key=f"chat:{chat.id}:settle", brand_id=chat.brand_id, chat_id=chat.id, at=chat.ended_at
        )
        self._postings += paying.postings(entry, chat)

    async def _standings(self) -> None:
        for expert, known in self._reputations.items():
            tally = self._tallies[expert][0]
            await Standing.filter(expert_id=expert, brand_id=self._topics[0].brand_id).update(
                mu=known.mu,
                v=known.v,
                ratings=tally.count,
                resolved=tally.positive,
                state=str(reputation.standing(known)),
                changed_at=self._now,
                capacity=probation.capacity(tally.count, rank=self._rank(expert)),
            )
            shut = await Standing.get(expert_id=expert, brand_id=self._topics[0].brand_id)
            if not shut.gate_open:
                await casing.begin(self._house, shut, self._now)

    def _rank(self, expert: int) -> float:
        """As `flows.moving` ranks: the place among those who are past their probation, from 0, the best, to 1."""
        mine = self._reputations[expert].mu
        others = [known.mu for other, known in self._reputations.items() if other != expert and self._seasoned(other)]
        return sum(mu >= mine for mu in others) / len(others) if others else 1.0

    def _seasoned(self, expert: int) -> bool:
        return not probation.on_probation(self._tallies[expert][0].count)


def _spoken(topic: TopicSeed, seed: ExpertSeed) -> list[tuple[str, str, str, str]]:
    """Past conversations of a topic in a language this expert speaks; any, where there is none."""
    return [past for past in topic.past if past[0] in seed.languages] or list(topic.past)
