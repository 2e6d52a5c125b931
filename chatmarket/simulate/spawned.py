"""An own server for a simulation: a child process with a temporary data directory, stopped at the end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chatmarket.client import Api, ApiError, Unreachable

READY_SECONDS = 60.0  # a cold start on a busy machine, with its embedded Redis
STOP_SECONDS = 20.0  # a drained server is gone long before
LOG_CHARACTERS = 4_000


class NotStarted(Exception):
    """The child process ended or stayed silent; the text holds the end of what it wrote."""


@asynccontextmanager
async def own_server() -> AsyncIterator[str]:
    """Migrate, seed and serve; gives the address. DATABASE_URL and REDIS_URL are handed on when they are set."""
    with tempfile.TemporaryDirectory(prefix="chatmarket-simulate-") as folder:
        # All of its people come from one address, and say thanks as quickly as who rates a friend; and how long a
        # message takes is measured without the hold.
        unlimited = {"ASKS_PER_HOUR": "0", "SIGN_UPS_PER_HOUR": "0", "HOLD_MS": "0", "REVIEW_MINUTES": "0"}
        unlimited |= {"CLAIM_SECONDS": "0", "PARK_SECONDS": "0"}  # players claim sooner than people read
        environment = {**os.environ, **unlimited, "CHATMARKET_DATA": folder}
        output = Path(folder, "server.log")
        for step in ("migrate", "seed"):
            await _finish(await _start(environment, output, step), step, output)
        port = free_port()
        server = await _start(environment, output, "serve", "--port", str(port))
        try:
            await _ready(f"http://127.0.0.1:{port}", server, output)
            yield f"http://127.0.0.1:{port}"
        finally:
            await _stop(server)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def _start(environment: dict[str, str], output: Path, *words: str) -> asyncio.subprocess.Process:
    with output.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "chatmarket",
            *words,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is ours: the people leave before their server does
        )


async def _finish(step: asyncio.subprocess.Process, name: str, output: Path) -> None:
    try:
        if await step.wait():
            raise NotStarted(f"`{name}` failed:\n{_end_of(output)}")
    finally:
        if step.returncode is None:
            step.kill()


async def _ready(address: str, server: asyncio.subprocess.Process, output: Path) -> None:
    try:
        async with asyncio.timeout(READY_SECONDS), Api(address) as api:
            while not await _answers(api):
                if server.returncode is not None:
                    raise NotStarted(f"`serve` ended with {server.returncode}:\n{_end_of(output)}")
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        raise NotStarted(f"`serve` did not answer within {READY_SECONDS:.0f} s:\n{_end_of(output)}") from error


async def _answers(api: Api) -> bool:
    try:
        await api.brands()
    except (Unreachable, ApiError):
        return False
    return True


async def _stop(server: asyncio.subprocess.Process) -> None:
    if server.returncode is not None:
        return
    server.send_signal(signal.SIGINT)
    try:
        await asyncio.wait_for(server.wait(), STOP_SECONDS)
    except TimeoutError:
        server.kill()
        await server.wait()


def _end_of(output: Path) -> str:
    return output.read_text("utf-8", "replace")[-LOG_CHARACTERS:] if output.exists() else ""
