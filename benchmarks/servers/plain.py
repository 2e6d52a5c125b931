"""The peer without a library: Starlette's send on uvicorn, one redis-py subscription. --defaults: uvicorn's own."""

import argparse
import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from redis.asyncio import BlockingConnectionPool, Redis
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.servers import common

LINES = 50  # to Redis


class Hall:
    """Sockets by group, and the task that gives them what Redis carries."""

    def __init__(self, redis: str) -> None:
        # Everybody may publish at once, and redis-py refuses more than its pool holds.
        self._redis = Redis.from_pool(BlockingConnectionPool.from_url(redis, max_connections=LINES, timeout=None))
        self._groups: dict[str, set[WebSocket]] = defaultdict(set)

    def app(self) -> Starlette:
        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            async with self._redis.pubsub() as line:
                await line.psubscribe("offers*", "room:*")
                carrying = asyncio.create_task(self._carry(line))
                yield
                carrying.cancel()

        routes = [WebSocketRoute("/listen", self.listen), WebSocketRoute("/rooms/{room:int}/{side}", self.room)]
        return Starlette(routes=routes, lifespan=lifespan)

    async def _carry(self, line) -> None:  # type: ignore[no-untyped-def]
        async for message in line.listen():
            if message["type"] == "pmessage":
                text = message["data"].decode()
                for websocket in list(self._groups[message["channel"].decode()]):
                    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                        await websocket.send_text(text)

    @contextlib.contextmanager
    def _in(self, group: str, websocket: WebSocket):  # type: ignore[no-untyped-def]
        self._groups[group].add(websocket)
        try:
            yield
        finally:
            self._groups[group].discard(websocket)

    async def listen(self, websocket: WebSocket) -> None:
        await websocket.accept()
        with self._in("offers", websocket):
            async for _ in websocket.iter_text():
                pass

    async def room(self, websocket: WebSocket) -> None:
        await websocket.accept()
        group = f"room:{websocket.path_params['room']}"
        with self._in(group, websocket):
            async for text in websocket.iter_text():
                heard = json.loads(text)
                await self._redis.publish(group, json.dumps({**heard, "type": "message"}, separators=(",", ":")))
                await websocket.send_text(json.dumps({"type": "ack", "cid": heard["cid"]}, separators=(",", ":")))


async def announce(args: argparse.Namespace) -> None:
    async with Redis.from_url(args.redis) as redis:
        await redis.publish("offers", args.announce)


def main() -> None:
    parser = common.words(__doc__)
    parser.add_argument("--defaults", action="store_true", help="uvicorn's defaults: compression on")
    args = parser.parse_args()
    if args.announce:
        asyncio.run(announce(args))
    else:
        uvicorn.run(Hall(args.redis).app(), port=args.port, **common.UVICORN, **({} if args.defaults else common.LEAN))


if __name__ == "__main__":
    main()
