"""What the Python servers have in common: their words, and uvicorn's options."""

import argparse
from typing import Any

# As the product serves, so that no peer is slower for our choice of loop or parser.
UVICORN: dict[str, Any] = {
    "loop": "uvloop",
    "http": "httptools",
    "log_level": "warning",
    "access_log": False,
    "backlog": 2048,
}
LEAN: dict[str, Any] = {"ws": "websockets-sansio", "ws_per_message_deflate": False}


def words(about: str | None) -> argparse.ArgumentParser:
    """--port, --redis; and --announce TEXT, which publishes it once by the server's own means and ends."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--announce", default="")
    return parser
