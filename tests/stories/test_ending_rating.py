"""A chat ends, its customer gives a verdict, and the verdict pays, moves the reputation, and may close the gate."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.exceptions import IntegrityError

from chatmarket.client import ApiError, Offer, Offers, Row, Rows, Standing, State
from chatmarket.flows import showing
from chatmarket.models import Audit, Case, Chat, Entry, Expert, Posting, Rating
from chatmarket.models import Standing as KeptStanding
from chatmarket.store import rows
from matching import reputation
from matching.reputation import Reputation, Tally
from tests.cast import Cast, Person, Shop
from tests.stories.browsing import browser
from tests.stories.keeping import counts, only
from tests.stories.listening import eventually, heard, overheard, shown


async def test_either_side_ends_a_chat_for_both(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    for by_customer in (True, False):
        ana = await cast.live(shop, ida)
        async with ana.room() as customer, ida.room(ana.chat) as expert:
            await heard(customer, State, status="live")
            await heard(expert, State, status="live")
            await ida.api.end(ana.chat, ana.token if by_customer else ida.token)
            assert "How did it go?" in (await heard(customer, State, status="ended")).html
            assert "Waiting for the rating" in (await heard(expert, State, status="ended")).html
        await ana.end()  # a second time it stays as it is
        ended = await Chat.get(id=ana.chat)
        assert ended.ended_by == ("customer" if by_customer else "expert")
    assert (await Expert.get(account_id=ida.id)).live == 0


async def test_many_ends_at_once_free_one_place(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana, other = await cast.live(shop, ida), await cast.live(shop, ida)
    await asyncio.gather(*(cast.api(url).end(ana.chat, ana.token) for url in (cast.here, cast.there) * 5))
    assert (await Expert.get(account_id=ida.id)).live == 1
    assert (await Chat.get(id=other.chat)).status == "live"


async def test_a_chat_in_which_nobody_speaks_any_more_is_ended_by_the_clock(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana, busy = await cast.live(shop, ida), await cast.live(shop, ida)
    async with ana.room() as room:
        await heard(room, State, status="live")
        await Chat.filter(id=ana.chat).update(said_at=datetime.now(UTC) - timedelta(minutes=31))
        assert "nobody wrote for a while" in (await heard(room, State, status="ended")).html
    assert (await Chat.get(id=busy.chat)).status == "live"
    assert (await Expert.get(account_id=ida.id)).live == 1


async def test_strangers_neither_end_nor_rate(cast: Cast) -> None:
    shop = await cast.brand()
    ida, other = await cast.expert(shop), await cast.expert(shop)
    mo = await cast.moderator(shop)
    ana, ben = await cast.live(shop, ida), await cast.customer(shop)
    for token in ("", "forged", ben.token, other.token, mo.token):
        with pytest.raises(ApiError) as refused:
            await ida.api.end(ana.chat, token)
        assert refused.value.status in (401, 404)
    await ana.end()
    before = await counts()
    for token in ("", "forged", ben.token, ida.token, mo.token):
        with pytest.raises(ApiError, match="404 not_there"):
            await ida.api.rate(ana.chat, token, resolved=True)
    assert await counts() == before
    async with browser(cast.here) as page:
        assert (await page.post(f"/chats/{ana.chat}/rating", {"resolved": "yes", "stars": "5"})).status_code == 404


async def test_a_chat_is_rated_once_and_only_when_it_has_ended(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    ana = await cast.live(shop, ida)
    with pytest.raises(ApiError, match="409 not_ended"):
        await ana.rate(resolved=True)
    await ana.end()

    async def verdict(n: int) -> str:
        try:
            place = cast.api((cast.here, cast.there)[n % 2])
            await place.rate(ana.chat, ana.token, resolved=True, stars=1 + n % 5)
        except ApiError as refused:
            return refused.code
        return "kept"

    assert Counter(await asyncio.gather(*map(verdict, range(10)))) == {"kept": 1, "rated_before": 9}
    assert await verdict(0) == "rated_before"
    assert await Rating.filter(chat_id=ana.chat).count() == 1
    assert (await ida.api.earnings(ida.token)).balances == {"EUR": 140}
    assert (await KeptStanding.get(expert_id=ida.id)).ratings == 1
    assert (await mo.api.ledger(mo.token)).sums == {"EUR": 0}


async def test_a_withdrawn_chat_is_never_rated(cast: Cast) -> None:
    ana = await cast.customer(await cast.brand())
    await ana.api.withdraw(ana.chat, ana.token)
    with pytest.raises(ApiError, match="409 not_ended"):
        await ana.rate(resolved=True)


@pytest.mark.parametrize(("reward", "share", "fee"), [(200, 140, 60), (333, 233, 100), (1, 1, 0), (5, 4, 1)])
async def test_a_resolved_chat_pays_whole_cents_that_sum_to_nothing(
    cast: Cast, reward: int, share: int, fee: int
) -> None:
    shop = await cast.brand(reward=reward)
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    ana = await cast.rated(shop, ida, resolved=True)
    accounts = {row.account: row.sum for row in (await mo.api.ledger(mo.token)).accounts}
    assert accounts == {f"brand:{shop.id}:rewards": -reward, f"expert:{ida.id}:payable": share, "platform:fees": fee}
    earned = await ida.api.earnings(ida.token)
    assert earned.balances == {"EUR": share}
    assert [(one.chat, one.amount) for one in earned.entries] == [(ana.chat, share)]


async def test_an_unresolved_chat_pays_nothing(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    ana = await cast.live(shop, ida)
    async with mo.board() as board:
        await heard(board, Rows)
        await ana.end()
        await ana.rate(resolved=False)
        while "Not resolved" not in (await heard(board, Row, chat=ana.chat, status="ended")).html:
            pass
    async with ida.room(ana.chat) as expert:
        state = await heard(expert, State)
        assert state.resolved is None and "Waiting for the rating" in state.html, "a no is not told in the room"
    assert not await Entry.filter(chat_id=ana.chat).exists()
    assert (await ida.api.earnings(ida.token)).balances == {}


async def test_the_ledger_and_the_audit_cannot_be_changed_in_the_database_itself(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    ana = await cast.rated(shop, ida, resolved=True)
    async with mo.watch(ana.chat) as watching:
        await heard(watching, State)
    entry = await Entry.get(chat_id=ana.chat)
    with pytest.raises(IntegrityError):
        await Entry.create(key=entry.key, brand_id=shop.id, chat_id=ana.chat, at=entry.at)
    for sql in (
        f"UPDATE posting SET amount = 9 WHERE entry_id = {entry.id} RETURNING id",
        f"DELETE FROM posting WHERE entry_id = {entry.id} RETURNING id",
        f"UPDATE entry SET key = 'x' WHERE id = {entry.id} RETURNING id",
        f"DELETE FROM entry WHERE id = {entry.id} RETURNING id",
        f"UPDATE audit SET action = 'x' WHERE chat_id = {ana.chat} RETURNING id",
        f"DELETE FROM audit WHERE chat_id = {ana.chat} RETURNING id",
    ):
        with pytest.raises(Exception, match="rows are only ever added"):  # each database names it differently
            await rows(sql)
    assert await Audit.filter(chat_id=ana.chat).count() == 1
    assert await only("SELECT SUM(amount) AS s FROM posting WHERE entry_id = ?", entry.id) == 0
    assert await only("SELECT SUM(amount) AS s FROM posting") == 0
    assert await Posting.filter(entry_id=entry.id).count() == 3


async def test_a_reputation_is_what_the_formula_makes_of_the_ratings(cast: Cast) -> None:
    shop = await cast.brand()
    ida, max_ = await cast.expert(shop), await cast.expert(shop)
    easy, hard = (topic.id for topic in shop.topics)
    verdicts = [
        (ida, easy, True), (max_, easy, False), (ida, hard, False), (max_, hard, True), (ida, easy, True),
        (max_, easy, True), (ida, hard, True),
    ]  # fmt: skip
    for expert, topic, resolved in verdicts:
        await cast.rated(shop, expert, resolved=resolved, topic=topic)
    for expert in (ida, max_):
        kept = await KeptStanding.get(expert_id=expert.id)
        expected = _expected(verdicts, expert)
        assert (kept.mu, kept.v) == pytest.approx((expected.mu, expected.v), abs=1e-12)
        mine = [resolved for who, _, resolved in verdicts if who is expert]
        assert (kept.ratings, kept.resolved) == (len(mine), sum(mine))


def _expected(verdicts: list[tuple[Person, int, bool]], expert: Person) -> Reputation:
    """The pure formula over the verdicts as they came, each against the others' before it (gate from 0 ratings on)."""
    known = Reputation()
    for n, (who, topic, resolved) in enumerate(verdicts):
        if who is expert:
            others = [(topic_, yes) for who_, topic_, yes in verdicts[:n] if who_ is not expert]
            of_topic = [yes for topic_, yes in others if topic_ == topic]
            bar = reputation.baseline(
                Tally(len(of_topic), sum(of_topic)), Tally(len(others), sum(yes for _, yes in others)), enough=0
            )
            known = reputation.after(known, resolved, bar)
    return known


