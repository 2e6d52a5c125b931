"""The long storm: `python -m tests.faults [--seed N]`. Its report goes to docs/reliability.md."""

import argparse
import sys
import time
from pathlib import Path

import uvloop

from tests.faults import report
from tests.faults.market import Pace
from tests.faults.promises import measured
from tests.faults.storm import Goals, storm


def main() -> int:
    options = _options()
    command = f'make faults ARGS="{" ".join(sys.argv[1:])}"' if sys.argv[1:] else "make faults"
    goals = Goals(
        seconds=options.seconds,
        kills=options.kills,
        redis=options.restarts,
        postgres=options.restarts if options.db == "postgres" else 0,
        acked=options.acked,
        races=options.races,
    )
    pace = Pace(rooms=options.rooms, messages=options.messages, think=options.think, experts=8)
    seed = options.seed if options.seed is not None else int(time.time())
    print(f"seed {seed}", flush=True)
    promises = uvloop.run(measured()) if options.db == "postgres" else None
    webs = options.webs if options.db == "postgres" else 1
    outcome = uvloop.run(storm(options.db, seed, goals, pace, webs=webs, every=options.every, say=_say))
    told = report.report(outcome, promises, command, webs)
    print("\n" + told)
    for error, count in outcome.log_errors.most_common(20):
        print(f"log: {count} x {error}")
    if options.write:
        report.write("report", told)
        report.write("bugs", report.bugs())
    if outcome.violations:
        kept = Path(f"faults-{seed}.jsonl")
        outcome.history.write(kept)
        print("\n".join(map(str, outcome.violations)) + f"\nThe whole history is in {kept}.")
    return int(bool(outcome.violations))


def _say(text: str) -> None:
    print(text, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="the same one breaks the same things; default: the time")
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="postgres")
    parser.add_argument("--webs", type=int, default=3, help="web processes, on PostgreSQL")
    parser.add_argument("--kills", type=int, default=60, help="of web processes, at least")
    parser.add_argument("--restarts", type=int, default=30, help="of Redis and of PostgreSQL each, at least")
    parser.add_argument("--acked", type=int, default=100_000, help="messages, at least")
    parser.add_argument("--races", type=int, default=1_000, help="for a question, at least")
    parser.add_argument("--seconds", type=float, default=0.0, help="at least")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two faults")
    parser.add_argument("--rooms", type=int, default=60, help="chats at once")
    parser.add_argument("--messages", type=int, default=45, help="of each side of a chat")
    parser.add_argument("--think", type=float, default=0.3, help="seconds before each message")
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave docs/reliability.md as it is")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
