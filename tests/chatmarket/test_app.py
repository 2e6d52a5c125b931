"""What every answer has in common, also the one to a fault of our own."""

from pathlib import Path

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chatmarket import settings
from chatmarket.app import HEADERS, build
from chatmarket.errors import TooMuch
from tests.serving import KEYS


@pytest.fixture
async def faulty(tmp_path: Path):
    given = settings.load(
        {}, data=tmp_path, redis_url="unix:///nowhere", public_url="http://ours", argon2_kib=64, **KEYS
    )
    app = build(given, open_database=False)

    async def fault(request: Request) -> Response:
        raise RuntimeError("nobody may read this")

    async def too_much(request: Request) -> Response:
        raise TooMuch

    app.router.routes[:0] = [Route("/fault", fault), Route("/api/v1/fault", fault), Route("/much", too_much)]
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://ours") as browser:
        yield browser
    app.state.house.passwords.close()


@pytest.mark.parametrize("path", ["/fault", "/api/v1/fault"])
async def test_a_fault_of_ours_is_told_kindly_and_says_nothing(faulty, path: str) -> None:
    answer = await faulty.get(path)
    assert answer.status_code == 500
    assert "nobody may read this" not in answer.text and "Traceback" not in answer.text
    assert all(answer.headers[name] == value for name, value in HEADERS.items())


async def test_htmx_is_answered_with_the_flash_alone(faulty) -> None:
    answer = await faulty.get("/much", headers={"HX-Request": "true"})
    assert answer.status_code == 429
    assert answer.headers["HX-Retarget"] == "#flash"
    assert answer.text.lstrip().startswith('<div id="flash"')


async def test_an_error_is_told_in_the_readers_language(faulty) -> None:
    spanish = await faulty.get("/much", headers={"Accept-Language": "es"})
    assert 'lang="es"' in spanish.text and "espera" in spanish.text.lower()


async def test_only_the_right_hash_keeps_a_file_for_ever(faulty) -> None:
    page = (await faulty.get("/much")).text
    hashed = next(part for part in page.split('"') if part.startswith("/static/css/base.css?v="))
    assert "immutable" in (await faulty.get(hashed)).headers["cache-control"]
    for other in ("/static/css/base.css", "/static/css/base.css?v=deadbeef", "/static/css/none.css?v=1"):
        assert "immutable" not in (await faulty.get(other)).headers.get("cache-control", "")
