"""Who sits where: a room's customer or expert, a silent watcher, an expert in the lobby, a moderator at the board."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from random import Random
from typing import Literal, TypeAlias, TypeVar

from websockets.asyncio.client import ClientConnection

from chatmarket.client.delivery import PAUSE_MOST, Arrival, Outbox, Sequence, Wire, Words
from chatmarket.client.errors import ClientError, Closed, Unsent
from chatmarket.client.frames import (
    FRAME_BYTES,
    LONGEST_CID,
    Ack,
    Blocked,
    Desk,
    Edit,
    ErrorFrame,
    Hello,
    Inbound,
    Message,
    Offer,
    Offers,
    Pong,
    Resumed,
    Row,
    Rows,
    Standing,
    State,
    Taken,
    Typing,
    encode,
)
from chatmarket.client.line import PATIENCE_SECONDS, PING_SECONDS, Line

AGAIN = frozenset({"retry", "too_fast"})  # error codes that ask for the same message once more
AGAIN_SECONDS = 1.0

Seat: TypeAlias = Literal["customer", "expert"]
RoomEvent: TypeAlias = Message | Edit | Blocked | State | Typing | ErrorFrame | Resumed
LobbyEvent: TypeAlias = Offers | Offer | Taken | Desk | Standing | ErrorFrame
BoardEvent: TypeAlias = Rows | Row | ErrorFrame
Listened = TypeVar("Listened", bound=Inbound)


class Resuming(Line[RoomEvent]):
    """A line into a chat: it resumes where the application is, and shows it every message once and in order."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        rng: Random | None = None,
        ping_every: float = PING_SECONDS,
        patience: float = PATIENCE_SECONDS,
        longest_pause: float = PAUSE_MOST,
    ) -> None:
        super().__init__(url, token, rng=rng, ping_every=ping_every, patience=patience, longest_pause=longest_pause)
        self._sequence = Sequence()

    @property
    def position(self) -> int:
        """The number of the last message the application was given."""
        return self._sequence.position

    @property
    def wire(self) -> Wire:
        return self._sequence.wire

    async def sync(self) -> None:
        """Resume once more and wait for the end of it: afterwards everything committed before has been given."""
        self.live.clear()
        await self._resume()  # without a connection the next one resumes by itself
        await self.live.wait()

    async def _resume(self) -> None:
        self._asked = self._asked or self._now()
        await self._say("resume", seq=self._sequence.begin())

    async def _greeted(self, hello: Hello) -> None:
        await self._resume()

    async def _ponged(self, pong: Pong) -> None:
        if self.live.is_set() and pong.seq > self.position:
            await self._resume()

    async def _hear(self, frame: Inbound) -> None:
        if isinstance(frame, Message):
            await self._receive(frame)
        else:
            await super()._hear(frame)
        if isinstance(frame, Resumed):
            self._caught_up()

    async def _receive(self, message: Message) -> None:
        arrival = self._sequence.judge(message.seq)
        if arrival is Arrival.NEW:
            await super()._hear(message)
        elif arrival is Arrival.GAP:
            await self._resume()

    def _caught_up(self) -> None:
        self._ready()


class Watch(Resuming):
    """A moderator's silent seat at `/watch/<id>/live`."""


