"""Claims that wait: a prompt one for a person's, all of the last ring's for the best; and cards come in turns."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from chatmarket.client import ApiError, Offer, Offers, OpenOffer
from chatmarket.errors import ClaimRefused
from chatmarket.flows import claiming, offering, settling
from chatmarket.models import Account, Block, Brand, Chat, Expert, Reply, Skill, Standing, Ticket
from chatmarket.models import Offer as Ring
from matching.rings import Policy
from tests.cast import PATIENT, Cast, Customer, Person, Shop
from tests.serving import Town
from tests.statements import asked
from tests.stories.browsing import browser
from tests.stories.listening import PATIENCE_S, eventually, heard, shown
from tests.stories.test_rings import crowd, refused, seated

LONG = 60.0  # nothing is decided by itself within a story


async def _choosy(cast: Cast, many: int = 2, **how: float) -> tuple[Shop, list[Person]]:
    shop = await cast.brand(wait_limit_s=600)
    await Brand.filter(id=shop.id).update(dispatch={**PATIENT, "sizes": [], **how})
    return shop, await cast.experts(shop, many)


async def _token(person: Person, asked: Customer) -> dict[str, str]:
    found = await person.api.offers(person.token)
    return {"card": next(one.card for one in found.offers if one.chat == asked.chat), "key": found.key}


async def _long_shown(asked: Customer) -> None:
    """Its card has been there for as long as people read."""
    await Ring.filter(chat_id=asked.chat).update(made_at=datetime.now(UTC) - timedelta(seconds=5))


async def _just_shown(asked: Customer) -> None:
    """However slow the machine: nobody has read its card yet."""
    await Ring.filter(chat_id=asked.chat).update(made_at=datetime.now(UTC) + timedelta(seconds=LONG))


async def _waits(asked: Customer, many: int = 1) -> None:
    async def laid() -> bool:
        return await Ticket.filter(chat_id=asked.chat, state="waits").count() == many

    await eventually(laid)


async def _over(asked: Customer) -> None:
    await Chat.filter(id=asked.chat).update(settles_at=datetime.now(UTC))


async def test_a_prompt_claim_waits_and_a_persons_has_the_chat(cast: Cast) -> None:
    shop, (script, ida) = await _choosy(cast, park=LONG)
    async with seated([script, ida]):
        ana = await cast.customer(shop)
        await _just_shown(ana)
        prompt = asyncio.create_task(refused(script.claim(ana)))
        await _waits(ana)
        await _long_shown(ana)
        await ida.claim(ana)
        assert await prompt == "taken"
    assert (await Chat.get(id=ana.chat)).expert_id == ida.id
    lost = await Reply.get(chat_id=ana.chat, what="lost")
    assert (lost.expert_id, lost.prompt) == (script.id, True)
    assert (await Ticket.get(chat_id=ana.chat, expert_id=script.id)).state == "lost"


async def test_where_no_person_comes_the_prompt_claim_has_it_in_the_end(cast: Cast) -> None:
    shop, (script, _) = await _choosy(cast, park=LONG)
    async with seated([script]):
        ana = await cast.customer(shop)
        await _just_shown(ana)
        prompt = asyncio.create_task(script.claim(ana))
        await _waits(ana)
        await _over(ana)
        await prompt
    assert (await Chat.get(id=ana.chat)).expert_id == script.id


async def test_pressed_again_while_it_waits_the_claim_is_the_same(cast: Cast) -> None:
    shop, (script, _) = await _choosy(cast, park=LONG)
    ana = await cast.customer(shop)
    await _just_shown(ana)
    token = await _token(script, ana)
    claims = [asyncio.create_task(script.api.claim(ana.chat, script.token, **token)) for _ in range(4)]
    await _waits(ana)
    await _over(ana)
    await asyncio.gather(*claims)
    assert await Ticket.filter(chat_id=ana.chat).count() == 1
    assert (await Expert.get(account_id=script.id)).live == 1


async def test_when_the_window_closes_the_best_has_the_chat_and_not_the_first(cast: Cast) -> None:
    shop, (first, best) = await _choosy(cast, settle=LONG)
    await Skill.filter(expert_id=best.id, topic_id=shop.topic).update(count=40.0, positive=39.5)
    ana = await cast.customer(shop)
    await _long_shown(ana)
    claims = [asyncio.create_task(refused(first.claim(ana)))]
    await _waits(ana)
    claims.append(asyncio.create_task(best.claim(ana)))
    await _waits(ana, 2)
    await _over(ana)
    assert await asyncio.gather(*claims) == ["taken", None]
    assert (await Chat.get(id=ana.chat)).expert_id == best.id
    assert (await Reply.get(chat_id=ana.chat, expert_id=first.id)).behind_ms == 0, "the first, and yet not the best"


async def test_who_waits_is_told_by_whichever_process_decides_and_asks_no_database_meanwhile(
    cast: Cast, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "LOOK_S", 3600.0)
    shop, (script, ida) = await _choosy(cast, park=LONG)
    ana = await cast.customer(shop)
    await _just_shown(ana)
    token, account = await _token(script, ana), await Account.get(id=script.id)
    laid = await claiming.claim(town.houses[1], account, ana.chat, token["card"], token["key"])
    with asked() as count:
        waits = asyncio.create_task(settling._outcome(town.houses[1], account, laid))
        await asyncio.sleep(0.6)
        assert len(count) == 1, "one look, and then it waits to be told"
    await _long_shown(ana)
    await ida.claim(ana)
    with pytest.raises(ClaimRefused, match="taken"):
        async with asyncio.timeout(PATIENCE_S):
            await waits


async def test_a_process_that_dies_leaves_the_decision_to_any_clock(cast: Cast) -> None:
    shop, (ida, _) = await _choosy(cast, settle=LONG)
    ana = await cast.customer(shop)
    token = await _token(ida, ana)
    account = await Account.get(id=ida.id)
    # As far as a process gets that is killed then: nobody waits for the outcome.
    laid = await claiming.claim(cast.house, account, ana.chat, token["card"], token["key"])
    assert laid.status == "waiting"
    async with browser(cast.here, email=ida.email) as page:
        assert f'id="offer-{ana.chat}"' in (await page.open("/lobby")).text
        await _over(ana)
        await eventually(lambda: Chat.filter(id=ana.chat, status="live", expert_id=ida.id).exists())
        assert f'href="/rooms/{ana.chat}"' in (await page.open("/lobby")).text


async def test_whoever_cannot_take_it_any_more_leaves_it_to_the_next(cast: Cast) -> None:
    shop, (best, other) = await _choosy(cast, settle=LONG)
    await Skill.filter(expert_id=best.id, topic_id=shop.topic).update(count=40.0, positive=39.5)
    ana = await cast.customer(shop)
    claims = [asyncio.create_task(refused(best.claim(ana))), asyncio.create_task(other.claim(ana))]
    await _waits(ana, 2)
    await best.api.availability(best.token, online=False)
    await _over(ana)
    assert await asyncio.gather(*claims) == ["paused_self", None]
    assert (await Chat.get(id=ana.chat)).expert_id == other.id


async def test_a_waiting_tickets_mark_goes_when_the_chat_is_withdrawn(cast: Cast) -> None:
    """What tells devices apart is kept for no longer than the ticket is open."""
    shop, (script, _) = await _choosy(cast, park=LONG)
    ana = await cast.customer(shop)
    await _just_shown(ana)
    prompt = asyncio.create_task(refused(script.claim(ana)))
    await _waits(ana)
    await Ticket.filter(chat_id=ana.chat).update(mark="kept while it waits")
    await ana.api.withdraw(ana.chat, ana.token)
    assert await prompt in {"gone", "taken", "not_there"}
    ticket = await Ticket.get(chat_id=ana.chat)
    assert (ticket.state, ticket.mark) == ("lost", None)


async def test_eight_at_once_decide_once(cast: Cast) -> None:
    shop, people = await _choosy(cast, 4, settle=LONG)
    ana = await cast.customer(shop)
    for person in people:
        token, account = await _token(person, ana), await Account.get(id=person.id)
        await claiming.claim(cast.house, account, ana.chat, token["card"], token["key"])
    chat = await Chat.get(id=ana.chat).select_related("brand", "topic")
    await asyncio.gather(*(settling.settle(cast.house, chat) for _ in range(8)))
    assert await Ticket.filter(chat_id=ana.chat, state="won").count() == 1
    assert await Ticket.filter(chat_id=ana.chat, state="waits").count() == 0
    assert sum([(await Expert.get(account_id=person.id)).live for person in people]) == 1


async def _on_a_break(cast: Cast, shop: Shop, ida: Person) -> None:
    await ida.api.availability(ida.token, online=False)


async def _full(cast: Cast, shop: Shop, ida: Person) -> None:
    await Expert.filter(account_id=ida.id).update(live=2)


async def _resting(cast: Cast, shop: Shop, ida: Person) -> None:
    await Expert.filter(account_id=ida.id).update(rests_until=datetime.now(UTC) + timedelta(minutes=5))


async def _paused(cast: Cast, shop: Shop, ida: Person) -> None:
    await Standing.filter(expert_id=ida.id).update(state="paused")


async def _blocked(cast: Cast, shop: Shop, ida: Person) -> None:
    mo, now = await cast.moderator(shop), datetime.now(UTC)
    await Block.create(brand_id=shop.id, expert_id=ida.id, by_id=mo.id, reason="rude", at=now)


async def _free_again(ida: Person) -> None:
    await Expert.filter(account_id=ida.id).update(live=0, rests_until=None, available=True)
    await Standing.filter(expert_id=ida.id).update(state="open")
    await Block.filter(expert_id=ida.id).update(lifted_at=datetime.now(UTC))


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (_on_a_break, "paused_self"),
        (_full, "full"),
        (_resting, "resting"),
        (_paused, "paused_gate"),
        (_blocked, "blocked"),
    ],
)
async def test_a_claim_that_waited_is_told_the_experts_own_reason_and_its_token_works_once_that_is_over(
    cast: Cast, made: Callable[[Cast, Shop, Person], Awaitable[None]], reason: str
) -> None:
    shop, (ida, _) = await _choosy(cast, settle=LONG)
    ana = await cast.customer(shop)
    token = await _token(ida, ana)
    claim = asyncio.create_task(refused(ida.api.claim(ana.chat, ida.token, **token)))
    await _waits(ana)
    await made(cast, shop, ida)
    await _over(ana)
    assert await claim == reason
    chat, ticket = await Chat.get(id=ana.chat), await Ticket.get(chat_id=ana.chat)
    assert (str(chat.status), chat.settles_at) == ("waiting", None)
    assert (ticket.state, ticket.refused, ticket.mark) == ("refused", reason, None)
    assert await refused(ida.api.claim(ana.chat, ida.token, **token)) == reason, "as long as the reason holds"
    await _free_again(ida)
    again = asyncio.create_task(ida.api.claim(ana.chat, ida.token, **token))
    await _waits(ana)
    await _over(ana)
    await again
    assert (await Chat.get(id=ana.chat)).expert_id == ida.id
    assert (await Ticket.get(chat_id=ana.chat)).state == "won"


async def test_who_was_refused_for_their_own_reason_hears_taken_once_somebody_else_has_it(cast: Cast) -> None:
    shop, (ida, max_) = await _choosy(cast, settle=LONG)
    ana = await cast.customer(shop)
    token, account = await _token(ida, ana), await Account.get(id=ida.id)
    await claiming.claim(cast.house, account, ana.chat, token["card"], token["key"])
    await ida.api.availability(ida.token, online=False)
    await _over(ana)
    await eventually(lambda: Ticket.filter(chat_id=ana.chat, state="refused").exists())
    await ida.api.availability(ida.token, online=True)
    await Brand.filter(id=shop.id).update(dispatch=PATIENT)
    await max_.claim(ana)
    assert await refused(ida.api.claim(ana.chat, ida.token, **token)) == "taken"


async def test_parking_is_how_a_new_brand_begins(cast: Cast) -> None:
    shop = await cast.brand()
    await Brand.filter(id=shop.id).update(dispatch=None)
    assert offering.policy_of(await Brand.get(id=shop.id)).park == 8.0


def test_cards_go_out_by_lot_within_the_jitter() -> None:
    seats = dict.fromkeys(range(1000), "best")
    turns = offering._turns(Policy(), seats)
    assert [due for due, _ in turns] == pytest.approx([0.0, 0.03, 0.06, 0.09, 0.12])
    assert sorted(expert for _, told in turns for expert in told) == list(range(1000))
    assert all(150 < len(told) < 250 for _, told in turns)
    assert [due for due, _ in offering._turns(Policy(jitter=0.0), seats)] == [0.0]


async def test_asking_does_not_wait_until_all_have_been_told(cast: Cast) -> None:
    shop, people = await crowd(cast, 4, jitter=5.0)
    async with seated(list(people.values())) as lobbies:
        began = monotonic()
        ana = await cast.customer(shop)
        assert monotonic() - began < 5.0
        seats = (await Ring.get(chat_id=ana.chat)).seats
        for expert in map(int, seats):
            await heard(lobbies[expert], Offer, chat=ana.chat)


async def test_the_lobby_lists_what_is_known_best_first_until_something_is_old(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    known = shop.topics[1].id
    await Skill.filter(expert_id=ida.id, topic_id=known).update(count=40.0, positive=39.5)
    first, fits = await cast.customer(shop), await cast.customer(shop, topic=known)
    async with ida.lobby() as lobby:
        await shown(lobby, fits.chat, first.chat)
    await Chat.filter(id=first.chat).update(asked_at=datetime.now(UTC) - timedelta(seconds=121))
    offers = (await ida.api.offers(ida.token)).offers
    assert [one.chat for one in offers] == [first.chat, fits.chat]
    assert isinstance(offers[0], OpenOffer) and offers[0].why == "everyone"


async def test_the_offers_are_for_experts_alone(cast: Cast) -> None:
    shop = await cast.brand()
    mo = await cast.moderator(shop)
    with pytest.raises(ApiError, match="not_allowed"):
        await mo.api.offers(mo.token)
    ida = await cast.expert(shop)
    async with ida.lobby() as lobby:
        assert (await heard(lobby, Offers)).offers == ()
