"""`chatmarket mask`: conversations come in as JSON lines, and go out with what is hidden in each message."""

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from chatmarket.privacy.conversation import Shown, converse
from chatmarket.privacy.masking import Known, prepare
from chatmarket.privacy.packs import FALLBACK, languages
from chatmarket.privacy.rules import STANDARD, BadRules, Rules
from chatmarket.privacy.segments import Kind, to_json
from chatmarket.privacy.spans import Span

SPEAKERS = {
    **dict.fromkeys(("c", "customer", "user", "visitor", "client"), "customer"),
    **dict.fromkeys(("a", "agent", "expert", "assistant", "advisor"), "expert"),
}
# What others call our kinds; a kind nobody knows is `known`.
SYNONYMS = {
    **dict.fromkeys(("dob", "date_of_birth", "birthday", "birth_date"), Kind.BIRTHDATE),
    **dict.fromkeys(("zip", "zipcode", "zip_code", "postal_code"), Kind.POSTCODE),
    **dict.fromkeys(("natid", "passport", "id", "licence", "license"), Kind.DOCUMENT),
    **dict.fromkeys(("nie", "nif"), Kind.DNI),
    **dict.fromkeys(("order", "order_id", "account_id", "booking", "policy", "claim", "customer_id"), Kind.ACCOUNT),
    **dict.fromkeys(("full_name", "first_name", "last_name", "surname"), Kind.NAME),
    **dict.fromkeys(("e-mail", "mail", "email_address"), Kind.EMAIL),
    **dict.fromkeys(("mobile", "telephone", "phone_number"), Kind.PHONE),
    **dict.fromkeys(("username", "user", "login"), Kind.HANDLE),
    **dict.fromkeys(("street", "street_address"), Kind.ADDRESS),
    **dict.fromkeys(("credit_card", "pan", "card_number"), Kind.CARD),
    **dict.fromkeys(("otp", "one_time_code"), Kind.CODE),
}
# What `--explain` says of the stage that found a span, in the stages' order; an expert's words that lead away have
# those of their pack.
STAGES = {
    "crowd": "more finds, figures or words than any letter has: the whole message is hidden",
    "values": "its own shape, the words that lead up to it, or digits that nothing harmless explains",
    "dictated": 'letters that were dictated, by a radio alphabet or as "b for Barcelona"',
    "described": 'what it is made of was said: "my surname and then 1990"',
    "spelled": "letters or figures that were spelled out, or stand apart",
    "lookalikes": "letters that stand for the figures they look like",
    "card talk": "a month, or three or four digits, beside a card or after the question for one",
    "addresses": "the grammar of addresses and postcodes",
    "names": "words that lead up to a name, or the language's names",
    "answers": "a bare answer to the other side's open question",
    "talk": "bare while a PIN, a code or a password is spoken of",
    "brand": "a pattern of the brand's own",
    "known": "the chat knew it already",
    "marked": "the chat dropped it before, and knows it again by its mark",
    "pieces": "digits given away in pieces, one number together",
    "continued": "what the message before left open goes on here",
    "burst": "read as one text with the messages right before it",
    "hindsight": "a later message gave it away",
}
_BOM = b"\xef\xbb\xbf"
FOUND_WRONG = 2


@dataclass(frozen=True, slots=True)
class MaskOptions:
    """What the command was asked for; without a file it reads standard input."""

    file: Path | None = None
    rules: Path | None = None
    explain: bool = False
    time: bool = False


class BadLine(ValueError):
    """A line that holds no conversation; the text says why and never quotes it."""


def run(options: MaskOptions) -> int:
    """Writes a line for each line read, as it is read. 2 after the first bad one, which standard error names."""
    try:
        rules = rules_of(options.rules) if options.rules else STANDARD
        prepare()
        if options.file is None:
            return _stream(sys.stdin.buffer, rules, options)
        with options.file.open("rb") as lines:
            return _stream(lines, rules, options)
    except BadRules as wrong:
        sys.stderr.write(f"chatmarket mask: {options.rules}: {wrong}\n")
        return FOUND_WRONG
    except BrokenPipeError:
        # Whoever read has seen enough; the interpreter must not complain of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _stream(lines: IO[bytes], rules: Rules, options: MaskOptions) -> int:
    out = sys.stdout.buffer
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            answer = masked(_parsed(line.removeprefix(_BOM) if number == 1 else line), rules, options)
        except BadLine as wrong:
            out.flush()
            sys.stderr.write(f"chatmarket mask: line {number}: {wrong}\n")
            return FOUND_WRONG
        out.write(_written(answer))
        out.flush()
    return 0


