"""The peer of talk.py: what Starlette and uvicorn alone do with a frame, echoed to whoever sent it."""

import argparse

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    # uvicorn's fastest way of doing it, the same as the product's: a slower peer would flatter us.
    uvicorn.run(
        Starlette(routes=[WebSocketRoute("/echo", echo)]),
        port=parser.parse_args().port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
