"""Which topic a question is about: how often it is right, and how long it takes, beside the databases' own full text.

    .venv/bin/python -m benchmarks.topics --data banking77.csv [--test other.csv] [--db postgres] [--every 1]

The file has a heading and the columns text and category. Without --test, a fifth of each category is kept for asking,
the same each time. The last rows go the product's own way, on the database named: examples in its table, learnt as a
clock does, each question masked and held against what was learnt. Milliseconds are of one core:
the process's own time, but for PostgreSQL's full text, which works elsewhere: there they are of the clock on the wall.
"""

import argparse
import asyncio
import csv
import importlib.util
import sqlite3
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import asyncpg

from chatmarket import settings
from chatmarket.embedded import embedded_redis
from chatmarket.flows import auditing, learning, proposing
from chatmarket.flows.proposing import Asked
from chatmarket.furnishing import furnish
from chatmarket.models import Brand, Example, Topic
from chatmarket.store import close_store, migrate, open_store, rows
from matching.topics import Ranker, count, least_certain, words
from tests.postgres import fresh_database, temp_postgres
from tests.serving import KEYS

GOALS = "goals: 84 % at 1 and 96 % at 5 by counts, 91 % at 1 by margins, 3 ms a question"
SEED, KEPT_BACK = 77, 0.2
NEIGHBOURS = 20
Texts = list[tuple[str, str]]  # text, category
Guess = Callable[[str], Sequence[str]]


def read(path: Path) -> Texts:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def split(texts: Texts) -> tuple[Texts, Texts]:
    """What is learnt, and what is asked: a fifth of each category, by lot."""
    by: defaultdict[str, list[str]] = defaultdict(list)
    for text, category in texts:
        by[category].append(text)
    rng, learnt, asked = Random(SEED), [], []
    for category, own in sorted(by.items()):
        rng.shuffle(own)
        many = round(len(own) * KEPT_BACK)
        asked += [(text, category) for text in own[:many]]
        learnt += [(text, category) for text in own[many:]]
    return learnt, asked


def row(name: str, found: Sequence[tuple[Sequence[str], str, float]], note: str = "") -> None:
    first = statistics.mean(category in guesses[:1] for guesses, category, _ in found)
    five = statistics.mean(category in guesses[:5] for guesses, category, _ in found)
    took = sorted(ms for _, _, ms in found)
    worst = took[int(len(took) * 0.99)]
    print(f"| {name} | {first:.2%} | {five:.2%} | {statistics.mean(took):.2f} | {worst:.2f} | {note} |", flush=True)


def asked_of(guess: Guess, asked: Texts, clock: Callable[[], float]) -> list[tuple[Sequence[str], str, float]]:
    found = []
    for text, category in asked:
        began = clock()
        guesses = guess(text)
        found.append((guesses, category, 1000 * (clock() - began)))
    return found


def voted(neighbours: Sequence[tuple[str, float]]) -> list[str]:
    votes: Counter[str] = Counter()
    for category, score in neighbours:
        votes[category] += score**2  # type: ignore[assignment]
    return [category for category, _ in votes.most_common()]


def rarest(often: dict[str, int], text: str, most: int) -> list[str]:
    return sorted({word for word in words(text) if word in often}, key=lambda word: often[word])[:most]


def fts5(learnt: Texts, asked: Texts) -> None:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE question USING fts5(text, category UNINDEXED)")
    base.executemany("INSERT INTO question VALUES (?, ?)", learnt)
    base.execute("CREATE VIRTUAL TABLE term USING fts5vocab(question, row)")
    often = dict(base.execute("SELECT term, doc FROM term"))
    sql = f"SELECT category, -bm25(question) FROM question WHERE question MATCH ? ORDER BY rank LIMIT {NEIGHBOURS}"
    for most in (1000, 5):

        def guess(text: str, most: int = most) -> Sequence[str]:
            said = rarest(often, text, most)
            return voted(base.execute(sql, (" OR ".join(f'"{word}"' for word in said),)).fetchall()) if said else []

        name = "SQLite FTS5, 20 nearest" if most > 5 else "the same, by the 5 rarest words"
        row(name, asked_of(guess, asked, time.thread_time))


async def postgres_text(url: str, learnt: Texts, asked: Texts) -> None:
    base = await asyncpg.connect(url)
    await base.execute(
        "CREATE TABLE question (text text, category text, "
        "said tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED)"
    )
    await base.executemany("INSERT INTO question VALUES ($1, $2)", learnt)
    await base.execute("CREATE INDEX ON question USING gin(said); ANALYZE question")
    often = {
        found[0]: found[1] for found in await base.fetch("SELECT word, ndoc FROM ts_stat('SELECT said FROM question')")
    }
    sql = (
        "SELECT category, ts_rank(said, asked, 1) AS score FROM question, to_tsquery('simple', $1) asked "
        f"WHERE said @@ asked ORDER BY score DESC LIMIT {NEIGHBOURS}"
    )
    for most in (1000, 5):
        found = []
        for text, category in asked:
            said, began = rarest(often, text, most), time.perf_counter()
            near = await base.fetch(sql, " | ".join(said)) if said else []
            found.append((voted([tuple(one) for one in near]), category, 1000 * (time.perf_counter() - began)))
        row("PostgreSQL ts_rank, 20 nearest" if most > 5 else "the same, by the 5 rarest words", found)
    await base.close()