class Room(Resuming):
    """A seat in a chat, at `/chats/<id>/live` as its customer or at `/rooms/<id>/live` as its expert."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        seat: Seat,
        rng: Random | None = None,
        ping_every: float = PING_SECONDS,
        patience: float = PATIENCE_SECONDS,
        longest_pause: float = PAUSE_MOST,
    ) -> None:
        super().__init__(url, token, rng=rng, ping_every=ping_every, patience=patience, longest_pause=longest_pause)
        self.seat = seat
        self._outbox = Outbox()
        self._acks: dict[str, asyncio.Future[Ack]] = {}
        self._wake = asyncio.Event()

    def send(self, words: Words, *, cid: str | None = None) -> asyncio.Future[Ack]:
        """Lay a message into the outbox; the future holds its ack, or raises Unsent or Closed.

        `words` is a text, or segments: texts with tokens of the chat between them. The same `cid` with the same words
        is the same message: while it waits, the same future is returned; afterwards the server answers with the same
        ack. Raises ValueError for what no server could take: a cid or a frame of the wrong size, a lone surrogate.
        """
        cid = uuid.uuid4().hex if cid is None else cid
        if not 1 <= len(cid) <= LONGEST_CID:
            raise ValueError(f"a cid holds 1 to {LONGEST_CID} characters")
        if cid in self._acks:
            return self._acks[cid]
        if len(_spoken(cid, words).encode()) > FRAME_BYTES:
            raise ValueError(f"a frame holds at most {FRAME_BYTES} bytes")
        answer: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        if self.over:
            _fail(answer, Closed("the line is closed"))
            return answer
        self._outbox.add(cid, words)
        self._acks[cid] = answer
        self._wake.set()
        return answer

    async def typing(self) -> None:
        """Say that this side is typing; forgotten when there is no connection."""
        await self._say("typing")

    @property
    def waiting(self) -> int:
        """How many messages have no ack yet."""
        return len(self._outbox)

    def _works(self) -> tuple[Callable[[ClientConnection], Coroutine[None, None, None]], ...]:
        return (*super()._works(), self._post)

    async def _post(self, socket: ClientConnection) -> None:
        """Put the outbox on the wire while the connection lasts, oldest first."""
        while True:
            await self.live.wait()
            self._wake.clear()  # before the sending: its ack may be here before the sending returns
            letter = self._outbox.launch(self._now())
            if letter is not None:
                await socket.send(_spoken(letter.cid, letter.words))
            await self._wake.wait()

    async def _hear(self, frame: Inbound) -> None:
        if isinstance(frame, Ack):
            self._acked(frame)
        elif isinstance(frame, ErrorFrame) and frame.cid in self._acks:
            self._answered(frame.cid, frame)
        else:
            await super()._hear(frame)

    def _acked(self, ack: Ack) -> None:
        self._outbox.settle(ack.cid)
        answer = self._acks.pop(ack.cid, None)
        if answer is not None and not answer.done():
            answer.set_result(ack)
        self._wake.set()

    def _answered(self, cid: str, error: ErrorFrame) -> None:
        if error.code in AGAIN:
            asyncio.get_running_loop().call_later(self._rng.uniform(0.5, 1.5) * AGAIN_SECONDS, self._again, cid)
            return
        self._outbox.settle(cid)
        _fail(self._acks.pop(cid), Unsent(cid, error.code, error.text))
        self._wake.set()

    def _again(self, cid: str) -> None:
        self._outbox.again(cid)
        self._wake.set()

    def _caught_up(self) -> None:
        super()._caught_up()
        self._wake.set()

    def _dead(self, now: float) -> bool:
        return super()._dead(now) or self._outbox.overdue(now, self._patience)

    def _forgive(self, now: float) -> None:
        super()._forgive(now)
        self._outbox.forgive(now)

    def _down(self) -> None:
        super()._down()
        self._outbox.rewind()

    def _finish(self, error: ClientError | None) -> None:
        super()._finish(error)
        for answer in self._acks.values():
            _fail(answer, error or Closed("the line was closed before the ack"))
        self._acks.clear()


class Lobby(Line[LobbyEvent]):
    """An expert's ear for offers, at `/lobby/live`; `key` is their half of every offer's claim token."""

    key = ""

    async def _greeted(self, hello: Hello) -> None:
        self.key = hello.key
        await super()._greeted(hello)

    async def active(self) -> None:
        """Say that somebody is there: who does nothing for long is set away."""
        await self._say("active")


class Board(Line[BoardEvent]):
    """A moderator's board of all chats, at `/board/live`."""


def _spoken(cid: str, words: Words) -> str:
    if isinstance(words, str):
        return encode("send", cid=cid, text=words)
    parts = [{"text": part.text} if part.text is not None else {"token": part.token, "n": part.n} for part in words]
    return encode("send", cid=cid, parts=parts)


def _fail(answer: asyncio.Future[Ack], error: ClientError) -> None:
    if not answer.done():
        answer.set_exception(error)
        answer.exception()  # marks it as seen: who does not wait for an ack is not told by the garbage collector


def customer_room(base_url: str, chat: int, token: str, *, rng: Random | None = None) -> Room:
    return Room(f"{base_url}/chats/{chat}/live", token, seat="customer", rng=rng)


def expert_room(base_url: str, chat: int, token: str, *, rng: Random | None = None) -> Room:
    return Room(f"{base_url}/rooms/{chat}/live", token, seat="expert", rng=rng)


def watch(base_url: str, chat: int, token: str, *, rng: Random | None = None) -> Watch:
    return Watch(f"{base_url}/watch/{chat}/live", token, rng=rng)


def lobby(base_url: str, token: str, *, rng: Random | None = None) -> Lobby:
    return Lobby(f"{base_url}/lobby/live", token, rng=rng)


def board(base_url: str, token: str, *, rng: Random | None = None) -> Board:
    return Board(f"{base_url}/board/live", token, rng=rng)
