"""Keys are wrapped here: a brand's key under the installation's key (KEK), a customer's key under the brand's.

KEK -> brand key -> customer key -> values. Erasing a customer is deleting one wrapped key; rotating the KEK re-wraps
one key per brand and touches no value. AES-256-GCM throughout, with a random 96-bit nonce before each ciphertext; the
associated data names what the key is for, so that no wrapped key can be moved to another brand or customer.
"""

import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class Unreadable(ValueError):
    """The wrong key, or bytes that were changed or moved here from another place."""


class UnknownKey(LookupError):
    """A wrapped key names a KEK that this installation does not have."""


class Keyring:
    """The KEKs by id, newest in use: `current` wraps, all unwrap. Raises ValueError for keys that are not 32 bytes."""

    def __init__(self, keks: Mapping[str, bytes], current: str) -> None:
        if current not in keks:
            raise ValueError(f"The current key {current!r} is not among the keys.")
        for name, key in keks.items():
            if len(key) != KEY_BYTES:
                raise ValueError(f"Key {name!r} has {len(key)} bytes; it needs {KEY_BYTES}.")
        self.current = current
        self._keks = dict(keks)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(sorted(self._keks))}; current {self.current})"

    def wrap(self, brand_key: bytes, *, brand: int) -> tuple[str, bytes]:
        """A brand's key under the current KEK: that KEK's id, and the wrapped key; keep both."""
        return self.current, encrypted(self._keks[self.current], brand_key, _brand_binding(self.current, brand))

    def unwrap(self, kek: str, wrapped: bytes, *, brand: int) -> bytes:
        """A brand's key again, by the stored KEK id. Raises UnknownKey or Unreadable."""
        if kek not in self._keks:
            raise UnknownKey(f"There is no key {kek!r}; put it back until every brand's key is re-wrapped.")
        return decrypted(self._keks[kek], wrapped, _brand_binding(kek, brand))

    def rewrap(self, kek: str, wrapped: bytes, *, brand: int) -> tuple[str, bytes]:
        """The same brand key under the current KEK: all that rotation needs. Raises as `unwrap` does."""
        return self.wrap(self.unwrap(kek, wrapped, brand=brand), brand=brand)


def new_key() -> bytes:
    """A fresh brand or customer key from the system's random source."""
    return secrets.token_bytes(KEY_BYTES)


def wrap_customer_key(brand_key: bytes, customer_key: bytes, *, brand: int, customer: int) -> bytes:
    """A customer's key under the brand's."""
    return encrypted(brand_key, customer_key, _customer_binding(brand, customer))


def unwrap_customer_key(brand_key: bytes, wrapped: bytes, *, brand: int, customer: int) -> bytes:
    """A customer's key again. Raises Unreadable."""
    return decrypted(brand_key, wrapped, _customer_binding(brand, customer))


def encrypted(key: bytes, plain: bytes, binding: bytes) -> bytes:
    """Nonce and ciphertext. Random nonces are safe up to 2^32 uses of one key (NIST SP 800-38D, 8.3): years of talk."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, binding)


def decrypted(key: bytes, sealed: bytes, binding: bytes) -> bytes:
    """The opposite of `encrypted`. Raises Unreadable, without saying why."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], binding)
    except (InvalidTag, ValueError):
        raise Unreadable("This cannot be read with this key in this place.") from None


def _brand_binding(kek: str, brand: int) -> bytes:
    return f"chatmarket brand key v1|{brand}|{kek}".encode()


def _customer_binding(brand: int, customer: int) -> bytes:
    return f"chatmarket customer key v1|{brand}|{customer}".encode()
