"""`make test`: style, types, imports, catalogues, and the whole suite on SQLite and on PostgreSQL, with one line each.

The two databases run in processes of their own: Tortoise keeps SQL without its dialect. Words after the command are
handed to pytest (`make test ARGS="-k claiming"`).
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
CODE = ("chatmarket", "matching", "realtime", "tests", "benchmarks")
# More runs than cores: the storms, the failovers and the planted bugs mostly wait.
PYTEST = [sys.executable, "-m", "pytest", "-q", "-n", "4", "--dist", "loadfile"]


# The stories keep one database open for a whole run; what is about opening and closing it cannot run in their process.
STORIES = ["tests/stories", "tests/browser"]
PIECES = ["tests", *(f"--ignore={folder}" for folder in STORIES)]
NOTHING_CHOSEN = 5  # pytest's exit status when no test was chosen, as by -k


def steps(more: list[str]) -> list[tuple[str, list[str]]]:
    lint = [
        ("style", [str(BIN / "ruff"), "check", "--quiet", *CODE]),
        ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", *CODE]),
        ("types", [str(BIN / "mypy")]),
        ("imports", [str(BIN / "lint-imports"), "--no-cache"]),
    ]
    suite = [
        (f"{name} on {database}", [*PYTEST, "--db", db, *folders, *more])
        for database, db in (("SQLite", "sqlite"), ("PostgreSQL", "postgres"))
        for name, folders in (("pieces", PIECES), ("stories", STORIES))
    ]
    return suite if more else [*lint, *suite]


def main(more: list[str]) -> int:
    told = [_run(name, command) for name, command in steps(more)]
    print(
        "\n"
        + "\n".join(
            f"{'ok    ' if good else 'FAILED'} {name:<22} {seconds:6.1f} s  {line}"
            for name, good, seconds, line, _ in told
        )
    )
    passed, failed, skipped = (sum(counts[n] for *_, counts in told) for n in range(3))
    failed += sum(not good and not any(counts) for _, good, _, _, counts in told)
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped")
    if os.environ.get("CI") and skipped:
        print("CI runs everything: a skipped test is a failure there.")
    return int(not all(good for _, good, *_ in told) or bool(os.environ.get("CI") and skipped))


def _run(name: str, command: list[str]) -> tuple[str, bool, float, str, tuple[int, int, int]]:
    print(f"\n== {name}", flush=True)
    began = time.monotonic()
    # Read as it comes, so that a long run shows its progress.
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        print(line, end="", flush=True)
    good = process.wait() in (0, NOTHING_CHOSEN)
    last = next((line for line in reversed(lines) if re.search(r"\d+ (passed|failed|error|skipped)", line)), "")
    return name, good, time.monotonic() - began, last.strip("= "), _counts(last)


def _counts(line: str) -> tuple[int, int, int]:
    found = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|errors?|skipped)", line)}
    return (
        found.get("passed", 0),
        found.get("failed", 0) + found.get("error", 0) + found.get("errors", 0),
        found.get("skipped", 0),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
