"""A history is judged here: what was lost, doubled or disordered, and the table that says so."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from chatmarket.simulate.history import OTHER_SIDE, QUESTION, WON, Delivered, History, Key, Marked

CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a simulation. Times are seconds, NaN where nothing was measured; money is in minor units."""

    asked: int
    claimed: int
    ended: int
    claims: int
    one_winner: int
    double_winners: int
    losers: int
    losers_told: int  # answered with 409
    claim_p50: float
    claim_p95: float
    sent: int
    acked: int
    delivered: int
    lost: int
    duplicated: int
    out_of_order: int
    latency_p50: float
    latency_p99: float
    calm_p50: float  # the same in chats whose lines nobody cut
    calm_p99: float
    personal: int
    reached: int
    resolved: int
    unresolved: int
    payments: int
    payouts: dict[str, int]
    ledger: dict[str, int] | None
    cuts: int
    repeats: int
    repeats_kept: int
    wire_duplicates: int
    wire_gaps: int
    wire_disorder: int
    troubles: dict[str, int] = field(default_factory=dict)

    @property
    def exit_status(self) -> int:
        """1 when a promise of the server was broken, else 0."""
        return int(bool(self.lost or self.duplicated or self.out_of_order or self.double_winners))

    def rows(self) -> list[tuple[str, str]]:
        return [
            ("chats asked / claimed / ended", f"{self.asked} / {self.claimed} / {self.ended}"),
            ("claims per chat with exactly one winner", self._claims()),
            ("time to claim p50 / p95", f"{_ms(self.claim_p50)} / {_ms(self.claim_p95)}"),
            ("messages sent / acked / delivered", f"{self.sent} / {self.acked} / {self.delivered}"),
            ("messages lost / duplicated / out of order", f"{self.lost} / {self.duplicated} / {self.out_of_order}"),
            ("message latency p50 / p99", f"{_ms(self.latency_p50)} / {_ms(self.latency_p99)}"),
            ("  the same in chats without a cut", f"{_ms(self.calm_p50)} / {_ms(self.calm_p99)}"),
            ("values marked as personal that reached an expert", f"{self.reached} of {self.personal}{self._share()}"),
            ("ratings resolved / not", f"{self.resolved} / {self.unresolved}"),
            ("payouts", f"{self.payments}: {_money(self.payouts)}" if self.payments else "0"),
            ("sum of the ledger", "not asked" if self.ledger is None else _money(self.ledger) or "0"),
            ("lines cut, messages sent again with their cid", f"{self.cuts}, {self._repeats()}"),
            ("on the wire: duplicates / gaps / out of order", self._wire()),
        ]

    def table(self) -> str:
        """The rows in two columns, as they are printed, and what else went wrong."""
        rows = self.rows()
        width = max(len(name) for name, _ in rows)
        troubles = [f"trouble, {count} times: {what}" for what, count in sorted(self.troubles.items())]
        return "\n".join([*(f"{name:<{width}}  {value}" for name, value in rows), *troubles])

    def _claims(self) -> str:
        more = f"{self.claims} claims, {self.losers_told} of {self.losers} losers told by {CONFLICT}"
        return f"{self.one_winner} of {self.asked} ({self.double_winners} with two; {more})"

    def _share(self) -> str:
        return f" ({100 * self.reached / self.personal:.1f} %)" if self.personal else ""

    def _repeats(self) -> str:
        return f"{self.repeats} ({self.repeats_kept} answered by the same ack)"

    def _wire(self) -> str:
        return f"{self.wire_duplicates} / {self.wire_gaps} / {self.wire_disorder}"


def judge(history: History) -> Report:
    """Count what the history shows."""
    won = winners(history)
    counts = [len(won[chat]) for chat in history.asked]
    losers = [claim for claim in history.claims if claim.outcome != WON]
    waits = _waits(history)
    calm = set(history.asked) - {chat for chat, cuts in history.cuts.items() if cuts}
    latencies, quiet = _latencies(history, set(history.asked)), _latencies(history, calm)
    return Report(
        asked=len(history.asked),
        claimed=sum(count > 0 for count in counts),
        ended=len(history.ended),
        claims=len(history.claims),
        one_winner=counts.count(1),
        double_winners=sum(count > 1 for count in counts),
        losers=len(losers),
        losers_told=sum(claim.status == CONFLICT for claim in losers),
        claim_p50=percentile(waits, 50),
        claim_p95=percentile(waits, 95),
        sent=len({sent.key for sent in history.sent}),
        acked=len({acked.key for acked in history.acked}),
        delivered=len(_across(history)),
        lost=len(lost(history)),
        duplicated=duplicated(history),
        out_of_order=out_of_order(history),
        latency_p50=percentile(latencies, 50),
        latency_p99=percentile(latencies, 99),
        calm_p50=percentile(quiet, 50),
        calm_p99=percentile(quiet, 99),
        personal=sum(marked.count for marked in history.marked),
        reached=reached(history),
        resolved=sum(rated.resolved for rated in history.rated),
        unresolved=sum(not rated.resolved for rated in history.rated),
        payments=history.payments,
        payouts=dict(history.payouts),
        ledger=history.ledger,
        cuts=history.cuts.total(),
        repeats=history.repeats,
        repeats_kept=history.repeats_kept,
        wire_duplicates=sum(wire.duplicates for wire in history.wires),
        wire_gaps=sum(wire.gaps for wire in history.wires),
        wire_disorder=sum(wire.disorder for wire in history.wires),
        troubles=dict(history.troubles),
    )


