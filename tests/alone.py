"""One `chatmarket serve` of its own: a process to kill, to freeze and to start again on the same port and data."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from chatmarket.client import Api, Brand, customer_room, expert_room
from chatmarket.client.seats import Room
from chatmarket.seeds.world import PASSWORD
from chatmarket.simulate.spawned import free_port
from tests.postgres import dies_with_us
from tests.serving import KEYS

READY_S, STOP_S = 60, 15
SECRETS = {
    "SECRET_KEYS": KEYS["secret_keys"][0],
    "VAULT_KEYS": "test:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
    "AUDIT_KEYS": "test:YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=",
}


class Alone:
    """The server at `url`; `settings` are added to its environment."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "serve.log"
        quick = {"ARGON2_KIB": "64", "HOLD_MS": "0"}
        self._environment = {**os.environ, **SECRETS, "CHATMARKET_DATA": str(folder), **quick, **settings}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def run(self, *words: str) -> None:
        """A command that ends: migrate, seed."""
        process = self._spawn(*words)
        assert await asyncio.to_thread(process.wait, READY_S) == 0, self.log.read_text()

    async def start(self) -> None:
        self._process = self._spawn("serve", "--port", str(self.port))
        deadline = time.monotonic() + READY_S
        async with httpx2.AsyncClient(trust_env=False) as http:
            while not await self._answers(http):
                assert self._process.poll() is None and time.monotonic() < deadline, self.log.read_text()
                await asyncio.sleep(0.1)

    async def _answers(self, http: httpx2.AsyncClient) -> bool:
        try:
            return (await http.get(f"{self.url}/health")).status_code == 200
        except httpx2.TransportError:
            return False

    def kill(self) -> None:
        """As a power cut does: nothing is said, nothing is finished."""
        if self._process is not None:
            self.go_on()
            self._process.kill()
            self._process.wait(STOP_S)

    def freeze(self) -> None:
        """Its sockets stay open and the kernel goes on taking bytes, but nobody answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)

    def _spawn(self, *words: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "chatmarket", *words],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=dies_with_us(signal.SIGKILL),
            )


@asynccontextmanager
async def alone(folder: Path, **settings: str) -> AsyncIterator[Alone]:
    """Migrated, with the demo's brands and people, and serving; killed at the end."""
    server = Alone(folder, **settings)
    try:
        await server.run("migrate")
        await server.run("seed")
        await server.start()
        yield server
    finally:
        server.kill()


class Talk:
    """A live chat of the demo's first brand: its number, its customer's token and its expert's."""

    def __init__(self, url: str, chat: int, customer: str, expert: str) -> None:
        self.url, self.chat, self.customer, self.expert = url, chat, customer, expert

    def customers_room(self) -> Room:
        return customer_room(self.url, self.chat, self.customer)

    def experts_room(self) -> Room:
        return expert_room(self.url, self.chat, self.expert)


async def expert_at(url: str, brand: Brand) -> str:
    """The login token of a new expert of the brand's first topic."""
    async with Api(url) as api:
        email, topics = f"expert-{time.monotonic_ns()}@example.com", [brand.topics[0].id]
        signed = await api.sign_up(email, PASSWORD, "Ida", brand=brand.slug, topics=topics, languages=["en"])
        return signed.token


async def talk_at(url: str, question: str = "How do I reset it?") -> Talk:
    """Asked by a new customer and claimed by a new expert."""
    async with Api(url) as api:
        brand = (await api.brands())[0]
        expert = await expert_at(url, brand)
        asked = await api.ask(brand.slug, question, topic=brand.topics[0].id, language="en")
        await api.claim(asked.chat, expert)
        return Talk(url, asked.chat, asked.token, expert)
