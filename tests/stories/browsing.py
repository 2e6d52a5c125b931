"""A browser without scripts: it keeps cookies, fills in forms with their token, and names its Origin."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from tests.cast import PASSWORD

TOKEN = re.compile(r'name="csrf" value="([0-9a-f]{64})"')
CODE = re.compile(r"<code>([a-z_]+)</code>")


class Browser:
    """One person's browser at one server."""

    def __init__(self, url: str, http: httpx2.AsyncClient) -> None:
        self.url, self.http = url, http

    async def open(self, path: str, **options: Any) -> httpx2.Response:
        return await self.http.get(path, **options)

    async def form_token(self) -> str:
        """The token that every form of this browser carries now."""
        page = await self.open("/sign-in")
        if page.status_code == 303:
            page = await self.open("/account")
        found = TOKEN.search(page.text)
        assert found, "no form with a token"
        return found[1]

    async def post(self, path: str, fields: dict[str, Any] | None = None, **options: Any) -> httpx2.Response:
        """Press a form's button, as one of our own pages would."""
        filled = {"csrf": await self.form_token(), **(fields or {})}
        return await self.post_raw(path, filled, origin=self.url, **options)

    async def claim(self, chat: int) -> httpx2.Response:
        """Press the button on an offer's card, as the lobby has it; an empty one where there is no such card."""
        form = (await self.open("/lobby")).text.partition(f'action="/offers/{chat}/claim"')[2].partition("</form>")[0]
        fields = {name: (re.findall(rf'name="{name}" value="([^"]*)"', form) or [""])[0] for name in ("card", "key")}
        return await self.post(f"/offers/{chat}/claim", fields)

    async def post_raw(
        self, path: str, fields: Any = None, *, origin: str | None, headers: Any = None, **options: Any
    ) -> httpx2.Response:
        """Send what nobody's form would: without its token, or from another site."""
        named = {"Origin": origin} if origin is not None else {}
        return await self.http.post(path, data=fields, headers={**named, **(headers or {})}, **options)

    async def sign_in(self, email: str, password: str = PASSWORD, **fields: str) -> httpx2.Response:
        return await self.post("/sign-in", {"email": email, "password": password, **fields})

    def cookie(self, path: str = "/") -> str:
        """The Cookie header this browser would send to `path`."""
        request = self.http.build_request("GET", path)
        return request.headers.get("cookie", "")


@asynccontextmanager
async def browser(url: str, *, email: str | None = None) -> AsyncIterator[Browser]:
    """A fresh browser at the server `url`, signed in when an address is given."""
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=20.0) as http:
        page = Browser(url, http)
        if email is not None:
            answer = await page.sign_in(email)
            assert answer.status_code == 303, answer.text
        yield page


def code_of(answer: httpx2.Response) -> str | None:
    """The error's code on an error page, or in an answer of the API."""
    if answer.headers["content-type"].startswith("application/json"):
        return str(answer.json()["error"]["code"]) if answer.status_code >= 400 else None
    found = CODE.search(answer.text)
    return found[1] if found else None
