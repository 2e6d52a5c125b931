"""The proxy does to a connection what it says, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.faults.commits import is_commit
from tests.faults.proxy import FaultProxy

pytestmark = pytest.mark.only("sqlite")


@pytest.fixture
async def heard() -> list[bytes]:
    return []


@pytest.fixture
async def proxy(heard: list[bytes]) -> AsyncIterator[FaultProxy]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while some := await reader.read(65536):
                heard.append(some)
                writer.write(some)
                if some == b"goodbye":
                    break
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, FaultProxy(server.sockets[0].getsockname()[1]) as standing:
        yield standing


Dialled = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def dial(proxy: FaultProxy) -> AsyncIterator[Dialled]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def ask(line: Dialled, some: bytes, within: float = 5.0) -> bytes:
    line[1].write(some)
    return await exactly(line, len(some), within)


async def exactly(line: Dialled, count: int, within: float = 5.0) -> bytes:
    async with asyncio.timeout(within):
        return await line[0].readexactly(count)


async def rest(line: Dialled) -> bytes:
    async with asyncio.timeout(5):
        return await line[0].read()


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_it_forwards_every_byte_in_order(proxy: FaultProxy) -> None:
    async with dial(proxy) as line:
        many = bytes(range(256)) * 8000
        assert await ask(line, many) == many


async def test_a_delay_is_kept_and_nothing_overtakes(proxy: FaultProxy) -> None:
    async with dial(proxy) as line:
        proxy.delay = 0.2
        began = now()
        for n in range(50):
            line[1].write(bytes([n]))
            await asyncio.sleep(0)
        assert await exactly(line, 50) == bytes(range(50))
        assert now() - began >= 0.4


async def test_a_throttled_line_carries_its_rate(proxy: FaultProxy) -> None:
    async with dial(proxy) as line:
        proxy.rate = 10_000
        began = now()
        await ask(line, b"x" * 5_000)
        assert now() - began >= 0.9  # half a second up, half a second down


async def test_a_cut_says_the_last_word_and_ends(proxy: FaultProxy) -> None:
    async with dial(proxy) as line:
        await ask(line, b"first")
        proxy.cut()
        assert await rest(line) == b""


async def test_a_reset_is_an_error_on_the_other_side(proxy: FaultProxy) -> None:
    async with dial(proxy) as line:
        await ask(line, b"first")
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            await rest(line)


async def test_who_is_hung_up_on_by_the_server_hears_it(proxy: FaultProxy) -> None:
    async with dial(proxy) as line:
        assert await ask(line, b"goodbye") == b"goodbye"
        assert await rest(line) == b""
        assert proxy.links == set()


async def test_a_black_hole_swallows_both_ways_until_it_is_healed(proxy: FaultProxy, heard: list[bytes]) -> None:
    async with dial(proxy) as line:
        proxy.silence()
        with pytest.raises(TimeoutError):
            await ask(line, b"anybody?", within=0.2)
        assert heard == []
        proxy.heal()
        assert await exactly(line, 8) == b"anybody?"


async def test_a_one_way_hole_lets_the_request_through(proxy: FaultProxy, heard: list[bytes]) -> None:
    async with dial(proxy) as line:
        proxy.silence("down", only=set(proxy.links))
        with pytest.raises(TimeoutError):
            await ask(line, b"anybody?", within=0.2)
        assert heard == [b"anybody?"]


async def test_an_answer_is_swallowed_after_the_server_has_heard_a_commit(
    proxy: FaultProxy, heard: list[bytes]
) -> None:
    proxy.writes, proxy.swallows = is_commit, 1
    async with dial(proxy) as line, dial(proxy) as other:
        assert await ask(line, b"SELECT 1") == b"SELECT 1"
        line[1].write(b"Q\0\0\0\x0bCOMMIT;\0")
        with pytest.raises(ConnectionResetError):
            await rest(line)
        assert heard[-1].endswith(b"COMMIT;\0") and proxy.swallowed == 1
        assert await ask(other, b"COMMIT;") == b"COMMIT;", "only as often as told"


async def test_a_prepared_write_is_known_when_it_is_bound_again(proxy: FaultProxy) -> None:
    async with dial(proxy):
        link = next(iter(proxy.links))
        assert not is_commit(link, b'P\0\0\0\x40__asyncpg_stmt_1f__\0INSERT INTO "message" (a) VALUES ($1)\0\0\0')
        assert not is_commit(link, b"P\0\0\0\x40__asyncpg_stmt_2a__\0SELECT 1\0\0\0")
        assert is_commit(link, b"B\0\0\0\x20\0__asyncpg_stmt_1f__\0\0\1\0\1\0\0")
        assert not is_commit(link, b"B\0\0\0\x20\0__asyncpg_stmt_2a__\0\0\1\0\1\0\0")


async def test_nobody_behind_it_is_a_reset(tmp_path: Path) -> None:
    async with FaultProxy(str(tmp_path / "nobody.sock")) as lonely, dial(lonely) as line:
        with pytest.raises(ConnectionResetError):
            await rest(line)
