"""Our server classes under plain applications and hostile peers, on a real uvicorn."""

import asyncio
import inspect
import json
import socket
import struct
import threading
import time
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import uvicorn
import uvloop
from offices import eventually, seated, served, visit
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from realtime import channels, deadlines, keepalive, protocol, rfc6455
from realtime.connection import Limits
from realtime.frames import frame
from realtime.wire import EXTENSION

UNHURRIED = Limits(send=60, outbox_frames=10**6, outbox_bytes=10**9)


async def test_uvicorn_is_the_one_these_classes_were_written_for():
    """They are handed to uvicorn and lean on what it hands them: look at every line of both before raising this."""
    assert uvicorn.__version__.startswith("0.54.")
    given = inspect.signature(protocol.WireProtocol).parameters
    assert list(given) == ["config", "server_state", "app_state", "_loop"]
    state = ServerState()
    assert {type(state.connections), type(state.tasks)} == {set} and state.default_headers == []
    config = Config(_app(_forgets), **protocol.SERVER_OPTIONS)
    config.load()
    assert (config.http_protocol_class, config.ws_protocol_class) == (deadlines.HttpProtocol, protocol.WireProtocol)
    assert (config.ws_max_size, config.ws_ping_interval, config.ws_ping_timeout) == (16 * 1024, 7, 7)
    assert config.root_path == "" and config.asgi_version and config.loaded_app
    overridden = {"connection_made", "data_received", "on_message_complete", "connection_lost"}
    assert overridden <= vars(HttpToolsProtocol).keys() and overridden <= vars(deadlines.HttpProtocol).keys()
    assert {"flow", "cycle", "loop", "transport"} <= vars(HttpToolsProtocol(config, state, {})).keys()
    assert "self.ws_protocol_class(" in inspect.getsource(HttpToolsProtocol.handle_websocket_upgrade)
    assert "connection.shutdown()" in inspect.getsource(uvicorn.Server.shutdown)


# Plain ASGI.


def _app(endpoint):
    return Starlette(routes=[WebSocketRoute("/x", endpoint), Route("/", _hello, methods=["GET", "POST"])])


async def _hello(request):
    await request.body()
    await asyncio.sleep(float(request.query_params.get("after", 0)))
    return PlainTextResponse("hello")


async def test_an_application_that_knows_nothing_of_the_wire_is_served():
    left = asyncio.get_running_loop().create_future()

    async def echo(websocket):
        assert websocket.headers["x-seat"] == "7" and websocket.query_params["q"] == "1"
        await websocket.accept("chat", headers=[(b"x-room", b"9")])
        while (heard := await websocket.receive())["type"] == "websocket.receive":
            await websocket.send({**heard, "type": "websocket.send"})
        left.set_result(heard["code"])

    options = {"proxy": None, "additional_headers": {"x-seat": "7"}, "subprotocols": ["other", "chat"]}
    async with served(_app(echo)) as url, connect(url + "/x?q=1", **options) as line:
        assert line.subprotocol == "chat" and line.response.headers["x-room"] == "9"
        assert len(line.response.headers.get_all("date")) == 1
        for told in ("ñandú", b"\x00\xff", "x" * 10_000):
            await line.send(told)
            assert await line.recv() == told
        await line.send(["in ", "two ", "parts"])
        assert await line.recv() == "in two parts"
        await line.close(4321)
        assert await left == 4321


async def _refuses(websocket):
    await websocket.close()


async def _forgets(websocket):
    return


async def _breaks(websocket):
    raise ZeroDivisionError


@pytest.mark.parametrize(("endpoint", "status"), [(_refuses, 403), (_forgets, 500), (_breaks, 500)])
async def test_who_is_not_accepted_learns_it_by_the_status(endpoint, status):
    async with served(_app(endpoint)) as url:
        with pytest.raises(InvalidStatus) as refused:
            await connect(url + "/x", proxy=None)
        assert refused.value.response.status_code == status


