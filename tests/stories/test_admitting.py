"""Who may answer for a brand: its people certify applicants, see their own experts only, and read the comments."""

import re
from datetime import UTC, datetime

import pytest

from chatmarket.client import ApiError, Offer, Offers
from chatmarket.errors import ClaimRefused
from chatmarket.flows import claiming
from chatmarket.models import Account, Chat, Expert, Skill, Standing
from matching.claims import Claim
from tests.cast import Cast
from tests.stories.browsing import browser
from tests.stories.listening import heard


async def test_an_applicant_hears_offers_only_once_a_person_has_certified_them(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    ida, mo = await cast.expert(shop, name="Ida Brenner"), await cast.moderator(shop)
    waiting = await cast.customer(shop, "Before the certificate")
    async with ida.lobby() as lobby:
        assert (await heard(lobby, Offers)).offers == ()
        async with browser(cast.there, email=mo.email) as page:
            told = (await page.open("/experts")).text
            assert "Ida Brenner" in told and "Nobody is certified before you do it" in told
            done = await page.post(f"/experts/{ida.id}/certify", {"topic": str(shop.topic)})
            assert done.status_code == 303
            assert "Ida Brenner" in (await page.open("/audit")).text
        while not (offers := await heard(lobby, Offers)).offers:
            pass
        assert [offer.chat for offer in offers.offers] == [waiting.chat]
        asked = await cast.customer(shop, "After the certificate")
        await heard(lobby, Offer, chat=asked.chat)
    async with browser(cast.here, email=mo.email) as page:
        await page.post(f"/experts/{ida.id}/uncertify", {"topic": str(shop.topic)})
    assert not await Skill.filter(expert_id=ida.id, topic_id=shop.topic, certified=True).exists()


async def test_a_brand_sees_nothing_of_what_its_experts_do_for_another(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    ida, mo = await cast.expert(shop, name="Ida Brenner"), await cast.moderator(shop)
    await Skill.create(expert_id=ida.id, topic_id=other.topic, certified=True)
    await Standing.create(expert_id=ida.id, brand_id=other.id)
    ana = await cast.customer(other, "For the other brand")
    await ida.claim(ana)
    async with browser(cast.here, email=mo.email) as page:
        told = (await page.open("/experts")).text
    assert re.search(r">\s*0/2\s*<", told), "the other brand's live chat is not counted here"
    assert (await Account.get(id=mo.id)).brand_id == shop.id


async def test_a_comment_is_masked_and_read_by_the_brand_alone(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    ana = await cast.live(shop, ida)
    await ana.end()
    await ana.rate(resolved=True, comment="Lovely, write to ana@example.com")
    async with browser(cast.here, email=mo.email) as page:
        watched = (await page.open(f"/watch/{ana.chat}")).text
    assert "Lovely, write to" in watched and "ana@example.com" not in watched
    async with browser(cast.here, email=ida.email) as page:
        for path in (f"/rooms/{ana.chat}", "/standing", "/lobby", "/earnings"):
            assert "Lovely" not in (await page.open(path)).text, path


async def test_an_expert_reads_what_they_hear_offers_about(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    ida = await cast.expert(shop, languages=("es",))
    async with browser(cast.here, email=ida.email) as page:
        told = (await page.open("/standing")).text
    assert "Topic 0" in told and "not certified yet" in told and "Spanish" in told


async def test_a_name_is_no_way_around_the_masking(cast: Cast) -> None:
    shop = await cast.brand()
    async with browser(cast.here) as page:
        await page.open("/sign-up")
        form = {
            "name": "Call 612 34 56 78",
            "email": "call-me@example.com",
            "password": "a long enough password",
            "brand": shop.slug,
            "topics": str(shop.topic),
            "languages": "en",
        }
        refused = await page.post("/sign-up", form)
    assert refused.status_code == 422 and "A name holds no address" in refused.text
    assert not await Account.exists(email="call-me@example.com")


async def test_a_newcomer_takes_one_chat_at_once_until_twenty_are_rated_and_may_wish_for_fewer(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, newcomer=True)
    first, second = await cast.live(shop, ida), await cast.customer(shop)
    async with ida.lobby() as lobby:
        assert (await heard(lobby, Offers)).offers == ()
    with pytest.raises(ApiError, match="full"):
        await ida.claim(second)
    async with browser(cast.here, email=ida.email) as page:
        assert "one chat at a time for 20 more ratings" in (await page.open("/standing")).text
    await Standing.filter(expert_id=ida.id).update(ratings=19)
    await first.end()
    await first.rate(resolved=True)
    assert (await Standing.get(expert_id=ida.id, brand_id=shop.id)).capacity == 2
    await ida.claim(second)
    async with browser(cast.there, email=ida.email) as page:
        assert "2 chats at once" in (await page.open("/standing")).text
        offered = (await page.open("/lobby")).text
        assert "<option selected>2</option>" in offered and "3</option>" not in offered, "more is not allowed here"
        for chats in ("0", "9", "many"):
            wrong = await page.post("/standing/capacity", {"chats": chats})
            assert wrong.status_code == 422 and "a number from 1 to 3" in wrong.text
            assert 'action="/lobby/availability"' in wrong.text
        assert (await page.post("/standing/capacity", {"chats": "1"})).status_code == 303
    third = await cast.customer(shop)
    with pytest.raises(ApiError, match="full"):
        await ida.claim(third)
    async with browser(cast.there, email=ida.email) as page:
        await page.post("/standing/capacity", {"chats": "2"})
    await ida.claim(third)


async def test_a_newcomer_whose_two_claims_were_both_found_good_gets_one(cast: Cast) -> None:
    """The judge reads before the transaction: between two claims at once, only the expert's own row decides."""
    shop = await cast.brand()
    ida = await cast.expert(shop, newcomer=True)
    asked = [await cast.customer(shop) for _ in range(2)]
    first, second = [await Chat.get(id=one.chat).select_related("brand") for one in asked]
    made = Claim(ida.id, 0.0, datetime.now(UTC).timestamp())
    await claiming.win(cast.house, first, made)
    with pytest.raises(ClaimRefused) as refused:
        await claiming.win(cast.house, second, made)
    assert refused.value.code == "full"
    assert (await Expert.get(account_id=ida.id)).live == 1
    assert (await Chat.get(id=second.id)).status == "waiting"


async def test_the_best_tenth_of_a_brand_takes_three(cast: Cast) -> None:
    shop = await cast.brand()
    ida, others = await cast.expert(shop), await cast.experts(shop, 2)
    await Standing.filter(brand_id=shop.id).update(ratings=30, mu=0.0)
    ana = await cast.live(shop, ida)
    await ana.end()
    await ana.rate(resolved=True)
    assert (await Standing.get(expert_id=ida.id)).capacity == 3
    ben = await cast.live(shop, others[0])
    await ben.end()
    await ben.rate(resolved=False)
    assert (await Standing.get(expert_id=others[0].id)).capacity == 2
