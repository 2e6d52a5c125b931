"""A WebSocket's first request as ASGI shows it, and the answer as the application wants it."""

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from uvicorn.config import Config
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from websockets.http11 import Request, Response


def scope_of(request: Request, transport: asyncio.Transport, config: Config, state: dict[str, Any]) -> dict[str, Any]:
    """The ASGI scope of a connection (ASGI 3, WebSocket 2.4), without extensions."""
    raw_path, _, query = request.path.partition("?")
    offered = ",".join(request.headers.get_all("Sec-WebSocket-Protocol"))
    return {
        "type": "websocket",
        "asgi": {"version": config.asgi_version, "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss" if is_ssl(transport) else "ws",
        "server": get_local_addr(transport),
        "client": get_remote_addr(transport),
        "root_path": config.root_path,
        "path": config.root_path + unquote(raw_path),
        "raw_path": (config.root_path + raw_path).encode("ascii"),
        "query_string": query.encode("ascii"),
        "headers": [(name.encode("ascii"), value.encode("latin-1")) for name, value in request.headers.raw_items()],
        "subprotocols": [name.strip() for name in offered.split(",") if name.strip()],
        "state": state.copy(),
        "extensions": {},
    }


def welcome(response: Response, accept: dict[str, Any], server: Iterable[tuple[bytes, bytes]]) -> None:
    """Put the server's headers and those of the application's `websocket.accept` into the answer."""
    del response.headers["Date"]  # the server's own headers bring theirs
    for name, value in [*server, *accept.get("headers", [])]:
        response.headers[name.decode("latin-1")] = value.decode("latin-1")
    if accept.get("subprotocol"):
        response.headers["Sec-WebSocket-Protocol"] = accept["subprotocol"]
