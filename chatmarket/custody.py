"""What whoever runs the server does by command with the audit, the keys and single customers."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from chatmarket.flows import auditing, verifying
from chatmarket.furnishing import furnish
from chatmarket.house import House
from chatmarket.models import AuditHead, Brand
from chatmarket.settings import SettingError, load
from chatmarket.store import close_store, open_store

Say = Callable[[str], None]


def run(deed: Callable[[House, argparse.Namespace, Say], Awaitable[int]], args: argparse.Namespace, say: Say) -> int:
    """One command, in a house of its own beside the running ones; its exit status."""

    async def whole() -> int:
        async with _house() as house:
            return await deed(house, args, say)

    return asyncio.run(whole())


@asynccontextmanager
async def _house() -> AsyncIterator[House]:
    given = load()
    await open_store(given.database_url)
    house = furnish(given)
    try:
        if given.redis_url:
            async with house.switchboard.running():
                yield house
        else:
            yield house  # an embedded server looks at the database itself, every two seconds
    finally:
        await close_store()
        house.passwords.close()


async def verify(house: House, args: argparse.Namespace, say: Say) -> int:
    """Tells every fault of the audit, or that there is none."""
    given = _anchors(args.anchors) if args.anchors else []
    found = 0
    async for fault in verifying.faults(house.audit_keys, given):
        found += 1
        say(str(fault))
    chains = await AuditHead.all().count()
    compared = f", {len(given)} anchors compared" if args.anchors else ""
    say(f"{found} faults." if found else f"The audit is whole: {chains} chains{compared}.")
    return 1 if found else 0


def _anchors(file: Path) -> list[verifying.Anchor]:
    try:
        return [verifying.read_anchor(line) for line in file.read_text().splitlines() if line.strip()]
    except (OSError, ValueError):
        raise SettingError(f"--anchors names {file}, which holds no anchors.") from None


async def anchor(house: House, args: argparse.Namespace, say: Say) -> int:
    """Says where the chains end now, or adds it to a file; keep that where the database's people cannot write."""
    lines = [one.line() for one in await verifying.anchors()]
    if not args.to:
        say("\n".join(lines))
        return 0
    with args.to.open("a") as out:
        out.writelines(f"{line}\n" for line in lines)
    say(f"{len(lines)} chains anchored.")
    return 0


async def vouch(house: House, args: argparse.Namespace, say: Say) -> int:
    """Takes rows into the chains that processes of a version without chains wrote meanwhile."""
    machine = await auditing.machine()
    vouched = [await auditing.vouch(house, brand.id, machine.id) for brand in await Brand.all()]
    say(f"Vouched for rows of {sum(vouched)} brands.")
    return 0


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words after `chatmarket` that this module answers."""
    audit = commands.add_parser("audit", help="verify, anchor or vouch for the audit")
    deeds = audit.add_subparsers(required=True, metavar="deed")
    one = deeds.add_parser("verify", help="find every row that was changed, added, moved or taken away")
    one.add_argument("--anchors", type=Path, help="a file that `anchor` wrote, to find what was cut off the end")
    one.set_defaults(deed=verify)
    one = deeds.add_parser("anchor", help="tell where the chains end now")
    one.add_argument("--to", type=Path, help="the file to add it to")
    one.set_defaults(deed=anchor)
    one = deeds.add_parser("vouch", help="take in rows that a version without chains wrote during a deploy")
    one.set_defaults(deed=vouch)
