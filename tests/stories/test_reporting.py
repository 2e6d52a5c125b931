"""Either side of a chat tells the brand about the other: once, masked, received, and unknown to whom it is about."""

import asyncio
from collections import Counter

import pytest

from chatmarket.client import ApiError, Message, State
from chatmarket.models import Chat, Evidence, Report, Review
from tests.cast import Cast, Customer, Person
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


async def _handed_on(cast: Cast) -> tuple[Customer, Person, Person, list[int]]:
    """Two experts have spoken, the first of whom handed the chat back; and the numbers of what they said."""
    shop = await cast.brand()
    first, second = await cast.expert(shop, name="Ida Marsh"), await cast.expert(shop, name="Max Hill")
    ana = await cast.live(shop, first)
    said = []
    async with first.room(ana.chat) as room:
        said.append((await room.send("what a silly question")).seq)
    await first.api.hand_back(ana.chat, first.token, reason="time")
    await second.claim(ana)
    async with ana.room() as customer, second.room(ana.chat) as room:
        said.append((await room.send("good morning")).seq)
        await heard(customer, Message, seq=said[-1])
    return ana, first, second, said


async def test_a_report_after_a_hand_back_is_about_the_expert_who_was_there(cast: Cast) -> None:
    shop = await cast.brand()
    ida, max_ = await cast.expert(shop), await cast.expert(shop)
    ana = await cast.live(shop, ida)
    async with ida.room(ana.chat) as room:
        await room.send("what a silly question")
    await ida.api.hand_back(ana.chat, ida.token, reason="time")
    ben = await cast.live(shop, max_)
    await max_.api.hand_back(ben.chat, max_.token, reason="time")
    await max_.claim(ana)
    await ana.api.report(ana.chat, ana.token, reason="rude")
    assert (await Review.get(evidence__chat_id=ana.chat)).expert_id == ida.id, "the next has not said a word"
    await ben.api.report(ben.chat, ben.token, reason="rude")
    assert (await Review.get(evidence__chat_id=ben.chat)).expert_id == max_.id, "it waits, and only they were there"


@pytest.mark.parametrize("named", [0, 1, None])
async def test_a_report_names_a_message_or_is_about_who_spoke_last(cast: Cast, named: int | None) -> None:
    ana, first, second, said = await _handed_on(cast)
    for wrong in (1, 99, "x"):  # the customer's own, none, and no number
        with pytest.raises(ApiError, match="422 bad_field"):
            await ana.api.report(ana.chat, ana.token, reason="rude", message=wrong)  # type: ignore[arg-type]
    message = None if named is None else said[named]
    await ana.api.report(ana.chat, ana.token, reason="rude", message=message)
    told = await Review.get(evidence__chat_id=ana.chat)
    assert told.expert_id == (first if named == 0 else second).id


async def test_on_the_page_the_customer_chooses_whom_it_is_about(cast: Cast) -> None:
    ana, first, _, said = await _handed_on(cast)
    async with browser(cast.here) as page:
        page.http.cookies.set(f"chat_{ana.chat}", ana.token)
        shown = (await page.open(f"/chats/{ana.chat}")).text
        assert "Whom is it about?" in shown and f'<option value="{said[0]}">Ida Marsh' in shown
        sent = {"reason": "rude", "message": str(said[0])}
        assert (await page.post(f"/chats/{ana.chat}/report", sent)).status_code == 303
    assert (await Review.get(evidence__chat_id=ana.chat)).expert_id == first.id


async def test_who_handed_a_chat_back_reports_its_customer_as_does_the_next_expert(cast: Cast) -> None:
    ana, first, second, _ = await _handed_on(cast)
    stranger = await cast.expert(await cast.brand())
    async with browser(cast.here, email=first.email) as page:
        where = f"/rooms/{ana.chat}/report"
        assert where in (await page.open(f"/lobby?returned={ana.chat}")).text
        assert (await page.open(f"/rooms/{ana.chat}")).status_code == 404
        assert (await page.post(where, {"reason": "ugly"})).status_code == 422
        sent = await page.post(where, {"reason": "spam"})
        assert (sent.status_code, sent.headers["location"]) == (303, f"/lobby?returned={ana.chat}")
        assert "Report received" in (await page.open(f"/lobby?returned={ana.chat}")).text
    with pytest.raises(ApiError, match="409 reported_before"):
        await first.api.report(ana.chat, first.token, reason="spam")
    await second.api.report(ana.chat, second.token, reason="rude")
    with pytest.raises(ApiError, match="409 reported_before"):
        await second.api.report(ana.chat, second.token, reason="rude")
    with pytest.raises(ApiError, match="404"):
        await stranger.api.report(ana.chat, stranger.token, reason="spam")
    told = await Review.filter(evidence__chat_id=ana.chat, kind="by_expert").order_by("id")
    assert [one.expert_id for one in told] == [first.id, second.id]
    async with browser(cast.here, email=stranger.email) as page:
        assert f"/rooms/{ana.chat}" not in (await page.open(f"/lobby?returned={ana.chat}")).text
