"""A market is played without a server, over the very functions of `matching`: which policy serves whom, and how well.

assumptions  how people behave, all of it      crowd     the experts, and what is behind them
policies     what is compared                  floor     questions, offers, claims, ends: event by event
figures      what is counted                   report    the table and the goals
detection    whom the gate pauses, how soon    plot      the picture
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from chatmarket.simulate.market.assumptions import COMES_BACK, MARKETS, WORLDS
from chatmarket.simulate.market.crowd import Crowd
from chatmarket.simulate.market.detection import Crowd as Raters
from chatmarket.simulate.market.detection import skills_table, worlds_table
from chatmarket.simulate.market.figures import Figures, mean
from chatmarket.simulate.market.floor import Floor
from chatmarket.simulate.market.plot import drawn
from chatmarket.simulate.market.policies import POLICIES, SAID
from chatmarket.simulate.market.report import markdown, table

__all__ = ["MARKETS", "POLICIES", "WORLDS", "MarketOptions", "compare", "run"]

KNOWN_BEFORE = 10  # experts a customer who comes often has rated


def _to_stdout(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")


@dataclass(frozen=True, slots=True)
class MarketOptions:
    """What to play. Without a market only the reputation's table is made; `runs` differ by seed."""

    market: str | None = None
    policies: tuple[str, ...] = tuple(POLICIES)
    world: str | None = None  # None: clean, and for the reputation all six
    reputation: bool = False
    seed: int = 1
    runs: int = 3
    experts: int = 1_000  # of each skill, in the reputation's table
    plot: Path | None = None
    say: Callable[[str], None] = _to_stdout
    show: Callable[[str], None] = _to_stderr


def run(options: MarketOptions) -> int:
    """Play, print the tables, draw the picture. Nothing fails here: a missed goal is marked."""
    if options.market is not None:
        found = compare(options.market, options)
        for line in markdown(table(options.market, found)):
            options.say(line)
        if options.plot is not None:
            told = f"{options.runs} runs from seed {options.seed}, customers of the world {options.world or 'clean'}"
            options.plot.write_text(drawn(options.market, told, found), encoding="utf-8")
    if options.reputation:
        _tell_reputation(options)
    return 0


def compare(market: str, options: MarketOptions) -> dict[str, Figures]:
    """The figures of each policy: the same crowds and the same questions for all."""
    found = {}
    for name in options.policies:
        options.show(f"{market}: {name}, {SAID[name]} …")
        found[name] = mean([_play(market, name, options, seed) for seed in _seeds(options)])
    return found


def _seeds(options: MarketOptions) -> range:
    return range(options.seed, options.seed + options.runs)


def _play(market: str, policy: str, options: MarketOptions, seed: int) -> Figures:
    load = MARKETS[market]
    crowd = Crowd(WORLDS[options.world or "clean"], load.bots, Random(seed))  # noqa: S311  # a play, not a secret
    return Floor(crowd, load, POLICIES[policy], seed).play().figures()


def _tell_reputation(options: MarketOptions) -> None:
    """The detection tables: by skill, then by world, with ratings alone and with what else the server knows."""
    rng = Random(options.seed)  # noqa: S311
    chosen = {name: world for name, world in WORLDS.items() if options.world in (None, name)}
    usual = options.world or "clean"
    _tell(options, f"who is paused, and when (world: {usual})", skills_table(WORLDS[usual], options.experts, rng))
    for title, back, known in (
        ("ratings alone", 0.0, 0),
        (f"coming back within 72 h counts as a no ({COMES_BACK:.0%} of failures do)", COMES_BACK, 0),
        (f"the same, and each customer has rated {KNOWN_BEFORE} experts before", COMES_BACK, KNOWN_BEFORE),
    ):
        crowds = {name: Raters(world, back, known) for name, world in chosen.items()}
        _tell(options, title, worlds_table(crowds, options.experts, rng))


def _tell(options: MarketOptions, title: str, rows: Iterable[Sequence[str]]) -> None:
    options.show(f"{title} …")
    options.say(f"\n{title}\n")
    for line in markdown(list(rows)):
        options.say(line)
