"""What docs/reliability.md says is what is done, and the figures of a storm come out of its history as they should."""

from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.checker import INVARIANTS
from tests.faults.figures import quantile, recoveries, waits
from tests.faults.history import Event, History

pytestmark = pytest.mark.only("sqlite")


def test_the_document_lists_every_planted_bug_and_every_invariant() -> None:
    written = report.DOCUMENT.read_text(encoding="utf-8")
    assert report.bugs() in written
    assert [rule.__name__ for rule in INVARIANTS if f"`{rule.__name__}`" not in written] == []


def test_a_section_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    document = tmp_path / "doc.md"
    document.write_text("Before.\n<!-- report -->\nold\n<!-- end of report -->\nAfter.\n")
    report.write("report", "new", document)
    report.write("report", "newer", document)
    assert document.read_text() == "Before.\n<!-- report -->\n\nnewer\n\n<!-- end of report -->\nAfter.\n"


def said(at: float, cid: str, given: float, line: int = 2) -> list[Event]:
    return [
        Event(at, "invoke", "send", 7, "customer", 1, 0, cid),
        Event(at + 0.1, "ok", "send", 7, "customer", 1, 5, cid),
        Event(given, "frame", "message", 7, "expert", line, 5, cid, "Yes.", "customer"),
    ]


LINES = [
    Event(0.0, "open", "line", 7, "customer", 1, code="a"),
    Event(0.0, "open", "line", 7, "expert", 2, code="b"),
    Event(0.0, "open", "line", 7, "expert", 3, code="a"),
]


def test_recovery_is_from_the_fault_to_the_first_delivery_of_what_was_said_after_it() -> None:
    fault = Event(10.0, "invoke", "fault", seq=1, code="Redis")
    # What was on its way when it happened says nothing, be it as late as it may.
    events = [
        *LINES,
        *said(5.0, "c1", 5.2),
        *said(9.9, "c2", 10.5),
        fault,
        *said(11.0, "c3", 13.0),
        *said(12.0, "c4", 12.5),
    ]
    assert recoveries(History(events)) == {"Redis": [2.5]}


@pytest.mark.parametrize("broken", [10.0, 58.0], ids=["nothing is said after it", "nothing was said before it"])
def test_a_chat_that_was_silent_says_nothing_of_a_fault(broken: float) -> None:
    fault = Event(broken, "invoke", "fault", seq=1, code="Redis")
    assert recoveries(History([*LINES, *said(5.0, "c1", 5.2), fault, *said(60.0, "c2", 60.2)])) == {}


def test_only_waits_between_processes_count_for_redis() -> None:
    events = [*LINES, *said(1.0, "c1", 1.6), *said(2.0, "c2", 2.2, line=3), *said(9.0, "c3", 9.2)]
    assert waits(History(events), 0.0, 5.0) == [pytest.approx(0.5)]


def test_a_quantile_is_one_of_the_values() -> None:
    assert [quantile([3.0, 1.0, 2.0], share) for share in (0.5, 0.99)] == [2.0, 3.0]
