"""What is counted is told as Prometheus reads it, costs a message next to nothing, and names nobody."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chatmarket import metrics
from chatmarket.limits import Limits
from chatmarket.metrics import Committed, Reading, Spread
from realtime.switchboard import Switchboard

OPERATIONS = Path(__file__).parents[2] / "docs/operations.md"


class Commits:
    """What a committer keeps of itself."""

    batches, done, waiting = 3, 40, 2


@pytest.fixture
def counting() -> Iterator[None]:
    kept = [counter.copy() for counter in (metrics.CLAIMS, metrics.ANSWERS, metrics.SOCKETS)]
    yield
    for counter, before in zip((metrics.CLAIMS, metrics.ANSWERS, metrics.SOCKETS), kept, strict=True):
        counter.clear()
        counter.update(before)


def _limits() -> Limits:
    return Limits(
        user_messages=20, brand_messages=2000, user_sockets=1, brand_sockets=1, chat_sockets=1, user_resumes=0
    )


async def _told(limits: Limits, commits: Committed) -> dict[tuple[str, str], float]:
    page = Reading(Switchboard("unix:///nowhere"), limits, commits).page().decode()
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_a_histogram_counts_up_to_each_bound() -> None:
    spread = Spread(1.0, 2.0)
    for value in (0.5, 1.0, 1.5, 7.0):
        spread.observe(value)
    samples = {
        (sample.name, sample.labels.get("le")): sample.value for sample in spread.family("wait", "How long.").samples
    }
    assert samples == {
        ("wait_bucket", "1.0"): 2,
        ("wait_bucket", "2.0"): 3,
        ("wait_bucket", "+Inf"): 4,
        ("wait_count", None): 4,
        ("wait_sum", None): 10.0,
    }


async def test_a_page_tells_what_was_counted(counting: None) -> None:
    limits = _limits()
    metrics.CLAIMS["won"] += 2
    metrics.ANSWERS["503"] += 1
    limits.refused["user_sockets"] += 1
    with metrics.counted("lobby"), limits.seated(("account", 1), 1, 7):
        told = await _told(limits, Commits())
    assert told["chatmarket_claims_total", "won"] >= 2
    assert told["chatmarket_http_answers_total", "503"] >= 1
    assert told["chatmarket_limited_total", "user_sockets"] == 1
    assert told["chatmarket_sockets", "lobby"] >= 1
    assert told["chatmarket_rooms", ""] == 1
    assert (told["chatmarket_commits_total", ""], told["chatmarket_committed_total", ""]) == (3, 40)
    assert told["chatmarket_commits_waiting", ""] == 2
    assert told["chatmarket_bus_hears", ""] == 0
    assert told["process_open_fds", ""] > 0


async def test_a_counter_that_is_not_there_is_no_nought() -> None:
    class Renamed:
        batches, finished, waiting = 3, 40, 2

    with pytest.raises(AttributeError, match="done"):
        await _told(_limits(), Renamed())  # type: ignore[arg-type]


async def test_operators_are_told_of_every_metric_and_of_no_other() -> None:
    """docs/operations.md against the page; what a row shortens to `_heard_total` begins as its first name does."""
    page = Reading(Switchboard("unix:///nowhere"), _limits(), Commits()).page().decode()
    families = {family.name: family.type for family in text_string_to_metric_families(page)}
    served = {name + "_total" * (kind == "counter") for name, kind in families.items()}
    assert _documented() == {name for name in served if not name.startswith("process_")}


def _documented() -> set[str]:
    table = OPERATIONS.read_text(encoding="utf-8").split("## Metrics")[1].split("\n## ")[0]
    named: set[str] = set()
    for row in re.findall(r"^\| (`chatmarket_.*?) \|", table, re.MULTILINE):
        first, *others = re.findall(r"`([a-z_]+)(?:\{[a-z]+\})?`", row)
        stem = first.removesuffix("_total").rpartition("_")[0]
        named |= {first} | {stem + other if other.startswith("_") else other for other in others}
    return named
