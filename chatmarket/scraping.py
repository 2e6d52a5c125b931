"""The operators' own address: one page for Prometheus, on a port where nobody else comes.

A port for each process, not one page for all: each tells of its own loop, bus and sockets, and nothing is shared while
messages pass. (prometheus-client's mode for many processes writes every count into files and forbids reading plain
numbers at the time of asking.)
"""

import asyncio
import errno
import logging

from prometheus_client import CONTENT_TYPE_LATEST

from chatmarket.house import House

PORTS = 64  # tried one after the other: several workers, twice as many while they are replaced
PATIENCE_S = 5.0  # for a request of one line and a few headers
MOST_BYTES = 16 * 1024

logger = logging.getLogger(__name__)


async def listen(house: House) -> None:
    """Alongside a server, answers at METRICS_ADDRESS or the next free port for ever; without an address it is done."""
    address = house.settings.metrics_address
    if not address:
        return
    host, _, port = address.rpartition(":")
    server = await _opened(house, host.strip("[]"), int(port))
    logger.info("metrics_listening", extra={"port": server.sockets[0].getsockname()[1]})
    async with server:
        await server.serve_forever()


async def _opened(house: House, host: str, first: int) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _answer(house, reader, writer)

    for port in range(first, min(first + PORTS, 65536)):
        try:
            return await asyncio.start_server(answer, host, port, limit=MOST_BYTES)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, f"METRICS_ADDRESS: no free port in {PORTS} from {first}")


async def _answer(house: House, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            asked = await reader.readuntil(b"\r\n\r\n")
            writer.write(_said(house, asked.split(b" ", 2)[:2]))
            await writer.drain()
    except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        pass  # whoever asks so is not Prometheus
    finally:
        writer.close()


def _said(house: House, asked: list[bytes]) -> bytes:
    known = asked == [b"GET", b"/metrics"]
    body = house.reading.page() if known else b""
    head = f"HTTP/1.1 {'200 OK' if known else '404 Not Found'}\r\nContent-Type: {CONTENT_TYPE_LATEST}\r\n"
    return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
