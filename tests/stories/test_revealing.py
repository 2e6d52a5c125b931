"""One hidden value at a time, by those who may, with a reason, noted first; nobody else, never many, never unseen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from chatmarket.client import ApiError
from chatmarket.errors import SignInFirst
from chatmarket.flows import revealing, trusting, verifying
from chatmarket.models import Account, Audit, Login, VaultValue
from chatmarket.store import dialect, rows
from chatmarket.tries import Tries
from tests.cast import PASSWORD, Cast, Customer, Person, Shop
from tests.stories.browsing import browser, code_of
from tests.stories.keeping import counts

EMAIL, PHONE = "ana.reveal@example.com", "+34 612 345 987"


async def _asked(cast: Cast) -> tuple[Shop, Person, Customer]:
    """A brand, its staff, and a live chat with two hidden values."""
    shop = await cast.brand()
    ida, sam = await cast.expert(shop), await cast.moderator(shop, role="staff", name="Sam")
    return shop, sam, await cast.live(shop, ida, f"Write to {EMAIL} or call {PHONE}")


async def _reveals(person: Person, chat: int, token: str = "email", n: Any = 1, **told: Any) -> httpx2.Response:
    sent = {"token": token, "n": n, "reason": "to answer", **told}
    async with httpx2.AsyncClient(base_url=f"{person.url}/api/v1", trust_env=False, timeout=20) as http:
        return await http.post(f"/chats/{chat}/reveal", json=sent, headers={"Authorization": f"Bearer {person.token}"})


async def _long_ago(person: Person) -> None:
    """They signed in an hour ago."""
    await Login.filter(account_id=person.id).update(proved_at=datetime.now(UTC) - timedelta(hours=1))


async def test_staff_reveal_one_value_with_a_reason_and_it_is_noted(cast: Cast) -> None:
    shop, sam, ana = await _asked(cast)
    shown = await _reveals(sam, ana.chat)
    assert shown.json() == {"chat": ana.chat, "token": "email", "n": 1, "kept": "whole", "value": EMAIL}
    assert shown.headers["cache-control"] == "no-store"
    assert (await _reveals(sam, ana.chat, "phone")).json()["value"] == PHONE
    noted = await Audit.filter(brand_id=shop.id).order_by("id").values_list("action", "actor_id", "chat_id", "facts")
    assert [(row[0], row[1], row[2]) for row in noted] == [("reveal", sam.id, ana.chat)] * 2
    assert noted[0][3] == {"token": "email 1", "reason": "to answer"}
    assert [fault async for fault in verifying.faults(cast.house.audit_keys) if fault.brand == shop.slug] == []


async def test_the_page_asks_and_shows_without_any_script(cast: Cast) -> None:
    _, sam, ana = await _asked(cast)
    async with browser(cast.there, email=sam.email) as page:
        path = f"/watch/{ana.chat}/reveal"
        assert path in (await page.open(f"/watch/{ana.chat}")).text
        asked = await page.open(path, params={"token": "phone 1"})
        assert PHONE not in asked.text and 'name="token" value="phone 1"' in asked.text
        missing = await page.post(path, {"token": "phone 1", "reason": " "})
        assert missing.status_code == 422 and PHONE not in missing.text
        shown = await page.post(path, {"token": "phone 1", "reason": "she is waiting"})
        assert shown.status_code == 200 and PHONE in shown.text and EMAIL not in shown.text
        assert shown.headers["cache-control"] == "no-store"
        assert f'<noscript><meta http-equiv="refresh" content="30; url=/watch/{ana.chat}">' in shown.text
        part = await page.post(path, {"token": "email 1", "reason": "x"}, headers={"HX-Request": "true"})
        assert EMAIL in part.text and "<html" not in part.text and 'data-hide-after="30"' in part.text
        audit = (await page.open("/audit")).text
        assert "phone 1: she is waiting" in audit and PHONE not in audit


async def test_experts_customers_other_brands_and_moderators_without_the_right_see_nothing(cast: Cast) -> None:
    shop, sam, ana = await _asked(cast)
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    stranger = await cast.moderator(await cast.brand(), role="staff")
    before = await counts()
    for person, status, code in ((ida, 403, "not_allowed"), (mo, 403, "may_not_reveal"), (stranger, 404, "not_there")):
        refused = await _reveals(person, ana.chat)
        assert (refused.status_code, code_of(refused)) == (status, code)
    customer = replace(sam, token=ana.token)
    assert (await _reveals(customer, ana.chat)).status_code == 401
    async with browser(cast.here, email=mo.email) as page:
        assert "data-reveal" not in (await page.open(f"/watch/{ana.chat}")).text
        assert (await page.open(f"/watch/{ana.chat}/reveal")).status_code == 403
        refused = await page.post(f"/watch/{ana.chat}/reveal", {"token": "email 1", "reason": "x"})
        assert (refused.status_code, code_of(refused)) == (403, "may_not_reveal")
    after = await counts()
    assert after["audit"] == before["audit"] + 1  # that mo read the chat
    assert not await Audit.filter(chat_id=ana.chat, action="reveal").exists()


async def test_staff_let_a_moderator_reveal_and_take_it_back(cast: Cast) -> None:
    shop, sam, ana = await _asked(cast)
    mo, ida = await cast.moderator(shop, name="Mo"), await cast.expert(shop)
    theirs = await cast.moderator(await cast.brand())
    async with browser(cast.here, email=sam.email) as page:
        assert (await page.post(f"/people/{mo.id}/reveal", {"may": "yes"})).status_code == 303
        assert (await page.post(f"/people/{mo.id}/reveal", {"may": "yes"})).status_code == 303
        assert (await _reveals(mo, ana.chat)).json()["value"] == EMAIL
        assert "Withdraw the right of Mo" in (await page.open("/people")).text
        assert (await page.post(f"/people/{mo.id}/reveal", {"may": "no"})).status_code == 303
        for other in (theirs.id, ida.id, sam.id):
            assert (await page.post(f"/people/{other}/reveal", {"may": "yes"})).status_code == 404
    assert code_of(await _reveals(mo, ana.chat)) == "may_not_reveal"
    assert not await Account.filter(id__in=[theirs.id, ida.id], may_reveal=True).exists()
    noted = await Audit.filter(brand_id=shop.id).order_by("id").values_list("action", "facts")
    assert noted[0] == ("allow_reveal", {"person": mo.id}) and noted[-1] == ("deny_reveal", {"person": mo.id})
    assert [action for action, _ in noted] == ["allow_reveal", "reveal", "deny_reveal"]
    async with browser(cast.here, email=mo.email) as page:
        assert (await page.open("/people")).status_code == 403
        assert code_of(await page.post(f"/people/{mo.id}/reveal", {"may": "yes"})) == "not_allowed"


async def test_the_password_is_asked_again_once_it_was_given_too_long_ago(cast: Cast) -> None:
    _, sam, ana = await _asked(cast)
    await _long_ago(sam)
    asked = await _reveals(sam, ana.chat)
    assert (asked.status_code, code_of(asked), asked.json()["error"]["field"]) == (403, "prove_first", "password")
    for wrong in ("not my password", "x", 7, ["x"]):
        refused = await _reveals(sam, ana.chat, password=wrong)
        assert (refused.status_code, code_of(refused)) == (422, "no_match")
    assert not await Audit.filter(chat_id=ana.chat).exists()
    assert (await _reveals(sam, ana.chat, password=PASSWORD)).json()["value"] == EMAIL
    assert (await _reveals(sam, ana.chat)).json()["value"] == EMAIL
    async with browser(cast.here, email=sam.email) as page:
        await _long_ago(sam)
        path = f"/watch/{ana.chat}/reveal"
        assert 'type="password"' in (await page.open(path)).text
        refused = await page.post(path, {"token": "email 1", "reason": "x", "password": "not my password"})
        assert refused.status_code == 422 and EMAIL not in refused.text and "not your present password" in refused.text
        shown = await page.post(path, {"token": "email 1", "reason": "x", "password": PASSWORD})
        assert EMAIL in shown.text


async def test_a_password_is_not_guessed_by_who_holds_a_stolen_login(cast: Cast) -> None:
    _, sam, ana = await _asked(cast)
    await _long_ago(sam)
    cast.house.reveals = Tries(0, window_s=60)
    tries = [code_of(await _reveals(sam, ana.chat, password=f"guess number {n}")) for n in range(12)]
    assert tries == ["no_match"] * 10 + ["too_fast"] * 2
    assert code_of(await _reveals(sam, ana.chat, password=PASSWORD)) == "too_fast"


async def test_no_value_leaves_before_its_row_is_committed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever ends the process in between, the row is there."""
    _, sam, ana = await _asked(cast)
    login = await Login.filter(account_id=sam.id).select_related("account").first()

    async def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(revealing, "_opened", killed)
        with pytest.raises(SystemExit):
            await revealing.reveal(cast.house, login, ana.chat, "email 1", "why", {})
    noted = await Audit.get(chat_id=ana.chat)
    assert (noted.action, noted.facts["token"]) == ("reveal", "email 1")


