"""Other people's machines: a mail server, and a machine that takes webhooks and pushes, each on a real socket."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import http_ece
from aiosmtpd.smtp import SMTP, Envelope
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PATIENCE_S = 20.0


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Mailbox:
    """All mail that a server took; who is named in `refused` gets nothing but that answer."""

    url: str = ""
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.taken += [(address, mail) for address in envelope.rcpt_tos]
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for reader, mail in self.taken if reader == address]

    async def next(self, address: str, number: int = 1) -> EmailMessage:
        """The mail that this address got as its `number`th."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.to(address)) < number:
                await asyncio.sleep(0.02)
        return self.to(address)[number - 1]


@asynccontextmanager
async def open_mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="mail.example"), "127.0.0.1", 0)
    box.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()


def parts(mail: EmailMessage) -> tuple[str, str]:
    """A mail as text and as HTML."""
    found = [mail.get_body((kind,)) for kind in ("plain", "html")]
    plain, html = (str(one.get_content()) if one else "" for one in found)
    return plain, html


@dataclass
class Post:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Machine:
    """Takes what is posted to it; answers 201, or by path what `answers` says."""

    url: str = ""
    taken: list[Post] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
        path = head[0].split()[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.taken.append(Post(path, headers, body))
        answer = self.answers.get(path, "201 Created")
        writer.write(f"HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async def next(self, path: str, number: int = 1) -> Post:
        """What was posted to this path as its `number`th."""
        async with asyncio.timeout(PATIENCE_S):
            while len(found := [post for post in self.taken if post.path == path]) < number:
                await asyncio.sleep(0.02)
        return found[number - 1]


@asynccontextmanager
async def open_machine() -> AsyncIterator[Machine]:
    machine = Machine()
    server = await asyncio.start_server(machine.serve, "127.0.0.1", 0)
    machine.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield machine
    finally:
        server.close()
        await server.wait_closed()


class Device:
    """A browser's own half of a push subscription: it reads what was sealed for it."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = b"sixteen bytes ok"

    def subscription(self) -> dict[str, str]:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "public": _text(point), "secret": _text(self._secret)}

    def read(self, sealed: bytes) -> bytes:
        return bytes(http_ece.decrypt(sealed, private_key=self._key, auth_secret=self._secret, version="aes128gcm"))


SUBSCRIPTION = Device("https://push.example/one").subscription()
