"""What ended chats and the brand's own people teach about topics, learnt by the clock, per brand and language.

A change of examples raises the lesson's version; a clock that finds a lesson behind its version takes it for a while,
learns it, and writes down which version that was. Should the clock die, another takes the lesson afterwards.
"""

import asyncio
import json
import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from chatmarket.flows.proposing import bare_question
from chatmarket.house import House
from chatmarket.learnt import Taught, can_fit, fit, learn
from chatmarket.models import Example, Lesson
from chatmarket.store import dialect, rows, unit_of_work
from matching.topics import OWN_PEOPLE, words

logger = logging.getLogger(__name__)

AT_ONCE = 200  # ended chats in one look; the next look takes the rest
LATELY = timedelta(days=30)  # a clock that was away for longer leaves out what it missed
FEWEST_WORDS = 2
LONGEST = 500  # characters of an example
MOST_OF_TOPIC = 400  # examples that are learnt, what people typed first, then the newest
TAKEN = timedelta(minutes=10)  # learning takes seconds
FEWEST_TO_FIT = 200  # with fewer examples margins are no better than counts


_UNLEARNT = "learnt < version"
_UNFITTED = f"margins_learnt < learnt AND examples >= {FEWEST_TO_FIT} AND (margins_at IS NULL OR margins_at < ?)"
_RESOLVED = """
SELECT c.id, c.brand_id, c.topic_id, c.language, c.question FROM rating r JOIN chat c ON c.id = r.chat_id
JOIN customerkey k ON k.customer_id = c.customer_id
WHERE r.resolved AND r.at > ? AND NOT EXISTS (SELECT 1 FROM example e WHERE e.chat_id = c.id)
ORDER BY r.at LIMIT ? {held}
"""


async def gather(house: House) -> int:
    """Makes examples of chats that a customer called resolved, a batch of them; how many."""
    found = await _gather(datetime.now(UTC) - LATELY)
    while found == AT_ONCE:
        found = await _gather(datetime.now(UTC) - LATELY)
    return found


@unit_of_work
async def _gather(since: datetime) -> int:
    # The customer's key is held: whoever erases them waits, and finds these examples.
    held = "FOR KEY SHARE OF k" if dialect() == "postgres" else ""
    chats = await rows(_RESOLVED.format(held=held), since, AT_ONCE)
    await Example.bulk_create([_of(chat) for chat in chats], ignore_conflicts=True)
    for brand, language in {(chat["brand_id"], chat["language"]) for chat in chats}:
        await changed(brand, language)
    return len(chats)


def _of(chat: dict[str, Any]) -> Example:
    """With no text where the question says too little: it is looked at once."""
    text = bare_question(json.loads(chat["question"]))[:LONGEST]
    return Example(
        brand_id=chat["brand_id"],
        language=chat["language"],
        topic_id=chat["topic_id"],
        chat_id=chat["id"],
        text=text if len(words(text)) >= FEWEST_WORDS else "",
        at=datetime.now(UTC),
    )


async def hold(customer: int) -> bool:
    """Inside a unit of work: whoever erases this customer waits for it. False when they are erased."""
    held = "FOR KEY SHARE" if dialect() == "postgres" else ""
    return bool(await rows(f"SELECT 1 AS kept FROM customerkey WHERE customer_id = ? {held}", customer))  # noqa: S608


async def changed(brand: int, language: str) -> None:
    """The examples of a brand in a language are others now: a clock learns them, in the version this makes."""
    await rows(
        "INSERT INTO lesson (brand_id, language, version, learnt, threshold, examples, margins_learnt) "
        "VALUES (?, ?, 1, 0, 0, 0, 0) "
        "ON CONFLICT (brand_id, language) DO UPDATE SET version = lesson.version + 1 RETURNING id",
        brand,
        language,
    )


async def forget(chats: Collection[int]) -> None:
    """Inside a unit of work: examples go with the chats that they were taken from."""
    of_chats = Example.filter(chat_id__in=list(chats))
    gone = set(await of_chats.values_list("brand_id", "language")) if chats else set()
    if gone:
        await of_chats.delete()
    for brand, language in gone:
        await changed(brand, language)


async def learn_next(house: House) -> bool:
    """Learns one lesson that is behind its examples; False when there is none."""
    lesson = await _take(_UNLEARNT, "COALESCE(learnt_at, '1970-01-01')")
    if lesson is None:
        return False
    examples = await taught(lesson["brand_id"], lesson["language"])
    counts, threshold = await asyncio.to_thread(learn, examples)
    now = datetime.now(UTC)
    # Whoever was slower than its time may come after another who learnt more.
    await Lesson.filter(id=lesson["id"], learnt__lt=lesson["version"]).update(
        counts=counts,
        threshold=threshold,
        examples=len(examples),
        learnt=lesson["version"],
        learnt_at=now,
        taken_until=None,
    )
    logger.debug("topics_learnt", extra={"brand": lesson["brand_id"], "examples": len(examples)})
    return True


async def fit_next(house: House) -> bool:
    """Learns one lesson's margins, no more often than the setting says; False when there is none to learn."""
    if not can_fit():
        return False
    lesson = await _take(_UNFITTED, "COALESCE(margins_at, '1970-01-01')", _fitted_before(house))
    if lesson is None:
        return False
    examples = await taught(lesson["brand_id"], lesson["language"])
    several = len({topic for topic, _ in examples}) > 1
    margins = await fit(examples) if several else None
    learnt = {"margins": margins, "margins_learnt": lesson["version"]} if margins else {}
    await Lesson.filter(id=lesson["id"]).update(margins_at=datetime.now(UTC), taken_until=None, **learnt)
    return True


async def behind(house: House) -> bool:
    """Whether a lesson waits for a clock: asked each second, and a clock that finds none writes nothing."""
    found = await rows(
        f"SELECT id FROM lesson WHERE (taken_until IS NULL OR taken_until < ?) "  # noqa: S608 - our own words
        f"AND (({_UNLEARNT}) OR (? AND {_UNFITTED})) LIMIT 1",
        *(datetime.now(UTC), can_fit(), _fitted_before(house)),
    )
    return bool(found)


def _fitted_before(house: House) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=house.settings.topics_minutes)


async def _take(behind: str, first: str, *params: object) -> dict[str, Any] | None:
    """One lesson for this clock alone, with the version that its examples are of, at least."""
    now = datetime.now(UTC)
    free = "(taken_until IS NULL OR taken_until < ?)"
    found = await rows(
        f"UPDATE lesson SET taken_until = ? WHERE {free} AND id = "  # noqa: S608 - our own words
        f"(SELECT id FROM lesson WHERE {behind} AND {free} ORDER BY {first} LIMIT 1) "
        "RETURNING id, brand_id, language, version",
        now + TAKEN,
        now,
        *params,
        now,
    )
    return found[0] if found else None


async def taught(brand: int, language: str) -> Taught:
    """A brand's examples in a language."""
    found = await rows(
        "SELECT topic_id, text FROM (SELECT topic_id, text, row_number() OVER (PARTITION BY topic_id "
        "ORDER BY CASE WHEN chat_id IS NULL THEN 0 ELSE 1 END, id DESC) AS place FROM example "
        "WHERE brand_id = ? AND language = ? AND text <> '') counted WHERE place <= ? ORDER BY topic_id, place",
        brand,
        language,
        MOST_OF_TOPIC,
    )
    return [(row["topic_id"] or OWN_PEOPLE, row["text"]) for row in found]
