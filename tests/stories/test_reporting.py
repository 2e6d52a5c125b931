"""Either side of a chat tells the brand about the other: once, masked, received, and unknown to whom it is about."""

import asyncio
from collections import Counter

import pytest

from chatmarket.client import ApiError, State
from chatmarket.models import Chat, Evidence, Report, Review
from tests.cast import Cast
from tests.stories.browsing import browser
from tests.stories.keeping import counts
from tests.stories.listening import heard, overheard


async def test_both_sides_report_and_their_words_reach_the_brands_people_masked(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    ana = await cast.live(shop, ida, known={"name": ["Berenice Quill"]})
    await ana.api.report(ana.chat, ana.token, reason="rude", words="she shouted at Berenice Quill, really")
    await ida.api.report(ana.chat, ida.token, reason="elsewhere", words="wants me at b.quill@shop.example instead")
    async with browser(cast.here, email=mo.email) as page:
        listed = (await page.open("/reviews")).text
        assert "A customer reported this expert" in listed and "This expert reported a customer" in listed
        shown = [(await page.open(f"/reviews/{one.id}")).text for one in await Review.filter(brand_id=shop.id)]
    assert "she shouted at" in shown[0] and "Insults or threats" in shown[0]
    assert "Wants to talk or pay elsewhere" in shown[1]
    assert not any("Quill" in text or "b.quill" in text for text in shown)
    kept = [str(one.words) for one in await Report.filter(chat_id=ana.chat)]
    assert len(kept) == 2 and not any("uill" in words for words in kept)


async def test_a_report_is_told_to_nobody_who_is_in_the_chat_and_moves_nothing(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    async with ana.room() as customer, ida.room(ana.chat) as expert, ida.lobby() as lobby:
        await heard(customer, State, status="live")
        await heard(expert, State, status="live")
        for line in (customer, expert, lobby):
            await overheard(line)
        await ana.api.report(ana.chat, ana.token, reason="rude")
        await ida.api.report(ana.chat, ida.token, reason="spam")
        assert [await overheard(line) for line in (customer, expert, lobby)] == [[], [], []]
    await ana.end()
    await ana.rate(resolved=True)
    earned = await ida.api.earnings(ida.token)
    assert (earned.balances, earned.held) == ({"EUR": 140}, {})
    async with browser(cast.here, email=ida.email) as page:
        for path in ("/standing", "/earnings", "/lobby"):
            assert "eport" not in (await page.open(path)).text


async def test_a_chat_is_reported_once_by_each_side_however_often_it_is_pressed(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)

    async def told(token: str, url: str) -> str:
        try:
            await cast.api(url).report(ana.chat, token, reason="rude")
        except ApiError as refused:
            return refused.code
        return "kept"

    for token in (ana.token, ida.token):
        found = await asyncio.gather(*(told(token, url) for url in (cast.here, cast.there) * 4))
        assert Counter(found) == {"kept": 1, "reported_before": 7}
    assert await Review.filter(brand_id=shop.id).count() == await Evidence.filter(chat_id=ana.chat).count() == 2


async def test_the_reporter_is_told_that_it_was_received_now_and_when_they_come_back(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    async with browser(cast.here) as page:
        fields = {"topic": str(shop.topic), "language": "en", "question": "How?"}
        where = (await page.post(f"/b/{shop.slug}", fields)).headers["location"]
        chat = int(where.rpartition("/")[2])
        assert (await page.post(f"{where}/report", {"reason": "rude"})).status_code == 409, "nobody is there yet"
        await ida.api.claim(chat, ida.token)
        assert f"{where}/report" in (await page.open(where)).text
        wrong = await page.post(f"{where}/report", {"reason": "ugly"})
        assert wrong.status_code == 422 and f"{where}/report" in wrong.text
        scripted = await page.post(f"{where}/report", {"reason": "harm"}, headers={"HX-Request": "true"})
        assert "Report received" in scripted.text and "<html" not in scripted.text
        assert (await page.post(f"{where}/report", {"reason": "harm"})).status_code == 409
        await ida.api.end(chat, ida.token)
        assert "Report received" in (await page.open(where)).text
    async with browser(cast.there, email=ida.email) as page:
        room = f"/rooms/{chat}"
        assert "Report received" not in (await page.open(room)).text
        assert (await page.post(f"{room}/report", {"reason": "spam", "words": "x"})).status_code == 303
        assert "Report received" in (await page.open(room)).text


async def test_whoever_is_not_in_the_chat_reports_nothing(cast: Cast) -> None:
    shop = await cast.brand()
    ida, other, mo = await cast.expert(shop), await cast.expert(shop), await cast.moderator(shop)
    ana, ben = await cast.live(shop, ida), await cast.customer(shop)
    before = await counts()
    for token in ("", "forged", ben.token, other.token, mo.token):
        with pytest.raises(ApiError) as refused:
            await ida.api.report(ana.chat, token, reason="rude")
        assert refused.value.status in (401, 404)
    for reason, words in (("ugly", ""), (None, ""), ("rude", 7), ("rude", "x" * 1001)):
        with pytest.raises(ApiError, match="422"):
            await ida.api.report(ana.chat, ana.token, reason=reason, words=words)  # type: ignore[arg-type]
    with pytest.raises(ApiError, match="409 nobody_yet"):
        await ben.api.report(ben.chat, ben.token, reason="rude")
    await ben.api.withdraw(ben.chat, ben.token)
    with pytest.raises(ApiError, match="409 nobody_yet"):
        await ben.api.report(ben.chat, ben.token, reason="rude")
    assert await counts() == before
    assert (await Chat.get(id=ana.chat)).status == "live"