async def test_three_straight_negatives_pause_a_newcomer_until_a_person_reopens(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop, at=cast.there), await cast.moderator(shop, role="staff")
    async with ida.lobby() as lobby:
        await heard(lobby, Standing, gate="open")
        waiting = await cast.customer(shop)
        await heard(lobby, Offer, chat=waiting.chat)
        for _ in range(2):
            await cast.rated(shop, ida, resolved=False)
        assert (await KeptStanding.get(expert_id=ida.id)).state != "paused"
        await shown(lobby, waiting.chat)
        await cast.rated(shop, ida, resolved=False)
        await heard(lobby, Standing, gate="paused")
        unheard = await cast.customer(shop)
        assert not any(isinstance(event, Offer) for event in await overheard(lobby))
        with pytest.raises(ApiError, match="409 paused_gate"):
            await ida.claim(waiting)
        async with ida.lobby() as another:
            assert (await heard(another, Offers)).offers == ()
        await _explained(cast, ida, shop)
        async with browser(cast.here, email=mo.email) as staff:
            case = await Case.get(expert_id=ida.id)
            lifted = {"what": "reenter", "reason": "Three hard chats in a row.", "read": "yes"}
            assert (await staff.post(f"/cases/{case.id}/decide", lifted)).status_code == 303
            assert (await staff.post(f"/cases/{case.id}/decide", lifted)).status_code == 409  # it is decided now
        await shown(lobby, waiting.chat, unheard.chat)
    await ida.claim(unheard)
    assert await Audit.filter(action="decide_case", actor_id=mo.id, brand_id=shop.id).count() == 1


