"""How the stories listen: through the project's own client, or through a bare socket that shows every frame."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chatmarket.client import Offers

PATIENCE_S = 15.0  # two loaded cores; what takes longer is lost
A_WHILE_S = 0.4  # what should not come would have come by then
QUIET_S, MOST_S = 0.6, 1.5  # of the hold: longer than anybody sets it, a loaded core must not end one early


async def heard(line: Any, kind: type, **facts: object) -> Any:
    """The next event of this kind with these facts; everything else on the way is let pass."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for event in line:
                if isinstance(event, kind) and all(getattr(event, name) == value for name, value in facts.items()):
                    return event
    except TimeoutError:
        raise AssertionError(f"never heard {kind.__name__} {facts}") from None
    raise AssertionError(f"the line ended before {kind.__name__} {facts}")


async def shown(lobby: Any, *chats: int) -> Any:
    """The next `offers` that holds exactly these chats, in this order: whatever changes, all cards come anew."""
    while True:
        offers = await heard(lobby, Offers)
        if tuple(offer.chat for offer in offers.offers) == chats:
            return offers


async def overheard(line: Any, seconds: float = A_WHILE_S) -> list[Any]:
    """Everything that comes within a while."""
    events: list[Any] = []
    try:
        async with asyncio.timeout(seconds):
            async for event in line:
                events.append(event)
    except TimeoutError:
        pass
    return events


async def eventually(found: Any) -> Any:
    """What `found()` returns once it is true."""
    async with asyncio.timeout(PATIENCE_S):
        while not (value := await found()):
            await asyncio.sleep(0.03)
    return value


class Bare:
    """A socket without a client's good manners: says anything, shows every frame as it came."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.texts: list[str] = []

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> dict[str, Any]:
        try:
            raw = await self.socket.recv()
        except ConnectionClosed:
            raise StopAsyncIteration from None
        assert isinstance(raw, str), "the server speaks text"
        self.texts.append(raw)
        frame: dict[str, Any] = json.loads(raw)
        return frame

    async def say(self, kind: str, **fields: object) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def hears(self, kind: str, **facts: object) -> dict[str, Any]:
        """The next frame of this type with these facts."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                async for frame in self:
                    if frame["type"] == kind and all(frame.get(name) == value for name, value in facts.items()):
                        return frame
        except TimeoutError:
            raise AssertionError(f"never heard {kind} {facts}") from None
        raise AssertionError(f"closed with {self.socket.close_code} before {kind} {facts}")

    async def resume(self, seq: int = 0) -> None:
        await self.say("resume", seq=seq)
        await self.hears("resumed")

    async def send(self, cid: str, text: str) -> dict[str, Any]:
        await self.say("send", cid=cid, text=text)
        return await self.hears("ack", cid=cid)

    async def closes(self) -> int | None:
        """The code it is closed with, whatever is said before."""
        async with asyncio.timeout(PATIENCE_S):
            async for _ in self:
                pass
        return self.socket.close_code

    def cut(self) -> None:
        self.socket.transport.abort()


@asynccontextmanager
async def bare(url: str, token: str | None = None, **headers: str) -> AsyncIterator[Bare]:
    """A bare socket at `url` (http), with a bearer token and further headers as they are given."""
    sent = {name.title(): value for name, value in headers.items()}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    address = "ws" + url.removeprefix("http")
    # No Origin of its own, no compression, no limit: what comes is what the server sent.
    async with connect(
        address, additional_headers=sent, proxy=None, compression=None, max_size=None, close_timeout=0.5
    ) as socket:
        yield Bare(socket)


async def close_code(url: str, token: str | None = None, **headers: str) -> int | None:
    """The code that an upgrade at `url` is answered with when it is refused."""
    async with bare(url, token, **headers) as socket:
        return await socket.closes()


_TIMES = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d\.\d{3}Z)?|\d\d:\d\d(?=<)")


def normal(text: str, chat: int = 0) -> str:
    """A frame or page without its times and its chat's number, so that two can be told apart by all the rest."""
    numbered = re.sub(rf'("chat":|/chats/|/rooms/){chat}\b', r"\1N", text)
    return _TIMES.sub("TIME", numbered)
