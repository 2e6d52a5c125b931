"""One formatter: columns for people, JSON lines for machines. Identifiers only, never text that people wrote."""

import json
import logging
import traceback
from datetime import UTC, datetime

DEEPEST = 12  # frames of each error, the innermost
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}


def trace(record: logging.LogRecord) -> str:
    """Where it failed and how it is called, never an error's own words: they may quote what a person typed."""
    error = record.exc_info[1] if record.exc_info else None
    told = []
    while error is not None:
        told += [f"{type(error).__module__}.{type(error).__qualname__}", *_places(error)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(told)


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-DEEPEST:]]


def _facts(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in record.__dict__.items() if key not in _STANDARD}


class Columns(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        facts = " ".join(f"{key}={value}" for key, value in _facts(record).items())
        line = f"{at} {record.levelname:<7} {record.name}: {record.getMessage()} {facts}".rstrip()
        return f"{line}\n{trace(record)}" if record.exc_info else line


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["trace"] = trace(record)
        return json.dumps(line, default=str)


def configure(style: str, level: int = logging.INFO) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if style == "json" else Columns())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # httpx2 would name every address it calls, uvicorn every network address that opens a socket.
    for talkative in ("httpx2", "httpcore2", "websockets", "uvicorn.error"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
