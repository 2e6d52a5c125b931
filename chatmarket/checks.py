"""Addresses among the settings: each is one, or a sentence says which is not."""

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from realtime.address import BadAddress, read_address

SHORTEST_TOKEN = 16  # characters: whoever may guess for ever must not get there
_SENDER = re.compile(r"[^@\s<>]+@[^@\s<>]+|[^<>\r\n]+<[^@\s<>]+@[^@\s<>]+>")


class SettingError(Exception):
    """A setting is missing or wrong; the text is one sentence that names it."""


def check(values: Mapping[str, Any]) -> None:
    """Raises SettingError for the first address that is none."""
    _check_redis(values)
    _check_addresses(values)
    _check_operators(values)
    _check_outside(values)


def _check_redis(values: Mapping[str, Any]) -> None:
    url = values.get("redis_url", "")
    try:
        if url:
            read_address(url)
    except BadAddress as bad:
        raise SettingError(f"REDIS_URL {bad}.") from None


def _check_addresses(values: Mapping[str, Any]) -> None:
    for name in ("database_url", "public_url", "smtp_url"):
        try:
            parts = urlsplit(values.get(name, ""))
            _ = parts.port
        except ValueError:
            raise SettingError(f"{name.upper()} is not an address: its host or port cannot be read.") from None
        if name == "public_url" and values.get(name) and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise SettingError("PUBLIC_URL starts with http:// or https:// and names a host; this one does not.")
        if name == "smtp_url" and values.get(name) and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
            raise SettingError("SMTP_URL starts with smtp:// or smtps:// and names a host; this one does not.")


def _check_operators(values: Mapping[str, Any]) -> None:
    address, token = values.get("metrics_address", ""), values.get("metrics_token", "")
    host, _, port = address.rpartition(":")
    if address and not (host and port.isdecimal() and 0 < int(port) < 65536):
        raise SettingError("METRICS_ADDRESS is a host, a colon and a port; this one is not.")
    if token and len(token) < SHORTEST_TOKEN:
        raise SettingError(f"METRICS_TOKEN holds under {SHORTEST_TOKEN} characters.")


def _check_outside(values: Mapping[str, Any]) -> None:
    sender, key = values.get("smtp_from", ""), values.get("vapid_key", "")
    if values.get("smtp_url") and not sender:
        raise SettingError("SMTP_FROM is not set; mail that SMTP_URL takes needs a sender.")
    if sender and not _SENDER.fullmatch(sender):
        raise SettingError("SMTP_FROM is an e-mail address, or a name and <address>; this one is neither.")
    try:
        whole = not key or len(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))) == 32
    except ValueError:
        whole = False
    if not whole:
        raise SettingError("VAPID_KEY is not 32 bytes in base64.")
