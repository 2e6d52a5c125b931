"""Was a promise broken? Reads the history of all clients and the rows at the end, and answers in sentences.

Every invariant is a function from the evidence to the sentences of its violations; its name is the violation's kind.
What clients could not know (`info`) may have happened or not: both are right. Invariants about what travels on a line
are in `delivery`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from tests.faults import delivery
from tests.faults.history import Event, History
from tests.faults.truth import Kept, Truth

STALE_S = 15.0  # the promise: presence is right within 15 s of an unclean death
PRESENCE_SLACK_S = 5.0  # busy cores, and the second between two looks
OPENING_S = 1.0  # a lobby is known to the server before its client knows that it is open
EXIT_S = 20.0  # grace and drain of the storm's servers (3 s each), and the time two busy cores take
PASSING = ("too_fast", "retry")  # refusals that any frame may meet
SETTLED_S = 10.0  # after a fault is healed
Key = tuple[int, str, str]  # chat, author, cid


@dataclass(frozen=True, slots=True)
class Violation:
    kind: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.sentence}"


class Evidence:
    """The history and the truth, in the orders in which the invariants ask for them."""

    def __init__(self, history: History, truth: Truth) -> None:
        self.history, self.truth = history, truth

    @cached_property
    def rows(self) -> dict[Key, list[Kept]]:
        found: dict[Key, list[Kept]] = defaultdict(list)
        for row in self.truth.messages:
            found[row.chat, row.author, row.cid].append(row)
        return found

    @cached_property
    def by_seq(self) -> dict[tuple[int, int], Kept]:
        return {(row.chat, row.seq): row for row in self.truth.messages}

    @cached_property
    def sends(self) -> dict[Key, list[Event]]:
        found: dict[Key, list[Event]] = defaultdict(list)
        for event in self.history.of("send"):
            found[event.chat, event.seat, event.cid].append(event)
        return found

    @cached_property
    def chats(self) -> set[int]:
        return {event.chat for event in self.history.events if event.chat}

    @cached_property
    def ended_at(self) -> float:
        return self.history.events[-1].at if self.history.events else 0.0

    @cached_property
    def faults(self) -> list[tuple[float, float]]:
        """When something was broken: from each fault to its healing."""
        began: dict[int, float] = {}
        spans = []
        for event in self.history.of("fault"):
            if event.what == "invoke":
                began[event.seq] = event.at
            else:
                spans.append((began.pop(event.seq), event.at))
        return spans + [(at, self.ended_at) for at in began.values()]

    def quiet(self, since: float, until: float) -> bool:
        """Whether nothing was broken then, nor shortly before."""
        return all(until < begin or end + SETTLED_S < since for begin, end in self.faults)


def check(history: History, truth: Truth) -> list[Violation]:
    evidence = Evidence(history, truth)
    return [Violation(rule.__name__, sentence) for rule in INVARIANTS for sentence in rule(evidence)]


# -- claims


def one_winner(evidence: Evidence) -> Iterator[str]:
    outcomes: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for event in evidence.history.of("claim", "ok", "fail", "info"):
        outcomes[event.chat][event.seq].add(event.what)
    for chat, told in outcomes.items():
        winners = sorted(expert for expert, whats in told.items() if "ok" in whats)
        if len(winners) > 1:
            yield f"chat {chat} was won by experts {winners}"
        kept = evidence.truth.chats[chat].expert if chat in evidence.truth.chats else None
        if winners and kept not in winners:
            yield f"expert {winners[0]} was told that chat {chat} is theirs; the database says {kept}"
        if kept is not None and told.get(kept) == {"fail"}:
            yield f"expert {kept} has chat {chat} and was told the contrary"


def places_are_counted(evidence: Evidence) -> Iterator[str]:
    live = Counter(chat.expert for chat in evidence.truth.chats.values() if chat.status == "live")
    for expert, counted in evidence.truth.live.items():
        if counted != live[expert]:
            yield f"expert {expert} has {live[expert]} live chats, and {counted} places taken"


# -- what was acknowledged is kept, once


def acked_is_kept(evidence: Evidence) -> Iterator[str]:
    for key, events in evidence.sends.items():
        rows = evidence.rows.get(key, [])
        seqs = sorted({event.seq for event in events if event.what == "ok"})
        refused = sorted({event.code for event in events if event.what == "fail"})
        if seqs and [row.seq for row in rows] != seqs:
            yield f"{_named(key)} was acknowledged as {seqs}, kept as {[row.seq for row in rows]}"
        if refused and (rows or seqs):
            yield f"{_named(key)} was refused ({', '.join(refused)}), and kept as {[row.seq for row in rows]}"
        typed = next(event.text for event in events if event.what == "invoke")
        for row in rows:
            if row.text != typed:
                yield f"{_named(key)} says {row.text[:40]!r} in the database; typed was {typed[:40]!r}"


def nothing_is_forged(evidence: Evidence) -> Iterator[str]:
    for event in evidence.history.of("forge", "ok"):
        yield f"{_named((event.chat, event.seat, event.cid))} was acknowledged with other words"
    for (chat, author, cid), rows in evidence.rows.items():
        asked = author == "customer" and rows[0].seq == 1
        if chat in evidence.chats and not asked and (chat, author, cid) not in evidence.sends:
            yield f"{_named((chat, author, cid))} is in the database; nobody sent it"


def numbers_are_dense(evidence: Evidence) -> Iterator[str]:
    seqs: dict[int, list[int]] = defaultdict(list)
    for row in evidence.truth.messages:
        seqs[row.chat].append(row.seq)
    for chat in evidence.truth.chats.values():
        if seqs[chat.id] != list(range(1, chat.seq + 1)):
            yield f"chat {chat.id} stands at {chat.seq} and holds {_short(seqs[chat.id])}"


def everyone_is_answered(evidence: Evidence) -> Iterator[str]:
    """Of seats that were connected at the end."""
    here = {(final.chat, final.seat) for final in evidence.history.of("final") if final.text}
    for key, events in evidence.sends.items():
        if key[:2] in here and not any(event.what in ("ok", "fail") for event in events):
            yield f"{_named(key)} was sent {len(events)} times and never answered"


# -- money


def the_ledger_balances(evidence: Evidence) -> Iterator[str]:
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for entry, currency, amount in evidence.truth.postings:
        sums[entry, currency] += amount
    for (entry, currency), total in sums.items():
        if total:
            yield f"entry {entry} comes to {total} {currency}"


def paid_once(evidence: Evidence) -> Iterator[str]:
    entries = Counter(chat for _, chat in evidence.truth.entries)
    for chat in evidence.truth.chats.values():
        if entries[chat.id] != int(bool(chat.resolved)):
            yield f"chat {chat.id} (resolved: {chat.resolved}) was paid {entries[chat.id]} times"
    verdicts: dict[int, list[int]] = defaultdict(list)
    for event in evidence.history.of("rate", "ok"):
        verdicts[event.chat].append(event.seq)
    for chat_id, told in verdicts.items():
        kept = evidence.truth.chats[chat_id].resolved if chat_id in evidence.truth.chats else None
        if len(told) > 1 or kept != bool(told[0]):
            yield f"chat {chat_id} was rated, with thanks, as {told}; the database says {kept}"


# -- presence


def presence_is_right(evidence: Evidence) -> Iterator[str]:
    spans = _lobbies(evidence)
    for at, online in evidence.history.looks():
        for expert, theirs in spans.items():
            sentence = _misjudged(evidence, at, expert in online, theirs)
            if sentence:
                yield f"expert {expert} {sentence}"


def _lobbies(evidence: Evidence) -> dict[int, list[tuple[float, float]]]:
    """When each expert had a lobby open, as their client knew it."""
    spans: dict[int, list[tuple[float, float]]] = defaultdict(list)
    began: dict[int, Event] = {}
    for event in evidence.history.of("lobby"):
        if event.what == "open":
            began[event.line] = event
        elif event.line in began:
            spans[event.seq].append((began.pop(event.line).at, event.at))
    for event in began.values():
        spans[event.seq].append((event.at, evidence.ended_at))
    return spans


def _misjudged(evidence: Evidence, at: float, online: bool, spans: Sequence[tuple[float, float]]) -> str:
    patience = STALE_S + PRESENCE_SLACK_S
    if online:
        here = any(begin <= at + OPENING_S and end >= at - patience for begin, end in spans)
        return "" if here else f"was shown online at {at:.1f}, {patience:g} s after they had gone"
    steady = any(begin < at - patience and end > at for begin, end in spans)
    if steady and evidence.quiet(at - patience, at):
        return f"was shown away at {at:.1f}, connected all the time"
    return ""


# -- the servers themselves


def servers_leave_in_time(evidence: Evidence) -> Iterator[str]:
    for event in evidence.history.of("exit"):
        if float(event.text) > EXIT_S:
            yield f"{event.code} took {float(event.text):.1f} s to leave after SIGTERM"


def no_server_error(evidence: Evidence) -> Iterator[str]:
    for event in evidence.history.of("answer"):
        if event.seq == 500:
            yield f"a call to {event.text} was answered by 500"
    for event in evidence.history.of("refusal"):
        if event.code not in PASSING:
            yield f"the {event.seat} of chat {event.chat} was refused ({event.code}) what the protocol allows"


def _named(key: Key) -> str:
    return f"message {key[2]} of the {key[1]} in chat {key[0]}"


def _short(seqs: Sequence[int]) -> str:
    missing = sorted(set(range(1, max(seqs, default=0) + 1)) - set(seqs))
    return f"{len(seqs)} messages, without {missing[:5]}" if missing else f"{len(seqs)} messages"


Invariant = Callable[[Evidence], Iterable[str]]
INVARIANTS: tuple[Invariant, ...] = (
    one_winner,
    places_are_counted,
    acked_is_kept,
    nothing_is_forged,
    numbers_are_dense,
    everyone_is_answered,
    the_ledger_balances,
    paid_once,
    presence_is_right,
    servers_leave_in_time,
    no_server_error,
    delivery.no_gap_and_no_repeat,
    delivery.everyone_reads_the_same,
    delivery.order_is_kept,
    delivery.nobody_stays_behind,
    delivery.everyone_is_told_the_end,
    delivery.delivered_in_time,
)