def counted(learnt: Texts, asked: Texts) -> None:
    names = sorted({category for _, category in learnt})
    examples = [(names.index(category) + 1, text) for text, category in learnt]
    began = time.thread_time()
    ranker = Ranker(count(examples))
    took = time.thread_time() - began
    guess: Guess = lambda text: [names[topic - 1] for topic in ranker.judge(text).topics[:5]]  # noqa: E731
    row("ours: counts", asked_of(guess, asked, time.thread_time), f"learnt in {took:.2f} s")
    threshold = least_certain(ranker, examples[:: max(1, len(examples) // 500)])
    within = statistics.mean(ranker.judge(text).certainty >= threshold for text, _ in asked)
    print(f"| in scope by the threshold | {within:.2%} | | | | of all asked; 95 % meant |")
    _held_out(names, learnt, asked)


def _held_out(names: list[str], learnt: Texts, asked: Texts) -> None:
    """Every fifth category is never taught: its questions are as near to the others as anything out of scope is."""
    strange = set(names[::5])
    examples = [(names.index(category) + 1, text) for text, category in learnt if category not in strange]
    ranker = Ranker(count(examples))
    threshold = least_certain(ranker, examples[:: max(1, len(examples) // 500)])
    caught = statistics.mean(ranker.judge(text).certainty < threshold for text, own in asked if own in strange)
    print(f"| found out of scope | {caught:.2%} | | | | of questions of the same bank about untaught topics |")


async def product(url: str, redis: str, learnt: Texts, asked: Texts, *, fitted: bool) -> None:
    """The product's own way, in its own database."""
    await migrate(url)
    await open_store(url)
    with tempfile.TemporaryDirectory() as folder:
        house = furnish(settings.load({}, data=Path(folder), database_url=url, redis_url=redis, **KEYS))
        brand = await Brand.create(slug="bank", name="Bank", language="en", languages=["en"], taglines={})
        await auditing.begin(house, brand.id)
        names = sorted({category for _, category in learnt})
        topics = {name: await Topic.create(brand_id=brand.id, names={"en": name}, reward=1) for name in names}
        category_of = {topic.id: name for name, topic in topics.items()}
        now = datetime.now(UTC)
        examples = [
            Example(brand_id=brand.id, language="en", topic_id=topics[category].id, text=text[:500], at=now)
            for text, category in learnt
        ]
        await Example.bulk_create(examples, batch_size=500)
        await learning.changed(brand.id, "en")
        await learning.learn_next(house)
        await _proposals(house, brand, category_of, asked, "the product, by counts")
        if fitted:
            await learning.fit_next(house)
            kept = await rows("SELECT length(margins) AS long FROM lesson")
            await _proposals(
                house, brand, category_of, asked, "the product, by margins", f"{kept[0]['long']:,} bytes kept"
            )
        house.passwords.close()
        await close_store()


async def _proposals(house, brand, category_of, asked: Texts, name: str, note: str = "") -> None:  # type: ignore[no-untyped-def]
    found = []
    await proposing.propose(house, brand, Asked("en", "is read once", ()))
    for text, category in asked:
        began = time.process_time()
        proposal = await proposing.propose(house, brand, Asked("en", text, ()))
        guesses = [category_of[topic] for topic in proposal.topics[:5]] if proposal else []
        found.append((guesses, category, 1000 * (time.process_time() - began)))
    row(name, found, note)


async def measured(chosen: argparse.Namespace, learnt: Texts, asked: Texts) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        server = stack.enter_context(temp_postgres()) if chosen.db == "postgres" else ""
        if server:
            await postgres_text(await fresh_database(server), learnt, asked)
        else:
            fts5(learnt, asked)
            counted(learnt, asked)
        url = await fresh_database(server) if server else f"sqlite://{folder}/topics.sqlite3"
        redis, fitted = stack.enter_context(embedded_redis()), importlib.util.find_spec("sklearn") is not None
        await product(url, redis, learnt, asked, fitted=fitted)
        if not fitted:
            print("| the product, by margins | | | | | skipped: the `ml` extra is not installed |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--test", type=Path, help="questions to ask; without it a fifth of --data")
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--every", type=int, default=1, help="ask only every n-th")
    chosen = parser.parse_args()
    learnt, asked = (read(chosen.data), read(chosen.test)) if chosen.test else split(read(chosen.data))
    asked = asked[:: chosen.every]
    print(f"{len(learnt)} examples of {len({own for _, own in learnt})} topics, {len(asked)} questions; {GOALS}\n")
    print("| way | right at 1 | at 5 | mean ms | 99 % ms | |\n| --- | ---: | ---: | ---: | ---: | --- |", flush=True)
    asyncio.run(measured(chosen, learnt, asked))


if __name__ == "__main__":
    main()
