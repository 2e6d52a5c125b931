"""Who hears an offer, on which server whoever it is sits, and how its card goes away again."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

from chatmarket.client import Lobby, Offer, Offers, Taken
from chatmarket.client import lobby as listen_in_lobby
from chatmarket.models import Chat, Expert, Skill, Standing
from tests.cast import Cast, Person
from tests.stories.listening import heard, overheard, shown


async def _seated(stack: AsyncExitStack, person: Person) -> Lobby:
    lobby = await stack.enter_async_context(person.lobby())
    await heard(lobby, Offers)
    return lobby


async def _offers_heard(lobby: Lobby) -> list[int]:
    return [event.chat for event in await overheard(lobby) if isinstance(event, Offer)]


async def test_only_those_who_may_answer_hear_an_offer(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    first, second = (topic.id for topic in shop.topics)
    here = await cast.expert(shop, at=cast.here)
    there = await cast.expert(shop, at=cast.there, topics=[first], languages=("es", "en"))
    deaf = {
        "of another brand": await cast.expert(other),
        "of another topic": await cast.expert(shop, topics=[second]),
        "of another language": await cast.expert(shop, languages=("es",)),
        "not certified": await cast.expert(shop),
        "on a break": await cast.expert(shop),
        "paused": await cast.expert(shop),
        "full": await cast.expert(shop),
    }
    await Skill.filter(expert_id=deaf["not certified"].id).update(certified=False)
    await deaf["on a break"].api.availability(deaf["on a break"].token, online=False)
    await Standing.filter(expert_id=deaf["paused"].id).update(state="paused")
    await Expert.filter(account_id=deaf["full"].id).update(live=2)
    away = await cast.expert(shop)
    async with AsyncExitStack() as stack:
        hearing = [await _seated(stack, person) for person in (here, there)]
        silent = {why: await _seated(stack, person) for why, person in deaf.items()}
        ana = await cast.customer(shop, topic=first)
        for lobby in hearing:
            await heard(lobby, Offer, chat=ana.chat)
        heard_by_others = await asyncio.gather(*map(_offers_heard, silent.values()))
    assert dict(zip(silent, heard_by_others, strict=True)) == {why: [] for why in deaf}
    async with away.lobby() as late:
        await shown(late, ana.chat)


async def test_an_offer_names_the_net_reward_and_all_that_a_card_shows(cast: Cast) -> None:
    shop = await cast.brand(reward=333)
    ida = await cast.expert(shop, at=cast.there)
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        ana = await cast.customer(shop, "Is <b>this</b> safe?")
        offer = await heard(lobby, Offer, chat=ana.chat)
    assert (offer.brand, offer.topic, offer.language) == (shop.slug, "Topic 0", "en")
    assert (offer.reward, offer.currency) == (233, "EUR")
    assert offer.text == "Is <b>this</b> safe?"
    assert "Is &lt;b&gt;this&lt;/b&gt; safe?" in offer.html and f'id="offer-{ana.chat}"' in offer.html


async def test_a_claimed_card_turns_on_every_lobby(cast: Cast) -> None:
    shop = await cast.brand()
    ida, max_ = await cast.expert(shop, at=cast.here), await cast.expert(shop, at=cast.there)
    async with ida.lobby() as winners, max_.lobby() as losers:
        await heard(winners, Offers)
        await heard(losers, Offers)
        ana = await cast.customer(shop)
        await heard(losers, Offer, chat=ana.chat)
        await ida.claim(ana)
        assert (await heard(winners, Taken, chat=ana.chat)).why == "claimed"
        taken = await heard(losers, Taken, chat=ana.chat)
    assert taken.why == "claimed" and 'data-taken="claimed"' in taken.html


async def test_a_lobby_that_comes_back_shows_every_open_offer_the_oldest_first(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    async with ida.lobby() as lobby:
        await shown(lobby)
        first = await cast.customer(shop)
        await heard(lobby, Offer, chat=first.chat)
        lobby.cut()
    second, gone = await cast.customer(shop), await cast.customer(shop)
    await gone.api.withdraw(gone.chat, gone.token)
    async with listen_in_lobby(cast.here, ida.token) as lobby:
        back = await shown(lobby, first.chat, second.chat)
    assert f'id="offer-{first.chat}"' in back.html and f'id="offer-{gone.chat}"' not in back.html


async def test_capacity_that_is_full_empties_the_lobby_and_freed_fills_it_again(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        mine = [await cast.customer(shop) for _ in range(2)]
        waiting = await cast.customer(shop)
        await heard(lobby, Offer, chat=waiting.chat)
        await ida.claim(mine[0])
        await ida.claim(mine[1])
        await shown(lobby)
        unheard = await cast.customer(shop)
        assert not any(isinstance(event, Offer) for event in await overheard(lobby))
        await mine[0].end()
        await shown(lobby, waiting.chat, unheard.chat)


async def test_a_break_empties_the_lobby_and_its_end_fills_it_again(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    ana = await cast.customer(shop)
    async with ida.lobby() as lobby:
        await shown(lobby, ana.chat)
        await ida.api.availability(ida.token, online=False)
        await shown(lobby)
        await ida.api.availability(ida.token, online=True)
        await shown(lobby, ana.chat)


async def test_an_expert_with_two_lobbies_hears_an_offer_in_both_and_stays_here_when_one_closes(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    async with ida.lobby() as one:
        async with ida.lobby() as two:
            await heard(one, Offers)
            await heard(two, Offers)
            ana = await cast.customer(shop)
            await heard(one, Offer, chat=ana.chat)
            await heard(two, Offer, chat=ana.chat)
        ben = await cast.customer(shop)
        await heard(one, Offer, chat=ben.chat)


async def test_a_question_whose_process_died_before_telling_anybody_is_offered_by_the_clock(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    ana = await cast.customer(shop)
    told = await Chat.get(id=ana.chat)
    assert told.offered_at is not None and told.offered_at >= told.asked_at
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        # As a process leaves it that is killed between its commit and its first word.
        long_ago = told.asked_at - timedelta(seconds=5)
        await Chat.filter(id=ana.chat).update(offered_at=None, asked_at=long_ago)
        await heard(lobby, Offer, chat=ana.chat)
    assert (await Chat.get(id=ana.chat)).offered_at is not None
