"""What operators and load balancers ask a server, and what it tells them while it goes."""

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

import httpx2
import pytest

from chatmarket.client import ApiError
from tests.cast import Cast
from tests.serving import Town
from tests.stories.listening import bare, close_code, eventually

TOKEN = "t" * 32
PEERS = 40


async def _get(url: str, **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False) as client:
        return await client.get(url, headers=headers)


async def _counted(town: Town) -> str:
    return (await _get(f"{town.here}/metrics", authorization=f"Bearer {TOKEN}")).text


@pytest.fixture
def scraped(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The first server as one whose operator has set METRICS_TOKEN."""
    monkeypatch.setattr(town.house, "settings", replace(town.house.settings, metrics_token=TOKEN))
    return town


async def test_without_a_token_there_are_no_metrics(town: Town) -> None:
    assert (await _get(f"{town.here}/metrics")).status_code == 404
    assert (await _get(f"{town.here}/metrics", authorization="Bearer none")).status_code == 404


@pytest.mark.parametrize("shown", ["", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ünïcode"])
async def test_only_the_token_opens_the_metrics(scraped: Town, shown: str) -> None:
    headers = {"Authorization": shown.encode()} if shown else {}
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{scraped.here}/metrics", headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 401 and "chatmarket_" not in answer.text


async def test_metrics_tell_of_sockets_rooms_and_claims_and_name_nobody(cast: Cast, scraped: Town) -> None:
    shop = await cast.brand()
    ida, eve = await cast.expert(shop, name="Ida"), await cast.expert(shop, name="Eve")
    ana = await cast.customer(shop, "I am ana@example.com")
    await ida.claim(ana)
    with pytest.raises(ApiError):
        await eve.claim(ana)
    async with bare(f"{scraped.here}/rooms/{ana.chat}/live", ida.token) as room:
        await room.hears("hello")
        told = await _counted(scraped)
    assert 'chatmarket_sockets{kind="expert_room"}' in told
    assert "chatmarket_rooms 0.0" not in told
    assert 'chatmarket_claims_total{outcome="won"}' in told
    assert 'chatmarket_claims_total{outcome="taken"}' in told
    assert 'chatmarket_http_answers_total{status="409"}' in told
    assert "chatmarket_bus_hears 1.0" in told
    for secret in ("ana", shop.slug, "Ida", ida.email, ana.token, TOKEN):
        assert secret not in told


async def test_a_server_that_goes_is_well_but_not_ready_and_sends_newcomers_on(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    ana = await cast.live(shop, await cast.expert(shop))
    assert (await _get(f"{town.here}/ready")).json() == {"store": True, "bus": True, "stays": True}
    town.house.leaving = True
    try:
        ready = await _get(f"{town.here}/ready")
        assert ready.status_code == 503 and ready.json()["stays"] is False
        assert (await _get(f"{town.here}/health")).status_code == 200
        assert await close_code(f"{town.here}/chats/{ana.chat}/live", ana.token) == 1012
        assert (await _get(f"{town.there}/ready")).status_code == 200, "the other one stays"
    finally:
        town.house.leaving = False
    await eventually(lambda: _ready(town))


async def _ready(town: Town) -> bool:
    return (await _get(f"{town.here}/ready")).status_code == 200


async def test_whoever_leaves_in_the_middle_of_a_request_is_no_alarm(cast: Cast) -> None:
    place = urlsplit(cast.here)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    half = b"POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    writer.write(half)
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.transport.abort()
    await asyncio.sleep(0.3)  # what goes wrong now would be in the log, which no story may leave an error in
    assert reader.at_eof()


async def test_who_leaves_before_being_refused_is_no_error(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    """The reason finds nobody: their logins are looked up while they go."""
    url = f"{cast.here}/lobby/live"

    async def knock_and_leave(number: int) -> None:
        async with bare(url, f"nobody-{number}") as line:
            line.cut()

    await asyncio.gather(*(knock_and_leave(number) for number in range(PEERS)))
    assert await close_code(url, "nobody") == 4401
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