@pytest.mark.parametrize(("after", "code"), [(None, 1000), (ZeroDivisionError, 1011), (4404, 4404)])
async def test_the_end_of_the_application_ends_the_line(after, code):
    async def brief(websocket):
        await websocket.accept()
        if after == 4404:
            await websocket.close(4404, "no such room")
        elif after:
            raise after

    async with served(_app(brief)) as url, connect(url + "/x", proxy=None) as line:
        with pytest.raises(ConnectionClosed) as closed:
            await line.recv()
        assert closed.value.rcvd.code == code
        assert closed.value.rcvd.reason == ("no such room" if code == 4404 else "")


async def test_a_handshake_that_is_none_is_refused():
    async with served(_app(_forgets)) as url, _raw(url) as (reader, writer):
        writer.write((HANDSHAKE % b"/x").replace(b"Sec-WebSocket-Key", b"Another-Key"))
        assert (await reader.readline()).startswith(b"HTTP/1.1 400")


async def test_an_application_that_does_not_read_makes_its_peer_wait():
    gate, heard = asyncio.Event(), []

    async def late(websocket):
        await websocket.accept()
        await gate.wait()
        while (one := await websocket.receive())["type"] == "websocket.receive":
            heard.append(one["text"])

    async with served(_app(late)) as url, connect(url + "/x", proxy=None) as line:
        flood = asyncio.create_task(_flood(line, 2_000))
        await asyncio.sleep(0.5)
        assert not flood.done()
        gate.set()
        await flood
        await eventually(lambda: len(heard) == 2_000)


async def _flood(line, count):
    for _ in range(count):
        await line.send("x" * 8_000)


async def test_of_several_who_wait_for_a_slow_reader_nobody_is_forgotten():
    async def two_at_once(websocket):
        await websocket.accept()
        await asyncio.gather(_says_much(websocket), _says_much(websocket))
        await websocket.receive()

    async with served(_app(two_at_once)) as url, connect(url + "/x", proxy=None, max_queue=1) as line:
        async with asyncio.timeout(5):
            assert [len(await line.recv()) for _ in range(400)] == [60_000] * 400


async def _says_much(websocket):
    for _ in range(200):
        await websocket.send_text("x" * 60_000)


async def test_a_server_that_stops_says_so():
    async def stays(websocket):
        await websocket.accept()
        await websocket.receive()

    async with served(_app(stays)) as url:
        line = await connect(url + "/x", proxy=None)
    await line.wait_closed()
    assert line.close_code == 1012


# A busy application, a silent peer.


async def test_a_busy_application_does_not_let_its_pongs_go_unheard(open_office):
    office = await open_office()

    async def slow(connection, said):
        await asyncio.sleep(3)
        connection.send(frame("done"))

    office.hear = slow
    quick = {"ws_ping_interval": 0.4, "ws_ping_timeout": 0.4}
    async with served(office.app, **quick) as url, connect(url + "/rooms/7", proxy=None, ping_interval=None) as line:
        await line.recv()
        for _ in range(8):
            await line.send(frame("say"))
        assert json.loads(await line.recv())["type"] == "done"


async def test_who_answers_no_ping_is_given_up():
    async def stays(websocket):
        await websocket.accept()
        await websocket.receive()

    quick = {"ws_ping_interval": 0.4, "ws_ping_timeout": 0.3}
    async with served(_app(stays), **quick) as url, _upgraded(url) as (reader, _):
        began = time.monotonic()
        with pytest.raises(ConnectionResetError):
            while await reader.read(100):
                pass
            raise ConnectionResetError
        assert 0.6 < time.monotonic() - began < 2


def test_a_peer_that_died_unseen_is_gone_within_fifteen_seconds():
    assert 2 * (protocol.SILENCE_S + keepalive.TICK_S) < 15
    assert protocol.SERVER_OPTIONS["ws_ping_interval"] == protocol.SERVER_OPTIONS["ws_ping_timeout"] == 7


# Deadlines.


