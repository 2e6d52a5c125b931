"""A market's figures side by side: the table that is printed, and the goals beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chatmarket.simulate.market.figures import Figures


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what it is called, how it is read and written, and the goal of the market's own policy."""

    name: str
    read: Callable[[Figures], float]
    text: str
    factor: float = 1.0
    most: Mapping[str, float] | None = None  # by market
    least: Mapping[str, float] | None = None

    def write(self, figures: Figures) -> str:
        value = self.read(figures)
        return "-" if math.isnan(value) else self.text.format(self.factor * value)

    def goal(self, market: str) -> float | None:
        return (self.most or self.least or {}).get(market)

    def met(self, figures: Figures, market: str) -> bool:
        """Whether the goal is reached; nothing measured is nothing missed."""
        goal, value = self.goal(market), self.read(figures)
        if goal is None or math.isnan(value):
            return True
        return value <= goal if self.most else value >= goal

    def aim(self, market: str) -> str:
        goal = self.goal(market)
        if goal is None:
            return ""
        return ("at most " if self.most else "at least ") + self.text.format(self.factor * goal)


def _everywhere(goal: float, *markets: str) -> dict[str, float]:
    return dict.fromkeys(markets or ("calm", "surge", "bots"), goal)


PERCENT = "{:.1f} %"
ROWS = (
    Row("questions in a run", lambda one: one.asked, "{:.0f}"),
    Row("time to claim p50", lambda one: one.p50, "{:.1f} s", most=_everywhere(7.0, "calm")),
    Row("time to claim p95", lambda one: one.p95, "{:.1f} s", most=_everywhere(17.0, "calm", "surge")),
    Row("customers lost", lambda one: one.lost, PERCENT, 100),
    Row("resolved, of ended chats", lambda one: one.resolved, PERCENT, 100, least=_everywhere(0.92, "calm", "surge")),
    Row("offers a question", lambda one: one.offers, "{:.1f}", most=_everywhere(11.0)),
    Row("Gini of income an hour", lambda one: one.gini, "{:.3f}"),
    Row("newcomers' share of offers", lambda one: one.newcomer_offers, PERCENT, 100),
    Row("newcomers' share of claims", lambda one: one.newcomer_claims, PERCENT, 100),
    Row("newcomers without a chat", lambda one: one.newcomers_idle, PERCENT, 100),
    Row("bots' claims, times their share", lambda one: one.bots, "{:.2f}", most=_everywhere(1.0)),
    Row("bots a person is asked to look at", lambda one: one.bots_seen, PERCENT, 100),
    Row("people mistaken for bots", lambda one: one.people_seen, PERCENT, 100),
    Row("good experts paused", lambda one: one.false_pauses, PERCENT, 100),
    Row("bad experts paused", lambda one: one.bad_paused, PERCENT, 100),
    Row("pages a question", lambda one: one.pages, "{:.2f}"),
)


def table(market: str, found: Mapping[str, Figures]) -> list[Sequence[str]]:
    """One column for each policy and one for the goals; a goal that `rings` misses is marked."""
    rows: list[Sequence[str]] = [(market, *found, "goal for rings")]
    for row in ROWS:
        cells = [_cell(row, name, figures, market) for name, figures in found.items()]
        rows.append((row.name, *cells, row.aim(market)))
    return rows


def _cell(row: Row, policy: str, figures: Figures, market: str) -> str:
    missed = policy == "rings" and not row.met(figures, market)
    return row.write(figures) + (" (!)" if missed else "")


def markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table that reads as well in a terminal as in a document; the first row is its head."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    first, *others = (
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    )
    return [first, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *others]