def rules_of(path: Path) -> Rules:
    """A brand's rules from a JSON file. Raises BadRules and OSError."""
    try:
        return Rules.from_json(json.loads(path.read_bytes()))
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise BadRules("This is not JSON.") from None


def masked(conversation: dict[str, Any], rules: Rules, options: MaskOptions) -> dict[str, Any]:
    """The answer to one conversation. Raises BadLine."""
    turns = conversation.get("turns")
    if not isinstance(turns, list):
        raise BadLine('a conversation has "turns", a list')
    said = [_turn(which, turn) for which, turn in enumerate(turns)]
    language = conversation.get("lang") or FALLBACK
    if not isinstance(language, str):
        raise BadLine('"lang" is a language such as "es"')
    if language.replace("_", "-").partition("-")[0].lower() not in languages():
        raise BadLine(f'"lang" is one of {", ".join(languages())}: nothing else would be masked as it should')
    clock = time.thread_time_ns if options.time else lambda: 0
    shown = converse(said, known_values(conversation.get("known")), language, rules, clock)
    return {"conv": conversation.get("conv"), "turns": [_answer(one, options) for one in shown]}


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        conversation = json.loads(line)
    except UnicodeDecodeError:
        raise BadLine("not UTF-8") from None
    except (json.JSONDecodeError, RecursionError):
        raise BadLine("not JSON") from None
    if not isinstance(conversation, dict):
        raise BadLine("not a conversation, which is an object with turns")
    return conversation


def _turn(which: int, turn: object) -> tuple[str, str]:
    if not isinstance(turn, dict):
        raise BadLine(f"turn {which + 1} is not an object with s and t")
    author = SPEAKERS.get(str(turn.get("s", "")).strip().lower())
    if author is None:
        raise BadLine(f'turn {which + 1}: "s" is c (customer) or a (expert)')
    text = turn.get("t")
    if not isinstance(text, str):
        raise BadLine(f'turn {which + 1}: "t" is the text')
    return author, text


def known_values(given: object) -> Iterator[Known]:
    """The values known beforehand: an object of kinds, each with a value or a list of them. Raises BadLine."""
    if given is None:
        return
    if not isinstance(given, dict):
        raise BadLine('"known" is an object of kinds and their values')
    counts: dict[Kind, int] = {}
    for name, values in given.items():
        kind = _kind(name)
        for value in values if isinstance(values, list) else [values]:
            if not isinstance(value, str | int | float) or isinstance(value, bool) or not str(value).strip():
                continue
            counts[kind] = counts.get(kind, 0) + 1
            yield Known(kind, counts[kind], str(value), given=True)


def _kind(name: str) -> Kind:
    name = name.strip().lower()
    return SYNONYMS.get(name) or (Kind(name) if name in set(Kind) and name != Kind.SOLICITATION else Kind.KNOWN)


def _answer(shown: Shown, options: MaskOptions) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "spans": [[span.start, span.end, str(span.kind)] for span in shown.spans],
        "segments": to_json(shown.segments),
    }
    if shown.solicits:
        answer["blocked"] = True
    if options.explain:
        answer["explain"] = [_explained(span) for span in shown.spans]
    if options.time:
        answer["us"] = shown.spent / 1000
    return answer


def _explained(span: Span) -> dict[str, Any]:
    why = STAGES.get(span.why, f"a phrase that leads away from here or around the masker ({span.why})")
    stage = span.why if span.why in STAGES else str(span.kind)
    return {"span": [span.start, span.end], "kind": str(span.kind), "stage": stage, "why": why}


def _written(answer: dict[str, Any]) -> bytes:
    try:
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8; JSON can still name it
        return json.dumps(answer, separators=(",", ":")).encode() + b"\n"
