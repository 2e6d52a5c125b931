"""A person keeps an expert or a customer out, for a time or for good: at once, everywhere, with a reason."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from chatmarket.client import ApiError, Offer, Offers
from chatmarket.client import Standing as Told
from chatmarket.flows import erasing
from chatmarket.models import Audit, Block, Chat, Customer, Device, Expert, Standing
from chatmarket.templating import iso
from tests.cast import Cast, Person, Shop
from tests.stories.browsing import browser, code_of
from tests.stories.listening import eventually, heard, overheard, shown

WHY = "shouted at two customers"


async def _post(cast: Cast, who: Person, path: str, **fields: str) -> int:
    async with browser(cast.here, email=who.email) as page:
        return int((await page.post(path, fields)).status_code)


async def _block(cast: Cast, who: Person, ida: Person, days: str = "7", **more: str) -> Block:
    assert await _post(cast, who, "/blocks", expert=str(ida.id), days=days, reason=WHY, **more) == 303
    made = await Block.filter(expert_id=ida.id).order_by("-id").first()
    assert made is not None
    return made


async def test_a_blocked_experts_offers_are_gone_at_once_and_come_back_when_it_is_lifted(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    ida, mo = await cast.expert(shop, at=cast.there), await cast.moderator(shop)
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        ana = await cast.customer(shop)
        await eventually(lambda: Chat.filter(id=ana.chat, ring__gt=0).exists())
        block = await _block(cast, mo, ida)
        await shown(lobby)
        with pytest.raises(ApiError, match="409 blocked"):
            await ida.claim(ana)
        late = await cast.customer(shop)
        with pytest.raises(ApiError, match="409 blocked"):
            await ida.claim(late)
        async with browser(cast.there, email=ida.email) as page:
            for path in ("/lobby", "/standing"):
                told = (await page.open(path)).text
                assert WHY in told and f"block {block.id}" in told and "It ends by itself" in told
                assert "Good standing" not in told and "have blocked you" in told
            told = (await page.open(f"/standing/{shop.slug}")).text
            assert WHY in told and f"block {block.id}" in told and "Good standing" not in told
        assert block.until is not None
        own = {"authorization": f"Bearer {ida.token}"}
        async with httpx2.AsyncClient(base_url=cast.there, headers=own) as http:
            facts = {"id": block.id, "until": iso(block.until), "reason": WHY}
            assert (await http.get("/api/v1/standing")).json()["standings"][0]["block"] == facts
            assert (await http.get(f"/api/v1/standing/{shop.slug}")).json()["block"] == facts
        async with ida.lobby() as other_lobby:
            news = await heard(other_lobby, Told, brand=shop.slug)
            assert news.block is not None and (news.block.id, news.block.reason) == (block.id, WHY)
        assert await _post(cast, mo, f"/blocks/{block.id}/lift", reason="said sorry") == 303
        await shown(lobby, ana.chat, late.chat)
    await ida.claim(ana)
    assert {row.action for row in await Audit.filter(brand_id=shop.id)} >= {"block_expert", "lift_block"}
    assert (await Standing.get(expert_id=ida.id)).state == "open", "a block is no gate"
    assert other.id != shop.id


async def test_no_ring_seats_a_blocked_expert_and_other_brands_know_nothing_of_it(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    ida, eva = await cast.expert(shop), await cast.expert(shop)
    mo, foreign = await cast.moderator(shop), await cast.moderator(other, role="staff")
    await _block(cast, mo, ida)
    async with ida.lobby() as hers, eva.lobby() as others:
        await heard(hers, Offers)
        await heard(others, Offers)
        ana = await cast.customer(shop)
        await heard(others, Offer, chat=ana.chat)
        assert not [event for event in await overheard(hers) if isinstance(event, Offer)]
    assert await _post(cast, foreign, "/blocks", expert=str(ida.id), days="7", reason=WHY) == 404
    block = await Block.get(expert_id=ida.id)
    assert await _post(cast, foreign, f"/blocks/{block.id}/lift", reason=WHY) == 404
    async with browser(cast.here, email=foreign.email) as page:
        assert WHY not in (await page.open("/blocks")).text
    assert (await Block.get(id=block.id)).lifted_at is None


async def test_a_block_ends_by_itself(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    block = await _block(cast, mo, ida, "1")
    assert block.until is not None and timedelta(hours=23) < block.until - datetime.now(UTC) <= timedelta(days=1)
    ana = await cast.customer(shop)
    with pytest.raises(ApiError, match="409 blocked"):
        await ida.claim(ana)
    await Block.filter(id=block.id).update(until=datetime.now(UTC))
    await ida.claim(ana)
    async with browser(cast.here, email=ida.email) as page:
        assert WHY not in (await page.open("/standing")).text
    assert await _post(cast, mo, f"/blocks/{block.id}/lift", reason="late") == 303
    assert (await Block.get(id=block.id)).lifted_at is None, "it was over already"
    assert not await Audit.filter(brand_id=shop.id, action="lift_block").exists()


async def test_of_two_who_block_an_expert_at_once_the_second_is_told(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo, eva = await cast.expert(shop), await cast.moderator(shop), await cast.moderator(shop)
    sent = {"expert": str(ida.id), "reason": WHY}
    told = await asyncio.gather(*(_post(cast, who, "/blocks", days="7", **sent) for who in (mo, eva, mo, eva)))
    assert sorted(told) == [303, 409, 409, 409]
    assert await Block.filter(expert_id=ida.id).count() == 1
    assert await Audit.filter(brand_id=shop.id, action="block_expert").count() == 1
    async with browser(cast.here, email=mo.email) as page:
        refused = (await page.post("/blocks", {**sent, "days": "7"})).text
        assert refused.count("blocked already") == 1 and "lift that block first" in refused
    block = await Block.get(expert_id=ida.id)
    assert await _post(cast, mo, f"/blocks/{block.id}/lift", reason="said sorry") == 303
    assert (await _block(cast, mo, ida, "30")).id != block.id


async def test_what_is_wrong_is_told_in_the_form_that_was_sent(cast: Cast) -> None:
    shop = await cast.brand()
    mo = await cast.moderator(shop)
    async with browser(cast.here, email=mo.email) as page:
        for sent, wrong in (({"chat": "7"}, "customer"), ({"chat": ""}, "customer"), ({"expert": "7"}, "expert")):
            refused = (await page.post("/blocks", {**sent, "days": "3650", "reason": "no reason"})).text
            other = {"customer": "expert", "expert": "customer"}[wrong]
            assert f'id="{wrong}-days-error"' in refused and f'id="{other}-days-error"' not in refused
            assert refused.count("no reason") == 1, "nor are the words in the other one"


async def test_only_staff_block_for_good_and_lift_what_was(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    sam = await cast.moderator(shop, role="staff")
    fields = {"expert": str(ida.id), "reason": WHY}
    async with browser(cast.here, email=mo.email) as page:
        refused = await page.post("/blocks", {**fields, "days": "always"})
        assert refused.status_code == 403 and WHY in refused.text
        for wrong in ({"days": "3650"}, {"days": ""}, {"days": "7", "reason": " "}, {"days": "7", "expert": "x"}):
            assert (await page.post("/blocks", {**fields, **wrong})).status_code == 422
    assert not await Block.filter(expert_id=ida.id).exists()
    block = await _block(cast, sam, ida, "always")
    assert block.until is None
    async with browser(cast.here, email=ida.email) as page:
        assert "It has no end" in (await page.open("/standing")).text
    assert await _post(cast, mo, f"/blocks/{block.id}/lift", reason="sorry") == 403
    assert await _post(cast, sam, f"/blocks/{block.id}/lift", reason="sorry") == 303
    assert (await Block.get(id=block.id)).lifted_at is not None


@pytest.mark.parametrize("end_live", [False, True])
async def test_live_chats_go_on_unless_whoever_blocks_ends_them(cast: Cast, end_live: bool) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    ana = await cast.live(shop, ida)
    await _block(cast, mo, ida, **({"end_live": "yes"} if end_live else {}))
    chat = await Chat.get(id=ana.chat)
    assert (str(chat.status), chat.ended_by) == (("ended", "brand") if end_live else ("live", None))
    assert (await Expert.get(account_id=ida.id)).live == int(not end_live)
    if not end_live:
        await ana.end()
    await ana.rate(resolved=True)
    assert (await ida.api.earnings(ida.token)).balances == {"EUR": 140}, "what is earned is not touched"


async def test_a_claim_on_its_way_is_won_before_the_block_or_refused(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    for _ in range(5):
        ana = await cast.customer(shop)

        async def claimed(chat: int = ana.chat) -> str:
            try:
                await cast.api(cast.there).claim(chat, ida.token)
            except ApiError as refused:
                return refused.code
            return "won"

        async with browser(cast.here, email=mo.email) as page:
            token = {"csrf": await page.form_token(), "expert": str(ida.id), "days": "1", "reason": WHY}
            said, answer = await asyncio.gather(claimed(), page.post_raw("/blocks", token, origin=cast.here))
        assert answer.status_code == 303 and said in ("won", "blocked")
        chat, block = await Chat.get(id=ana.chat), await Block.filter(expert_id=ida.id).order_by("-id").first()
        assert (str(chat.status) == "live") == (said == "won")
        assert block is not None
        if said == "won":
            await ana.end()
        await Block.filter(expert_id=ida.id).update(lifted_at=datetime.now(UTC))


async def test_a_blocked_customer_reads_a_calm_page_and_asks_elsewhere(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    sam = await cast.moderator(shop, role="staff")
    fields = {"topic": str(shop.topic), "language": "en", "question": "How?"}
    async with browser(cast.here) as page, browser(cast.here) as stranger:
        where = (await page.post(f"/b/{shop.slug}", fields)).headers["location"]
        chat = await Chat.get(id=int(where.rpartition("/")[2]))
        await ida.api.claim(chat.id, ida.token)
        assert await _post(cast, mo, "/blocks", chat=str(chat.id), days="7", reason=WHY) == 303
        for answer in (await page.open(f"/b/{shop.slug}"), await page.post(f"/b/{shop.slug}", fields)):
            assert (answer.status_code, code_of(answer)) == (403, "blocked")
            assert "at the moment" in answer.text and WHY not in answer.text
        assert (await page.open(where)).status_code == 200, "the chat they are in goes on"
        assert (await page.open(f"/b/{other.slug}")).status_code == 200
        assert (await stranger.post(f"/b/{shop.slug}", fields)).status_code == 303
        # Whoever is forgotten cannot be told again: their block ends with the mark.
        customer = await Customer.get(id=chat.customer_id)
        assert await erasing.erase(cast.house, customer, sam.id, by=erasing.BY_PERSON)
        assert not await Device.filter(chat_id=chat.id).exists()
        assert (await Block.get(customer_id=customer.id)).mark is None
        assert (await page.post(f"/b/{shop.slug}", fields)).status_code == 303


async def test_a_program_is_refused_for_a_blocked_customer_and_a_chat_without_a_mark_cannot_be_blocked(
    cast: Cast,
) -> None:
    shop, other = await cast.brand(), await cast.brand()
    mo, foreign = await cast.moderator(shop), await cast.moderator(other)
    ana, unknown = await cast.customer(shop, device="app 17"), await cast.customer(shop)
    assert await _post(cast, mo, "/blocks", chat=str(unknown.chat), days="7", reason=WHY) == 422
    assert await _post(cast, foreign, "/blocks", chat=str(ana.chat), days="7", reason=WHY) == 404
    assert await _post(cast, mo, "/blocks", chat=str(ana.chat), days="7", reason=WHY) == 303
    with pytest.raises(ApiError, match="403 blocked"):
        await cast.customer(shop, device="app 17")
    await cast.customer(shop, device="app 18")
    await cast.customer(other, device="app 17")
    with pytest.raises(ApiError, match="422"):
        await cast.customer(shop, device="x" * 201)


async def test_a_blocked_customer_who_says_by_their_token_who_they_are_needs_no_browser_to_be_told_again(
    cast: Cast,
) -> None:
    shop, other = await cast.brand(), await cast.brand()
    mo = await cast.moderator(shop)
    ana = await cast.customer(shop, device="app 17")
    assert await _post(cast, mo, "/blocks", chat=str(ana.chat), days="7", reason=WHY) == 303
    chats = await Chat.filter(brand_id=shop.id).count()
    for device in ("", "app 18"):
        with pytest.raises(ApiError, match="403 blocked"):
            await cast.customer(shop, again=ana, device=device)
    assert await Chat.filter(brand_id=shop.id).count() == chats
    await cast.customer(other, again=ana)
    async with browser(cast.here) as page:
        page.http.cookies.set(f"asked_{shop.slug}", ana.asked.customer)
        assert code_of(await page.open(f"/b/{shop.slug}")) == "blocked"
        fields = {"topic": str(shop.topic), "language": "en", "question": "How?"}
        assert code_of(await page.post(f"/b/{shop.slug}", fields)) == "blocked"
    block = await Block.get(customer_id=(await Chat.get(id=ana.chat)).customer_id)
    assert await _post(cast, mo, f"/blocks/{block.id}/lift", reason="said sorry") == 303
    await cast.customer(shop, again=ana)


async def test_what_is_blocked_is_listed_to_the_brands_people(cast: Cast) -> None:
    shop: Shop = await cast.brand()
    ida, mo = await cast.expert(shop, name="Ida Marsh"), await cast.moderator(shop)
    async with browser(cast.here, email=mo.email) as page:
        assert "Nobody is blocked" in (await page.open("/blocks")).text
        block = await _block(cast, mo, ida)
        listed = (await page.open("/blocks")).text
        assert WHY in listed and "Ida Marsh" in listed and f"/blocks/{block.id}/lift" in listed
        assert f'value="{ida.id}" selected' in (await page.open(f"/blocks?expert={ida.id}")).text
        empty = await page.post(f"/blocks/{block.id}/lift", {"reason": ""})
        assert empty.status_code == 422 and "Please fill this in" in empty.text
