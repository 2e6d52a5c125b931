"""A market's figures as a picture: SVG written by hand, one panel for each figure, one line for each policy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from chatmarket.simulate.market.figures import Figures
from chatmarket.simulate.market.report import ROWS, Row

INK, SOFT, RULE, OWN, OTHER, GOAL = "#22303c", "#5b6b78", "#dfe5ea", "#1f7a8c", "#a9bcc7", "#c4572a"
WIDTH, MARGIN, NAMES, LINE = 940, 28, 92, 24
PANEL, GAP = (WIDTH - 3 * MARGIN) / 2, 78
TOP = 84
SHOWN = (
    "time to claim p95",
    "resolved, of ended chats",
    "offers a question",
    "Gini of income an hour",
    "newcomers' share of claims",
    "bots' claims, times their share",
)
TICKS = 4


@dataclass(frozen=True, slots=True)
class Axis:
    """From a figure's value to a place on the panel; `low` to `high` are in the figure's own unit."""

    low: float
    high: float
    left: float
    width: float

    def at(self, value: float) -> float:
        return self.left + self.width * (min(value, self.high) - self.low) / (self.high - self.low)


def drawn(market: str, told: str, found: Mapping[str, Figures]) -> str:
    """The whole picture; `told` is the line under its title."""
    rows = [row for row in ROWS if row.name in SHOWN]
    high = GAP + LINE * len(found)
    height = TOP + high * math.ceil(len(rows) / 2) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{INK}" role="img">',
        f"<title>{escape(f'The market {market}, by policy')}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(MARGIN, 36, f"Market: {market}", size=20, weight=600),
        _text(MARGIN, 58, told, colour=SOFT),
    ]
    for number, row in enumerate(rows):
        left = MARGIN + (number % 2) * (PANEL + MARGIN)
        parts += _panel(row, market, found, left, TOP + (number // 2) * high)
    return "\n".join([*parts, "</svg>", ""])


def _panel(row: Row, market: str, found: Mapping[str, Figures], left: float, top: float) -> list[str]:
    axis = _axis(row, market, found, left + NAMES)
    bottom = top + 32 + LINE * len(found)
    title = "time to claim, p50 ○ and p95 ●" if _is_time(row) else row.name
    parts = [_text(left, top + 18, title, weight=600)]
    for tick in _ticks(axis):
        x = axis.at(tick)
        parts.append(_line(x, top + 30, x, bottom, RULE))
        parts.append(_text(x, bottom + 16, _short(row, tick), colour=SOFT, anchor="middle", size=11))
    parts += _goal(row, market, axis, top + 26, bottom)
    for number, (name, figures) in enumerate(found.items()):
        parts += _mark(row, axis, name, figures, left, top + 32 + LINE * number)
    return parts


def _mark(row: Row, axis: Axis, name: str, figures: Figures, left: float, top: float) -> list[str]:
    """A policy's line: its name, a bar (for times a stretch from the median on), and the figure."""
    colour = OWN if name == "rings" else OTHER
    value, middle = row.read(figures), top + LINE / 2
    parts = [_text(left, middle + 4, name, weight=600 if name == "rings" else 400)]
    if math.isnan(value):
        return [*parts, _text(axis.left + 4, middle + 4, "nothing measured", colour=SOFT, size=11)]
    end = axis.at(value)
    if _is_time(row):
        start = axis.at(figures.p50)
        parts.append(_line(start, middle, end, middle, colour, 3))
        parts.append(
            f'<circle cx="{start:.1f}" cy="{middle:.1f}" r="4.5" fill="#fff" stroke="{colour}" stroke-width="2"/>'
        )
        parts.append(f'<circle cx="{end:.1f}" cy="{middle:.1f}" r="5" fill="{colour}"/>')
        label = f"{figures.p50:.1f} / {row.write(figures)}"
    else:
        parts.append(
            f'<rect x="{axis.left:.1f}" y="{top + 5:.1f}" width="{max(end - axis.left, 1):.1f}" height="{LINE - 10}" '
            f'rx="2" fill="{colour}"/>'
        )
        label = row.write(figures)
    return [*parts, _text(end + 9, middle + 4, label, size=12)]


def _goal(row: Row, market: str, axis: Axis, top: float, bottom: float) -> list[str]:
    goal = row.goal(market)
    if goal is None:
        return []
    x = axis.at(goal)
    return [
        f'<line x1="{x:.1f}" y1="{top:.1f}" x2="{x:.1f}" y2="{bottom:.1f}" stroke="{GOAL}" stroke-dasharray="4 3"/>',
        _text(axis.left + axis.width, top - 8, f"goal: {row.aim(market)}", colour=GOAL, anchor="end", size=11),
    ]


def _axis(row: Row, market: str, found: Mapping[str, Figures], left: float) -> Axis:
    """From nothing to a round number above all; a share of resolved chats is told apart only near the top."""
    values = [value for one in found.values() if not math.isnan(value := row.read(one))]
    goal = row.goal(market)
    most = max([*values, goal or 0.0]) or 1.0
    width = PANEL - NAMES - 76  # what is left of the line is for the figure beside the bar
    if row.name.startswith("resolved"):
        low = math.floor(min([*values, goal or 1.0]) * 20 - 0.5) / 20
        return Axis(low, 1.0, left, width)
    step = 10 ** math.floor(math.log10(most))
    high = next(step * many for many in (1, 2, 4, 6, 8, 10) if step * many >= most)
    return Axis(0.0, high, left, width)


def _ticks(axis: Axis) -> Sequence[float]:
    return [axis.low + (axis.high - axis.low) * number / TICKS for number in range(TICKS + 1)]


def _short(row: Row, value: float) -> str:
    return f"{row.factor * value:.3g}" + (" %" if row.factor != 1 else "")


def _is_time(row: Row) -> bool:
    return row.name.startswith("time")


def _text(
    x: float, y: float, text: str, *, colour: str = INK, size: int = 13, weight: int = 400, anchor: str = "start"
) -> str:
    style = f'fill="{colour}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}"'
    style += ' stroke="#ffffff" stroke-width="3" paint-order="stroke"'  # letters stay readable on a line
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {place} stroke="{colour}" stroke-width="{width}"/>'