@pytest.mark.logs_errors
async def test_a_row_that_cannot_be_written_lets_no_value_out(cast: Cast) -> None:
    _, sam, ana = await _asked(cast)
    async with _no_audit():
        refused = await _reveals(sam, ana.chat)
        assert refused.status_code in (500, 503) and EMAIL not in refused.text
    assert (await _reveals(sam, ana.chat)).json()["value"] == EMAIL


@asynccontextmanager
async def _no_audit() -> AsyncIterator[None]:
    """The database refuses every audit row, as one whose disk is full would."""
    if dialect() == "sqlite":
        await rows("CREATE TRIGGER no_audit BEFORE INSERT ON auditlink BEGIN SELECT RAISE(ABORT, 'full'); END")
    else:
        await rows(
            "CREATE TRIGGER no_audit BEFORE INSERT ON auditlink FOR EACH STATEMENT EXECUTE FUNCTION added_only()"
        )
    try:
        yield
    finally:
        await rows("DROP TRIGGER no_audit" + ("" if dialect() == "sqlite" else " ON auditlink"))


async def test_a_reason_that_quotes_a_value_is_noted_without_it(cast: Cast) -> None:
    _, sam, ana = await _asked(cast)
    await _reveals(sam, ana.chat, reason=f"is it {EMAIL.upper()} or other@example.org?")
    noted = (await Audit.get(chat_id=ana.chat)).facts["reason"]
    assert noted == "is it [email] or [email]?"


