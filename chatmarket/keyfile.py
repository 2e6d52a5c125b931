"""A single machine's own keys: made once, kept in one file of its folder, never half written."""

import base64
import fcntl
import json
import os
import secrets
from pathlib import Path


class DamagedKeys(ValueError):
    """The file is there and does not hold our keys; its name is the text."""


def own_keys(folder: Path) -> dict[str, str]:
    """The folder's keys `secret`, `vault` and `audit`; what is missing is made: in a new folder, or in one of a version
    that had fewer. Raises DamagedKeys, or OSError for a folder that cannot be made."""
    file = folder / "keys.json"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)  # two processes must not make two keys; given back with the folder
        kept = _kept(file)
        if missing := {name: make() for name, make in _NEW.items() if name not in kept}:
            kept |= missing
            _replace(file, json.dumps(kept))
        return kept
    finally:
        os.close(opened)


def _key_of_32() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


_NEW = {"secret": lambda: secrets.token_urlsafe(48), "vault": _key_of_32, "audit": _key_of_32}


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
