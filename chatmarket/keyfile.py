"""A single machine's own keys: made once, kept in one file of its folder, never half written, never made twice.

What was sealed under a key opens with no other. So new ones are made only by a command that begins an installation, and
only while its database holds nothing that the missing ones are for.
"""

import base64
import fcntl
import json
import os
import secrets
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

FILE = "keys.json"
# What a key is for, in the words of a person who has lost it.
PURPOSES = {
    "secret": "signs chat links and forms",
    "vault": "opens the hidden details",
    "audit": "verifies the audit",
}
# The table whose rows are worth nothing without the key.
_SEALED = {"vault": "brandkey", "audit": "audithead"}

Sealed = Callable[[], Collection[str]]


class DamagedKeys(ValueError):
    """The file is there and does not hold our keys; its name is the text."""


class LostKeys(LookupError):
    """Keys that must be there are not; their names are the arguments."""


def kept_keys(folder: Path, wanted: Collection[str]) -> dict[str, str]:
    """The folder's keys of these names, as they are; nothing is made. Raises DamagedKeys or LostKeys."""
    kept = _kept(folder / FILE)
    if missing := [name for name in wanted if name not in kept]:
        raise LostKeys(*missing)
    return kept


def own_keys(folder: Path, wanted: Collection[str], sealed: Sealed) -> dict[str, str]:
    """The folder's keys `secret`, `vault`, `audit` and `push`; what is missing is made: in a new folder, or in one of a
    version that had fewer. `sealed` names the keys under which the database holds something already: of the wanted ones
    those are not made anew. Raises DamagedKeys, LostKeys, or OSError for a folder that cannot be made."""
    file = folder / FILE
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)  # two processes must not make two keys; given back with the folder
        kept = _kept(file)
        if missing := {name: make() for name, make in _NEW.items() if name not in kept}:
            if lost := [name for name in sealed() if name in missing and name in wanted]:
                raise LostKeys(*lost)
            kept |= missing
            _replace(file, json.dumps(kept))
        return kept
    finally:
        os.close(opened)


def sealed_in(database: Path) -> list[str]:
    """The keys under which a SQLite file holds something. One that cannot be read may hold anything: all of them."""
    if not database.exists():
        return []
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {name for (name,) in found}
            return [
                key
                for key, table in _SEALED.items()
                if table in tables and connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()  # noqa: S608
            ]
    except sqlite3.Error:
        return list(_SEALED)


def _key_of_32() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _signing_key() -> str:
    """A private key of P-256, as VAPID (RFC 8292) has them. Browsers subscribe to it: a new one loses them all."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")


_NEW = {
    "secret": lambda: secrets.token_urlsafe(48),
    "vault": _key_of_32,
    "audit": _key_of_32,
    "push": _signing_key,
}


def _kept(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    try:
        kept: dict[str, str] = json.loads(file.read_text())
        # The older two are always there: a file without them was not written by us.
        for name in ("vault", *({"audit"} & kept.keys())):
            base64.b64decode(kept[name], validate=True)
        return {"secret": kept["secret"], **kept}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedKeys(file.name) from None


def _replace(file: Path, text: str) -> None:
    """All of it or nothing, whenever the power fails: a vault whose key is half written cannot be read again."""
    made = file.with_name(f"{file.name}.new")
    with open(os.open(made, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    made.replace(file)