async def test_a_dropped_kind_is_said_not_to_be_kept_and_of_a_card_there_are_four_digits(cast: Cast) -> None:
    shop = await cast.brand()
    sam = await cast.moderator(shop, role="staff")
    ana = await cast.customer(shop, "My card is 4111 1111 1111 1111 and my PIN is 7391")
    dropped, card = (await _reveals(sam, ana.chat, "pin")).json(), (await _reveals(sam, ana.chat, "card")).json()
    assert (dropped["kept"], dropped["value"]) == ("no", None)
    assert (card["kept"], card["value"]) == ("last_four", "•••• 1111")
    async with browser(cast.here, email=sam.email) as page:
        asked = (await page.open(f"/watch/{ana.chat}/reveal")).text
        assert asked.count("not kept") == 1
    assert [row.facts["token"] for row in await Audit.filter(brand_id=shop.id, action="reveal")] == ["card 1"]


async def test_what_is_not_kept_is_said_and_what_was_never_there_is_not_there(cast: Cast) -> None:
    _, sam, ana = await _asked(cast)
    await VaultValue.filter(chat_id=ana.chat, kind="phone").delete()  # as a kind that the brand drops
    kept = (await _reveals(sam, ana.chat, "phone")).json()
    assert (kept["kept"], kept["value"]) == ("no", None)
    async with browser(cast.here, email=sam.email) as page:
        told = await page.post(f"/watch/{ana.chat}/reveal", {"token": "phone 1", "reason": "x"})
        assert "Not kept" in told.text and "data-hide-after" not in told.text
    for token, n in (("email", 2), ("iban", 1)):
        assert (await _reveals(sam, ana.chat, token, n)).status_code == 404
    for token, n in (("nothing", 1), ("solicitation", 1), ("email", 0), ("email", "x"), (7, 1), ("email 1 2", 1)):
        assert (await _reveals(sam, ana.chat, token, n)).status_code == 422
    assert not await Audit.filter(chat_id=ana.chat).exists()


