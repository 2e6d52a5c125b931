"""The checker is worth something: each of these bugs, planted into a real server, is found; without one, nothing is."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tests.faults.bugs import BUGS, Bug
from tests.faults.machines import City, built
from tests.faults.scenes import play

pytestmark = pytest.mark.process
SCENES = 3  # a bug that shows only when a fault meets the right message may stay hidden in one


@pytest.fixture(scope="module")
async def city(db: str) -> AsyncIterator[City]:
    async with built(db, 2 if db == "postgres" else 1) as standing:
        yield standing


def where(bug: Bug) -> str:
    """One process is enough for most; SQLite starts faster, PostgreSQL may have two."""
    return "sqlite" if bug.webs == 1 else "postgres"


async def test_without_a_bug_nothing_is_found(city: City) -> None:
    assert await play(city, "none", None) == []


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.only(where(bug))) for name, bug in BUGS.items()])
async def test_the_bug_is_found(city: City, name: str) -> None:
    bug = BUGS[name]
    kinds: Counter[str] = Counter()
    violations = []
    for _ in range(SCENES):
        violations = await play(city, name, bug)
        kinds = Counter(violation.kind for violation in violations)
        if any(kinds[kind] for kind in bug.found_by):
            break
    print(f"{bug.says}: {dict(kinds)}; {next(iter(violations), '')}")
    assert any(kinds[kind] for kind in bug.found_by), f"found was {dict(kinds)}"
