"""Everybody's line is cut in one moment: all come back, each gets what it missed, and nobody else suffers for it."""

import os
from pathlib import Path

import pytest

from tests.realtime.herd import Report, measure

CLIENTS = int(os.environ.get("HERD_CLIENTS", "1000"))  # the long run of faults asks for 5,000
BACK_S = 30
# The promise is 500 ms, held alone on the machine; beside a whole suite that breaks things on the same two cores a herd
# must not stop anybody.
BYSTANDERS_MS = 500 if CLIENTS >= 5000 else 2500

pytestmark = pytest.mark.process


@pytest.fixture
async def report(empty_database: str, redis_url: str, tmp_path: Path) -> Report:
    return await measure(tmp_path, empty_database, CLIENTS, redis_url)


async def test_a_herd_comes_back_within_half_a_minute_and_the_others_talk_on(report: Report) -> None:
    assert report.wrong == 0, f"somebody was not given exactly what they missed\n{report}"
    assert report.resumed_last <= BACK_S, f"\n{report}"
    assert set(report.troubles) <= {"close 1013", "close 503"}, f"refused for another reason than 'later'\n{report}"
    assert report.bystanders_said > 0 and report.bystanders_p99 <= BYSTANDERS_MS, f"\n{report}"
    if report.transactions is not None:
        assert report.transactions <= report.rooms, f"more than one read a room\n{report}"
