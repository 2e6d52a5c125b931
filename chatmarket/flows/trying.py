"""A made-up conversation is masked as a real one would be, to see what rules do: nothing of it is kept or logged."""

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, Problem, Wrong
from chatmarket.flows import showing
from chatmarket.flows.asking import MOST_VALUE
from chatmarket.flows.drafting import Draft, Findings, Unruly, rules_of
from chatmarket.house import House
from chatmarket.models import Account
from chatmarket.privacy import packs
from chatmarket.privacy.conversation import Shown, converse
from chatmarket.privacy.known import Known
from chatmarket.privacy.rules import Rules
from chatmarket.privacy.segments import Kind, to_json
from chatmarket.privacy.solicitation import asks_for_secrets
from chatmarket.privacy.spans import Span

logger = logging.getLogger(__name__)

MOST_LINES = 20
AUTHORS = ("customer", "expert")


class Untried(Problem):
    status = 422
    code = "untried"
    text = N_("This conversation could not be checked: such a message would be withheld. Please change its words.")


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as somebody types it: lines of customer and expert, and what is known of the customer before."""

    language: str = "en"
    lines: Sequence[tuple[str, str]] = (("customer", ""),)
    known: dict[str, str] = field(default_factory=dict)  # by kind, one value a line

    def __bool__(self) -> bool:
        return any(text.strip() for _, text in self.lines)


@dataclass(frozen=True, slots=True)
class Checked:
    """A conversation that a chat would take: its lines that say something, each after its author."""

    language: str
    lines: Sequence[tuple[str, str]]
    known: Sequence[Known]


@dataclass(frozen=True, slots=True)
class Read:
    """Rules as somebody typed them, found to be right: as they are kept, and ready to mask by."""

    kept: Any
    rules: Rules


def checked(talk: Talk, most: int) -> Checked:
    """The conversation, if each line has at most `most` characters. Raises Unruly."""
    found = Findings()
    language = found.read("language", partial(fields.choice, talk.language, "language", packs.languages()))
    known = [one for kind, typed in talk.known.items() for one in _values(Kind(kind), typed, found)]
    lines = list(_lines(talk, most, found))
    if len(talk.lines) > MOST_LINES:
        found.errors["lines"] = Wrong(N_("A conversation to try has at most %(most)s lines."), most=MOST_LINES)
    if found.errors or language is None:
        raise Unruly(found.errors)
    return Checked(language, lines, known)


async def read(house: House, staff: Account, draft: Draft) -> Read:
    """The draft as rules. Raises Unruly, and TooMuch before anything of it is read."""
    house.trials.take(house.seal("trials", str(staff.id)))
    # In a thread: the largest rules take a quarter of a second, and chats go on meanwhile.
    return await asyncio.to_thread(_read, draft)


def _read(draft: Draft) -> Read:
    kept = rules_of(draft)
    return Read(kept, Rules.from_json(kept))


async def tried(talk: Checked, rules: Rules) -> showing.View:
    """What becomes of each line under these rules. Raises Untried."""
    # In a thread: the longest conversation takes as long as hundreds of messages, and chats go on meanwhile.
    shown = await asyncio.to_thread(_conversed, talk, rules)
    lines = [_line_view(who, text, one, rules) for (who, text), one in zip(talk.lines, shown, strict=True)]
    return {"lines": lines, "found": sum(len(line["spans"]) for line in lines)}


def _values(kind: Kind, typed: str, found: Findings) -> Iterator[Known]:
    name = f"known-{kind}"
    for n, value in enumerate(dict.fromkeys(filter(None, map(str.strip, typed.splitlines()))), 1):
        if read := found.read(name, partial(fields.text, value, name, most=MOST_VALUE)):
            yield Known(kind, n, read, given=True)


def _lines(talk: Talk, most: int, found: Findings) -> Iterator[tuple[str, str]]:
    for n, (who, text) in enumerate(talk.lines, 1):
        if text.strip() and n <= MOST_LINES:
            author = found.read(f"who-{n}", partial(fields.choice, who, f"who-{n}", AUTHORS))
            said = found.read(f"said-{n}", partial(fields.text, text, f"said-{n}", most=most))
            if author and said:
                yield author, said


def _conversed(talk: Checked, rules: Rules) -> list[Shown]:
    try:
        return converse(talk.lines, talk.known, talk.language, rules, time.thread_time_ns)
    except Exception as error:
        # Fail closed, as in a chat; the trace could carry the text itself, so only the kind of failure is told.
        logger.error("trial withheld", extra={"why": type(error).__name__})
        raise Untried from None


def _line_view(who: str, text: str, shown: Shown, rules: Rules) -> showing.View:
    pieces = list(_pieces(text, shown.spans, rules))
    return {
        "who": who,
        "pieces": pieces,
        "spans": [piece for piece in pieces if "kind" in piece],
        "segments": to_json(shown.segments),
        "solicits": shown.solicits,
        "secret": asks_for_secrets([span for span in shown.spans if span.kind is Kind.SOLICITATION]),
        "micros": -(-shown.spent // 1000),
    }


def _pieces(text: str, spans: Sequence[Span], rules: Rules) -> Iterator[dict[str, Any]]:
    """The line as it was typed, cut into plain text and values."""
    at = 0
    for span in spans:
        start = max(at, span.start)  # words that lead away may hold a value
        if at < start:
            yield {"text": text[at:start]}
        if start < span.end:
            policy = "" if span.kind is Kind.SOLICITATION else str(rules.policy(span.kind))
            yield {"text": text[start : span.end], "kind": str(span.kind), "policy": policy, "why": span.why}
            at = span.end
    if at < len(text):
        yield {"text": text[at:]}
