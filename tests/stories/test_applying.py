"""How people become a brand's experts: its page, its terms by version, its invitations, and what is refused."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chatmarket.client import ApiError
from chatmarket.flows import inviting
from chatmarket.models import Acceptance, Account, Application, Audit, Brand, Expert, Invitation, Skill, Terms
from tests.cast import PASSWORD, Cast, Person, Shop
from tests.stories.browsing import Browser, browser, code_of


def _applicant(shop: Shop, name: str = "Nell", **other: Any) -> dict[str, Any]:
    return {
        "name": name,
        "email": f"{name.lower()}-{shop.slug}@example.com",
        "password": PASSWORD,
        "topics": str(shop.topic),
        "languages": "en",
        "time_zone": "Europe/Madrid",
        **other,
    }


async def _publish(page: Browser, text: str, seen: int) -> None:
    told = await page.post("/recruiting/terms", {"terms-en": text, "seen": str(seen), "confirmed": "yes"})
    assert told.status_code == 200, told.text


async def _link(cast: Cast, staff: Person, **asked: str) -> str:
    async with browser(cast.here, email=staff.email) as page:
        form = {"note": "the forum", "language": "en", "most": "1", "days": "14", **asked}
        assert (await page.post("/recruiting/invitations", form)).status_code == 303
        links = re.findall(r"<code>[^<]*(/join/[^<]+)</code>", (await page.open("/recruiting/invitations")).text)
        return str(links[0])


async def test_an_applicant_reads_the_brands_page_accepts_its_terms_and_waits_for_a_certificate(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    sam = await cast.moderator(shop, role="staff")
    async with browser(cast.here, email=sam.email) as page:
        shown = await page.post("/recruiting", {"recruiting": "yes", "welcome-en": "Riders wanted\nReally"})
        assert "Saved." in shown.text
        await _publish(page, "Be kind.", 0)
    async with browser(cast.there) as page:
        told = (await page.open(f"/b/{shop.slug}/join")).text
        assert "Riders wanted\nReally" in told and "Be kind." in told and "version 1" in told
        unread = await page.post(f"/b/{shop.slug}/join", _applicant(shop))
        assert (
            unread.status_code == 422 and "Only who accepts the terms" in unread.text and 'value="Nell"' in unread.text
        )
        done = await page.post(f"/b/{shop.slug}/join", _applicant(shop, accept="yes", terms="1"))
        assert done.headers["location"] == "/brands"
        mine = (await page.open("/brands")).text
        assert "not certified yet" in mine and "Your time zone: Madrid." in mine and "accepted" in mine
        again = (await page.open(f"/b/{shop.slug}/join")).text
        assert "You have applied here already." in again
    nell = await Account.get(email=f"nell-{shop.slug}@example.com")
    accepted = await Acceptance.get(account_id=nell.id).select_related("terms")
    assert (accepted.terms.version, accepted.terms.texts) == (1, {"en": "Be kind."})
    assert (await Expert.get(account_id=nell.id)).time_zone == "Europe/Madrid"
    async with browser(cast.here, email=sam.email) as page:
        assert "Nell" in (await page.open("/experts")).text


async def test_new_terms_are_accepted_again_before_the_next_claim(cast: Cast) -> None:
    shop = await cast.brand()
    ida, sam = await cast.expert(shop), await cast.moderator(shop, role="staff")
    await ida.claim(await cast.customer(shop))
    async with browser(cast.here, email=sam.email) as page:
        await _publish(page, "First", 0)
        stale = await page.post("/recruiting/terms", {"terms-en": "Mine", "seen": "0", "confirmed": "yes"})
        assert stale.status_code == 422 and "version 1 meanwhile" in stale.text and "Mine" in stale.text
        await _publish(page, "Second", 1)
    asked = await cast.customer(shop)
    with pytest.raises(ApiError, match="terms_first"):
        await ida.claim(asked)
    async with browser(cast.there, email=ida.email) as page:
        assert "Second" in (await page.open("/brands")).text
        old = await page.post(f"/brands/{shop.slug}/terms", {"accept": "yes", "terms": "1"})
        assert old.status_code == 422 and "have changed" in old.text
        assert (await page.post(f"/brands/{shop.slug}/terms", {"accept": "yes", "terms": "2"})).status_code == 303
        assert (await page.post(f"/brands/{shop.slug}/terms", {"accept": "yes", "terms": "2"})).status_code == 303
    await ida.claim(asked)
    assert await Acceptance.filter(account_id=ida.id).count() == 1
    assert await Terms.filter(brand_id=shop.id).count() == 2
    assert await Audit.filter(brand_id=shop.id, action="publish_terms").count() == 2


async def test_a_brand_that_invites_takes_nobody_else_and_a_link_works_as_often_as_it_says(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    sam = await cast.moderator(shop, role="staff")
    await Brand.filter(id=shop.id).update(recruiting=False)
    link = await _link(cast, sam, most="1")
    async with browser(cast.here) as page:
        assert "by invitation only" in (await page.open(f"/b/{shop.slug}/join")).text
        assert shop.slug not in (await page.open("/sign-up")).text
        closed = await page.post(f"/b/{shop.slug}/join", _applicant(shop, "Otto"))
        assert closed.status_code == 422 and not await Application.exists(brand_id=shop.id)
        assert (await page.post("/sign-up", {**_applicant(shop, "Otto"), "brand": shop.slug})).status_code == 422
        assert "You are invited" in (await page.open(link)).text
        assert (await page.post(link, _applicant(shop, "Nell"))).status_code == 303
    async with browser(cast.there) as page:
        late = await page.post(link, _applicant(shop, "Otto"))
        assert late.status_code == 409 and "was used up" in late.text
        assert (await page.open(link[:-2] + "xx")).status_code == 404
    assert not await Account.exists(email=f"otto-{shop.slug}@example.com")
    invited = await Application.get(brand_id=shop.id)
    assert invited.invitation_id is not None


async def test_an_invitation_ends_is_taken_back_and_is_forgotten(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    sam, rival = await cast.moderator(shop, role="staff"), await cast.moderator(other, role="staff")
    ended, revoked = await _link(cast, sam), await _link(cast, sam)
    first, second = await Invitation.filter(brand_id=shop.id).order_by("id")
    async with browser(cast.here, email=rival.email) as page:
        assert (await page.post(f"/recruiting/invitations/{second.id}/revoke")).status_code == 404
        assert "/join/" not in (await page.open("/recruiting/invitations")).text
    async with browser(cast.here, email=sam.email) as page:
        assert (await page.post(f"/recruiting/invitations/{second.id}/revoke")).status_code == 303
    await Invitation.filter(id=first.id).update(ends_at=datetime.now(UTC) - timedelta(days=31), email="x@example.com")
    async with browser(cast.there) as page:
        for link in (ended, revoked):
            assert (await page.open(link)).status_code == 409
    await inviting.forget()
    assert (await Invitation.get(id=first.id)).email is None


async def test_a_table_is_shown_with_what_is_wrong_and_nothing_of_it_is_lost(cast: Cast) -> None:
    shop = await cast.brand(languages=("en", "es"))
    sam = await cast.moderator(shop, role="staff")
    lines = ("correo;nombre;idioma", "ana@example.com;Ana Ruiz;es", "not an address;Ben", "ANA@example.com;Ana")
    table = "\n".join((*lines, "cy@example.com;;fr"))
    async with browser(cast.here, email=sam.email) as page:
        read = await page.post(
            "/recruiting/invitations/table", {"days": "14"}, files={"file": ("a.csv", table.encode("cp1252"))}
        )
        for told in (
            "does not look like an e-mail",
            "stands in the table twice",
            "write it as en or es",
            "Make 1 link",
        ):
            assert told in read.text, told
        assert "not an address;Ben" in read.text and not await Invitation.exists(brand_id=shop.id)
        made = await page.post("/recruiting/invitations/table", {"days": "14", "table": table, "do": "invite"})
        assert "1 links made" in made.text and "not an address;Ben" in made.text and "cy@example.com" in made.text
        assert "mailto:ana%40example.com" in made.text or "mailto:ana@example.com" in made.text
        again = await page.post("/recruiting/invitations/table", {"days": "14", "table": "ana@example.com"})
        assert "There is an open invitation" in again.text
    ana = await Invitation.get(brand_id=shop.id)
    assert (ana.email, ana.note, ana.language, ana.most) == ("ana@example.com", "Ana Ruiz", "es", 1)
    facts = (await Audit.get(brand_id=shop.id, action="invite")).facts
    assert facts == {"links": 1, "uses": 1, "days": 14}


async def test_one_account_answers_for_two_brands_and_each_knows_its_own_languages_only(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    ida = await cast.expert(shop, languages=("en",))
    await Skill.filter(expert_id=ida.id).update(languages=None)
    async with browser(cast.here, email=ida.email) as page:
        form = {"topics": str(other.topic), "languages": ["en", "es"], "time_zone": "Atlantic/Canary"}
        foreign = await page.post(f"/b/{other.slug}/join", {**form, "topics": str(shop.topic)})
        assert foreign.status_code == 422
        assert (await page.post(f"/b/{other.slug}/join", form)).status_code == 303
        twice = await page.post(f"/b/{other.slug}/join", form)
        assert twice.status_code == 409 and code_of(twice) is None and "already" in twice.text
        more = await page.post(f"/b/{other.slug}/join", {**form, "topics": str(other.topics[1].id), "languages": "en"})
        assert more.status_code == 303
    assert await Skill.filter(expert_id=ida.id, topic__brand_id=other.id).count() == 2
    assert (await Application.get(expert_id=ida.id, brand_id=other.id)).languages == ["en", "es"]
    with pytest.raises(ApiError, match="unskilled"):
        await ida.claim(await cast.customer(shop, "¿Cómo?", language="es"))
    await ida.claim(await cast.customer(other, "¿Cómo?", language="es"))


async def test_all_that_is_wrong_in_an_application_is_marked_at_once_and_what_was_typed_stays(cast: Cast) -> None:
    shop = await cast.brand()
    sam = await cast.moderator(shop, role="staff")
    async with browser(cast.here, email=sam.email) as page:
        await _publish(page, "Be kind.", 0)
    wrong = {"name": "", "email": "nell@", "password": "short", "languages": "xx", "time_zone": "Nowhere"}
    marked = ("name", "email", "password", "topics", "languages", "time_zone", "accept")
    async with browser(cast.here) as page:
        told = await page.post(f"/b/{shop.slug}/join", wrong)
        assert told.status_code == 422 and 'value="nell@"' in told.text and "short" not in told.text
        for field in marked:
            assert f'id="{field}-error"' in told.text, field
        both = await page.post("/sign-up", {"name": "Nell", "email": "nell@", "password": "short", "brand": shop.slug})
        for field in ("email", "password", "topics", "languages"):
            assert f'id="{field}-error"' in both.text, field
        assert 'id="name-error"' not in both.text and 'value="Nell"' in both.text
    assert not await Account.exists(name="Nell", email__startswith="nell@")
