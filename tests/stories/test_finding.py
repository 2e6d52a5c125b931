"""A customer is found by what they gave, however the brand's staff write it."""

import pytest

from chatmarket.models import Chat
from tests.cast import Cast
from tests.stories.browsing import browser


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("+34 612 987 451", "612.987.451"),
        ("612 987 452", "+34 612 987 452"),
        ("+34 612 987 453", "0034612987453"),
        ("0034 612 987 454", "(612) 987-454"),
        ("+44 20 7946 0958", "020 7946 0958"),
        ("Finder.One@Heronmail.example", " finder.one@heronmail.example"),
        ("finder.two@heronmail.example", "FINDER.TWO@HERONMAIL.EXAMPLE"),
    ],
)
async def test_one_value_is_found_in_any_spelling(cast: Cast, kept: str, typed: str) -> None:
    shop = await cast.brand()
    sam = await cast.moderator(shop, role="staff")
    ana = await cast.customer(shop, f"My contact is {kept}")
    customer = (await Chat.get(id=ana.chat)).customer_id
    async with browser(cast.here, email=sam.email) as page:
        found = await page.post("/customers", {"what": typed})
        assert (found.status_code, found.headers.get("location")) == (303, f"/customers/{customer}")


async def test_who_is_not_found_is_told_what_was_looked_for(cast: Cast) -> None:
    shop = await cast.brand()
    sam = await cast.moderator(shop, role="staff")
    async with browser(cast.here, email=sam.email) as page:
        for typed, meant in (
            ("#99999999", "a chat's number"),
            ("no.one@heronmail.example", "an e-mail address"),
            ("+34 699 000 111", "a telephone number, with and without"),
        ):
            assert meant in (await page.post("/customers", {"what": typed})).text
        saved = await page.post("/customers/retention", {"days": "4000", "confirmed": "yes"})
        assert saved.status_code == 422 and "from 1 to 3,650" in saved.text
        done = await page.post("/customers/retention", {"days": "30", "confirmed": "yes"})
        assert "erased 30 days after" in (await page.open(done.headers["location"])).text
