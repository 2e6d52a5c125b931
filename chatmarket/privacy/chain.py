"""A chain of digests over rows that must not change: each is bound to the one before it, and the end is sealed.

HMAC-SHA-256 with keys that the database does not hold: who can write there can take rows away, but cannot make the
chain of what is left whole again. What is cut off the end together with its seal is found by an anchor kept elsewhere.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any

START = b""  # what the first row follows


class AuditKeys:
    """The keys by id, newest first: the first one writes, all verify."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)
        self.current = next(iter(self._keys))

    def __repr__(self) -> str:
        return f"AuditKeys({', '.join(self._keys)})"

    def digest(self, key: str, row: Mapping[str, Any], before: bytes) -> bytes:
        """The digest of a row that follows the digest `before`. Raises KeyError for a key that is not here."""
        return self._mac(key, {"link": "chatmarket audit v1", "before": before.hex(), **row})

    def seal(self, key: str, brand: int, seq: int, digest: bytes) -> bytes:
        """Says that the brand's chain had this end."""
        return self._mac(key, {"head": "chatmarket audit v1", "brand": brand, "seq": seq, "digest": digest.hex()})

    def _mac(self, key: str, what: Mapping[str, Any]) -> bytes:
        return hmac.digest(self._keys[key], canonical(what), "sha256")


def canonical(what: Any) -> bytes:
    """One spelling for equal facts, whichever database kept them."""
    return json.dumps(what, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def same(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)
