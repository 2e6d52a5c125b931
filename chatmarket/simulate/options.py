"""What `chatmarket simulate` can be asked: dialogues through a server, or a market without one; never half of each."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from chatmarket import simulate
from chatmarket.simulate import SimulateOptions, market
from chatmarket.simulate.market import MARKETS, POLICIES, WORLDS, MarketOptions

OF_DIALOGUES = ("chats", "experts", "rate", "server", "brand", "moderator", "speed")
OF_MARKETS = ("policies", "runs", "plot")
SEED = 1
DEFAULTS = {"chats": 50, "experts": 10}  # of the command; the function's are for tests


def add_to(command: argparse.ArgumentParser) -> None:
    """The command's options; afterwards `args.run(args)` plays."""
    command.set_defaults(run=run, refuse=command.error)
    _add_dialogues(command.add_argument_group("dialogues through a server"))
    group = command.add_argument_group("a market without a server")
    group.add_argument("--market", choices=MARKETS, help="the load and the crowd; compares policies side by side")
    group.add_argument(
        "--policy", dest="policies", action="append", choices=POLICIES, help="may be repeated; default: all"
    )
    group.add_argument("--world", choices=WORLDS, help="how customers rate; default: clean, for --reputation all")
    group.add_argument("--reputation", action="store_true", help="print whom the gate pauses, and how soon")
    group.add_argument("--runs", type=_count, help="with seeds from --seed on; default: 3")
    group.add_argument("--plot", type=_picture, metavar="FILE.svg", help="draw the comparison")
    command.add_argument("--seed", type=int, default=SEED)


def _add_dialogues(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--dialogues", type=Path, help="JSON lines: {turns: [{s: c|a, t: text}]}")
    group.add_argument("--chats", type=int, help="default: 50")
    group.add_argument("--experts", type=int, help="default: 10")
    group.add_argument("--rate", type=float, help="new chats a second; default: 5")
    group.add_argument("--server", help="a running server's address; default: start an embedded one")
    group.add_argument("--brand", help="slug; default: the first that speaks the dialogues' language")
    group.add_argument("--moderator", help="email:password, to ask for the ledger's sum")
    group.add_argument("--speed", type=float, help="how fast people think; 1 (the default) is brisk")


def run(args: argparse.Namespace) -> int:
    """Play what was asked. A combination that means nothing ends the command with 2 and a sentence."""
    refuse: Callable[[str], None] = args.refuse
    plays_market = args.market is not None or args.reputation
    if args.dialogues is None and not plays_market:
        refuse("one of --dialogues FILE, --market NAME or --reputation is needed")
    if args.dialogues is not None and plays_market:
        refuse("--dialogues plays through a server, --market and --reputation without one: choose")
    if args.dialogues is None:
        _refuse_given(args, OF_DIALOGUES, "goes with --dialogues")
    else:
        _refuse_given(args, (*OF_MARKETS, "world"), "goes with --market")
    if args.market is None:
        _refuse_given(args, OF_MARKETS, "goes with --market")
    return _play_market(args) if plays_market else _play_dialogues(args)


def _refuse_given(args: argparse.Namespace, names: tuple[str, ...], why: str) -> None:
    for name in names:
        if getattr(args, name) is not None:
            args.refuse(f"--{'policy' if name == 'policies' else name} {why}")


def _play_market(args: argparse.Namespace) -> int:
    given = {name: getattr(args, name) for name in OF_MARKETS if getattr(args, name) is not None}
    if args.policies:
        given["policies"] = tuple(dict.fromkeys(args.policies))
    return market.run(
        MarketOptions(market=args.market, world=args.world, reputation=args.reputation, seed=args.seed, **given)
    )


def _play_dialogues(args: argparse.Namespace) -> int:
    given = {name: getattr(args, name) for name in OF_DIALOGUES if getattr(args, name) is not None}
    return simulate.run(SimulateOptions(dialogues=args.dialogues, seed=args.seed, **{**DEFAULTS, **given}))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of runs: at least 1")
    return int(text)


def _picture(text: str) -> Path:
    path = Path(text)
    if path.suffix != ".svg":
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .svg, which is what is drawn")
    if not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r}: there is no such folder")
    return path
