"""What is learnt about topics: as it lies in the database, and as a question is held against it."""

import asyncio
import importlib.util
import json
import logging
import sys
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from matching.margins import Margins
from matching.topics import OWN_PEOPLE, Counts, Ranker, count, least_certain

logger = logging.getLogger(__name__)

SAMPLED = 500  # examples that the threshold is read from; each is judged as if it were asked
LIKELY = 20  # topics that margins are asked about: of banking77 the right one is missing among them in 3 of 1,000
FIT_S = 300.0  # ten thousand examples take ten to twenty seconds of a core

Taught = Sequence[tuple[int, str]]  # a topic (OWN_PEOPLE: none of ours) and a text


@dataclass(frozen=True, slots=True)
class Proposal:
    """Topics that a question may be about, the likeliest first; out of scope it is for the brand's own people."""

    topics: tuple[int, ...] = ()
    in_scope: bool = False


@dataclass(frozen=True, slots=True)
class Learnt:
    """One brand's lesson in one language, ready to be asked. `stamp` tells whether there is a newer one."""

    stamp: tuple[int, int]
    ranker: Ranker
    margins: Margins | None
    threshold: float

    def proposal(self, text: str) -> Proposal:
        """Whether it is in scope, the counts say; which topic, the margins do where there are any."""
        judged = self.ranker.judge(text)
        order = judged.topics
        # Margins are learnt later than counts: until they know every likely topic, counts decide.
        if self.margins is not None and order and set(order[:LIKELY]) <= set(self.margins.topics):
            likely = set(order[:LIKELY])
            order = (*self.margins.rank(text, likely), *(topic for topic in order if topic not in likely))
        within = bool(order) and order[0] != OWN_PEOPLE and judged.certainty >= self.threshold
        return Proposal(tuple(topic for topic in order if topic != OWN_PEOPLE), within)


def learn(examples: Taught) -> tuple[bytes, float]:
    """The counts of these examples, packed, and the certainty below which a question is out of scope."""
    counts = count(examples)
    step = max(1, len(examples) // SAMPLED)
    return packed(counts), least_certain(Ranker(counts), examples[::step])


def packed(counts: Counts) -> bytes:
    return zlib.compress(json.dumps([counts.topics, counts.seen, counts.examples]).encode(), 6)


def unpacked(kept: bytes) -> Counts:
    topics, seen, examples = json.loads(zlib.decompress(kept))
    return Counts(tuple(topics), seen, examples)


def can_fit() -> bool:
    """Whether this installation has what margins are learnt with: the `ml` extra."""
    return importlib.util.find_spec("sklearn") is not None


async def fit(examples: Taught) -> bytes | None:
    """The margins of these examples, packed; None when they could not be learnt, which is logged."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chatmarket.svm",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # What goes wrong there may quote an example.
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(FIT_S):
            told, _ = await child.communicate(json.dumps(examples).encode())
    except TimeoutError:
        told = b""
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    if child.returncode or not told:
        logger.warning("margins_not_learnt", extra={"code": child.returncode, "examples": len(examples)})
        return None
    return told
