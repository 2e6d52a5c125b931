"""The JSON API is called here: typed answers, and every refusal an ApiError. The calls stand in docs/protocol.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TypeVar

import httpx2
import msgspec

from chatmarket.client.errors import ApiError, Unreachable
from chatmarket.client.frames import OpenOffer

PREFIX = "/api/v1"
ANSWER_SECONDS = 20.0  # a call waits behind a database that is coming back, not for ever
CONNECTIONS = 100  # one client may call for hundreds of people; more would only queue in the server

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of a brand; `reward` is gross, in minor units of the brand's currency."""

    id: int
    names: dict[str, str]
    reward: int


@dataclass(frozen=True, slots=True)
class Brand:
    slug: str
    name: str
    languages: tuple[str, ...]
    currency: str
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A login token (to be shown as bearer) and whose it is."""

    token: str
    account: Account


@dataclass(frozen=True, slots=True)
class Asked:
    """A new chat, the token that opens it, and the seconds within which somebody should come."""

    chat: int
    token: str
    wait_limit_s: float
    topic: int = 0
    status: str = "waiting"  # escalated: no topic fits, and the brand's own people have it
    customer: str = ""  # to be given with the next question of the same customer


@dataclass(frozen=True, slots=True)
class ChatNow:
    chat: int
    status: str
    language: str
    topic: int
    seq: int
    resolved: bool | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    amount: int
    currency: str
    chat: int | None = None
    at: str = ""
    deed: str = "settle"  # hold, release: a person looks at the chat, or has


@dataclass(frozen=True, slots=True)
class Earnings:
    """What an expert has earned: balances by currency and the single entries, in minor units; `held` is not in them."""

    balances: dict[str, int]
    held: dict[str, int] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    account: str
    currency: str
    sum: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """A brand's accounts and, by currency, the sum over all of them (double entry: zero)."""

    accounts: tuple[LedgerAccount, ...] = ()
    sums: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenOffers:
    """The offers open to an expert; `key` is their half of each claim token, `online` whether a lobby is open."""

    key: str
    online: bool = False
    available: bool = True
    offers: tuple[OpenOffer, ...] = ()


@dataclass(frozen=True, slots=True)
class Revealed:
    """What a token stands for; `kept` is whole, last_four, no or erased, the last two without a value. The value is in
    no repr."""

    chat: int
    token: str
    n: int
    kept: str
    value: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Brands:
    brands: tuple[Brand, ...]


@dataclass(frozen=True, slots=True)
class _Nothing:
    """An answer that says nothing more than that it went well."""


