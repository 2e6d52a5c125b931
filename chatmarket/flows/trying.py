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
from chatmarket.flows.drafting import Findings, Unruly
from chatmarket.house import House
from chatmarket.models import Account
from chatmarket.privacy.conversation import Answer, converse
from chatmarket.privacy.rules import Rules
from chatmarket.privacy.segments import to_json
from chatmarket.privacy.spans import Span
from chatmarket.templating import LANGUAGES

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


async def tried(house: House, staff: Account, talk: Talk, rules: Rules) -> showing.View:
    """What becomes of each line under these rules. Raises Unruly for lines that no chat would take, and TooMuch."""
    house.trials.take(house.seal("trials", str(staff.id)))
    known, said = _checked(talk, house.settings.message_chars)
    # In a thread: the longest conversation takes as long as hundreds of messages, and chats go on meanwhile.
    answers, micros = await asyncio.to_thread(_conversed, [(who, text) for _, who, text in said], known, talk, rules)
    lines = [_line_view(n, who, text, answer, rules) for (n, who, text), answer in zip(said, answers, strict=True)]
    return {"lines": lines, "micros": micros, "found": sum(len(line["spans"]) for line in lines)}


def _checked(talk: Talk, most: int) -> tuple[dict[str, list[str]], list[tuple[int, str, str]]]:
    """The values known before, and the lines that say something, with their numbers. Raises Unruly."""
    found = Findings()
    found.read("language", partial(fields.choice, talk.language, "language", LANGUAGES))
    known = {kind: list(_values(kind, typed, found)) for kind, typed in talk.known.items()}
    said = list(_said(talk, most, found))
    if len(talk.lines) > MOST_LINES:
        found.errors["lines"] = Wrong(N_("A conversation to try has at most %(most)s lines."), most=MOST_LINES)
    if found.errors:
        raise Unruly(found.errors)
    return {kind: values for kind, values in known.items() if values}, said


def _values(kind: str, typed: str, found: Findings) -> Iterator[str]:
    name = f"known-{kind}"
    for value in filter(None, map(str.strip, typed.splitlines())):
        if read := found.read(name, partial(fields.text, value, name, most=MOST_VALUE)):
            yield read


def _said(talk: Talk, most: int, found: Findings) -> Iterator[tuple[int, str, str]]:
    for n, (who, text) in enumerate(talk.lines, 1):
        if text.strip() and n <= MOST_LINES:
            author = found.read(f"who-{n}", partial(fields.choice, who, f"who-{n}", AUTHORS))
            said = found.read(f"said-{n}", partial(fields.text, text, f"said-{n}", most=most))
            if author and said:
                yield n, author, said


def _conversed(
    said: list[tuple[str, str]], known: dict[str, list[str]], talk: Talk, rules: Rules
) -> tuple[Sequence[Answer], int]:
    """The answers, and the microseconds of CPU they took."""
    began = time.thread_time_ns()
    try:
        answers = converse(said, known, talk.language, rules)
    except Exception as error:
        # Fail closed, as in a chat; the trace could carry the text itself, so only the kind of failure is told.
        logger.error("trial withheld", extra={"why": type(error).__name__})
        raise Untried from None
    return answers, (time.thread_time_ns() - began) // 1000


def _line_view(n: int, who: str, text: str, answer: Answer, rules: Rules) -> showing.View:
    pieces = list(_pieces(text, answer.spans, rules))
    return {
        "n": n,
        "who": who,
        "pieces": pieces,
        "spans": [piece for piece in pieces if "kind" in piece],
        "segments": to_json(answer.segments),
    }


def _pieces(text: str, spans: Sequence[Span], rules: Rules) -> Iterator[dict[str, Any]]:
    """The line as it was typed, cut into plain text and values."""
    at = 0
    for span in spans:
        if at < span.start:
            yield {"text": text[at : span.start]}
        yield {
            "text": text[span.start : span.end],
            "kind": str(span.kind),
            "policy": str(rules.policy(span.kind)),
            "why": span.why,
        }
        at = span.end
    if at < len(text):
        yield {"text": text[at:]}