async def _explained(cast: Cast, ida: Person, shop: Shop) -> None:
    async with browser(cast.there, email=ida.email) as page:
        text = (await page.open("/standing")).text
        assert 'data-gate="paused"' in text and "Of 3 rated chats 0 were resolved" in text
        assert f"a person at {shop.slug.title()} reads these chats" in text


async def test_a_positive_verdict_after_the_pause_does_not_reopen_by_itself(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    await KeptStanding.filter(expert_id=ida.id).update(ratings=20)  # past the probation, with two chats at once
    live = await cast.live(shop, ida)
    for _ in range(3):
        await cast.rated(shop, ida, resolved=False)
    await live.end()
    await live.rate(resolved=True)
    assert (await KeptStanding.get(expert_id=ida.id)).state == "paused"


async def test_another_brand_can_neither_reopen_nor_certify(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    ida, stranger = await cast.expert(shop), await cast.moderator(other, role="staff")
    for _ in range(3):
        await cast.rated(shop, ida, resolved=False)
    case = await Case.get(expert_id=ida.id)
    async with browser(cast.here, email=stranger.email) as page:
        assert f"/cases/{case.id}" not in (await page.open("/cases")).text
        for place in (f"/cases/{case.id}", f"/experts/{ida.id}"):
            assert (await page.open(place)).status_code == 404
        lifted = {"what": "reopen", "reason": "A friend.", "read": "yes"}
        assert (await page.post(f"/cases/{case.id}/decide", lifted)).status_code == 404
        for deed in ("certify", "uncertify"):
            assert (await page.post(f"/experts/{ida.id}/{deed}", {"topic": str(shop.topic)})).status_code == 404
    assert (await KeptStanding.get(expert_id=ida.id)).state == "paused"


async def test_an_applicant_hears_offers_once_certified_and_no_longer_when_that_is_taken_back(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    ida, mo = await cast.expert(shop, at=cast.there), await cast.moderator(shop, role="staff")
    ana = await cast.customer(shop)
    topic = {"topic": str(shop.topic)}
    async with ida.lobby() as lobby, browser(cast.here, email=mo.email) as staff:
        await shown(lobby)
        assert (await staff.post(f"/experts/{ida.id}/certify", topic)).status_code == 303
        await shown(lobby, ana.chat)
        assert (await staff.post(f"/experts/{ida.id}/uncertify", topic)).status_code == 303
        await shown(lobby)
    noted = await Audit.filter(brand_id=shop.id).order_by("id").values_list("action", flat=True)
    assert list(noted) == ["certify", "uncertify"]


async def test_the_customers_page_rates_and_shows_what_was_wrong(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    async with browser(cast.here) as page:
        asked = await page.post(f"/b/{shop.slug}", {"topic": str(shop.topic), "language": "en", "question": "How?"})
        chat = asked.headers["location"]
        await ida.api.claim(int(chat.rpartition("/")[2]), ida.token)
        early = await page.post(f"{chat}/rating", {"resolved": "yes", "stars": "5"})
        assert early.status_code == 409 and "can be rated when it has ended" in early.text
        assert (await page.post(f"{chat}/end")).status_code == 303
        assert (await page.post(f"{chat}/rating", {"resolved": "maybe", "stars": "5"})).status_code == 422
        assert (await page.post(f"{chat}/rating", {"resolved": "yes", "stars": "6"})).status_code == 422
        assert (await page.post(f"{chat}/rating", {"resolved": "yes", "stars": "5"})).status_code == 303
        assert "Thank you for your rating" in (await page.open(chat)).text
    assert await eventually(lambda: Rating.filter(expert_id=ida.id, stars=5, resolved=True).exists())


async def test_news_of_a_claim_that_comes_late_does_not_undo_the_end(cast: Cast) -> None:
    """Two servers may tell of one chat at the same moment, in either order: whoever is woken reads what is true now."""
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    claimed = await showing.chat_whole(ana.chat)
    async with ana.room() as room:
        await heard(room, State, status="live")
        await ana.end()
        await heard(room, State, status="ended")
        await showing.tell_room(cast.house, claimed)
        assert (await heard(room, State)).status == "ended"
