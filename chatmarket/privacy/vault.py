"""Values are sealed for the vault here, opened again, and marked so that equal ones are told without reading them."""

import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chatmarket.privacy.keys import KEY_BYTES, Unreadable, decrypted, encrypted, unwrap_customer_key, wrap_customer_key
from chatmarket.privacy.segments import Kind

__all__ = [
    "Unreadable",
    "fingerprint",
    "index",
    "mark_key",
    "message_key",
    "open_",
    "open_marks",
    "open_reading",
    "seal",
    "seal_marks",
    "seal_reading",
    "unwrap_customer_key",
    "wrap_customer_key",
]

MARK_BYTES = 16
# Before the sealed marks of a dropped value, so that all there are can be found at once. No other mark is so long.
DROPPED = b"dropped\0"
EMPTY = 28  # bytes of a sealed value without a letter: nonce and tag
# Few values are possible: who can make marks (or see which are equal) could list them all. They get none.
LOW_ENTROPY = frozenset(
    {Kind.PIN, Kind.CVV, Kind.EXPIRY, Kind.CODE, Kind.PASSWORD, Kind.SECRET, Kind.BIRTHDATE, Kind.POSTCODE, Kind.IP}
)
# The same holds for short numbers of any kind: the last four digits of a card, a security code given as known.
SHORTEST_NUMBER = 7


def seal(customer_key: bytes, value: str, *, brand: int, customer: int, chat: int, kind: Kind, n: int) -> bytes:
    """A value under its customer's key: nonce (12 bytes), ciphertext, tag (16). Opens only in the same place."""
    return encrypted(customer_key, value.encode("utf-8", "surrogatepass"), _place(brand, customer, chat, kind, n))


def open_(customer_key: bytes, sealed: bytes, *, brand: int, customer: int, chat: int, kind: Kind, n: int) -> str:
    """The value as it was first typed. Raises Unreadable: wrong key, changed bytes, or bytes of another place."""
    return decrypted(customer_key, sealed, _place(brand, customer, chat, kind, n)).decode("utf-8", "surrogatepass")


def index(brand_key: bytes, kind: Kind, canonical: str) -> bytes | None:
    """A 128-bit mark, equal for equal values of a kind within one brand and nowhere else; None where few are possible.

    HMAC-SHA-256, truncated, under a key derived from the brand's (HKDF, RFC 5869). A mark is still personal data.
    """
    if kind in LOW_ENTROPY or (canonical.isdigit() and len(canonical) < SHORTEST_NUMBER):
        return None
    named = f"{kind.value}|{canonical}".encode("utf-8", "surrogatepass")
    return hmac.digest(_index_key(brand_key), named, "sha256")[:MARK_BYTES]


def seal_marks(customer_key: bytes, marks: bytes, *, brand: int, customer: int, chat: int, kind: Kind, n: int) -> bytes:
    """The marks of a value that is kept nowhere (marks.py): a PIN could be told from them by whoever has their key, so
    that nobody but the customer's key opens them. Nothing of nothing."""
    place = b"marks " + _place(brand, customer, chat, kind, n)
    return DROPPED + encrypted(customer_key, marks, place) if marks else b""


def open_marks(
    customer_key: bytes, sealed: bytes, *, brand: int, customer: int, chat: int, kind: Kind, n: int
) -> bytes:
    """The opposite of `seal_marks`. Raises Unreadable."""
    if not sealed.startswith(DROPPED):
        return b""
    return decrypted(customer_key, sealed[len(DROPPED) :], b"marks " + _place(brand, customer, chat, kind, n))


def seal_reading(customer_key: bytes, reading: str, *, brand: int, customer: int, chat: int, seq: int) -> bytes:
    """How an expert reads a message of their own that others read with more hidden; opens only at this message, so
    that no row may be made to say what another one said."""
    return encrypted(customer_key, reading.encode("utf-8", "surrogatepass"), _reading(brand, customer, chat, seq))


def open_reading(customer_key: bytes, sealed: bytes, *, brand: int, customer: int, chat: int, seq: int) -> str:
    """The opposite of `seal_reading`. Raises Unreadable."""
    read = decrypted(customer_key, sealed, _reading(brand, customer, chat, seq))
    return read.decode("utf-8", "surrogatepass")


def mark_key(customer_key: bytes, chat: int) -> bytes:
    """What a chat's dropped values are marked with; as short-lived as `message_key`."""
    info = f"chatmarket marks v1|{chat}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(customer_key)


def fingerprint(message_key: bytes, text: str) -> bytes:
    """A 128-bit mark of a whole message: tells whether a resend says the same, and nothing once the key is erased."""
    return hmac.digest(message_key, text.encode("utf-8", "surrogatepass"), "sha256")[:MARK_BYTES]


# Brand keys are few and held in memory by every process anyway; deriving costs more than the mark.
@lru_cache(maxsize=256)
def _index_key(brand_key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"chatmarket index v1").derive(brand_key)


def message_key(customer_key: bytes) -> bytes:
    """What a customer's messages are marked with. Deriving costs more than masking: hold it beside the key, and no
    longer; a memory of its own would outlive the key's erasure."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"chatmarket message v1").derive(customer_key)


def _reading(brand: int, customer: int, chat: int, seq: int) -> bytes:
    return f"chatmarket reading v2|{brand}|{customer}|{chat}|{seq}".encode()


def _place(brand: int, customer: int, chat: int, kind: Kind, n: int) -> bytes:
    return f"chatmarket value v1|{brand}|{customer}|{chat}|{kind.value}|{n}".encode()
