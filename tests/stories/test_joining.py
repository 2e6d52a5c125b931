"""Who comes in, as whom, and how a login ends."""

from datetime import UTC, datetime

import pytest

from chatmarket.client import ApiError
from chatmarket.flows.joining import token_hash
from chatmarket.models import Account, Login, Skill
from tests.cast import PASSWORD, Cast, Shop
from tests.stories.browsing import Browser, browser
from tests.stories.keeping import counts
from tests.stories.listening import bare, close_code, normal

NEW = "another long password"


async def test_an_expert_signs_up_on_the_page_and_stands_in_the_lobby(cast: Cast) -> None:
    shop = await cast.brand()
    async with browser(cast.here) as page:
        assert (await page.open("/sign-up", params={"brand": shop.slug})).status_code == 200
        joined = await page.post("/sign-up", _form(shop))
        assert (joined.status_code, joined.headers["location"]) == (303, "/lobby")
        cookie = joined.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
        assert (await page.open("/lobby")).status_code == 200
        account = await Account.get(email=f"{shop.slug}@example.com")
        assert await Skill.filter(expert_id=account.id, certified=True).count() == 2
        assert (await page.post("/sign-out")).headers["location"] == "/"
        assert (await page.open("/lobby")).headers["location"] == "/sign-in?next=/lobby"
        back = await page.sign_in(f"  {shop.slug.upper()}@Example.com", next="/earnings")
        assert (back.status_code, back.headers["location"]) == (303, "/earnings")
        assert (await page.open("/sign-in")).headers["location"] == "/lobby"


def _form(shop: Shop, **changed: object) -> dict[str, object]:
    filled = {"name": "Ida", "email": f"{shop.slug}@example.com", "password": PASSWORD, "brand": shop.slug}
    return {**filled, "languages": ["en"], "topics": [str(topic.id) for topic in shop.topics], **changed}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "nonsense"}, "email"),
        ({"name": " "}, "name"),
        ({"password": "short"}, "password"),
        ({"languages": ["xx"]}, "languages"),
        ({"topics": []}, "topics"),
        ({"brand": "nobody"}, "brand"),
    ],
)
async def test_a_sign_up_with_something_missing_keeps_nothing_and_names_the_field(
    cast: Cast, changed: dict[str, object], field: str
) -> None:
    shop = await cast.brand()
    before = await counts()
    async with browser(cast.here) as page:
        refused = await page.post("/sign-up", _form(shop, **changed))
    assert refused.status_code == 422 and PASSWORD not in refused.text
    assert f"{field}-error" in refused.text
    assert await counts() == before


