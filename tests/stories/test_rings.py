"""Who hears of a question in which ring, what passing it on does, and what is written down of claims."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet

from chatmarket.client import ApiError, Lobby, Offer, Offers
from chatmarket.flows import offering, qualifying, showing
from chatmarket.models import Brand, Chat, Entry, Posting, Reply, Skill
from chatmarket.models import Offer as Ring
from tests.cast import PATIENT, Cast, Customer, Person, Shop
from tests.serving import Town
from tests.stories.browsing import browser
from tests.stories.listening import eventually, heard, overheard, shown

QUIET = {**PATIENT, "sizes": [2, 2], "seconds": 600.0, "explore": 0.0}  # no ring widens by itself within a test


@asynccontextmanager
async def seated(people: Sequence[Person]) -> AsyncIterator[dict[int, Lobby]]:
    """All of them online, with empty lobbies."""
    async with AsyncExitStack() as stack:
        lobbies = {person.id: await stack.enter_async_context(person.lobby()) for person in people}
        for lobby in lobbies.values():
            await heard(lobby, Offers)
        yield lobbies


async def crowd(cast: Cast, many: int, **dispatch: object) -> tuple[Shop, dict[int, Person]]:
    shop = await cast.brand(wait_limit_s=600)
    await Brand.filter(id=shop.id).update(dispatch=QUIET | dispatch)
    return shop, {person.id: person for person in await cast.experts(shop, many)}


async def seats(chat: int, number: int = 1) -> list[int]:
    return [int(expert) for expert in (await Ring.get(chat_id=chat, number=number)).seats]


async def refused(deed: object) -> str:
    with pytest.raises(ApiError) as caught:
        await deed  # type: ignore[misc]
    return caught.value.code


async def test_the_first_ring_hears_at_once_and_nobody_else_may_claim(cast: Cast) -> None:
    shop, people = await crowd(cast, 6)
    async with seated(list(people.values())) as lobbies:
        ana = await cast.customer(shop)
        first = await seats(ana.chat)
        assert len(first) == 2
        for expert in first:
            assert (await heard(lobbies[expert], Offer, chat=ana.chat)).why == "best"
        others = [expert for expert in people if expert not in first]
        for expert in others:
            assert not [event for event in await overheard(lobbies[expert], 0.1) if isinstance(event, Offer)]
        assert await refused(people[others[0]].claim(ana)) == "not_offered"
        async with people[others[1]].lobby() as again:
            await shown(again)
        await people[first[1]].claim(ana)
    assert (await Ring.get(chat_id=ana.chat, number=1)).state == "claimed"


async def test_the_best_on_the_topic_hear_first(cast: Cast) -> None:
    shop, people = await crowd(cast, 5)
    known = list(people)[3:]
    await Skill.filter(expert_id__in=known, topic_id=shop.topic).update(count=40.0, positive=39.5)
    async with seated(list(people.values())):
        ana = await cast.customer(shop)
        assert sorted(await seats(ana.chat)) == sorted(known)


async def test_a_verdict_moves_what_orders_the_offers_of_its_topic(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    await cast.rated(shop, ida, resolved=True)
    await cast.rated(shop, ida, resolved=False)
    skill = await Skill.get(expert_id=ida.id, topic_id=shop.topic)
    assert (skill.count, skill.positive) == (pytest.approx(1.99), pytest.approx(0.99))
    other = await Skill.get(expert_id=ida.id, topic_id=shop.topics[1].id)
    assert other.count == 0


async def test_rings_widen_by_the_clock_until_everyone_hears(cast: Cast) -> None:
    shop, people = await crowd(cast, 6, seconds=0.2)
    async with seated(list(people.values())) as lobbies:
        ana = await cast.customer(shop)
        why = {expert: (await heard(lobby, Offer, chat=ana.chat)).why for expert, lobby in lobbies.items()}
    assert sorted(why.values()) == ["best"] * 4 + ["everyone"] * 2
    assert {expert for expert in why if why[expert] == "best"} == {*await seats(ana.chat, 1), *await seats(ana.chat, 2)}
    assert (await Chat.get(id=ana.chat)).widens_at is None
    late = await cast.expert(shop)
    async with late.lobby() as lobby:
        assert (await shown(lobby, ana.chat)).offers[0].why == "everyone"


async def test_two_clocks_open_a_ring_once(cast: Cast, town: Town) -> None:
    shop, people = await crowd(cast, 6)
    async with seated(list(people.values())):
        ana = await cast.customer(shop)
        chat = await showing.chat_whole(ana.chat)
        await asyncio.gather(*(offering.widen(town.houses[n % 2], chat, 1) for n in range(8)))
    assert [ring.number for ring in await Ring.filter(chat_id=ana.chat).order_by("number")] == [1, 2]
    assert len({*await seats(ana.chat, 1), *await seats(ana.chat, 2)}) == 4


async def test_a_ring_whose_process_died_before_telling_is_told_by_the_clock(cast: Cast) -> None:
    shop, people = await crowd(cast, 6)
    async with seated(list(people.values())) as lobbies:
        ana = await cast.customer(shop)
        first = (await seats(ana.chat))[0]
        await heard(lobbies[first], Offer, chat=ana.chat)
        await eventually(Chat.filter(id=ana.chat, offered_at__not_isnull=True).exists)  # its own process notes it last
        long_ago = datetime.now(UTC) - timedelta(seconds=5)
        await Ring.filter(chat_id=ana.chat).update(made_at=long_ago)
        await Chat.filter(id=ana.chat).update(offered_at=None)
        await heard(lobbies[first], Offer, chat=ana.chat)
    assert await Ring.filter(chat_id=ana.chat).count() == 1


async def test_a_ring_made_just_now_is_left_to_its_process_however_old_the_question(cast: Cast) -> None:
    shop, people = await crowd(cast, 6)
    async with seated(list(people.values())) as lobbies:
        ana = await cast.customer(shop)
        first = (await seats(ana.chat))[0]
        await heard(lobbies[first], Offer, chat=ana.chat)
        await eventually(Chat.filter(id=ana.chat, offered_at__not_isnull=True).exists)
        now = datetime.now(UTC)
        await Ring.filter(chat_id=ana.chat).update(made_at=now + timedelta(seconds=60))
        await Chat.filter(id=ana.chat).update(offered_at=None, asked_at=now - timedelta(seconds=60))
        await offering.due(cast.house)
        assert (await Chat.get(id=ana.chat)).offered_at is None


@asynccontextmanager
async def _withdrawn_after(chats: list[int], caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    """The clocks fail at these for as long as they wait: no other story may hear of it."""
    try:
        yield
    finally:
        await Chat.filter(id__in=chats).update(status="withdrawn")
        failed = -1
        while failed != len(caplog.records):  # a look that began before goes on with what it has read
            failed = len(caplog.records)
            await asyncio.sleep(0.7)


async def _all(chats: QuerySet[Chat], many: int) -> bool:
    return await chats.count() == many


async def _rings(chat: int, many: int) -> bool:
    return await Ring.filter(chat_id=chat).count() == many


@pytest.mark.logs_errors
async def test_chats_that_cannot_be_offered_do_not_keep_the_others_from_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(offering, "AT_ONCE", 2)
    broken, _ = await crowd(cast, 6)
    shop, people = await crowd(cast, 6)
    stuck: list[int] = []
    async with seated(list(people.values())), _withdrawn_after(stuck, caplog):
        stuck += [(await cast.customer(broken)).chat for _ in range(6)]
        ana, ben = await cast.customer(shop), await cast.customer(shop)
        asked = Chat.filter(id__in=[*stuck, ana.chat, ben.chat], offered_at__not_isnull=True)
        await eventually(lambda: _all(asked, 8))  # what is told later would be told of what is changed here
        await Brand.filter(id=broken.id).update(dispatch={"sizes": [0]})
        now, never_told = datetime.now(UTC), {"ring": 0, "widens_at": None, "offered_at": None}
        await Chat.filter(id__in=stuck).update(ring=1, widens_at=now - timedelta(seconds=60))
        await Chat.filter(id=ana.chat).update(widens_at=now)
        await Chat.filter(id=ben.chat).update(**never_told, asked_at=now - timedelta(seconds=60))
        await Ring.filter(chat_id=ben.chat).delete()
        untold = now - timedelta(seconds=90)
        await Chat.filter(id__in=stuck[:3]).update(**never_told, asked_at=untold)
        await offering.due(cast.house)
        # The servers' own clocks take what is due as well, and may be in the middle of it.
        await eventually(lambda: _rings(ana.chat, 2))
        await eventually(lambda: _rings(ben.chat, 1))
        assert not await Ring.filter(chat_id__in=stuck, number=2).exists()


async def test_a_policy_of_broadcast_lets_everyone_hear_at_once(cast: Cast) -> None:
    shop, people = await crowd(cast, 6, sizes=[])
    async with seated(list(people.values())) as lobbies:
        ana = await cast.customer(shop)
        for lobby in lobbies.values():
            assert (await heard(lobby, Offer, chat=ana.chat)).why == "everyone"


async def test_a_declined_offer_goes_to_the_next_at_once_and_costs_nothing(cast: Cast) -> None:
    shop, people = await crowd(cast, 6)
    async with seated(list(people.values())) as lobbies:
        ana = await cast.customer(shop)
        first, second = await seats(ana.chat)
        await heard(lobbies[first], Offer, chat=ana.chat)
        await people[first].api.decline(ana.chat, people[first].token, reason="difficulty")
        await shown(lobbies[first])
        assert await refused(people[first].claim(ana)) == "not_offered"
        (third,) = set(await seats(ana.chat)) - {first, second}
        assert (await heard(lobbies[third], Offer, chat=ana.chat)).why == "widened"
        await people[first].api.decline(ana.chat, people[first].token, reason="time")
        await people[third].claim(ana)
    declined = await Reply.filter(chat_id=ana.chat, what="declined")
    assert [(one.expert_id, one.reason) for one in declined] == [(first, "difficulty")]


async def test_an_offer_is_declined_once_however_often_it_is_pressed(cast: Cast) -> None:
    shop, people = await crowd(cast, 6)
    async with seated(list(people.values())):
        ana = await cast.customer(shop)
        first, second = await seats(ana.chat)
        api, token = people[first].api, people[first].token
        await asyncio.gather(*(api.decline(ana.chat, token, reason="other") for _ in range(6)))
        assert await Reply.filter(chat_id=ana.chat).count() == 1
        assert len(await seats(ana.chat)) == 3 and second in await seats(ana.chat)


async def test_only_what_was_offered_can_be_declined_and_only_while_it_waits(cast: Cast) -> None:
    shop, people = await crowd(cast, 6)
    stranger = await cast.expert(await cast.brand())
    async with seated(list(people.values())):
        ana = await cast.customer(shop)
        first, second = await seats(ana.chat)
        unheard = next(person for person in people.values() if person.id not in (first, second))
        for person in (unheard, stranger):
            assert await refused(person.api.decline(ana.chat, person.token, reason="time")) == "not_there"
        assert await refused(people[first].api.decline(ana.chat, people[first].token, reason="rude")) == "bad_field"
        await people[second].claim(ana)
        assert await refused(people[first].api.decline(ana.chat, people[first].token, reason="time")) == "gone"


async def _won_and_lost(cast: Cast) -> tuple[Customer, Person, Person]:
    shop = await cast.brand()
    ida, max_ = await cast.expert(shop), await cast.expert(shop, name="Max", at=cast.there)
    ana = await cast.live(shop, ida)
    await asyncio.sleep(0.3)
    assert await refused(max_.claim(ana)) == "taken"
    return ana, ida, max_


async def test_who_lost_a_claim_is_told_by_how_much_and_never_to_whom(cast: Cast) -> None:
    ana, ida, max_ = await _won_and_lost(cast)
    lost = await Reply.get(chat_id=ana.chat, what="lost")
    assert lost.expert_id == max_.id and lost.behind_ms is not None and 300 <= lost.behind_ms < 15_000
    won = await Reply.get(chat_id=ana.chat, what="won")
    assert won.expert_id == ida.id and won.behind_ms is None
    async with browser(cast.there, email=max_.email) as page:
        told = (await page.open("/standing")).text
    assert f"Another expert was {lost.behind_ms} ms earlier" in told or "Taken long before" in told
    assert "Ida" not in told


async def test_claims_faster_than_people_read_are_counted(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    script = await cast.customer(shop)
    # Offered later than it is claimed: no machine is too slow to be quick.
    await Ring.filter(chat_id=script.chat).update(made_at=datetime.now(UTC) + timedelta(seconds=60))
    await ida.claim(script)
    person = await cast.customer(shop)
    await Ring.filter(chat_id=person.chat).update(made_at=datetime.now(UTC) - timedelta(seconds=5))
    await ida.claim(person)
    prompt = dict(await Reply.filter(expert_id=ida.id).values_list("chat_id", "prompt"))
    assert prompt == {script.chat: True, person.chat: False}


async def test_who_sat_in_the_first_ring_is_measured_by_it(cast: Cast) -> None:
    shop, people = await crowd(cast, 6)
    async with seated(list(people.values())):
        ana = await cast.customer(shop)
        first = (await seats(ana.chat))[0]
        await Ring.filter(chat_id=ana.chat).update(made_at=datetime.now(UTC) - timedelta(seconds=5))
        await offering.widen(cast.house, await showing.chat_whole(ana.chat), 1)
        # Still going to be the newest when the claim comes, on however slow a machine.
        await Ring.filter(chat_id=ana.chat, number=2).update(made_at=datetime.now(UTC) + timedelta(seconds=60))
        await people[first].claim(ana)
    assert not (await Reply.get(chat_id=ana.chat, what="won")).prompt


async def test_a_lost_claim_is_written_down_once_however_often_it_is_pressed(cast: Cast) -> None:
    ana, _, max_ = await _won_and_lost(cast)
    assert await asyncio.gather(*(refused(max_.claim(ana)) for _ in range(5))) == ["taken"] * 5
    await ana.end()
    assert await refused(max_.claim(ana)) == "taken"
    (lost,) = await Reply.filter(chat_id=ana.chat, what="lost")
    with pytest.raises(IntegrityError):
        await Reply.create(chat_id=ana.chat, expert_id=lost.expert_id, what="lost", at=lost.at)


async def test_who_was_not_offered_a_chat_has_not_lost_it(cast: Cast) -> None:
    shop, people = await crowd(cast, 6)
    async with seated(list(people.values())):
        ana = await cast.customer(shop)
        first, second = await seats(ana.chat)
        unheard = next(person for person in people.values() if person.id not in (first, second))
        await people[first].claim(ana)
        for person in (unheard, people[second]):
            assert await refused(person.claim(ana)) == "taken"
    lost = await Reply.filter(chat_id=ana.chat, what="lost")
    assert [one.expert_id for one in lost] == [second]


async def test_of_what_everyone_heard_only_who_may_answer_has_lost(cast: Cast) -> None:
    shop = await cast.brand()
    ida, untried = await cast.expert(shop), await cast.expert(shop)
    await Skill.filter(expert_id=untried.id).update(certified=False)
    ana = await cast.live(shop, ida)
    assert await refused(untried.claim(ana)) == "taken"
    assert not await Reply.filter(chat_id=ana.chat, what="lost").exists()


async def test_a_chat_taken_long_ago_is_lost_to_nobody(cast: Cast) -> None:
    shop = await cast.brand()
    ida, max_ = await cast.expert(shop), await cast.expert(shop, name="Max")
    ana = await cast.live(shop, ida)
    await Chat.filter(id=ana.chat).update(claimed_at=datetime.now(UTC) - timedelta(minutes=11))
    assert await refused(max_.claim(ana)) == "taken"
    assert not await Reply.filter(chat_id=ana.chat, what="lost").exists()


async def test_a_payout_does_not_lower_what_somebody_earned(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.rated(shop, ida, resolved=True)
    chat = await showing.chat_whole(ana.chat)
    (before,) = await qualifying.candidates(cast.house, chat, [ida.id])
    assert before.earned == showing.net(chat) > 0
    paid = await Entry.create(key=f"payout:{ida.id}", brand_id=shop.id, at=datetime.now(UTC))
    for account, amount in ((f"expert:{ida.id}:payable", -200), ("platform:bank", 200)):
        await Posting.create(entry_id=paid.id, account=account, currency=chat.currency, amount=amount)
    (after,) = await qualifying.candidates(cast.house, chat, [ida.id])
    assert after.earned >= before.earned
