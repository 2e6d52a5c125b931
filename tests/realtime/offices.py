"""Real parts for these tests: a Valkey to kill and to freeze, and small offices with a real uvicorn in front."""

import asyncio
import json
import signal
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect

from chatmarket.embedded import redis_binary
from realtime import channels
from realtime.bus import Pace
from realtime.connection import Connection, HangUp
from realtime.frames import CatchUp, error, frame
from realtime.protocol import SERVER_OPTIONS
from realtime.survey import Findings
from realtime.switchboard import Switchboard

QUICK = Pace(canary=0.1, deaf_after=0.6, answer=0.5, reconnect=0.1, poll=0.2)


class Valkey:
    """A server at a fixed place that can be killed, started again and frozen."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "v.sock"
        self.url = f"unix://{self.path}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        place = ["--port", "0", "--unixsocket", str(self.path), "--save", "", "--dir", str(self.path.parent)]
        self.process = subprocess.Popen([redis_binary(), *place], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 5
        while not self._accepts():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)  # no error when it is gone

    def _accepts(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.path)) == 0


class Truth:
    """What a database would remember: the messages and the state of each chat, the offers of each expert."""

    def __init__(self) -> None:
        self.messages: dict[int, list[str]] = defaultdict(list)
        self.state: dict[int, str] = defaultdict(lambda: "waiting")
        self.offers: dict[int, list[int]] = defaultdict(list)
        self.marks: dict[int, int] = defaultdict(int)
        self.gone: set[int] = set()
        self.shown: dict[int, int] = {}
        self.hold_s = 0.0
        self.reads = 0
        self.page = 200
        self.revoked = False

    def write(self, chat: int, text: str) -> tuple[str, int]:
        """Commit one message; its frame and sequence number."""
        seq = len(self.messages[chat]) + 1
        self.messages[chat].append(frame("message", chat=chat, seq=seq, text=text))
        return self.messages[chat][-1], seq

    async def survey(self, rooms: Collection[int], guests: Collection[int]) -> Findings:
        """Where these rooms stand, and who of these guests has to go."""
        positions = {room: (len(self.messages[room]), self.marks[room]) for room in rooms}
        shown = {room: seq for room, seq in self.shown.items() if room in rooms}
        return Findings(positions, shown, self.hold_s, self.gone & set(guests), 4401)


class Office:
    """One process's worth: a switchboard, a tiny application and a real uvicorn."""

    def __init__(self, switchboard: Switchboard, truth: Truth) -> None:
        self.switchboard, self.truth = switchboard, truth
        self.heard: list[dict[str, Any]] = []
        self.hear: Callable[[Connection, dict[str, Any]], Awaitable[None]] = self.answer
        self.url = ""

    @property
    def app(self) -> Starlette:
        room = WebSocketRoute("/rooms/{chat:int}", self.room)
        return Starlette(routes=[room, WebSocketRoute("/lobby/{expert:int}", self.lobby)])

    async def room(self, websocket: WebSocket) -> None:
        await websocket.accept()
        chat = websocket.path_params["chat"]

        async def catch_up(seq: int) -> CatchUp:
            self.truth.reads += 1
            if self.truth.revoked:
                raise HangUp(4401)
            found = list(enumerate(self.truth.messages[chat], 1))[seq:]
            page = found[: self.truth.page]
            state = frame("state", status=self.truth.state[chat])
            return CatchUp(
                [state], page, lambda at: frame("resumed", seq=at), len(page) < len(found), self.truth.marks[chat]
            )

        await self.switchboard.serve(
            websocket,
            channels=[channels.room(chat, "expert", "en"), channels.login(chat)],
            hello=frame("hello", chat=chat),
            hear=lambda connection, said: self.hear(connection, said),
            catch_up=catch_up,
            room=chat,
            guest=chat,
        )

    async def lobby(self, websocket: WebSocket) -> None:
        await websocket.accept()
        expert = websocket.path_params["expert"]

        async def refresh() -> Sequence[str]:
            return [frame("offers", offers=self.truth.offers[expert])]

        await self.switchboard.serve(
            websocket,
            channels=[channels.lobby(expert)],
            hello=frame("hello"),
            hear=lambda connection, said: self.hear(connection, said),
            refresh=refresh,
        )

    async def answer(self, connection: Connection, said: dict[str, Any]) -> None:
        self.heard.append(said)
        if said["type"] == "resume":
            connection.resume(said["seq"])
        elif said["type"] == "ping":
            connection.send(frame("pong", seq=connection.position))
        elif said["type"] == "trip":
            raise ZeroDivisionError
        else:
            connection.send(error("unknown_type", "?", said.get("cid")))

    async def say(self, chat: int, text: str) -> None:
        """Commit, then publish."""
        written, seq = self.truth.write(chat, text)
        self.switchboard.publish(written, channels.room(chat, "expert", "en"), seq=seq)


class Server(uvicorn.Server):
    def capture_signals(self) -> Any:
        return nullcontext()  # pytest's Ctrl-C is not ours to take


@asynccontextmanager
async def served(app: Any, **options: Any) -> AsyncIterator[str]:
    """A real uvicorn in this loop; yields ws://host:port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = {**SERVER_OPTIONS, "lifespan": "off", "log_config": None, "timeout_graceful_shutdown": 1, **options}
        server = Server(uvicorn.Config(app, **settings))
        running = asyncio.create_task(server.serve([listener]))
        try:
            yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


class Person:
    """A client that collects what it is told."""

    def __init__(self, line: ClientConnection) -> None:
        self.line = line

    async def say(self, kind: str, **fields: Any) -> None:
        await self.line.send(frame(kind, **fields))

    async def next(self, within: float = 5) -> dict[str, Any]:
        async with asyncio.timeout(within):
            return json.loads(await self.line.recv())

    async def until(self, kind: str, within: float = 5, **fields: Any) -> list[dict[str, Any]]:
        """Everything up to the first frame of this kind with these fields."""
        heard = [await self.next(within)]
        while heard[-1]["type"] != kind or not fields.items() <= heard[-1].items():
            heard.append(await self.next(within))
        return heard

    async def closed(self, within: float = 5) -> int | None:
        async with asyncio.timeout(within):
            await self.line.wait_closed()
        return self.line.close_code


@asynccontextmanager
async def visit(office: Office, path: str, **options: Any) -> AsyncIterator[Person]:
    async with connect(office.url + path, proxy=None, close_timeout=0.3, **options) as line:
        person = Person(line)
        assert (await person.next())["type"] == "hello"
        yield person


@asynccontextmanager
async def seated(office: Office, chat: int, seq: int = 0) -> AsyncIterator[Person]:
    """Somebody in a room who has resumed."""
    async with visit(office, f"/rooms/{chat}") as person:
        await person.say("resume", seq=seq)
        await person.until("resumed")
        yield person


async def eventually(is_so: Callable[[], Any], within: float = 20) -> None:
    """Wait until it is so, or fail."""
    async with asyncio.timeout(within):
        while not is_so():
            await asyncio.sleep(0.01)
