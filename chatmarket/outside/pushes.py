"""Web push: a note encrypted for one browser (RFC 8291), signed by us (RFC 8292), left with the browser's own maker."""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from chatmarket.outside.fates import Never, judged
from chatmarket.outside.street import Street

KEPT_S = 900  # by the push service, for a device that is off: after that the questions are old
SIGNED_S = 12 * 3600  # RFC 8292 allows a day
LONGEST_NOTE = 3000  # bytes; a push service takes 4,096 of the encrypted
_BAD_KEYS = (http_ece.ECEException, ValueError, TypeError)


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that takes pushes: where, its public key, and the secret it shares with us."""

    endpoint: str
    public: str
    secret: str

    def is_sound(self) -> bool:
        """Whether the keys are keys: a point of P-256, and sixteen bytes."""
        if len(_bytes(self.public)) != 65 or len(_bytes(self.secret)) != 16:
            return False  # the library reads past what is shorter
        try:
            return bool(self.sealed(b"x"))
        except _BAD_KEYS:
            return False

    def sealed(self, note: bytes) -> bytes:
        """The note so that only this browser reads it, with a key of ours for this note alone."""
        ours, theirs, shared = generate_private_key(SECP256R1()), _bytes(self.public), _bytes(self.secret)
        return bytes(http_ece.encrypt(note, private_key=ours, dh=theirs, auth_secret=shared, version="aes128gcm"))


class Pushes:
    """Signs with our key, which the browsers know that subscribed."""

    def __init__(self, street: Street, key: str, contact: str) -> None:
        self._street, self._contact = street, contact
        self._vapid = Vapid02.from_raw(key.rstrip("=").encode())
        point = self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public = base64.urlsafe_b64encode(point).decode().rstrip("=")

    async def send(self, browser: Browser, note: bytes, topic: str) -> None:
        """Leaves a note of at most LONGEST_NOTE bytes; one that waits there under the same `topic` is replaced.

        Raises NotSent, Never, or Gone when the browser takes no more."""
        try:
            sealed = browser.sealed(note)
        except _BAD_KEYS:
            raise Never("bad_keys") from None
        judged(await self._street.post(browser.endpoint, sealed, self._headers(browser.endpoint, topic)))

    def _headers(self, endpoint: str, topic: str) -> Mapping[str, str]:
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(time.time()) + SIGNED_S,
            "sub": self._contact,
        }
        return {
            **self._vapid.sign(claims),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT_S),
            "Urgency": "high",
            "Topic": topic,
        }


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
