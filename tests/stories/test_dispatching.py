"""A brand's staff choose how its questions are offered."""

import pytest

from chatmarket.client import Offer, Offers
from chatmarket.flows import dispatching, offering
from chatmarket.models import Audit, Brand
from tests.cast import PASSWORD, PATIENT, Cast
from tests.stories.browsing import browser
from tests.stories.listening import heard
from tests.stories.test_rings import crowd, seated

TYPED = {
    "how": "rings",
    "sizes": "3, 4",
    "seconds": "20",
    "explore": "0",
    "newcomer_seats": "1",
    "backpressure": "50",
    "load_weight": "3",
    "income_weight": "5",
    "income_target": "2000",
    "park": "0",
    "settle": "2",
    "reply": "45",
    "ramp": "yes",
    "ramp_after": "60",
    "ramp_percent": "10",
    "ramp_most": "100",
    "ramp_budget": "",
}


async def test_what_staff_choose_holds_for_the_next_question(cast: Cast) -> None:
    shop, people = await crowd(cast, 6)
    staff = await cast.moderator(shop, role="staff")
    async with browser(cast.here, email=staff.email) as page, seated(list(people.values())) as lobbies:
        assert 'value="2, 2"' in (await page.open("/offering")).text
        saved = await page.post("/offering", TYPED)
        assert saved.status_code == 303
        assert 'value="3, 4"' in (await page.open("/offering?saved")).text
        assert (await Brand.get(id=shop.id)).dispatch["sizes"] == [3, 4]
        assert (await page.post("/offering", {**TYPED, "how": "broadcast"})).status_code == 303
        ana = await cast.customer(shop)
        for lobby in lobbies.values():
            assert (await heard(lobby, Offer, chat=ana.chat)).why == "everyone"
    assert await Audit.filter(brand_id=shop.id, action="dispatch").count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sizes", ""),
        ("sizes", "5, ten"),
        ("sizes", "0"),
        ("sizes", "1,1,1,1,1,1"),
        ("sizes", "\N{ARABIC-INDIC DIGIT FIVE}"),
        ("seconds", "0"),
        ("explore", "101"),
        ("income_target", "0"),
        ("load_weight", "-1"),
        ("how", "auction"),
        ("park", "31"),
        ("reply", "soon"),
        ("ramp", "maybe"),
        ("ramp_percent", "0"),
        ("ramp_budget", "-1"),
        ("newcomer_seats", "4"),
    ],
)
async def test_what_makes_no_sense_is_refused_beside_its_field_and_nothing_changes(
    cast: Cast, field: str, value: str
) -> None:
    shop = await cast.brand()
    staff = await cast.moderator(shop, role="staff")
    async with browser(cast.here, email=staff.email) as page:
        answer = await page.post("/offering", {**TYPED, field: value})
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text
    assert 'value="20"' in answer.text or field == "seconds", "what was typed stays"
    assert (await Brand.get(id=shop.id)).dispatch == PATIENT


@pytest.mark.parametrize(
    ("unused", "field", "value"),
    [
        ({"ramp": "no"}, "ramp_after", "soon"),
        ({"ramp": "no"}, "ramp_percent", "0"),
        ({"ramp": "no"}, "ramp_budget", "1e3"),
        ({"how": "broadcast"}, "seconds", "0"),
        ({"how": "broadcast"}, "sizes", "five"),
    ],
)
async def test_what_makes_no_sense_is_refused_as_well_where_it_does_not_count_now(
    cast: Cast, unused: dict[str, str], field: str, value: str
) -> None:
    shop = await cast.brand()
    staff = await cast.moderator(shop, role="staff")
    async with browser(cast.here, email=staff.email) as page:
        answer = await page.post("/offering", {**TYPED, **unused, field: value})
        assert answer.status_code == 422 and f'id="{field}-error"' in answer.text
        assert (await Brand.get(id=shop.id)).dispatch == PATIENT
        assert (await page.post("/offering", {**TYPED, **unused, field: ""})).status_code == 303


async def test_only_staff_choose_and_only_for_their_own_brand(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    moderator, stranger = await cast.moderator(shop), await cast.moderator(other, role="staff")
    async with browser(cast.here, email=moderator.email) as page:
        assert (await page.post("/offering", TYPED)).status_code == 403
    async with browser(cast.here, email=stranger.email) as page:
        assert (await page.post("/offering", TYPED)).status_code == 303
    assert (await Brand.get(id=shop.id)).dispatch == PATIENT
    ida = await cast.expert(shop)
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)


@pytest.mark.parametrize("how", ["rings", "broadcast"])
async def test_only_what_staff_choose_is_kept_and_the_rest_follows_the_program(cast: Cast, how: str) -> None:
    shop = await cast.brand()
    staff = await cast.moderator(shop, role="staff")
    async with browser(cast.here, email=staff.email) as page:
        assert (await page.post("/offering", {**TYPED, "how": how})).status_code == 303
    assert (await Brand.get(id=shop.id)).dispatch.keys() == {
        "sizes",
        "ramp",
        *dispatching.NUMBERS,
        *dispatching.ALWAYS,
    }


async def test_a_policy_of_another_version_is_read_as_far_as_it_is_known(cast: Cast) -> None:
    shop = await cast.brand()
    staff = await cast.moderator(shop, role="staff")
    await Brand.filter(id=shop.id).update(dispatch={"sizes": [3, 4], "patience": 8.0})
    async with browser(cast.here, email=staff.email) as page:
        assert 'value="3, 4"' in (await page.open("/offering")).text
    assert offering.policy_of(await Brand.get(id=shop.id)).sizes == (3, 4)


async def test_a_number_out_of_range_is_told_its_range_and_saving_says_so(cast: Cast) -> None:
    shop = await cast.brand()
    staff = await cast.moderator(shop, role="staff")
    async with browser(cast.here, email=staff.email) as page:
        assert "from 1 to 120" in (await page.post("/offering", {**TYPED, "seconds": "0"})).text
        assert "The first ring has 3 seats" in (await page.post("/offering", {**TYPED, "newcomer_seats": "4"})).text
        forgets = await page.post("/customers/retention", {"days": "0", "confirmed": "yes", "password": PASSWORD})
        assert "Write a whole number from 1 to" in forgets.text
        assert (await page.post("/offering", TYPED)).headers["location"] == "/offering?saved"
        assert "Saved." in (await page.open("/offering?saved")).text


async def test_how_claims_are_decided_and_rewards_grow_holds_for_a_broadcast_too(cast: Cast) -> None:
    shop = await cast.brand()
    staff = await cast.moderator(shop, role="staff")
    async with browser(cast.here, email=staff.email) as page:
        assert (await page.post("/offering", {**TYPED, "how": "broadcast", "ramp_budget": "400"})).status_code == 303
        filled = (await page.open("/offering")).text
    kept = (await Brand.get(id=shop.id)).dispatch
    assert (kept["sizes"], kept["settle"], kept["reply"], kept["ramp"]) == ([], 2.0, 45.0, [60, 10, 100, 400])
    assert 'value="400"' in filled and 'value="45"' in filled
