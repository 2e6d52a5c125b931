"""Logs carry identifiers and places, never what a person typed, even when an error quotes it."""

import json
import logging

import pytest

from chatmarket.logs import Columns, JsonLines

SECRET = "ana@example.com"


def _record() -> logging.LogRecord:
    try:
        try:
            raise ValueError(f"the value {SECRET!r} is too long")
        except ValueError as error:
            raise RuntimeError(SECRET) from error
    except RuntimeError as error:
        record = logging.LogRecord("chatmarket", logging.ERROR, __file__, 1, "it failed", (), None)
        record.exc_info = (type(error), error, error.__traceback__)
        record.chat = 7
        return record


@pytest.mark.parametrize("formatter", [Columns(), JsonLines()], ids=["columns", "json"])
def test_an_error_is_named_and_placed_but_never_quoted(formatter: logging.Formatter) -> None:
    told = formatter.format(_record())
    assert "RuntimeError" in told and "ValueError" in told and "test_logs.py" in told and "7" in told
    assert SECRET not in told


def test_a_machine_reads_one_json_object_a_line() -> None:
    line = JsonLines().format(_record())
    assert "\n" not in line
    assert json.loads(line)["event"] == "it failed"
