"""What docs/client.md shows is run as it stands there, as a program of its own against a real server."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chatmarket import client
from chatmarket.client import Api, Message, expert_room
from tests.alone import alone, expert_at

GUIDE = (Path(__file__).parents[2] / "docs/client.md").read_text(encoding="utf-8")
PATIENCE_S = 30


@pytest.mark.process
@pytest.mark.only("sqlite")
async def test_the_example_of_the_guide_asks_and_is_answered(tmp_path: Path) -> None:
    program = tmp_path / "ask.py"
    program.write_text(GUIDE.split("```python\n")[1].split("```")[0])
    async with alone(tmp_path) as server, asyncio.timeout(PATIENCE_S), _running(program, server.url) as output:
        asked = (await output.readline()).decode()
        assert asked.startswith("asked "), asked
        assert await _answer(server.url, int(asked.split()[1])) == ["How do I reset it?", "My address is [email 1]"]
        told = (await output.read()).decode().splitlines()
    assert "kept as 2 hidden: email" in told and "expert said Under the cap" in told


@asynccontextmanager
async def _running(program: Path, *words: str) -> AsyncIterator[asyncio.StreamReader]:
    """What the program says; it is killed when the block ends before it does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", program, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert process.stdout is not None
    try:
        yield process.stdout
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _answer(url: str, chat: int) -> list[str]:
    """Claims the chat, waits for its two messages and answers; what was read."""
    async with Api(url) as api:
        token = await expert_at(url, (await api.brands())[0])
        await api.claim(chat, token)
    read: list[str] = []
    async with expert_room(url, chat, token) as room:
        async for event in room:
            if isinstance(event, Message):
                read.append(event.text)
            if len(read) == 2:
                await room.send("Under the cap")
                return read
    return read


def test_the_guide_names_only_what_the_client_has() -> None:
    named = re.findall(r"`([A-Z][A-Za-z]+)[`.]", GUIDE)
    assert len(named) > 10
    for name in named:
        assert hasattr(client, name), name