@asynccontextmanager
async def _raw(url):
    host, port = url.removeprefix("ws://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()


HANDSHAKE = (
    b"GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@asynccontextmanager
async def _upgraded(url, path="/x"):
    async with _raw(url) as (reader, writer):
        writer.write(HANDSHAKE % path.encode())
        await reader.readuntil(b"\r\n\r\n")
        yield reader, writer


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        (b"", b""),
        (GET[:-4], b"x"),
        (GET, b"\r\n"),
        (GET + GET[:-4], b"x"),
        (POST + b"x", b"x"),
        (HANDSHAKE[:60], b"x"),
    ],
    ids=["silence", "half a head", "empty lines", "half a second head", "half a body", "half a handshake"],
)
async def test_a_request_that_does_not_come_whole_is_not_waited_for(monkeypatch, first, drip):
    monkeypatch.setattr(deadlines, "REQUEST_S", 0.5)
    async with served(_app(_forgets), timeout_keep_alive=60) as url, _raw(url) as (reader, writer):
        writer.write(first)
        dripping = asyncio.create_task(_drip(writer, drip))
        async with asyncio.timeout(2):
            while await _some(reader):
                pass
        dripping.cancel()


async def _some(reader):
    try:
        return await reader.read(1000)
    except ConnectionResetError:
        return b""


async def _drip(writer, drip):
    while drip:
        await asyncio.sleep(0.1)
        writer.write(drip)


async def test_a_whole_request_has_all_the_time_it_needs(monkeypatch):
    monkeypatch.setattr(deadlines, "REQUEST_S", 0.2)
    async with served(_app(_forgets)) as url, _raw(url) as (reader, writer):
        for _ in range(2):
            writer.write(GET.replace(b"/ ", b"/?after=0.6 "))
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")


async def test_an_open_socket_has_no_deadline(monkeypatch, open_office):
    monkeypatch.setattr(deadlines, "REQUEST_S", 0.2)
    office = await open_office()
    async with seated(office, 7) as ana:
        await asyncio.sleep(0.5)
        await ana.say("ping")
        assert await ana.until("pong")


# Peers that do not read.


TIME_WAIT = "06"  # remembers a port and holds nothing


@contextmanager
def _deaf(url, path):
    """Somebody who has joined and reads nothing, with as small a window as there is."""
    host, port = url.removeprefix("ws://").split(":")
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    with line:
        line.connect((host, int(port)))
        line.sendall(HANDSHAKE % path.encode())
        yield line


def _kernel_holds(url, line):
    """The states in which the kernel keeps the server's end of this line, and what was not taken from it."""
    server, client = (f":{int(port):04X}" for port in (url.rpartition(":")[2], line.getsockname()[1]))
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row[3] for row in rows if row[1].endswith(server) and row[2].endswith(client) and row[3] != TIME_WAIT]


async def _fill(office, chat, person):
    for n in range(150):
        office.switchboard.publish(frame("x", n=n, x="x" * 60_000), channels.lobby(chat))
        assert (await person.until("x", within=1))[-1]["n"] == n


async def test_the_kernel_frees_a_peer_that_takes_nothing_and_nobody_feels_it(open_office, monkeypatch):
    assert deadlines.UNREAD_S <= 8  # with the kernel's pace of probing, freed within 10 s
    monkeypatch.setattr(deadlines, "UNREAD_S", 1.5)
    office = await open_office(limits=UNHURRIED, server={"ws_ping_interval": None})
    with _deaf(office.url, "/lobby/3") as line:
        await eventually(lambda: len(office.switchboard.hub) == 1)
        async with visit(office, "/lobby/3") as quick:
            await _fill(office, 3, quick)
            assert office.switchboard.hub.largest_outbox > 50
            await eventually(lambda: len(office.switchboard.hub) == 1, within=6)
            assert not _kernel_holds(office.url, line)


async def test_a_slow_reader_that_is_dropped_leaves_nothing_in_the_kernel(open_office):
    office = await open_office(limits=Limits(outbox_frames=8))
    with _deaf(office.url, "/lobby/3") as line:
        await eventually(lambda: len(office.switchboard.hub) == 1)
        async with visit(office, "/lobby/3") as quick:
            await _fill(office, 3, quick)
            await eventually(lambda: len(office.switchboard.hub) == 1, within=2)
            await eventually(lambda: not _kernel_holds(office.url, line), within=1)
            assert office.switchboard.slow_readers == 1


async def test_a_peer_that_pings_and_never_reads_is_not_answered_for_ever():
    buffered = []

    async def stays(websocket):
        await websocket.accept()
        wire = websocket.scope["extensions"][EXTENSION]
        wire.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        buffered.append(wire.transport.get_write_buffer_size)
        await websocket.receive()

    async with served(_app(stays), ws_ping_interval=None) as url:
        with _deaf(url, "/x") as line:
            line.setblocking(False)
            await eventually(lambda: buffered)
            ping = b"\x89\xfd\0\0\0\0" + b"x" * 125
            for _ in range(400):
                await _offer(line, ping * 100)
            assert buffered[0]() < 128 * 1024


