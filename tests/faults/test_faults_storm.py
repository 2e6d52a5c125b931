"""A seeded storm over real processes: after everything has been broken, no promise has been.

The long one is `make faults`; STORM_SEED and STORM_SECONDS choose another storm than the usual.
"""

import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.market import Pace
from tests.faults.nemesis import DECK, ON_SQLITE, schedule
from tests.faults.storm import Goals, storm

pytestmark = pytest.mark.process
SEED = int(os.environ.get("STORM_SEED", "3"))
SECONDS = float(os.environ.get("STORM_SECONDS", "90"))
ROOT = Path(__file__).parents[2]
HERD = "tests/realtime/test_realtime_herd.py"
PACE = Pace(rooms=12)  # leaves the machine's other half to the rest of the suite
# What servers may log as an error in a storm, by event and error; all else is a fault of ours.
FORESEEN = (
    # The commit stands, but telling of it reads the database, and that was stopped between the two.
    "after_commit_failed StoreDown",
    # The same on SQLite: the one connection was not free within its patience.
    "after_commit_failed StoreBusy",
)


def unforeseen(errors: Counter[str]) -> Counter[str]:
    return Counter(
        {
            error: count
            for error, count in errors.items()
            if not f"{error} ".startswith(tuple(f"{known} " for known in FORESEEN))
        }
    )


async def test_a_storm_breaks_no_promise(db: str, tmp_path: Path) -> None:
    outcome = await storm(db, SEED, Goals(seconds=SECONDS), PACE, every=2.0)
    outcome.history.write(tmp_path / "history.jsonl")
    told = "\n".join(map(str, outcome.violations[:30]))
    assert not outcome.violations, f"seed {SEED}, history in {tmp_path}/history.jsonl:\n{told}"
    assert unforeseen(outcome.log_errors) == {}, f"seed {SEED}: the servers found fault with themselves"
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


@pytest.mark.only("sqlite")
def test_make_faults_ends_with_a_herd_of_five_thousand() -> None:
    # A make that runs this test hands its own options on.
    env = {
        name: value for name, value in os.environ.items() if name != "ARGS" and not name.startswith(("MAKE", "MFLAGS"))
    }
    told = subprocess.run(
        ["make", "-n", "faults"], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    ).stdout
    storm, herd = told.splitlines()[-2:]
    assert storm.endswith("-m tests.faults ")
    count, _, command = herd.partition(" ")
    assert count == "HERD_CLIENTS=5000" and command.endswith(f"-m pytest {HERD} --db postgres")
    assert 'environ.get("HERD_CLIENTS"' in (ROOT / HERD).read_text()


@pytest.mark.only("sqlite")
def test_an_error_that_nobody_foresaw_is_told_with_its_place() -> None:
    logged = Counter({f"{FORESEEN[0]} asyncpg.py:65": 2, "connection_failed StoreBusy x": 1, "Traceback": 1})
    assert unforeseen(logged) == {"connection_failed StoreBusy x": 1, "Traceback": 1}
