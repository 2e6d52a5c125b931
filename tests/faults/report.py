"""A storm's report as it stands in docs/reliability.md: what was broken, what was counted, how long people waited."""

import os
import platform
from datetime import date
from pathlib import Path

from tests.faults.bugs import BUGS
from tests.faults.figures import quantile, recoveries
from tests.faults.promises import Measured
from tests.faults.storm import Outcome

DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
DATABASES = {"sqlite": "SQLite, one web process", "postgres": "PostgreSQL, {webs} web processes"}


def report(outcome: Outcome, measured: Measured | None, command: str, webs: int) -> str:
    where = DATABASES[outcome.db].format(webs=webs)
    parts = [
        f"Run on {date.today():%Y-%m-%d}, seed {outcome.seed}, `{command}`, {where}, {os.cpu_count()} cores "
        f"({platform.machine()}), {outcome.seconds / 60:.0f} minutes.",
        _table(("counted", ""), _counts(outcome)),
        _table(("fault", "times", "until the next delivery: p50", "p99"), _faults(outcome)),
    ]
    if measured is not None:
        parts.append(_table(("promise", "at most", "measured"), measured.rows()))
    if outcome.violations:
        parts.append("\n".join(f"* {violation}" for violation in outcome.violations[:20]))
    return "\n\n".join(parts)


def _counts(outcome: Outcome) -> list[tuple[str, str]]:
    return [
        ("messages acknowledged", f"{outcome.acked:,}"),
        ("frames delivered and read", f"{sum(1 for _ in outcome.history.of('message')):,}"),
        ("claim races (more than one claim for a chat)", f"{outcome.races:,}"),
        ("commits whose answer was swallowed", f"{outcome.swallowed:,}"),
        ("faults injected", f"{sum(outcome.faults.values()):,}"),
        ("**violations**", f"**{len(outcome.violations)}**"),
        ("errors in the servers' logs", f"{sum(outcome.log_errors.values())}"),
    ]


def _faults(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    """Seconds from the fault to the first delivery of something said after it, over all chats that were talking."""
    found = recoveries(outcome.history)
    return [
        (kind, str(times), f"{quantile(found[kind], 0.5):.2f} s", f"{quantile(found[kind], 0.99):.2f} s")
        for kind, times in sorted(outcome.faults.items(), key=lambda pair: -pair[1])
    ]


def bugs() -> str:
    return _table(
        ("planted bug", "found by"),
        [(bug.says, ", ".join(f"`{kind}`" for kind in bug.found_by)) for bug in BUGS.values()],
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write(section: str, text: str, document: Path = DOCUMENT) -> None:
    """Replace what stands between the marks of a section."""
    begin, end = f"<!-- {section} -->", f"<!-- end of {section} -->"
    before, rest = document.read_text(encoding="utf-8").split(begin, 1)
    after = rest.split(end, 1)[1]
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