def winners(history: History) -> dict[int, set[int]]:
    """By chat, the experts whose claim was answered as won."""
    won: dict[int, set[int]] = defaultdict(set)
    for claim in history.claims:
        if claim.outcome == WON:
            won[claim.chat].add(claim.expert)
    return won


def _across(history: History) -> set[Key]:
    """The messages that reached the other side."""
    return {one.key for one in history.delivered if one.to == OTHER_SIDE.get(one.author)}


def lost(history: History) -> set[Key]:
    """Messages that were acked and then not delivered to the other side, or not found in a last reading.

    A question nobody claimed has no other side; it must be in the archive all the same.
    """
    across, archived = _across(history), {one.key for one in history.deliveries("archive")}
    read = {chat for chat, _, _ in archived}
    claimed = winners(history).keys()
    acked = {one.key for one in history.acked}
    undelivered = {key for key in acked - across if key[0] in claimed}
    return undelivered | {key for key in acked - archived if key[0] in read}


def duplicated(history: History) -> int:
    """How often a message was given again to a reader that had it, or stands under one more number."""
    copies: Counter[Key] = Counter()
    for (_, key), count in Counter((one.to, one.key) for one in history.delivered).items():
        copies[key] = max(copies[key], count)
    numbers: dict[Key, set[int]] = defaultdict(set)
    for key, seq in _numbered(history):
        numbers[key].add(seq)
    return sum(max(copies[key], len(seqs)) - 1 for key, seqs in numbers.items() if max(copies[key], len(seqs)) > 1)


def _numbered(history: History) -> Iterator[tuple[Key, int]]:
    yield from ((one.key, one.seq) for one in history.delivered)
    yield from ((one.key, one.seq) for one in history.acked)


def out_of_order(history: History) -> int:
    """How many first deliveries came behind a later number, or behind a message their author sent later."""
    turn = {sent.key: index for index, sent in enumerate(history.sent)}
    readers: dict[tuple[str, int], list[Delivered]] = defaultdict(list)
    for one in history.delivered:
        readers[one.to, one.chat].append(one)
    return sum(_disorder(deliveries, turn) for deliveries in readers.values())


def _disorder(deliveries: Sequence[Delivered], turn: dict[Key, int]) -> int:
    highest, latest, seen, wrong = 0, defaultdict[str, int](lambda: -1), set[Key](), 0
    for one in deliveries:
        if one.key in seen:
            continue
        seen.add(one.key)
        index = turn.get(one.key, latest[one.author])
        wrong += one.seq <= highest or index < latest[one.author]
        highest, latest[one.author] = max(highest, one.seq), max(latest[one.author], index)
    return wrong


def reached(history: History) -> int:
    """How many marked values an expert could read, in an offer or in a room."""
    texts: dict[tuple[int, int], list[str]] = defaultdict(list)
    for shown in history.shown:
        texts[shown.chat, shown.turn].append(shown.text)
    return sum(_seen(marked, texts[marked.chat, marked.turn]) for marked in history.marked)


def _seen(marked: Marked, texts: Iterable[str]) -> int:
    value = marked.value.casefold()
    most = max((text.casefold().count(value) for text in texts), default=0)
    return min(marked.count, max(0, most - marked.elsewhere))


def _waits(history: History) -> list[float]:
    """Seconds from each question to the claim that won it."""
    first: dict[int, float] = {}
    for claim in history.claims:
        if claim.outcome == WON and claim.chat in history.asked:
            first.setdefault(claim.chat, claim.at - history.asked[claim.chat])
    return list(first.values())


def _latencies(history: History, chats: set[int]) -> list[float]:
    """Seconds from sending to the first delivery at the other side; questions wait for a claim and are left out."""
    sent = {one.key: one.at for one in history.sent if one.cid != QUESTION and one.chat in chats}
    first: dict[Key, float] = {}
    for one in history.delivered:
        if one.to == OTHER_SIDE.get(one.author) and one.key in sent:
            first.setdefault(one.key, one.at - sent[one.key])
    return list(first.values())


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile; NaN of nothing."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(percent / 100 * len(values)) - 1)]


def _ms(seconds: float) -> str:
    return "–" if math.isnan(seconds) else f"{1000 * seconds:,.0f} ms"


def _money(amounts: dict[str, int]) -> str:
    return ", ".join(f"{minor / 100:,.2f} {currency}" for currency, minor in sorted(amounts.items()))
