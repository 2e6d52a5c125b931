"""Whoever tries too often is told when to come back, on the page they are on, with what they typed still in it."""

import httpx2
import pytest

from chatmarket.models import Chat, Login
from chatmarket.tries import Tries
from tests.cast import Cast
from tests.stories.browsing import browser

WAIT = "Please try again in"


@pytest.fixture
def impatient(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """One try of each kind, and then ten minutes of waiting."""
    for name in ("reveals", "asks"):
        monkeypatch.setattr(cast.house, name, Tries(1, window_s=600))


async def test_a_search_keeps_its_words(cast: Cast, impatient: None) -> None:
    shop = await cast.brand()
    sam = await cast.moderator(shop, role="staff")
    async with browser(cast.here, email=sam.email) as page:
        assert (await page.post("/customers", {"what": "sara@example.com"})).status_code == 200
        told = await page.post("/customers", {"what": "sara@example.com"})
    assert told.status_code == 429
    assert f"{WAIT} 10 min." in told.text and 'value="sara@example.com"' in told.text


async def test_a_reveal_and_an_export_say_it_in_their_form(cast: Cast, impatient: None) -> None:
    shop = await cast.brand()
    sam = await cast.moderator(shop, role="staff")
    ana = await cast.customer(shop, "I am ana@example.com")
    customer = (await Chat.get(id=ana.chat)).customer_id
    async with browser(cast.here, email=sam.email) as page:
        path, sent = f"/watch/{ana.chat}/reveal", {"token": "email 1", "reason": "to answer"}
        assert "ana@example.com" in (await page.post(path, sent)).text
        told = await page.post(path, sent)
        assert told.status_code == 429 and WAIT in told.text and 'value="to answer"' in told.text
        assert "ana@example.com" not in told.text
        given = await page.post(f"/customers/{customer}/export")
        assert given.status_code == 429 and WAIT in given.text and '<details class="confirm" open>' in given.text


async def test_a_question_is_not_lost(cast: Cast, impatient: None) -> None:
    shop = await cast.brand()
    sent = {"topic": str(shop.topic), "language": "es", "question": "¿Cómo la reinicio?", "name": "Ana", "email": ""}
    async with browser(cast.here) as page:
        assert (await page.post(f"/b/{shop.slug}", sent)).status_code == 303
        told = await page.post(f"/b/{shop.slug}", sent)
    assert told.status_code == 429 and WAIT in told.text
    assert "¿Cómo la reinicio?</textarea>" in told.text and 'value="Ana"' in told.text


async def test_a_wrong_erasure_keeps_its_reason(cast: Cast) -> None:
    shop = await cast.brand()
    sam = await cast.moderator(shop, role="staff")
    ana = await cast.customer(shop, "I am ana@example.com")
    customer = (await Chat.get(id=ana.chat)).customer_id
    async with browser(cast.here, email=sam.email) as page:
        await Login.filter(account_id=sam.id).update(proved_at=None)
        sent = {"reason": "she asked for it", "password": "not this one"}
        told = await page.post(f"/customers/{customer}/erase", sent)
    assert told.status_code == 422 and 'value="she asked for it"' in told.text
    assert told.text.count("This is not your present password.") == 1


async def test_a_wrong_password_for_an_address_keeps_its_reason(cast: Cast) -> None:
    shop = await cast.brand()
    sam = await cast.moderator(shop, role="staff")
    ana = await cast.customer(shop, "How?", known={"email": ["ana@example.com"]})
    await Chat.filter(id=ana.chat).update(status="escalated")
    async with browser(cast.here, email=sam.email) as page:
        assert "ana@" not in (await page.open("/unanswered")).text
        sent = {"reason": "to write to her", "password": "not this one"}
        told = await page.post(f"/unanswered/{ana.chat}/reveal", sent)
    assert told.status_code == 422 and 'value="to write to her"' in told.text
    assert '<details class="confirm" open>' in told.text


async def test_programs_are_told_in_a_header(cast: Cast, impatient: None) -> None:
    shop = await cast.brand()
    sent = {"topic": shop.topic, "language": "en", "question": "How?"}
    async with httpx2.AsyncClient(base_url=f"{cast.here}/api/v1", trust_env=False, timeout=20) as http:
        assert (await http.post(f"/brands/{shop.slug}/chats", json=sent)).status_code == 201
        told = await http.post(f"/brands/{shop.slug}/chats", json=sent)
    assert told.status_code == 429 and told.json()["error"]["code"] == "too_fast"
    assert 500 < int(told.headers["Retry-After"]) <= 600