async def _offer(line, sent):
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(2):
        await loop.sock_sendall(line, sent)


# Peers that say too much.


async def _shrug(connection, said):
    if said.get("type") == "resume":
        connection.resume(0)


@pytest.mark.parametrize("sent", [b"\x81\x82\0\0\0\0{}", b"\x89\x80\0\0\0\0"], ids=["frames", "pings"])
async def test_a_flood_ends_the_line_it_comes_by_and_nobody_else_feels_it(open_office, sent):
    office = await open_office()
    office.hear = _shrug
    async with seated(office, 7) as ana, _upgraded(office.url, "/rooms/8") as (reader, writer):
        await eventually(lambda: len(office.switchboard.hub) == 2)
        writer.write(sent * (5_000_000 // len(sent)))
        for _ in range(20):
            began = time.monotonic()
            await (await ana.line.ping())
            assert time.monotonic() - began < 1
            await asyncio.sleep(0.02)
        assert len(office.switchboard.hub) == 1
        assert b"\x03\xf0too " in await reader.read(10**6)


@pytest.mark.parametrize("kind", [b"\x89", b"\x8a"], ids=["ping", "pong"])
async def test_so_many_control_frames_may_come_between_two_rounds_of_the_keepalive(open_office, monkeypatch, kind):
    monkeypatch.setattr(rfc6455, "MOST_CONTROLS", 30)
    office = await open_office(server={"ws_ping_interval": 1.0, "ws_ping_timeout": 1.0})
    control = kind + b"\x80\0\0\0\0"
    async with _upgraded(office.url, "/rooms/8") as (reader, writer):
        for _ in range(3):
            writer.write(control * 15)
            await reader.readuntil(b"\x89\x00")  # the server's own ping: the next round has begun
        assert len(office.switchboard.hub) == 1
        writer.write(control * 31)
        assert b"too many control frames" in await reader.readuntil(b"too many control frames")


async def test_a_flood_that_came_before_anybody_listened_is_one_too(open_office, monkeypatch):
    office = await open_office()
    office.hear = _shrug
    gate, serve = asyncio.Event(), office.switchboard.serve

    async def late(*given, **more):
        await gate.wait()
        await serve(*given, **more)

    monkeypatch.setattr(office.switchboard, "serve", late)
    async with _upgraded(office.url, "/rooms/8") as (reader, writer):
        writer.write(b"\x81\x82\0\0\0\0{}" * 1_000)
        await asyncio.sleep(0.2)
        gate.set()
        assert (await reader.read()).endswith(b"\x88\x0a\x03\xf0too fast")
    await eventually(lambda: not len(office.switchboard.hub))


# What leaves in one write.


@contextmanager
def _uvloop_server(app):
    """A server on the loop of production, in a thread of its own; yields host and port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = {**protocol.SERVER_OPTIONS, "lifespan": "off", "log_config": None}
        server = uvicorn.Server(Config(app, **settings))
        server.capture_signals = lambda: contextmanager(lambda: (yield))()
        thread = threading.Thread(target=lambda: uvloop.run(server.serve([listener])))
        thread.start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def _segments(line):
    """Segments with content that this end has received (tcpi_data_segs_in)."""
    return struct.unpack_from("I", line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192), 152)[0]


async def test_frames_of_one_turn_of_the_loop_leave_in_one_write():
    async def chatty(websocket):
        await websocket.accept()
        wire = websocket.scope["extensions"][EXTENSION]
        await websocket.receive()
        for _ in range(20):
            assert wire.write(b"\x81\x02hi")
        await websocket.receive()

    with _uvloop_server(_app(chatty)) as url:
        async with connect(url + "/x", proxy=None) as line:
            before = _segments(line.transport.get_extra_info("socket"))
            await line.send("go")
            assert [await line.recv() for _ in range(20)] == ["hi"] * 20
            assert _segments(line.transport.get_extra_info("socket")) - before == 1
