"""The peer Django Channels: consumers over the pub/sub layer of channels-redis; on uvicorn, or in daphne."""

import argparse
import asyncio
import json
import os
from typing import Any

import django
import uvicorn
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import path

from benchmarks.servers import common

LAYER = "channels_redis.pubsub.RedisPubSubChannelLayer"


class Listener(AsyncWebsocketConsumer):
    groups = ("offers",)

    async def offer(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])


class Seat(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.room = f"room_{self.scope['url_route']['kwargs']['room']}"
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.room, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        heard = json.loads(text_data or "{}")
        said = json.dumps({**heard, "type": "message"}, separators=(",", ":"))
        await self.channel_layer.group_send(self.room, {"type": "said", "text": said})
        await self.send(text_data=json.dumps({"type": "ack", "cid": heard["cid"]}, separators=(",", ":")))

    async def said(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])


def site(redis: str) -> ProtocolTypeRouter:
    settings.configure(CHANNEL_LAYERS={"default": {"BACKEND": LAYER, "CONFIG": {"hosts": [redis]}}})
    django.setup()
    urls = [path("listen", Listener.as_asgi()), path("rooms/<int:room>/<str:side>", Seat.as_asgi())]
    return ProtocolTypeRouter({"websocket": URLRouter(urls)})


async def announce(args: argparse.Namespace) -> None:
    await get_channel_layer().group_send("offers", {"type": "offer", "text": args.announce})


def main() -> None:
    args = common.words(__doc__).parse_args()
    served = site(args.redis)
    if args.announce:
        asyncio.run(announce(args))
    else:
        uvicorn.run(served, port=args.port, lifespan="off", **common.UVICORN, **common.LEAN)


if __name__ == "__main__":
    main()
elif redis := os.environ.get("CHANNELS_REDIS"):  # daphne imports its application
    application = site(redis)
