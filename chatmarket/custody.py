"""What whoever runs the server does by command with the audit, the keys and single customers."""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from chatmarket.embedded import embedded_redis
from chatmarket.flows import auditing, erasing, exporting, rotating, verifying
from chatmarket.furnishing import furnish
from chatmarket.house import House
from chatmarket.models import AuditHead, Brand, Chat, Customer
from chatmarket.privacy.keys import UnknownKey
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
    # An embedded server keeps its Redis to itself; it looks at the database by itself every two seconds.
    with nullcontext(given.redis_url) if given.redis_url else embedded_redis() as url:
        house = furnish(replace(given, redis_url=url))
        await open_store(given.database_url)
        try:
            async with house.switchboard.running():
                yield house
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
    for good_on_somebodys_word in await verifying.vouched():
        say(good_on_somebodys_word)
    chains = await AuditHead.all().count()
    compared = f", {_many(len(given), 'anchor')} compared" if args.anchors else ""
    say(f"{_many(found, 'fault')}." if found else f"The audit is whole: {_many(chains, 'chain')}{compared}.")
    return 1 if found else 0


def _many(count: int, thing: str) -> str:
    """These commands speak English only."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


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
    say(f"{_many(len(lines), 'chain')} anchored.")
    return 0


async def vouch(house: House, args: argparse.Namespace, say: Say) -> int:
    """Takes rows into the chains that processes of a version without chains wrote meanwhile."""
    machine = await auditing.machine()
    vouched = [await auditing.vouch(house, brand.id, machine.id) for brand in await Brand.all()]
    say(f"Vouched for rows of {_many(sum(vouched), 'brand')}.")
    return 0


async def rotate(house: House, args: argparse.Namespace, say: Say) -> int:
    """Wraps all brands' keys under the newest key."""
    try:
        moved = await rotating.rotate(house, house.keyring, (await auditing.machine()).id)
    except UnknownKey as missing:
        raise SettingError(f"VAULT_KEYS lacks a key: {missing}") from None
    wrapped = f"{_many(moved, 'key')} of brands wrapped anew under {house.keyring.current!r}"
    say(f"{wrapped}; the older keys may go from VAULT_KEYS.")
    return 0


async def erase(house: House, args: argparse.Namespace, say: Say) -> int:
    """Erases one customer."""
    machine = await auditing.machine()
    kept = await _customer(args)
    done = await erasing.erase(house, kept, machine.id, by=erasing.BY_COMMAND, reason=args.reason)
    say(f"Customer {kept.id} is erased." if done else f"Customer {kept.id} was erased before.")
    return 0


async def export(house: House, args: argparse.Namespace, say: Say) -> int:
    """Says all about one customer, as JSON."""
    machine = await auditing.machine()
    kept = await _customer(args)
    facts = {"customer": kept.id, "by": erasing.BY_COMMAND}
    await auditing.write_down(house, kept.brand_id, machine.id, "export", facts=facts)
    say(json.dumps(await exporting.export(house, kept), ensure_ascii=False, indent=2))
    return 0


async def _customer(args: argparse.Namespace) -> Customer:
    brand = await Brand.get_or_none(slug=args.brand)
    if brand is None:
        raise SettingError(f"--brand names {args.brand!r}, which is no brand here.")
    number = args.customer
    if number is None:
        chat = await Chat.get_or_none(id=args.chat, brand_id=brand.id)
        number = chat.customer_id if chat else 0
    kept = await Customer.get_or_none(id=number, brand_id=brand.id)
    if kept is None:
        raise SettingError(f"--customer or --chat names nobody who asked {brand.name}.")
    return kept


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words after `chatmarket` that this module answers."""
    _add_audit(commands.add_parser("audit", help="verify, anchor or vouch for the audit"))
    keys = commands.add_parser("keys", help="rotate the keys").add_subparsers(required=True, metavar="deed")
    keys.add_parser("rotate", help="wrap all brands' keys under the newest of VAULT_KEYS").set_defaults(deed=rotate)
    for name, deed, text in (
        ("erase", erase, "destroy what is hidden of one customer"),
        ("export", export, "write all about one customer, as JSON"),
    ):
        command = commands.add_parser(name, help=text)
        command.set_defaults(deed=deed)
        command.add_argument("--brand", required=True, help="slug")
        which = command.add_mutually_exclusive_group(required=True)
        which.add_argument("--customer", type=int, help="the customer's number")
        which.add_argument("--chat", type=int, help="the number of one of their chats")
        if deed is erase:
            command.add_argument("--reason", default="", help="kept in the audit")


def _add_audit(audit: argparse.ArgumentParser) -> None:
    deeds = audit.add_subparsers(required=True, metavar="deed")
    one = deeds.add_parser("verify", help="find every row that was changed, added, moved or taken away")
    one.add_argument("--anchors", type=Path, help="a file that `anchor` wrote, to find what was cut off the end")
    one.set_defaults(deed=verify)
    one = deeds.add_parser("anchor", help="tell where the chains end now")
    one.add_argument("--to", type=Path, help="the file to add it to")
    one.set_defaults(deed=anchor)
    one = deeds.add_parser("vouch", help="take in rows that a version without chains wrote during a deploy")
    one.set_defaults(deed=vouch)
