"""The commands: serve | demo | migrate | seed | clock | mask | simulate, and those of custody."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chatmarket import __version__, clock, custody, demo, logs, mask, server
from chatmarket.settings import SettingError, load
from chatmarket.simulate import options
from chatmarket.store import BrokenMigration, StoreDown, migrate


def main(argv: Sequence[str] | None = None) -> int:
    args = _parser().parse_args(argv)
    try:
        if "deed" in args:
            return custody.run(args.deed, args, print)
        return int(args.run(args) or 0)
    except (SettingError, BrokenMigration) as wrong:
        print(f"chatmarket: {wrong}", file=sys.stderr)
        return 2
    except StoreDown:
        print("chatmarket: DATABASE_URL names a database that does not answer.", file=sys.stderr)
        return 2
    except OSError as taken:
        named = f"{taken.filename}: " if isinstance(taken.filename, str | Path) else ""
        print(f"chatmarket: {named}{taken.strerror or taken}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _serve(args: argparse.Namespace) -> None:
    server.serve(
        load(makes_keys=True), host=args.host, port=args.port, workers=args.workers, with_clock=not args.no_clock
    )


def _demo(args: argparse.Namespace) -> None:
    demo.run(
        load(makes_keys=True),
        host=args.host,
        port=args.port,
        quiet=args.quiet,
        say=lambda text: print(text, flush=True),
    )


def _migrate(args: argparse.Namespace) -> None:
    given = load(makes_keys=True)
    given.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = asyncio.run(migrate(given.database_url))
    print("\n".join(f"migrated {name}" for name in names) or "The database is up to date.")


def _seed(args: argparse.Namespace) -> None:
    given = load()
    asyncio.run(server.check_store(given))
    planted = asyncio.run(demo.plant(given))
    print("Planted the demo's brands and people." if planted else "The demo's world is there already.")


def _clock(args: argparse.Namespace) -> None:
    given = load()
    if not given.redis_url:
        raise SettingError("REDIS_URL is not set: a clock alone needs the Redis of its web processes.")
    logs.configure(given.log_format)
    asyncio.run(server.check_store(given))
    asyncio.run(clock.alone(given))


def _mask(args: argparse.Namespace) -> int:
    return mask.run(mask.MaskOptions(args.file, args.rules, args.explain, args.time))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("chatmarket", description="The open-source GigCX server.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, run, text in (("serve", _serve, "serve the product"), ("demo", _demo, "serve a seeded, living demo")):
        command = commands.add_parser(name, help=text)
        command.set_defaults(run=run)
        command.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        command.add_argument("--port", type=_port, default=os.environ.get("PORT", "8000"))
        if name == "serve":
            command.add_argument("--workers", type=int, default=1, help="web processes; more than one on PostgreSQL")
            command.add_argument("--no-clock", action="store_true", help="timers run elsewhere, as `chatmarket clock`")
        else:
            command.add_argument("--quiet", action="store_true", help="no simulated experts and customers")
    for name, run, text in (
        ("migrate", _migrate, "create or update the database"),
        ("seed", _seed, "plant the demo's brands, people and history"),
        ("clock", _clock, "run only the timers"),
    ):
        commands.add_parser(name, help=text).set_defaults(run=run)
    _add_mask(commands.add_parser("mask", help="mask conversations given as JSON lines"))
    custody.add_commands(commands)
    simulate = "play recorded dialogues through a server, or a market without one, and count"
    options.add_to(commands.add_parser("simulate", help=simulate))
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: --port and PORT take a number from 1 to 65535")
    return int(text)


def _add_mask(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_mask)
    command.add_argument("file", type=Path, nargs="?", help="JSON lines: {turns: [{s: c|a, t: text}]}; default: stdin")
    command.add_argument("--rules", type=Path, default=None, help="a brand's rules, as JSON")
    command.add_argument("--explain", action="store_true", help="say which stage found each span")
    command.add_argument("--time", action="store_true", help="CPU microseconds per message")


if __name__ == "__main__":
    sys.exit(main())