async def test_one_address_joins_once(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    before = await counts()
    with pytest.raises(ApiError, match="422 taken_address"):
        await ida.api.sign_up(
            ida.email.upper(), PASSWORD, "Eve", brand=shop.slug, topics=[shop.topic], languages=["en"]
        )
    assert await counts() == before


async def test_nobody_joins_with_an_address_of_the_servers_own(cast: Cast) -> None:
    shop = await cast.brand()
    with pytest.raises(ApiError, match="422 taken_address"):
        await cast.api(cast.here).sign_up(
            "Machine@Chatmarket.Invalid", PASSWORD, "Eve", brand=shop.slug, topics=[shop.topic], languages=["en"]
        )


async def test_a_wrong_password_and_an_unknown_address_are_answered_alike(cast: Cast) -> None:
    ida = await cast.expert(await cast.brand())
    unknown = f"nobody-{ida.email}"

    async def refused(email: str) -> tuple[int, str, str, str | None]:
        with pytest.raises(ApiError) as refusal:
            await ida.api.sign_in(email, "not the password")
        return refusal.value.status, refusal.value.code, refusal.value.text, refusal.value.field

    assert await refused(ida.email) == await refused(unknown)
    async with browser(cast.here) as page:
        pages = [(await page.sign_in(email, "not the password")).text for email in (ida.email, unknown)]
    assert normal(pages[0].replace(ida.email, "?")) == normal(pages[1].replace(unknown, "?"))
    assert "do not belong together" in pages[0]


async def test_guessing_is_slowed_for_an_address_whether_it_is_known_or_not(cast: Cast) -> None:
    ida = await cast.expert(await cast.brand())
    for email in (ida.email, f"nobody-{ida.email}"):
        codes = []
        for _ in range(11):
            with pytest.raises(ApiError) as refusal:
                await ida.api.sign_in(email, "not the password")
            codes.append((refusal.value.status, refusal.value.code))
        assert codes == [(422, "no_match")] * 10 + [(429, "too_fast")]


async def test_a_new_password_ends_the_other_logins_and_closes_their_sockets_on_the_other_server(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    ana = await cast.live(shop, ida)
    async with (
        browser(cast.here, email=ida.email) as page,
        bare(f"{cast.there}/lobby/live", ida.token) as lobby,
        bare(f"{cast.there}/rooms/{ana.chat}/live", ida.token) as room,
    ):
        await lobby.hears("offers")
        await room.resume()
        wrong = await page.post("/account/password", {"old": "not the password", "new": NEW})
        assert wrong.status_code == 422 and "not your present password" in wrong.text
        assert (await page.post("/account/password", {"old": PASSWORD, "new": "short"})).status_code == 422
        saved = await page.post("/account/password", {"old": PASSWORD, "new": NEW})
        assert saved.status_code == 200 and "Your password is changed" in saved.text
        assert (await lobby.closes(), await room.closes()) == (4401, 4401)
        assert (await page.open("/lobby")).status_code == 200  # this login goes on
    with pytest.raises(ApiError, match="401 sign_in"):
        await ida.api.earnings(ida.token)
    with pytest.raises(ApiError, match="no_match"):
        await ida.api.sign_in(ida.email, PASSWORD)
    assert (await ida.api.sign_in(ida.email, NEW)).account.id == ida.id


async def test_signing_out_ends_this_login_only(cast: Cast) -> None:
    ida = await cast.expert(await cast.brand())
    other = await ida.api.sign_in(ida.email, PASSWORD)
    url = f"{cast.there}/lobby/live"
    async with bare(url, ida.token) as lobby, bare(url, other.token) as on:
        await lobby.hears("offers")
        await on.hears("offers")
        await ida.api.sign_out(ida.token)
        assert await lobby.closes() == 4401
        await on.say("ping")
        await on.hears("pong")
    assert await close_code(f"{cast.here}/lobby/live", ida.token) == 4401
    await ida.api.earnings(other.token)


async def test_one_login_is_revoked_from_the_account_page_and_nobody_elses_can_be(cast: Cast) -> None:
    shop = await cast.brand()
    ida, eve = await cast.expert(shop), await cast.expert(shop)
    login = await Login.get(token_hash=token_hash(ida.token))
    async with browser(cast.there, email=eve.email) as page:
        await page.post(f"/account/logins/{login.id}/revoke")
    await ida.api.earnings(ida.token)
    async with browser(cast.here, email=ida.email) as page:
        assert f"/account/logins/{login.id}/revoke" in (await page.open("/account")).text
        assert (await page.post(f"/account/logins/{login.id}/revoke")).status_code == 303
        with pytest.raises(ApiError, match="401"):
            await ida.api.earnings(ida.token)
        again = await ida.api.sign_in(ida.email, PASSWORD)
        assert (await page.post("/account/logins/revoke-others")).status_code == 303
        with pytest.raises(ApiError, match="401"):
            await ida.api.earnings(again.token)
        assert (await page.open("/account")).status_code == 200


async def test_a_disabled_account_is_signed_in_nowhere(cast: Cast) -> None:
    ida = await cast.expert(await cast.brand())
    await Account.filter(id=ida.id).update(disabled_at=datetime.now(UTC))
    with pytest.raises(ApiError, match="401"):
        await ida.api.earnings(ida.token)
    assert await close_code(f"{cast.here}/lobby/live", ida.token) == 4401
    with pytest.raises(ApiError, match="no_match"):
        await ida.api.sign_in(ida.email, PASSWORD)


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
     "/\t/evil.example", "https:evil.example", "", "evil.example", "/\n/evil.example"],
)  # fmt: skip
async def test_signing_in_leads_to_our_own_pages_only(cast: Cast, elsewhere: str) -> None:
    ida = await cast.expert(await cast.brand())
    async with browser(cast.here) as page:
        shown = await page.open("/sign-in", params={"next": elsewhere})
        assert shown.status_code == 200 and "<script>alert" not in shown.text
        answer = await page.sign_in(ida.email, next=elsewhere)
        assert (answer.status_code, answer.headers["location"]) == (303, "/lobby")
        language = await page.post("/language", {"to": "es", "back": elsewhere})
        assert (language.status_code, language.headers["location"]) == (303, "/")


async def test_the_chosen_language_is_kept_with_the_account(cast: Cast) -> None:
    ida = await cast.expert(await cast.brand())
    async with browser(cast.here, email=ida.email) as page:
        assert (await page.post("/language", {"to": "es", "back": "/lobby"})).headers["location"] == "/lobby"
        assert '<html lang="es"' in (await page.open("/lobby")).text
    async with browser(cast.there, email=ida.email) as page:
        assert '<html lang="es"' in (await page.open("/lobby")).text
    assert (await Account.get(id=ida.id)).language == "es"


async def test_a_form_of_before_signing_in_does_nothing_afterwards(cast: Cast) -> None:
    ida = await cast.expert(await cast.brand())
    async with browser(cast.here) as page:
        old = await page.form_token()
        await page.sign_in(ida.email)
        assert (await _sign_out_with(page, old)).status_code == 403
        assert (await page.open("/lobby")).status_code == 200


async def _sign_out_with(page: Browser, token: str):
    return await page.post_raw("/sign-out", {"csrf": token}, origin=page.url)