async def test_many_reveals_are_told_to_the_brand_and_then_stopped(cast: Cast, town) -> None:
    shop, sam, ana = await _asked(cast)
    settings = cast.house.settings
    for house in town.houses:
        house.settings = replace(house.settings, reveal_alert=3, reveals_per_day=5)
        house.reveals = Tries(0, window_s=60)
    try:
        there = replace(sam, url=cast.there)
        answers = await asyncio.gather(*(_reveals((sam, there)[n % 2], ana.chat) for n in range(8)))
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 3
        assert {code_of(answer) for answer in answers} == {None, "budget_spent"}
        assert sum(EMAIL in answer.text for answer in answers) == 5
    finally:
        for house in town.houses:
            house.settings = replace(house.settings, reveal_alert=20, reveals_per_day=50)
    noted = await Audit.filter(brand_id=shop.id, action="alert").order_by("id").values_list("facts", flat=True)
    assert list(noted) == [{"why": "many", "reveals": 3}, {"why": "spent", "reveals": 5}]
    assert await Audit.filter(brand_id=shop.id, action="reveal").count() == 5
    other = await cast.moderator(shop)
    async with browser(cast.here, email=other.email) as page:
        for path in ("/board", "/audit"):
            assert "Sam revealed 5 hidden details within a day and was stopped" in (await page.open(path)).text
    assert settings.reveal_alert == 20


async def test_the_client_reveals_and_its_answer_shows_no_value_by_itself(cast: Cast) -> None:
    _, sam, ana = await _asked(cast)
    shown = await sam.api.reveal(ana.chat, sam.token, "email", 1, reason="to answer")
    assert (shown.kept, shown.value) == ("whole", EMAIL) and EMAIL not in repr(shown)
    await _long_ago(sam)
    with pytest.raises(ApiError, match="403 prove_first"):
        await sam.api.reveal(ana.chat, sam.token, "email", 1, reason="to answer")
    again = await sam.api.reveal(ana.chat, sam.token, "email", 1, reason="to answer", password=PASSWORD)
    assert again.value == EMAIL


async def test_nobody_reveals_in_a_hurry(cast: Cast) -> None:
    _, sam, ana = await _asked(cast)
    cast.house.reveals = Tries(10, window_s=60)
    codes = [code_of(await _reveals(sam, ana.chat)) for _ in range(11)]
    assert codes == [None] * 10 + ["too_fast"]


@pytest.mark.parametrize("taken", ["right", "login", "account"])
async def test_a_right_that_is_taken_while_the_password_is_checked_is_gone(cast: Cast, taken: str) -> None:
    shop, _, ana = await _asked(cast)
    mo = await cast.moderator(shop)
    await Account.filter(id=mo.id).update(may_reveal=True)
    login = await Login.filter(account_id=mo.id).select_related("account").first()
    now = datetime.now(UTC)
    if taken == "login":
        await Login.filter(account_id=mo.id).update(revoked_at=now)
    else:
        gone: dict[str, Any] = {"may_reveal": False} if taken == "right" else {"disabled_at": now}
        await Account.filter(id=mo.id).update(**gone)
    # `login` was read before: as by a request that is still checking the password.
    with pytest.raises(trusting.MayNotReveal if taken == "right" else SignInFirst):
        await revealing.reveal(cast.house, login, ana.chat, "email 1", "why", {})
    assert not await Audit.filter(chat_id=ana.chat).exists()


async def test_giving_the_right_needs_the_password(cast: Cast) -> None:
    shop, sam, _ = await _asked(cast)
    mo = await cast.moderator(shop, name="Mo")
    async with browser(cast.here, email=sam.email) as page:
        assert 'type="password"' not in (await page.open("/people")).text
        await _long_ago(sam)
        assert 'type="password"' in (await page.open("/people")).text
        path = f"/people/{mo.id}/reveal"
        refused = await page.post(path, {"may": "yes"})
        assert refused.status_code == 403 and "give your password again" in refused.text
        wrong = await page.post(path, {"may": "yes", "password": "not my password"})
        assert wrong.status_code == 422 and "not your present password" in wrong.text
        assert not (await Account.get(id=mo.id)).may_reveal
        assert (await page.post(path, {"may": "yes", "password": PASSWORD})).status_code == 303
    assert (await Account.get(id=mo.id)).may_reveal
