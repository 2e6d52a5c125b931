"""Clients that live through a storm: they speak docs/protocol.md by themselves, and write down every frame.

Not `chatmarket.client`: that one drops what it knows already, and what is dropped is what the checker looks for.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.faults.history import History
from tests.faults.truth import plain

PING_S, PATIENCE_S = 10.0, 5.0  # docs/protocol.md: ping every 10 s; 5 s without a pong, or an ack, and the line is dead
WATCH_S = 0.5  # between two looks at all lines
OPEN_S = 8.0
PAUSE_MOST_S = 4.0  # the protocol allows 30; a storm has no time for patience
STEADY_S = 2.0
AGAIN = ("retry", "too_fast")
FINAL = (1000, 4401, 4403, 4404)


@dataclass
class World:
    """What all people share: where the servers are, the record, chance, and one watch for all lines."""

    urls: Callable[[], Sequence[str]]
    history: History
    rng: Random
    lines: "set[Line]" = field(default_factory=set)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def number(self) -> int:
        return next(self._numbers)

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def watch(self) -> None:
        """Ping all lines, and tear those that do not answer; runs for ever."""
        while True:
            await asyncio.sleep(WATCH_S)
            for line in list(self.lines):
                with suppress(ConnectionClosed):
                    await line.look(self.now())


class Line:
    """A socket that comes back until it is told to leave; what it carries is a subclass's business."""

    def __init__(self, world: World, path: str, token: str) -> None:
        self.world, self._path, self._token = world, path, token
        self.socket: ClientConnection | None = None
        self.number = 0
        self.url = ""
        self.refused = 0
        self.away_until = 0.0
        self._least = 0.0
        self._pinged, self._ping_at = 0.0, 0.0
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._task = asyncio.create_task(self._stay())

    async def leave(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def cut(self) -> None:
        if self.socket is not None:
            self.socket.transport.abort()

    async def _stay(self) -> None:
        attempt, world = 0, self.world
        while not self.refused:
            began = world.now()
            code = await self._once()
            self.refused = code if code in FINAL else 0
            attempt = 0 if world.now() - began > STEADY_S else attempt + 1
            wait = world.rng.uniform(0, min(PAUSE_MOST_S, 2.0 ** max(0, attempt - 1)))
            await asyncio.sleep(max(wait, self._least, self.away_until - world.now()))
            self._least = 0.0

    async def _once(self) -> int:
        self.url = self.world.rng.choice(self.world.urls())
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            async with connect(
                "ws" + self.url.removeprefix("http") + self._path,
                additional_headers=headers,
                proxy=None,
                compression=None,
                open_timeout=OPEN_S,
                close_timeout=0.5,
                ping_interval=None,
            ) as socket:
                return await self._talk(socket)
        except (OSError, TimeoutError, WebSocketException):
            return 1006

    async def _talk(self, socket: ClientConnection) -> int:
        self.socket, self.number = socket, self.world.number()
        self._pinged, self._ping_at = 0.0, self.world.now() + PING_S
        self.world.lines.add(self)
        self.opened()
        try:
            with suppress(ConnectionClosed):
                async for raw in socket:
                    await self._take(json.loads(raw))
        finally:
            self.world.lines.discard(self)
            self.socket = None
            self.closed(socket.close_code or 1006)
        return socket.close_code or 1006

    async def _take(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "pong":
            self._pinged = 0.0
        elif frame["type"] == "drain":
            self._least = frame["retry_ms"] / 1000
        await self.hear(frame)

    async def tell(self, kind: str, **fields: Any) -> None:
        if self.socket is not None:
            with suppress(ConnectionClosed):
                await self.socket.send(json.dumps({"type": kind, **fields}))

    async def look(self, now: float) -> None:
        if self._pinged and now - self._pinged > PATIENCE_S:
            self.cut()
        elif now > self._ping_at:
            self._pinged, self._ping_at = self._pinged or now, now + PING_S
            # Not awaited: a line that is full must not hold up the look at all the others.
            asyncio.ensure_future(self.tell("ping"))

    def opened(self) -> None: ...

    def closed(self, code: int) -> None: ...

    async def hear(self, frame: dict[str, Any]) -> None: ...


class Lobby(Line):
    """An expert's ear: `offered` is called for every card that is on the table."""

    def __init__(self, world: World, token: str, expert: int, offered: Callable[[int], None]) -> None:
        super().__init__(world, "/lobby/live", token)
        self.expert, self._offered = expert, offered

    async def hear(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "hello":
                self.world.history.note("open", "lobby", line=self.number, seq=self.expert)
            case "offer":
                self._offered(frame["chat"])
            case "offers":
                for offer in frame["offers"]:
                    self._offered(offer["chat"])

    def closed(self, code: int) -> None:
        self.world.history.note("close", "lobby", line=self.number, seq=self.expert, code=str(code))


@dataclass
class Letter:
    cid: str
    text: str
    answer: asyncio.Future[bool]  # True: acked; False: refused for good
    flying: bool = False
    since: float = 0.0


class Seat(Line):
    """A place in a chat: resumes, keeps an outbox, and does to the protocol what bad networks and clients do."""

    def __init__(self, world: World, path: str, token: str, chat: int, who: str) -> None:
        super().__init__(world, path, token)
        self.chat, self.who = chat, who
        self.position = 0
        self.status = ""
        self.live = False
        self.changed = asyncio.Event()
        self._outbox: dict[str, Letter] = {}
        self._forged: set[str] = set()

    # -- what this seat does

    async def say(self, text: str, cid: str) -> asyncio.Future[bool]:
        letter = Letter(cid, text, asyncio.get_running_loop().create_future())
        self._outbox[cid] = letter
        if self.live:
            await self._launch(letter)
        return letter.answer

    async def again(self, cid: str, text: str) -> None:
        """The very frame once more, as a proxy or an anxious client may send it."""
        if self.live:
            self._note("invoke", "send", cid=cid, text=text)
            await self.tell("send", cid=cid, text=text)

    async def forge(self, cid: str, text: str) -> None:
        """The cid of a kept message with other words: must be refused."""
        if self.live:
            self._forged.add(cid)
            self._note("invoke", "forge", cid=cid, text=text)
            await self.tell("send", cid=cid, text=text)

    async def resume(self, position: int) -> None:
        self._note("invoke", "resume", seq=position)
        await self.tell("resume", seq=position)

    async def until(self, reached: Callable[["Seat"], bool], within: float) -> bool:
        """Whether it came to that in time."""
        try:
            async with asyncio.timeout(within):
                while not reached(self):
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            return False
        return True

    async def _launch(self, letter: Letter) -> None:
        letter.flying, letter.since = True, self.world.now()
        self._note("invoke", "send", cid=letter.cid, text=letter.text)
        await self.tell("send", cid=letter.cid, text=letter.text)

    async def look(self, now: float) -> None:
        late = (letter for letter in self._outbox.values() if letter.flying and now - letter.since > PATIENCE_S)
        if next(late, None) is not None:
            return self.cut()
        await super().look(now)
        return None

    # -- what happens to it

    def opened(self) -> None:
        self._note("open", "line", code=self.url)

    def closed(self, code: int) -> None:
        for letter in self._outbox.values():
            if letter.flying:
                self._note("info", "send", cid=letter.cid)
            letter.flying = False
        self._forged.clear()
        self.live = False
        self._note("close", "line", code=str(code))
        self.changed.set()

    async def hear(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "hello":
                await self.resume(self.position)
            case "message":
                await self._receive(frame)
            case "resumed":
                await self._resumed(frame["seq"])
            case "state":
                self.status = frame["status"]
                self._note("frame", "state", code=self.status)
            case "ack":
                self._acked(frame["cid"], frame["seq"])
            case "error":
                self._refused(frame.get("cid", ""), frame["code"])
            case "pong":
                self._note("frame", "pong", seq=frame["seq"])
        self.changed.set()

    async def _receive(self, frame: dict[str, Any]) -> None:
        seq = frame["seq"]
        self._note("frame", "message", seq=seq, cid=frame["cid"], text=plain(frame["segments"]), code=frame["author"])
        if seq == self.position + 1:
            self.position = seq
        elif seq > self.position:
            await self.resume(self.position)

    async def _resumed(self, seq: int) -> None:
        self._note("ok", "resume", seq=seq)
        if not self.live:
            self.live = True
            for letter in list(self._outbox.values()):
                await self._launch(letter)

    def _acked(self, cid: str, seq: int) -> None:
        if cid in self._forged:
            self._forged.discard(cid)
            return self._note("ok", "forge", cid=cid, seq=seq)
        self._note("ok", "send", cid=cid, seq=seq)
        return self._settle(cid, True)

    def _refused(self, cid: str, code: str) -> None:
        if not cid:
            self._note("seen", "refusal", code=code)
        elif cid in self._forged:
            self._forged.discard(cid)
            self._note("fail", "forge", cid=cid, code=code)
        elif code in AGAIN:
            self._note("info", "send", cid=cid, code=code)
            if cid in self._outbox:
                self._outbox[cid].flying = False
            asyncio.get_running_loop().call_later(self.world.rng.uniform(0.5, 1.5), self._try_again, cid)
        else:
            self._note("fail", "send", cid=cid, code=code)
            self._settle(cid, False)

    def _settle(self, cid: str, kept: bool) -> None:
        letter = self._outbox.pop(cid, None)
        if letter is not None and not letter.answer.done():
            letter.answer.set_result(kept)

    def _try_again(self, cid: str) -> None:
        if cid in self._outbox and self.live:
            asyncio.ensure_future(self._launch(self._outbox[cid]))

    def _note(self, what: str, deed: str, **more: Any) -> None:
        self.world.history.note(what, deed, self.chat, self.who, line=self.number, **more)
