"""What every flow is handed first: the settings, the door to people, the keys, and the password hashers."""

import hashlib
import hmac
from dataclasses import dataclass, field

from itsdangerous import BadSignature, URLSafeTimedSerializer

from chatmarket.limits import Limits
from chatmarket.metrics import Reading
from chatmarket.passwords import Passwords
from chatmarket.privacy.keys import Keyring
from chatmarket.settings import Settings
from chatmarket.tries import Tries
from realtime.switchboard import Switchboard

QUARTER_OF_AN_HOUR, HOUR = 900.0, 3600.0
GUESSERS = 10  # places that may try one account at once before it rests for all of them


@dataclass(slots=True)
class House:
    settings: Settings
    switchboard: Switchboard
    keyring: Keyring
    passwords: Passwords
    # A person's few tries at one account from one place; and all tries at that account from anywhere.
    sign_ins: Tries
    accounts: Tries
    sign_ups: Tries
    asks: Tries
    limits: Limits
    reading: Reading
    # Unwrapped brand keys; a process that may read the KEK may hold them.
    brand_keys: dict[int, bytes] = field(default_factory=dict)
    leaving: bool = False  # this process was told to go: whoever knocks is sent elsewhere

    def chat_token(self, chat: int) -> str:
        return self._serializer().dumps(chat)

    def chat_of(self, token: str) -> int | None:
        """The chat that `token` opens; None when it is forged or expired."""
        try:
            chat = self._serializer().loads(token, max_age=self.settings.chat_token_hours * 3600)
        except BadSignature:
            return None
        return chat if isinstance(chat, int) else None

    def seal(self, purpose: str, text: str) -> str:
        """A keyed digest: for form tokens, and for counting names without keeping them."""
        key = f"{purpose}:{self.settings.secret_keys[0]}".encode()
        return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def _serializer(self) -> URLSafeTimedSerializer:
        # itsdangerous signs with the last of its keys and tries them all; ours are named newest first.
        return URLSafeTimedSerializer(list(reversed(self.settings.secret_keys)), salt="chat")


def furnish(settings: Settings, switchboard: Switchboard) -> House:
    limits = Limits(
        user_messages=settings.user_messages_per_second,
        brand_messages=settings.brand_messages_per_second,
        user_sockets=settings.user_sockets,
        chat_sockets=settings.chat_sockets,
        brand_sockets=settings.brand_sockets,
    )
    return House(
        settings=settings,
        switchboard=switchboard,
        passwords=Passwords(kib=settings.argon2_kib, threads=settings.password_threads, queue=settings.password_queue),
        keyring=Keyring(settings.vault_keys, current=next(iter(settings.vault_keys))),
        sign_ins=Tries(settings.sign_in_tries, window_s=QUARTER_OF_AN_HOUR),
        accounts=Tries(settings.sign_in_tries * GUESSERS, window_s=QUARTER_OF_AN_HOUR),
        sign_ups=Tries(settings.sign_ups_per_hour, window_s=HOUR),
        asks=Tries(settings.asks_per_hour, window_s=HOUR),
        limits=limits,
        reading=Reading(switchboard, limits),
    )
