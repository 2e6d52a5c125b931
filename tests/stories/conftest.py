"""What holds for every story."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def nothing_goes_wrong_unseen(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No story may leave an error in the log, unless it is about one."""
    yield
    if request.node.get_closest_marker("logs_errors"):
        return
    wrong = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not wrong, [(record.name, record.getMessage(), record.exc_text) for record in wrong]
