"""Finding the way: whoever is signed in finds every page they may open in the menu, each in one place."""

import re
from collections import Counter

import pytest

from chatmarket.routes import ROUTES
from tests.cast import Cast, Person, Shop
from tests.stories.browsing import Browser, browser

LISTS = re.compile(
    r'<nav class="(?:nav|tabs)".*?</nav>|<div class="menu__list">.*?</div>|<ul class="[^"]*pages">.*?</ul>', re.S
)
WITHIN = {"/topics/own"}  # a topic's own page, listed with the other topics


def _addresses() -> set[str]:
    return {
        route.path for route in ROUTES if "{" not in route.path and "GET" in (getattr(route, "methods", None) or ())
    }


async def _opens(page: Browser) -> set[str]:
    """The pages that answer this person, and nobody who is not signed in."""
    async with browser(page.url) as visitor:
        return {
            path
            for path in _addresses() - WITHIN
            if (await page.open(path)).status_code == 200 and (await visitor.open(path)).status_code != 200
        }


async def _listed(page: Browser, home: str) -> Counter[str]:
    """The addresses in the header of this page and of those it leads to, each list counted once."""
    lists: set[tuple[str, ...]] = set()
    to_open, opened = [home], set()
    while to_open:
        here = to_open.pop()
        opened.add(here)
        found = {tuple(re.findall(r'href="([^"]+)"', one)) for one in LISTS.findall((await page.open(here)).text)}
        lists |= found
        to_open += sorted({address for one in found for address in one} - opened - set(to_open))
    return Counter(address for one in lists for address in one)


async def _person(cast: Cast, shop: Shop, role: str) -> Person:
    return await cast.expert(shop) if role == "expert" else await cast.moderator(shop, role=role)


@pytest.mark.parametrize(("role", "home"), [("expert", "/lobby"), ("moderator", "/board"), ("staff", "/board")])
async def test_the_menu_leads_to_every_page_that_one_may_open(cast: Cast, role: str, home: str) -> None:
    person = await _person(cast, await cast.brand(), role)
    async with browser(cast.here, email=person.email) as page:
        listed = await _listed(page, home)
        assert set(listed) == await _opens(page)
        tops = {address for address, times in listed.items() if times > 1}
        assert tops <= {"/reviews", "/experts", "/brands"}, "a place is in the menu once, and first among its own pages"


async def test_a_moderator_is_shown_no_page_of_the_staff(cast: Cast) -> None:
    shop = await cast.brand()
    mo = await cast.moderator(shop)
    async with browser(cast.here, email=mo.email) as page:
        listed = await _listed(page, "/board")
        assert not {"/offering", "/customers", "/people", "/privacy", "/recruiting"} & set(listed)
        for address in listed:
            assert (await page.open(address)).status_code == 200, address


async def test_what_waits_for_a_decision_is_counted_where_it_waits(cast: Cast) -> None:
    shop = await cast.brand()
    kira, mo = await cast.expert(shop), await cast.moderator(shop)
    async with browser(cast.here, email=mo.email) as page:
        assert "nav__count" not in (await page.open("/cases")).text
        for _ in range(3):
            await cast.rated(shop, kira, resolved=False)
        told = (await page.open("/cases")).text
        assert told.count('title="1 waits for a decision"') == 1 and told.count('title="1 open case"') == 1