class Api:
    """The API of the server at `base_url`. Tokens are arguments: one Api serves any number of people."""

    def __init__(self, base_url: str, *, timeout: float = ANSWER_SECONDS, connections: int = CONNECTIONS) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = httpx2.AsyncClient(
            base_url=self.base_url + PREFIX,
            timeout=httpx2.Timeout(timeout, pool=None),
            limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
            trust_env=False,
        )

    async def __aenter__(self) -> Api:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def brands(self) -> tuple[Brand, ...]:
        return (await self._call("GET", "/brands", _Brands)).brands

    async def sign_up(
        self, email: str, password: str, name: str, *, brand: str, topics: Sequence[int], languages: Sequence[str]
    ) -> SignedIn:
        body = {"email": email, "password": password, "name": name, "brand": brand}
        return await self._call("POST", "/sign-up", SignedIn, body | {"topics": topics, "languages": languages})

    async def sign_in(self, email: str, password: str) -> SignedIn:
        return await self._call("POST", "/sign-in", SignedIn, {"email": email, "password": password})

    async def sign_out(self, token: str) -> None:
        await self._call("POST", "/sign-out", _Nothing, {}, token)

    async def ask(
        self,
        brand: str,
        question: str,
        *,
        topic: int | None = None,
        language: str,
        known: Mapping[str, Sequence[str]] | None = None,
        device: str = "",
        customer: str = "",
    ) -> Asked:
        """Ask a question; `known` are values by kind that the brand knows of its customer, masked from the start, and
        `customer` is what an earlier question was answered with.

        Without a topic the question's words decide, where the brand has taught what its topics are about. `device` is
        what the caller calls the customer's device; the brand keeps a keyed digest, and may block it (403 `blocked`).
        """
        body: dict[str, object] = {"language": language, "question": question}
        if topic is not None:
            body["topic"] = topic
        if known:
            body["known"] = known
        if device:
            body["device"] = device
        if customer:
            body["customer"] = customer
        return await self._call("POST", f"/brands/{brand}/chats", Asked, body)

    async def chat(self, chat: int, token: str) -> ChatNow:
        return await self._call("GET", f"/chats/{chat}", ChatNow, None, token)

    async def withdraw(self, chat: int, token: str) -> None:
        await self._call("POST", f"/chats/{chat}/withdraw", _Nothing, {}, token)

    async def end(self, chat: int, token: str) -> None:
        """End a chat, as its customer (chat token) or its expert (login token)."""
        await self._call("POST", f"/chats/{chat}/end", _Nothing, {}, token)

    async def rate(
        self, chat: int, token: str, *, resolved: bool, stars: int = 5, comment: str = "", blames: str | None = None
    ) -> None:
        """Rate an ended chat; with a no, `blames` may say what was wrong: `answer`, `product` or `other`."""
        body: dict[str, object] = {"resolved": resolved, "stars": stars, "comment": comment}
        if blames is not None:
            body["blames"] = blames
        await self._call("POST", f"/chats/{chat}/rating", _Nothing, body, token)

    async def report(self, chat: int, token: str, *, reason: str, words: str = "", message: int | None = None) -> None:
        """Tell the brand's people about the other side, as customer (chat token) or expert (login token), once: `rude`,
        `personal`, `elsewhere`, `harm`, `spam` or `other`; `message` is the expert's whom the customer means."""
        sent = {"reason": reason, "words": words, "message": message}
        await self._call("POST", f"/chats/{chat}/report", _Nothing, sent, token)

    async def reveal(self, chat: int, token: str, kind: str, n: int, *, reason: str, password: str = "") -> Revealed:
        """One hidden value, for staff and moderators with the right: the segment's token and number, and why.

        `password` is asked for again from time to time (ApiError 403 `prove_first`).
        """
        body: dict[str, object] = {"token": kind, "n": n, "reason": reason}
        if password:
            body["password"] = password
        return await self._call("POST", f"/chats/{chat}/reveal", Revealed, body, token)

    async def offers(self, token: str) -> OpenOffers:
        return await self._call("GET", "/offers", OpenOffers, None, token)

    async def claim(self, chat: int, token: str, *, card: str | None = None, key: str = "", device: str = "") -> None:
        """Claim an offer by what is on its card and the lobby's key; without a card it is looked up among `offers`.

        Answered when it is decided: in some brands a claim within a second, or the last ring's, waits some seconds for
        others. Raises ApiError 409 with the refusal as its code when another was first, or this expert may not.
        """
        if card is None:
            open_ = await self.offers(token)
            card = next((one.card for one in open_.offers if one.chat == chat), "")
            key = open_.key if card else ""
        sent = {"card": card, "key": key} | ({"device": device} if device else {})
        await self._call("POST", f"/offers/{chat}/claim", _Nothing, sent, token)

    async def hand_back(self, chat: int, token: str, *, reason: str) -> None:
        """Give a live chat back to the others: `topic`, `difficulty`, `time`, `unclear` or `other`."""
        await self._call("POST", f"/rooms/{chat}/hand-back", _Nothing, {"reason": reason}, token)

    async def decline(self, chat: int, token: str, *, reason: str) -> None:
        """Pass an offer on: `topic`, `difficulty`, `time`, `unclear` or `other`. It costs nothing."""
        await self._call("POST", f"/offers/{chat}/decline", _Nothing, {"reason": reason}, token)

    async def availability(self, token: str, *, online: bool) -> None:
        await self._call("POST", "/availability", _Nothing, {"online": online}, token)

    async def earnings(self, token: str) -> Earnings:
        return await self._call("GET", "/earnings", Earnings, None, token)

    async def ledger(self, token: str) -> Ledger:
        return await self._call("GET", "/brand/ledger", Ledger, None, token)

    async def _call(
        self, method: str, path: str, answer: type[T], body: object | None = None, token: str | None = None
    ) -> T:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = None if body is None else msgspec.json.encode(body)
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = await self._http.request(method, path, content=content, headers=headers)
        except httpx2.TransportError as error:
            raise Unreachable(f"{method} {path}: {type(error).__name__}") from error
        return _read(response, answer)


def _read(response: httpx2.Response, answer: type[T]) -> T:
    if not response.is_success:
        raise refusal(response.status_code, response.content)
    try:
        return msgspec.json.decode(response.content, type=answer)
    except msgspec.DecodeError as error:
        raise ApiError(response.status_code, "unreadable", str(error)) from error


@dataclass(frozen=True, slots=True)
class _Error:
    code: str
    text: str = ""
    field: str | None = None


@dataclass(frozen=True, slots=True)
class _Errors:
    error: _Error


def refusal(status: int, body: bytes) -> ApiError:
    """The error in an answer; one that is not in the API's form (a proxy's page) is called `unreadable`."""
    try:
        error = msgspec.json.decode(body, type=_Errors).error
    except msgspec.DecodeError:
        return ApiError(status, "unreadable", body[:200].decode("utf-8", "replace"))
    return ApiError(status, error.code, error.text, error.field)
