"""A seeded storm over real processes: after everything has been broken, no promise has been.

The long one is `make faults`; STORM_SEED and STORM_SECONDS choose another storm than the usual.
"""

import os
from pathlib import Path

import pytest

from tests.faults.market import Pace
from tests.faults.nemesis import DECK, ON_SQLITE, schedule
from tests.faults.storm import Goals, storm

pytestmark = pytest.mark.process
SEED = int(os.environ.get("STORM_SEED", "3"))
SECONDS = float(os.environ.get("STORM_SECONDS", "90"))
PACE = Pace(rooms=12)  # leaves the machine's other half to the rest of the suite


async def test_a_storm_breaks_no_promise(db: str, tmp_path: Path) -> None:
    outcome = await storm(db, SEED, Goals(seconds=SECONDS), PACE, every=2.0)
    outcome.history.write(tmp_path / "history.jsonl")
    told = "\n".join(map(str, outcome.violations[:30]))
    assert not outcome.violations, f"seed {SEED}, history in {tmp_path}/history.jsonl:\n{told}"
    assert outcome.acked > 200 and outcome.races > 10, "hardly anything happened"
    assert sum(outcome.faults.values()) > SECONDS / 8, outcome.faults


@pytest.mark.only("sqlite")
def test_the_same_seed_breaks_the_same_things() -> None:
    def first(seed: int) -> list[object]:
        faults = schedule(seed, DECK, 3, 2.0)
        return [next(faults) for _ in range(50)]

    assert first(7) == first(7)
    assert first(7) != first(8)


@pytest.mark.only("sqlite")
def test_every_kind_of_fault_comes_in_each_round() -> None:
    faults = schedule(1, ON_SQLITE, 1, 2.0)
    kinds = {next(faults).kind for _ in range(sum(ON_SQLITE.values()))}
    assert kinds == set(ON_SQLITE)
