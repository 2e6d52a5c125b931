"""Where bad input is tried: a scene with everything that could be harmed, and the doors it may come through."""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from chatmarket.flows.joining import token_hash
from chatmarket.models import Chat, Login
from tests.cast import PASSWORD, Cast
from tests.stories.browsing import Browser, browser, code_of
from tests.stories.keeping import counts
from tests.stories.listening import bare

SAID = ("c-1", "said before")


@dataclass
class Scene:
    """A live chat, an ended one with its verdict, one that waits, and one of another brand, with all their people."""

    url: str
    names: dict[str, Any]
    tokens: dict[str, str]
    browsers: dict[str, Browser]
    http: httpx2.AsyncClient

    def filled(self, text: str) -> str:
        """A path with the scene's numbers and names in place of {live}, {topic} and the like."""
        for name, value in self.names.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    async def kept(self) -> tuple[object, ...]:
        """All that must not change: the rows of every table by number, and the scene's own chats and logins."""
        chats = [self.names[name] for name in ("live", "ended", "waiting", "foreign", "mine")]
        rows = await Chat.filter(id__in=chats).order_by("id").values("id", "status", "seq", "said_at", "email_token")
        revoked = await Login.exclude(revoked_at=None).count()
        return await counts(), rows, revoked


class _LongAgo(TimestampSigner):
    def get_timestamp(self) -> int:
        return int(time.time()) - 49 * 3600


@asynccontextmanager
async def scene(cast: Cast) -> AsyncIterator[Scene]:
    shop, other = await cast.brand(wait_limit_s=3600), await cast.brand(wait_limit_s=3600)
    ida, eve = await cast.expert(shop), await cast.expert(other)
    mo = await cast.moderator(shop, role="staff")
    live, ended = await cast.live(shop, ida), await cast.rated(shop, ida, resolved=True)
    waiting, foreign = await cast.customer(shop), await cast.customer(other)
    async with bare(f"{cast.here}/chats/{live.chat}/live", live.token) as socket:
        await socket.send(*SAID)
    gone = await ida.api.sign_in(ida.email, PASSWORD)
    late = datetime.now(UTC) - timedelta(seconds=1)
    await Login.filter(token_hash=token_hash(gone.token)).update(ends_at=late)
    keys = list(cast.house.settings.secret_keys)
    expired = URLSafeTimedSerializer(keys, salt="chat", signer=_LongAgo).dumps(live.chat)
    async with AsyncExitStack() as stack:
        browsers = {
            "visitor": await stack.enter_async_context(browser(cast.here)),
            "expert": await stack.enter_async_context(browser(cast.here, email=ida.email)),
            "staff": await stack.enter_async_context(browser(cast.here, email=mo.email)),
        }
        filled = {"topic": str(shop.topic), "language": "en", "question": "How?"}
        asked = await browsers["visitor"].post(f"/b/{shop.slug}", filled)
        names = {
            "live": live.chat,
            "ended": ended.chat,
            "waiting": waiting.chat,
            "foreign": foreign.chat,
            "mine": int(asked.headers["location"].rpartition("/")[2]),
            "brand": shop.slug,
            "topic": shop.topic,
            "foreign_topic": other.topic,
            "email": ida.email,
            "expert": ida.id,
        }
        tokens = {
            "nobody": "",
            "customer": live.token,
            "rater": ended.token,
            "waiter": waiting.token,
            "expert": ida.token,
            "foreigner": eve.token,
            "staff": mo.token,
            "expired customer": expired,
            "expired expert": gone.token,
            "forged": live.token[:-3] + ("AAA" if live.token[-3:] != "AAA" else "BBB"),
            "long": "x" * 5000,
            "strange": "\u00e9\u00ff" * 5,
        }
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=f"{cast.here}/api/v1", trust_env=False))
        yield Scene(cast.here, names, tokens, browsers, http)


@dataclass(frozen=True)
class Frame:
    """Something said on an open socket: answered by an error frame, and the line stays; or it is closed."""

    said: Any
    code: str | None = None
    who: str = "customer"
    path: str = "/chats/{live}/live"
    closes: int | None = None

    async def tried(self, scene: Scene) -> None:
        async with bare(scene.url + scene.filled(self.path), scene.tokens[self.who]) as socket:
            await socket.hears("hello")
            await socket.socket.send(self.said if isinstance(self.said, (str, bytes)) else json.dumps(self.said))
            if self.closes:
                assert await socket.closes() == self.closes
                return
            refused = await socket.hears("error")
            assert (refused["code"], bool(refused["text"])) == (self.code, True), refused
            await socket.say("ping")
            await socket.hears("pong")


@dataclass(frozen=True)
class Knock:
    """A socket that must not open."""

    path: str
    closes: int
    who: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def tried(self, scene: Scene) -> None:
        token = scene.tokens[self.who] if self.who else None
        async with bare(scene.url + scene.filled(self.path), token, **self.headers) as socket:
            assert await socket.closes() == self.closes
            assert socket.texts == []


@dataclass(frozen=True)
class Call:
    """A call of the JSON API. `body` is JSON, or bytes as they go on the wire."""

    path: str
    body: Any
    status: int
    code: str
    who: str = "customer"
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)

    async def tried(self, scene: Scene) -> None:
        body = self.body(scene) if isinstance(self.body, Callable) else self.body
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        token = scene.tokens[self.who]
        bearer = {"Authorization": f"Bearer {token}".encode("latin-1")} if token else {}
        path, headers = scene.filled(self.path), {**bearer, **self.headers}
        answer = await scene.http.request(self.method, path, content=content, headers=headers)
        assert (answer.status_code, code_of(answer)) == (self.status, self.code), answer.text
        assert answer.json()["error"]["text"]


@dataclass(frozen=True)
class Press:
    """A form of a page, sent with a right token; `raw` is sent instead of fields, with its content type."""

    path: str
    fields: dict[str, Any]
    status: int
    shows: str = ""
    who: str = "visitor"
    raw: tuple[str, bytes] | None = None

    async def tried(self, scene: Scene) -> None:
        page, path = scene.browsers[self.who], scene.filled(self.path)
        fields = {name: scene.filled(text) if isinstance(text, str) else text for name, text in self.fields.items()}
        if self.raw:
            kind, content = self.raw
            named = {"Content-Type": kind, "X-CSRF-Token": await page.form_token()}
            answer = await page.post_raw(path, content=content, headers=named, origin=page.url)
        else:
            answer = await page.post(path, fields)
        assert answer.status_code == self.status, answer.text
        assert self.shows in answer.text and "Traceback" not in answer.text


@dataclass(frozen=True)
class Look:
    """An address opened in a browser."""

    path: str
    status: int = 404
    who: str = "visitor"

    async def tried(self, scene: Scene) -> None:
        answer = await scene.browsers[self.who].open(scene.filled(self.path))
        assert answer.status_code == self.status, answer.text
