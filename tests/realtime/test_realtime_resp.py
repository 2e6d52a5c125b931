"""A line answers in order, logs in, leaves in one write, and gives everyone an answer when it breaks."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import uvloop
from buses import witness
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from offices import QUICK, eventually
from redis.asyncio import Redis

from realtime.address import read_address
from realtime.resp import Lost, Refused, command, unheard


@asynccontextmanager
async def a_line(url, heard=unheard):
    line = await read_address(url).reach("x", 1.0, heard)
    try:
        yield line
    finally:
        line.cut(Lost())


class Proxy:
    """Between a client and a unix socket; what the client sends can be swallowed."""

    def __init__(self, url):
        self.path = url.removeprefix("unix://")
        self.swallows = False
        self.ends = []

    async def carry(self, reader, writer):
        back, forth = await asyncio.open_unix_connection(self.path)
        self.ends += [writer, forth]
        both = self.pump(reader, forth, True), self.pump(back, writer, False)
        await asyncio.gather(*both, return_exceptions=True)

    async def pump(self, reader, writer, may_swallow):
        while piece := await reader.read(65536):
            if not (may_swallow and self.swallows):
                writer.write(piece)
        writer.close()

    @asynccontextmanager
    async def serving(self, tls=None):
        server = await asyncio.start_server(self.carry, "127.0.0.1", 0, ssl=tls)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for end in self.ends:
                end.transport.abort()
            await asyncio.sleep(0.05)


async def test_answers_come_in_the_order_of_the_questions(redis_url):
    async with a_line(redis_url) as line:
        told = []
        for n in range(500):
            line.tell(command("ECHO", str(n)), lambda about, answer: told.append((about, answer)), n)
        assert line.waiting == 500 and line.silence()[1] >= 0
        assert await line.ask("ECHO", "last", within=1) == b"last"
        assert told == [(n, b"%d" % n) for n in range(500)]
        assert line.waiting == 0 and line.silence() == (0, 0)


async def test_a_refusal_is_for_the_one_who_asked(redis_url):
    async with a_line(redis_url) as line:
        refused = asyncio.create_task(line.ask("NONSENSE", within=1))
        assert await line.ask("ECHO", "fine", within=1) == b"fine"
        with pytest.raises(Refused, match="unknown command"):
            await refused


async def test_whoever_stops_waiting_does_not_confuse_the_others(redis_url):
    async with a_line(redis_url) as line:
        for n in range(200):
            given_up = asyncio.create_task(line.ask("ECHO", f"mine {n}", within=1))
            asked = asyncio.create_task(line.ask("ECHO", f"yours {n}", within=1))
            await asyncio.sleep(0)
            given_up.cancel()
            assert await asked == b"yours %d" % n


async def test_a_line_that_breaks_answers_everyone(valkey):
    async with a_line(valkey.url) as line:
        valkey.freeze()
        asked = [asyncio.create_task(line.ask("PING", within=5)) for _ in range(3)]
        await asyncio.sleep(0.05)
        valkey.kill()
        assert [type(one) for one in await asyncio.gather(*asked, return_exceptions=True)] == [Lost] * 3
        assert line.lost.done()
        with pytest.raises(Lost):
            await line.ask("PING", within=5)


async def test_what_is_told_in_one_turn_leaves_in_one_write(redis_url):
    writes = []
    async with a_line(redis_url) as line:
        write = line._transport.write
        line._transport.write = lambda told: (writes.append(told), write(told))
        for _ in range(3):
            line.tell(command("PING"), lambda about, answer: None)
        assert await line.ask("PING", within=1) == b"PONG"
    assert writes == [command("PING") * 4]


async def test_user_password_and_database_are_those_of_the_url(valkey):
    async with Redis.from_url(valkey.url) as redis:
        await redis.execute_command("ACL SETUSER eva on >p@ss/word ~* &* +@all")
        await redis.config_set("requirepass", "s:cret")
    where = str(valkey.path)
    async with a_line(f"unix://eva:p%40ss%2Fword@{where}?db=3") as line:
        assert await line.ask("ACL", "WHOAMI", within=1) == b"eva"
        assert b"db=3 " in await line.ask("CLIENT", "INFO", within=1)
    async with a_line(f"unix://:s%3Acret@{where}") as line:
        assert await line.ask("ACL", "WHOAMI", within=1) == b"default"
    for wrong in ("", ":nope@"):
        with pytest.raises(Refused, match=r"NOAUTH|WRONGPASS"):
            await read_address(f"unix://{wrong}{where}").reach("x", 1.0, unheard)


async def test_a_server_that_speaks_something_else_is_lost_and_not_waited_for():
    async def answer(reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await asyncio.gather(reader.read(), return_exceptions=True)  # it goes on listening until we leave
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(Lost):
            await read_address(url).reach("x", 5.0, unheard)


async def test_a_server_that_says_nothing_is_given_up(valkey):
    valkey.freeze()
    with pytest.raises(TimeoutError):
        await read_address(valkey.url).reach("x", 0.2, unheard)


def test_it_runs_on_uvloop_as_well(redis_url):
    async def talk():
        async with witness(redis_url) as here, witness(redis_url) as there:
            await there.hears(*(here.say(str(n), seq=n) for n in range(1000)))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(talk())


async def test_one_who_hears_and_is_not_heard_notices(valkey):
    proxy = Proxy(valkey.url)
    async with proxy.serving() as port, witness(f"redis://127.0.0.1:{port}") as here, witness(valkey.url) as there:
        await here.hears(there.say("before"))
        proxy.swallows = True
        here.say("swallowed")
        for n in range(int(2 * QUICK.deaf_after / 0.05)):
            there.say(f"still heard {n}")
            await asyncio.sleep(0.05)
        assert here.bus.reconnects
        proxy.swallows = False
        await eventually(lambda: here.bus.hears)
        await eventually(lambda: [one for one in there.heard if one.channels == ("room:7",)])


async def test_a_bus_behind_tls_checks_whom_it_talks_to(valkey, tmp_path):
    context, certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), _certificate(tmp_path)
    context.load_cert_chain(certificate)
    async with Proxy(valkey.url).serving(context) as port:
        trusting = f"rediss://localhost:{port}?ssl_ca_certs={certificate}"
        async with witness(trusting) as here, witness(valkey.url) as there:
            await there.hears(here.say("hidden"))
        with pytest.raises(ssl.SSLCertVerificationError):
            await read_address(f"rediss://localhost:{port}").reach("x", 1.0, unheard)


def _certificate(directory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = directory / "both.pem"
    file.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return file
