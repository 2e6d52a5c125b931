"""What a rating does to a score, and what it does not; why each step was made is kept and told."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chatmarket.client import ApiError, Offer, Standing
from chatmarket.errors import ClaimRefused
from chatmarket.flows import claiming, erasing, offering, rating, showing
from chatmarket.models import Account, Chat, Customer, CustomerKey, Movement, Rating
from chatmarket.models import Standing as Kept
from matching import reputation
from matching.reputation import Reputation
from tests.cast import Cast, Person
from tests.cast import Customer as Asker
from tests.stories.browsing import browser
from tests.stories.listening import heard, shown


async def _score(ida: Person) -> tuple[float, int, int]:
    kept = await Kept.get(expert_id=ida.id)
    return round(kept.mu, 9), kept.ratings, kept.resolved


async def _why(asked: Asker) -> list[tuple[str, bool | None, str | None, bool]]:
    found = await Movement.filter(chat_id=asked.chat).order_by("id")
    return [(str(one.what), one.resolved, one.left, one.undone) for one in found]


async def _long_ago(asked: Asker, **ago: float) -> None:
    """The chat, and what was said of it, lie so far back."""
    at = datetime.now(UTC) - timedelta(**ago)
    await Chat.filter(id=asked.chat).update(asked_at=at, ended_at=at)
    await Movement.filter(chat_id=asked.chat).update(at=at)


async def test_a_no_that_blames_the_product_is_shown_to_the_brand_and_moves_nothing(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    before = await _score(ida)
    blamed = await cast.rated(shop, ida, resolved=False, blames="product")
    assert await _score(ida) == before
    assert await _why(blamed) == [("rated", False, "blames_brand", False)]
    own = await cast.rated(shop, ida, resolved=False, blames="answer")
    assert await _why(own) == [("rated", False, None, False)] and (await _score(ida))[1:] == (1, 0)
    async with browser(cast.here, email=mo.email) as page:
        assert "company or product" in (await page.open("/board")).text
        assert "The company or the product" in (await page.open(f"/watch/{blamed.chat}")).text


async def test_a_yes_that_blames_something_is_refused_and_on_the_page_what_the_yes_has_hidden_is_not_sent_on(
    cast: Cast,
) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    await ana.end()
    with pytest.raises(ApiError, match="422 bad_field") as refused:
        await ana.rate(resolved=True, blames="product")
    assert refused.value.field == "blames" and not await Rating.exists(chat_id=ana.chat)
    async with browser(cast.here) as page:
        page.http.cookies.set(f"chat_{ana.chat}", ana.token)
        rated = await page.post(f"/chats/{ana.chat}/rating", {"resolved": "yes", "stars": "5", "blames": "product"})
        assert rated.status_code == 303
    assert (await Rating.get(chat_id=ana.chat)).blames is None and (await _why(ana))[0][2] is None


async def test_what_was_wrong_is_asked_on_the_form_and_nothing_else_is_taken(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    await ana.end()
    with pytest.raises(ApiError, match="422 bad_field"):
        await ana.rate(resolved=False, blames="expert")
    async with browser(cast.here) as page:
        page.http.cookies.set(f"chat_{ana.chat}", ana.token)
        form = (await page.open(f"/chats/{ana.chat}")).text
        assert 'name="blames" value="product"' in form
        rated = await page.post(f"/chats/{ana.chat}/rating", {"resolved": "no", "stars": "2", "blames": "product"})
        assert rated.status_code == 303
    assert await _why(ana) == [("rated", False, "blames_brand", False)]


@pytest.mark.parametrize("said", [True, False, None])
async def test_who_comes_back_on_the_topic_within_72_hours_was_not_helped(cast: Cast, said: bool | None) -> None:
    shop = await cast.brand()
    ida, other = await cast.expert(shop), await cast.expert(shop)
    ana = await cast.live(shop, ida)
    await ana.end()
    if said is not None:
        await ana.rate(resolved=said)
    await cast.customer(shop, again=ana, at=cast.there)
    mu, ratings, resolved = await _score(ida)
    expected = reputation.after(Reputation(), False, reputation.USUAL_BASELINE)
    assert (mu, ratings, resolved) == (pytest.approx(expected.mu, abs=1e-6), 1, 0)
    back: list[Any] = [("came_back", False, None, False)]
    assert await _why(ana) == {None: back, True: [("rated", True, None, True), *back],
                               False: [("rated", False, None, False)]}[said]  # fmt: skip
    await cast.customer(shop, again=ana)  # a third time says no more
    assert (await _score(ida))[1:] == (1, 0)
    if said is None:
        await ana.rate(resolved=True)
        assert (await _score(ida))[0] == mu and (await _why(ana))[1] == ("rated", True, "came_back", False)
    assert await Kept.get(expert_id=other.id, ratings=0)


async def test_who_comes_back_three_times_after_a_rating_that_did_not_count_is_taken_in(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    blaming = await cast.rated(shop, ida, resolved=False, blames="product")
    pair = await cast.rated(shop, ida, resolved=True)
    second = await cast.rated(shop, ida, resolved=True, again=pair, topic=shop.topics[1].id)
    before = await _score(ida)
    for _ in range(3):
        await cast.customer(shop, again=second, topic=shop.topics[1].id)
    assert await _why(second) == [("rated", True, "pair_rated", False), ("came_back", False, "pair_rated", False)]
    assert await _score(ida) == before
    for _ in range(3):
        await cast.customer(shop, again=blaming)
    assert [what for what, *_ in await _why(blaming)] == ["rated", "came_back"]


async def test_another_topic_a_later_return_and_a_stranger_say_nothing(cast: Cast) -> None:
    shop, elsewhere = await cast.brand(), await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.rated(shop, ida, resolved=True)
    before = await _score(ida)
    await cast.customer(shop, again=ana, topic=shop.topics[1].id)
    await cast.customer(shop)
    await cast.customer(elsewhere, again=ana)
    await _long_ago(ana, hours=72.1)
    await cast.customer(shop, again=ana)
    assert await _score(ida) == before
    numbers = await Chat.filter(brand_id=shop.id).values_list("customer_id", flat=True)
    assert len(set(numbers)) == 2 and (await Customer.filter(brand_id=elsewhere.id).count()) == 1


async def test_a_yes_that_is_taken_back_is_as_if_it_had_been_a_no(cast: Cast) -> None:
    shop = await cast.brand()
    ida, other = await cast.expert(shop), await cast.expert(shop)
    for resolved in (True, False, True):
        await cast.rated(shop, other, resolved=resolved)
    ana = await cast.rated(shop, ida, resolved=True)
    bars = [(await Movement.get(chat_id=ana.chat)).baseline]
    for _ in range(3):
        bars.append((await Movement.get(chat_id=(await cast.rated(shop, ida, resolved=True)).chat)).baseline)
    await cast.customer(shop, again=ana)
    known = Reputation()
    for n, bar in enumerate(bars):
        known = reputation.after(known, n > 0, bar or 0)
    mu, ratings, resolved = await _score(ida)
    assert (mu, ratings, resolved) == (pytest.approx(known.mu, abs=0.03), 4, 3)


async def test_a_customer_and_an_expert_count_once_in_thirty_days(cast: Cast) -> None:
    shop = await cast.brand(topics=3)
    ida = await cast.expert(shop)
    first, second, third = [topic.id for topic in shop.topics]
    ana = await cast.rated(shop, ida, resolved=True, topic=first)
    before = await _score(ida)
    again = await cast.rated(shop, ida, resolved=False, topic=second, again=ana)
    assert await _score(ida) == before
    assert await _why(again) == [("rated", False, "pair_rated", False)]
    assert (await Rating.get(chat_id=again.chat)).resolved is False, "it is kept all the same"
    await _long_ago(ana, days=31)
    late = await cast.rated(shop, ida, resolved=False, topic=third, again=ana)
    assert await _why(late) == [("rated", False, None, False)]


async def test_many_verdicts_of_one_customer_at_once_count_once(cast: Cast) -> None:
    shop = await cast.brand(topics=5)
    ida = await cast.expert(shop)
    await Kept.filter(expert_id=ida.id).update(capacity=3)
    ana = await cast.customer(shop, topic=shop.topic)
    chats = [ana, *[await cast.customer(shop, topic=one.id, again=ana) for one in shop.topics[1:3]]]
    for one in chats:
        await ida.claim(one)
        await one.end()
    await asyncio.gather(*(one.rate(resolved=False) for one in chats))
    left = [one.left for one in await Movement.filter(expert_id=ida.id)]
    assert sorted(map(str, left)) == ["None", "pair_rated", "pair_rated"] and (await _score(ida))[1] == 1


async def test_a_rating_after_thirty_days_is_refused_clearly_and_nothing_is_kept(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    await ana.end()
    await _long_ago(ana, days=30.01)
    with pytest.raises(ApiError, match="409 rating_over: A chat can be rated for 30 days"):
        await ana.rate(resolved=True)
    assert not await Rating.exists(chat_id=ana.chat) and not await Movement.exists(chat_id=ana.chat)
    await _long_ago(ana, days=29.9)
    await ana.rate(resolved=True)


async def test_an_erased_customer_comes_back_as_somebody_new(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.rated(shop, ida, resolved=True)
    erased = await Customer.get(brand_id=shop.id)
    await erasing.erase(cast.house, erased, ida.id, by=erasing.BY_PERSON)
    before = await _score(ida)
    back = await cast.customer(shop, again=ana)
    assert (await Chat.get(id=back.chat)).customer_id != erased.id and await _score(ida) == before
    forged = Asker(cast.here, back.asked.__class__(back.chat, back.token, 1, customer="forged"), back.api)
    stranger = await cast.customer(shop, again=forged)
    assert (await Chat.get(id=stranger.chat)).customer_id != (await Chat.get(id=back.chat)).customer_id


async def test_who_asks_again_while_they_are_erased_leaves_nothing_without_a_key(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.rated(shop, ida, resolved=True)
    kept = await Customer.get(brand_id=shop.id)
    await asyncio.gather(
        erasing.erase(cast.house, kept, ida.id, by=erasing.BY_PERSON),
        *(cast.customer(shop, again=ana, at=at, topic=shop.topics[1].id) for at in (cast.here, cast.there)),
    )
    for chat in await Chat.filter(brand_id=shop.id, status="waiting"):
        assert await CustomerKey.exists(customer_id=chat.customer_id)


async def test_the_browser_of_a_customer_is_known_again(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    async with browser(cast.here) as page:
        fields = {"topic": str(shop.topic), "language": "en", "question": "How?"}
        first = int((await page.post(f"/b/{shop.slug}", fields)).headers["location"].rpartition("/")[2])
        await ida.api.claim(first, ida.token)
        await page.post(f"/chats/{first}/end")
        await page.post(f"/b/{shop.slug}", fields)
    assert await Movement.filter(chat_id=first, what="came_back", left=None).exists()


async def test_a_harsh_customer_costs_less(cast: Cast) -> None:
    shop = await cast.brand(topics=4)
    experts = [await cast.expert(shop) for _ in range(3)]
    ida = await cast.expert(shop)
    ana = await cast.rated(shop, experts[0], resolved=False)
    for n, other in enumerate(experts[1:], 1):
        await cast.rated(shop, other, resolved=False, again=ana, topic=shop.topics[n].id)
    for other in experts * 4:
        await cast.rated(shop, other, resolved=True)
    harsh = await cast.rated(shop, ida, resolved=False, again=ana, topic=shop.topics[3].id)
    new = await cast.rated(shop, ida, resolved=False, topic=shop.topics[3].id)
    bars = [(await Movement.get(chat_id=one.chat)).baseline or 0 for one in (harsh, new)]
    assert bars[0] < bars[1]


# The gate


async def test_a_claim_on_its_way_when_the_gate_shuts_is_refused(cast: Cast) -> None:
    """The claim was found admissible, and before it writes anything the pause is committed at the other server."""
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    await Kept.filter(expert_id=ida.id).update(ratings=20)  # past the probation, with two chats at once
    for _ in range(2):
        await cast.rated(shop, ida, resolved=False)
    last, ana = await cast.live(shop, ida), await cast.customer(shop)
    account = await Account.get(id=ida.id)
    looked, _ = await claiming._judged(account, ana.chat)
    made = await claiming.claim_of(looked, account.id, datetime.now(UTC))
    await last.end()
    await last.rate(resolved=False)
    with pytest.raises(ClaimRefused) as refused:
        await claiming.win(cast.house, looked, made)
    assert refused.value.code == "paused_gate" and await _told(ida, ana) == "paused_gate"
    assert (await Chat.get(id=ana.chat)).status == "waiting"


async def _told(ida: Person, ana: Asker) -> str:
    try:
        await ida.claim(ana)
    except ApiError as refused:
        return refused.code
    return "won"


async def test_a_pause_takes_the_cards_from_every_lobby_without_a_reload(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    await Kept.filter(expert_id=ida.id).update(ratings=20)  # past the probation, with two chats at once
    for _ in range(2):
        await cast.rated(shop, ida, resolved=False)
    waiting = await cast.customer(shop, topic=shop.topics[1].id)
    last = await cast.live(shop, ida)
    async with ida.lobby() as there:
        await shown(there, waiting.chat)
        async with Person(cast.here, ida.id, ida.email, ida.token, cast.api(cast.here)).lobby() as here:
            await shown(here, waiting.chat)
            await last.end()
            await last.rate(resolved=False)
            for lobby in (here, there):
                await shown(lobby)
    assert await _told(ida, waiting) == "paused_gate"


async def test_a_card_that_overtakes_the_pause_does_not_stay(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    async with ida.lobby() as lobby:
        waiting = await cast.customer(shop)
        await heard(lobby, Offer, chat=waiting.chat)
        await Kept.filter(expert_id=ida.id).update(state="paused")  # by a process whose news of it is on its way
        await offering._tell(cast.house, await showing.chat_whole(waiting.chat), {ida.id: "best"})
        await shown(lobby)


async def test_nobody_is_paused_who_was_not_warned(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    states = []
    for _ in range(3):
        await cast.rated(shop, ida, resolved=False)
        states.append((await Kept.get(expert_id=ida.id)).state)
    assert states == ["open", "warning", "paused"]


async def test_the_warning_tells_what_would_help(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    async with ida.lobby() as lobby:
        for _ in range(2):
            await cast.rated(shop, ida, resolved=False)
        told = await heard(lobby, Standing, gate="warning")
        assert "in a row" in told.html
    async with browser(cast.here, email=ida.email) as page:
        for place in ("/lobby", "/standing", f"/standing/{shop.slug}"):
            assert 'data-gate="warning"' in (await page.open(place)).text


async def test_a_brand_with_few_ratings_has_no_gate(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    monkeypatch.setattr(cast.house, "settings", replace(cast.house.settings, gate_ratings=5))
    states = []
    for _ in range(5):
        ana = await cast.live(shop, ida)
        await ana.end()
        await rating.rate(cast.house, ana.chat, False, 1)
        states.append((await Kept.get(expert_id=ida.id)).state)
    assert states == ["open"] * 4 + ["paused"]
