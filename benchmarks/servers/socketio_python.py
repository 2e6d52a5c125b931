"""The peer python-socketio: an AsyncServer with AsyncRedisManager on uvicorn, WebSocket transport only."""

import argparse
import asyncio
import json
from typing import Any

import socketio
import uvicorn

from benchmarks.servers import common


def app(redis: str) -> socketio.ASGIApp:
    manager = socketio.AsyncRedisManager(redis)
    server = socketio.AsyncServer(async_mode="asgi", client_manager=manager, transports=["websocket"])

    @server.event
    async def connect(sid: str, environ: dict[str, Any]) -> None:
        # ?room=offers or ?room=7: whoever comes says where, as a path would.
        await server.enter_room(sid, environ["QUERY_STRING"].rpartition("room=")[2].partition("&")[0])

    @server.event
    async def say(sid: str, heard: dict[str, Any]) -> dict[str, Any]:
        room = next(room for room in server.rooms(sid) if room != sid)
        await server.emit("message", {**heard, "type": "message"}, room=room)
        return {"type": "ack", "cid": heard["cid"]}  # as an acknowledgement of its protocol

    return socketio.ASGIApp(server)


async def announce(args: argparse.Namespace) -> None:
    manager = socketio.AsyncRedisManager(args.redis, write_only=True)
    await manager.emit("offer", json.loads(args.announce), room="offers")


def main() -> None:
    args = common.words(__doc__).parse_args()
    if args.announce:
        asyncio.run(announce(args))
    else:
        uvicorn.run(app(args.redis), port=args.port, **common.UVICORN, **common.LEAN)


if __name__ == "__main__":
    main()
