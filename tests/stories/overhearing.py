"""Redis, overheard: what anybody says to it, byte by byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def overhearing(redis_url: str) -> AsyncIterator[bytearray]:
    """Every command that anybody gives to Redis meanwhile, byte by byte."""
    taken = bytearray()
    reader, writer = await asyncio.open_unix_connection(redis_url.removeprefix("unix://"))
    writer.write(b"MONITOR\r\n")
    assert await reader.readline() == b"+OK\r\n"

    async def take() -> None:
        while part := await reader.read(65536):
            taken.extend(part)

    task = asyncio.create_task(take())
    try:
        yield taken
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        writer.close()
        await writer.wait_closed()
