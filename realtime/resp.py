"""One connection to a Redis or Valkey: commands go out, answers come in order, and what it says by itself is heard."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from hiredis import HiredisError, ProtocolError, PushNotification, Reader, ReplyError

MOST_UNSENT = 32 * 1024 * 1024  # bytes in our own buffer beyond which a line is choked, as Redis has it for its readers

Push = list[Any]  # [b"message", channel, body], [b"subscribe", channel, count], ...
Answered = Callable[[Any, Any], None]  # what the command was about, and the answer, which may be an exception
Heard = Callable[[Sequence[Push]], None]

_NO_MORE = object()


class Lost(ConnectionError):
    """The line broke before this was answered."""


Refused = ReplyError  # Redis answered, with an error

# What goes wrong between us and Redis: no way there, a broken line, no answer in time, one that says no or is none.
TROUBLE = (OSError, TimeoutError, HiredisError)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens: a path, or a host and a port, with TLS when there is a context."""

    host: str = ""
    port: int = 6379
    path: str = ""
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to a server; all empty: nobody, and the first database."""

    user: str = ""
    password: str = ""
    db: int = 0


def command(*words: str | bytes) -> bytes:
    """One command as it crosses the wire."""
    parts = [word if isinstance(word, bytes) else word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


class RedisLine(asyncio.Protocol):
    """Speaks RESP3, so one connection publishes and subscribes. What is told within one turn of the loop leaves in one
    write. `heard` is called once for each read with all that was pushed in it. Nothing here waits or retries: a line
    that breaks is `lost`, and whoever waits for an answer gets a Lost for it.
    """

    def __init__(self, place: Place, heard: Heard) -> None:
        self.place, self._heard = place, heard
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader = Reader(notEnoughData=_NO_MORE)
        self._unsent: list[bytes] = []
        self._unanswered: deque[tuple[Answered, Any]] = deque()
        self._read_at = self._answered_at = self._loop.time()
        self.choked = False
        self.lost: asyncio.Future[Exception] = self._loop.create_future()

    @property
    def waiting(self) -> int:
        """How many commands are not answered yet."""
        return len(self._unanswered)

    def send(self, sent: bytes) -> None:
        """Send what is not answered, such as SUBSCRIBE, whose success is pushed and whose error cuts the line."""
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(sent)

    def tell(self, told: bytes, answered: Answered, about: Any = None) -> None:
        """Send one command; `answered(about, answer)` is called once, with an exception when it is refused or lost."""
        if self.lost.done():
            answered(about, Lost())
            return
        if not self._unanswered:
            self._answered_at = self._loop.time()
        self._unanswered.append((answered, about))
        self.send(told)

    async def ask(self, *words: str | bytes, within: float) -> Any:
        """Send one command and wait so many seconds for its answer. Raises Refused, Lost or TimeoutError."""
        answer: asyncio.Future[Any] = self._loop.create_future()
        self.tell(command(*words), _fulfil, answer)
        async with asyncio.timeout(within):
            reply = await answer
        if isinstance(reply, Exception):
            raise reply
        return reply

    def silence(self) -> tuple[float, float]:
        """Seconds without a byte, and without an answer, while one is due; (0, 0) while none is."""
        if not self._unanswered:
            return 0.0, 0.0
        now = self._loop.time()
        return now - max(self._read_at, self._answered_at), now - self._answered_at

    def cut(self, why: Exception) -> None:
        """Drop the line at once."""
        if not self.lost.done():
            self.lost.set_result(why)
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one, and of another class
        self._transport.set_write_buffer_limits(high=MOST_UNSENT)

    def data_received(self, data: bytes) -> None:
        self._read_at = self._loop.time()
        pushes: list[Push] = []
        try:
            self._reader.feed(data)
            while (reply := self._reader.gets()) is not _NO_MORE:
                if type(reply) is PushNotification:
                    pushes.append(reply)
                else:
                    self._settle(reply)
        except ProtocolError as strange:
            self.cut(strange)
        if pushes:
            self._heard(pushes)

    def pause_writing(self) -> None:
        self.choked = True

    def resume_writing(self) -> None:
        self.choked = False

    def connection_lost(self, why: Exception | None) -> None:
        self.cut(why if isinstance(why, TROUBLE) else Lost())
        while self._unanswered:
            answered, about = self._unanswered.popleft()
            answered(about, Lost())

    def _flush(self) -> None:
        told, self._unsent = self._unsent, []
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(told))

    def _settle(self, reply: Any) -> None:
        if not self._unanswered:  # a refused SUBSCRIBE: what it does right is pushed, its error is not
            self.cut(reply if isinstance(reply, Exception) else Lost())
            return
        self._answered_at = self._read_at
        answered, about = self._unanswered.popleft()
        answered(about, reply)


def _fulfil(answer: asyncio.Future[Any], reply: Any) -> None:
    if not answer.done():  # whoever asked may have gone
        answer.set_result(reply)


def unheard(pushes: Sequence[Push]) -> None:
    """For a line that only asks."""


async def open_line(place: Place, login: Login, within: float, heard: Heard = unheard) -> RedisLine:
    """Connect and log in; each step may take `within` seconds. Raises one of TROUBLE."""
    async with asyncio.timeout(within):
        line = await _connected(place, heard)
    try:
        await _greet(line, login, within)
    except BaseException:
        line.cut(Lost())
        raise
    return line


async def _connected(place: Place, heard: Heard) -> RedisLine:
    loop = asyncio.get_running_loop()
    if place.path:
        return (await loop.create_unix_connection(lambda: RedisLine(place, heard), place.path))[1]
    return (await loop.create_connection(lambda: RedisLine(place, heard), place.host, place.port, ssl=place.tls))[1]


async def _greet(line: RedisLine, login: Login, within: float) -> None:
    known = ("AUTH", login.user or "default", login.password) if login.user or login.password else ()
    await line.ask("HELLO", "3", *known, within=within)
    if login.db:
        await line.ask("SELECT", str(login.db), within=within)
