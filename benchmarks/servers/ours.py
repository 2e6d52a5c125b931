"""Our realtime without the product: Switchboard.serve behind a tiny application. Messages are numbered in memory."""

import argparse
import asyncio
import inspect
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from benchmarks.servers import common
from realtime import channels
from realtime.connection import Connection, Limits
from realtime.frames import CatchUp, frame
from realtime.protocol import SERVER_OPTIONS
from realtime.switchboard import Switchboard

KEPT = 1000  # messages of a room
UNLIMITED = Limits(rate=1e9, burst=10**9)  # rooms are spoken in faster than people can


class Office:
    """The application and what it remembers."""

    def __init__(self, switchboard: Switchboard, *, numbered: bool = True) -> None:
        self.switchboard, self._numbered = switchboard, numbered
        self._said: dict[int, deque[tuple[int, str]]] = defaultdict(lambda: deque(maxlen=KEPT))

    def app(self) -> Starlette:
        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            async with self.switchboard.running():
                yield

        routes = [
            WebSocketRoute("/listen", self.listen),
            WebSocketRoute("/lobby/{expert:int}", self.lobby),
            WebSocketRoute("/rooms/{room:int}/{side}", self.room),
        ]
        return Starlette(routes=routes, lifespan=lifespan)

    async def listen(self, websocket: WebSocket) -> None:
        await self._listen(websocket, "offers")

    async def lobby(self, websocket: WebSocket) -> None:
        await self._listen(websocket, channels.lobby(websocket.path_params["expert"]))

    async def _listen(self, websocket: WebSocket, channel: str) -> None:
        async def refresh() -> Sequence[str]:
            return [frame("resumed")]

        async def hear(connection: Connection, heard: dict[str, Any]) -> None:
            """Listeners have nothing to say."""

        await websocket.accept()
        await self.switchboard.serve(websocket, channels=[channel], hello=frame("hello"), hear=hear, refresh=refresh)

    async def room(self, websocket: WebSocket) -> None:
        room, side = websocket.path_params["room"], websocket.path_params["side"]
        said = self._said[room]

        async def hear(connection: Connection, heard: dict[str, Any]) -> None:
            if heard["type"] == "resume":
                connection.resume(heard["seq"])
            elif heard["type"] == "send":
                seq = said[-1][0] + 1 if said else 1
                text = frame("message", seq=seq, author=side, cid=heard["cid"], text=heard["text"])
                if self._numbered:
                    said.append((seq, text))
                connection.send(frame("ack", cid=heard["cid"], seq=seq))
                # One channel for each audience, as in the product.
                number = seq if self._numbered else None
                for audience in ("customer", "expert", "staff"):
                    await settled(self.switchboard.publish(text, channels.room(room, audience, "es"), seq=number))

        async def catch_up(after: int) -> CatchUp:
            return CatchUp([], [one for one in said if one[0] > after], lambda seq: frame("resumed", seq=seq))

        await websocket.accept()
        await self.switchboard.serve(
            websocket, channels=[channels.room(room, side, "es")], hello=frame("hello"), hear=hear, catch_up=catch_up
        )


async def settled(done: Awaitable[None] | None) -> None:
    """`publish` may be a plain function."""
    if inspect.isawaitable(done):
        await done


async def announce(args: argparse.Namespace) -> None:
    named = [channels.lobby(expert) for expert in range(args.lobbies)] or ["offers"]
    async with Switchboard(args.redis).running() as switchboard:
        await settled(switchboard.publish(args.announce, *named))


def main() -> None:
    parser = common.words(__doc__)
    parser.add_argument("--lobbies", type=int, default=0, help="announce to so many lobbies by name")
    parser.add_argument("--unnumbered", action="store_true", help="several processes remember nothing in common")
    args = parser.parse_args()
    if args.announce:
        asyncio.run(announce(args))
    else:
        app = Office(Switchboard(args.redis, limits=UNLIMITED), numbered=not args.unnumbered).app()
        uvicorn.run(app, port=args.port, **{**common.UVICORN, **SERVER_OPTIONS})


if __name__ == "__main__":
    main()
