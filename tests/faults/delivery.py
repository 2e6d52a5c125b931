"""Invariants about what travels on a line: order, gaps, repeats, and that everyone has everything in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tests.faults.history import Event

if TYPE_CHECKING:
    from tests.faults.checker import Evidence

LATE_S = 5.0  # for what takes milliseconds when nothing is broken; two busy cores may take a second
Seat = tuple[int, str]


# -- one line


def no_gap_and_no_repeat(evidence: Evidence) -> Iterator[str]:
    """On each connection numbers follow one another from where its client resumed."""
    lines: dict[int, _Line] = {}
    for event in evidence.history.events:
        if event.deed in ("message", "resume", "pong") and event.line:
            sentence = lines.setdefault(event.line, _Line()).hear(event)
            if sentence:
                yield f"the {event.seat} of chat {event.chat}, on line {event.line}, {sentence}"


class _Line:
    """What must come next on one connection."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._resumes: list[int] = []  # positions asked for again and not yet served

    def hear(self, event: Event) -> str:
        if event.deed == "resume":
            return self._resume(event.seq) if event.what == "invoke" else self._resumed(event.seq)
        if self._next is None:
            return "" if event.deed == "pong" else f"was given {event.seq} before it resumed"
        return self._pong(event.seq, self._next) if event.deed == "pong" else self._message(event.seq, self._next)

    def _resume(self, seq: int) -> str:
        if self._next is None:
            self._next = seq + 1
        else:
            self._resumes.append(seq)
        return ""

    def _resumed(self, seq: int) -> str:
        had = (self._next or 1) - 1
        if self._resumes:
            self._resumes.pop(0)
        if seq != had and not self._resumes:
            return f"was told that it is complete at {seq}, and had {had}"
        return ""

    def _message(self, seq: int, expected: int) -> str:
        again = seq - 1 in self._resumes and seq != expected
        self._next = seq + 1
        if seq == expected or again:
            return ""
        if seq < expected:
            return f"was given {seq} a second time, after {expected - 1}"
        return f"was given {seq} after {expected - 1}"

    def _pong(self, seq: int, expected: int) -> str:
        return f"was told it had been given {seq}, and had {expected - 1}" if seq >= expected else ""


def everyone_reads_the_same(evidence: Evidence) -> Iterator[str]:
    told = set()
    for event in evidence.history.of("message"):
        row = evidence.by_seq.get((event.chat, event.seq))
        kept = (row.author, row.cid, row.text) if row else None
        given = (event.code, event.cid, event.text)
        if given != kept and (event.chat, event.seq, event.seat) not in told:
            told.add((event.chat, event.seq, event.seat))
            yield f"the {event.seat} of chat {event.chat} was given {given} as {event.seq}; the database holds {kept}"


# -- order


def order_is_kept(evidence: Evidence) -> Iterator[str]:
    """Who has their ack comes before everything sent later; what left together on one line arrives in its order."""
    for chat, events in _by_chat(evidence.history.of("send")).items():
        highest, floors, first = 0, {}, {}
        for event in events:
            name = (event.seat, event.cid)
            if event.what == "invoke":
                floors.setdefault(name, highest)
            elif event.what == "ok" and name not in first:
                first[name] = event.seq
                highest = max(highest, event.seq)
                if event.seq <= floors.get(name, 0):
                    yield f"chat {chat}: {event.cid} got {event.seq}, sent after {floors[name]} was acknowledged"
        yield from _overtaken(chat, events, first)


def _overtaken(chat: int, events: list[Event], acked: dict[tuple[str, str], int]) -> Iterator[str]:
    sent: dict[tuple[str, str], list[Event]] = defaultdict(list)
    troubled = set()
    for event in events:
        name = (event.seat, event.cid)
        if event.what == "info":
            troubled.add(name)
        elif event.what == "invoke":
            sent[name].append(event)
    last: dict[tuple[str, int], tuple[str, int]] = {}
    for name, tries in sent.items():
        if name in acked and name not in troubled:
            before, seq = last.get((name[0], tries[0].line), ("", 0))
            if acked[name] < seq:
                yield f"chat {chat}: {name[1]} got {acked[name]}, sent on one line after {before}, which got {seq}"
            last[name[0], tries[0].line] = (name[1], acked[name])


def _by_chat(events: Iterable[Event]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        found[event.chat].append(event)
    return found


# -- completeness


def nobody_stays_behind(evidence: Evidence) -> Iterator[str]:
    """A seat that was looked at last, be it after its chat or at the end, is connected and holds every message."""
    for final in evidence.history.of("final"):
        chat = evidence.truth.chats.get(final.chat)
        who = f"the {final.seat} of chat {final.chat}"
        if chat is None:
            yield f"{who} sits in a chat that the database does not know"
        elif not final.text:
            yield f"{who} was not back at the end"
        elif final.seq != chat.seq:
            yield f"{who} has {final.seq} of {chat.seq} messages at the end"


def everyone_is_told_the_end(evidence: Evidence) -> Iterator[str]:
    for final in evidence.history.of("final"):
        chat = evidence.truth.chats.get(final.chat)
        if chat is not None and final.text and final.code != chat.status:
            yield f"the {final.seat} of chat {final.chat} was last told {final.code or 'nothing'}; it is {chat.status}"


def delivered_in_time(evidence: Evidence) -> Iterator[str]:
    """While nothing was broken: whoever was connected had each message, and the end, soon after it was committed."""
    given = {(e.chat, e.seat, e.seq): e.at for e in reversed(evidence.history.events) if e.deed == "message"}
    ends = {(e.chat, e.seat): e.at for e in evidence.history.of("state") if e.code == "ended"}
    by_chat = _by_chat(evidence.history.of("send", "ok"))
    closed = {event.chat: event.at for event in evidence.history.of("end", "ok")}
    for (chat, seat), begin, end in _sittings(evidence):
        for ack in by_chat.get(chat, ()):
            late = given.get((chat, seat, ack.seq), end) - ack.at > LATE_S
            if begin < ack.at < end - LATE_S and late and evidence.quiet(ack.at - 1, ack.at + LATE_S):
                yield f"the {seat} of chat {chat} had not been given {ack.seq} {LATE_S:g} s after it was committed"
                break
        over = closed.get(chat, end)
        late = ends.get((chat, seat), end) - over > LATE_S
        if begin < over < end - LATE_S and late and evidence.quiet(over - 1, over + LATE_S):
            yield f"the {seat} of chat {chat} had not been told of its end {LATE_S:g} s after it"


def _sittings(evidence: Evidence) -> Iterator[tuple[Seat, float, float]]:
    """Each connection of each seat, from when it was complete to its end."""
    began: dict[int, Event] = {}
    for event in evidence.history.events:
        if event.deed == "resume" and event.what == "ok":
            began.setdefault(event.line, event)
        elif event.deed == "line" and event.what == "close" and event.line in began:
            yield (event.chat, event.seat), began.pop(event.line).at, event.at
    for event in began.values():
        yield (event.chat, event.seat), event.at, evidence.ended_at
