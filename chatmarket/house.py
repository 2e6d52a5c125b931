"""What every flow is handed first: the settings, the door to people, the keys, and the password hashers."""

import asyncio
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from chatmarket.batches import Batches
from chatmarket.limits import Limits
from chatmarket.metrics import Reading
from chatmarket.outside import Outside
from chatmarket.passwords import Passwords
from chatmarket.privacy.chain import AuditKeys
from chatmarket.privacy.keys import Keyring
from chatmarket.recent import Recent
from chatmarket.settings import Settings
from chatmarket.tries import Tries
from realtime.switchboard import Switchboard

REMEMBERED_S = 30 * 24 * 3600  # a customer who comes back: for so long a rating of the same expert counts once


@dataclass(slots=True)
class House:
    settings: Settings
    switchboard: Switchboard
    keyring: Keyring
    audit_keys: AuditKeys
    passwords: Passwords
    # A person's few tries at one account from one place; and all tries at that account from anywhere.
    sign_ins: Tries
    accounts: Tries
    sign_ups: Tries
    asks: Tries
    reveals: Tries
    trials: Tries  # of a brand's rules, on made-up conversations
    proposals: Tries
    # What many ask of the database at once, in batches (flows/): messages to keep, and for people who come or come back
    # their login, their chat, what they missed in it, their lobby.
    commits: Batches[Any, Any]
    logins: Batches[Any, Any]
    chats: Batches[Any, Any]
    returns: Batches[Any, Any]
    lobbies: Batches[Any, Any]
    # Customers' words that their experts are not shown yet (flows/holding).
    held: Any
    # The open vaults of the chats last spoken in (flows/committing).
    vaults: Recent[int, Any]
    # What an expert was last not allowed to say in a chat, as a keyed digest (flows/blocking).
    blocked: Recent[int, str]
    # How many reviews and cases of a brand wait, and what tells that it has changed (flows/counting).
    waiting: Recent[int, tuple[asyncio.Event, dict[str, int]]]
    # All ratings of a brand, counted (flows/rating).
    tallies: Recent[int, Any]
    # The share of resolved chats to expect on a topic (flows/measuring).
    usual: Recent[int, float]
    # What was learnt about topics, per brand and language (flows/proposing), one being read at a time.
    lessons: Recent[tuple[int, str], Any]
    limits: Limits
    reading: Reading
    outside: Outside
    # Unwrapped brand keys; a process that may read the KEK may hold them.
    brand_keys: dict[int, bytes] = field(default_factory=dict)
    reading_lessons: asyncio.Lock = field(default_factory=asyncio.Lock)
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

    def customer_token(self, customer: int) -> str:
        """For whoever comes back: it opens nothing, and says only that two questions are one person's."""
        return self._returning().dumps(customer)

    def customer_of(self, token: str) -> int | None:
        """The customer whom `token` names; None when it is forged, or older than anything that is counted."""
        try:
            customer = self._returning().loads(token, max_age=REMEMBERED_S)
        except BadSignature:
            return None
        return customer if isinstance(customer, int) else None

    def invitation_token(self, invitation: int) -> str:
        """For a link: without time, for when it ends stands in its row."""
        token: str | bytes = self._inviting().dumps(invitation)
        return token if isinstance(token, str) else token.decode()

    def invitation_of(self, token: str) -> int | None:
        """The invitation that `token` stands for; None when it is forged."""
        try:
            invitation = self._inviting().loads(token)
        except BadSignature:
            return None
        return invitation if isinstance(invitation, int) else None

    def stop_token(self, account: int) -> str:
        """For the link in a page by mail that ends such mails; without time, for a mail may be read years later."""
        token: str | bytes = self._stopping().dumps(account)
        return token if isinstance(token, str) else token.decode()

    def stopped_by(self, token: str) -> int | None:
        """The account whose mails `token` ends; None when it is forged."""
        try:
            account = self._stopping().loads(token)
        except BadSignature:
            return None
        return account if isinstance(account, int) else None

    def seal(self, purpose: str, text: str) -> str:
        """A keyed digest: for form tokens, and for counting names without keeping them."""
        key = f"{purpose}:{self.settings.secret_keys[0]}".encode()
        return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def claim_key(self, expert: int) -> str:
        """An expert's half of every claim token; the other half is on the offer's card."""
        return self.seal("claims", str(expert))[:32]

    def _serializer(self) -> URLSafeTimedSerializer:
        # itsdangerous signs with the last of its keys and tries them all; ours are named newest first.
        return URLSafeTimedSerializer(list(reversed(self.settings.secret_keys)), salt="chat")

    def _returning(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(list(reversed(self.settings.secret_keys)), salt="customer")

    def _inviting(self) -> URLSafeSerializer:
        return URLSafeSerializer(list(reversed(self.settings.secret_keys)), salt="invitation")

    def _stopping(self) -> URLSafeSerializer:
        return URLSafeSerializer(list(reversed(self.settings.secret_keys)), salt="stop")
