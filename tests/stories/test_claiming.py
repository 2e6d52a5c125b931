"""The first claim wins, exactly one, whatever the server; everybody else is told why not."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from chatmarket.client import ApiError, State
from chatmarket.models import Chat, Expert, Skill, Standing
from tests.cast import Cast, Customer, Person, Shop
from tests.stories.browsing import browser
from tests.stories.keeping import counts
from tests.stories.listening import eventually, heard


async def _told(claim: Awaitable[None]) -> str:
    """'won', or the code of the refusal."""
    try:
        await claim
    except ApiError as refused:
        assert refused.status in (409, 404, 403, 401), refused
        return refused.code
    return "won"


async def _counted(experts: list[Person]) -> None:
    """Each expert's counter says how many live chats there are."""
    for expert in experts:
        live = await Chat.filter(expert_id=expert.id, status="live").count()
        assert (await Expert.get(account_id=expert.id)).live == live


async def test_of_forty_simultaneous_claims_over_both_servers_exactly_one_wins(cast: Cast) -> None:
    shop = await cast.brand()
    experts = await cast.experts(shop, 40)
    ana = await cast.customer(shop)
    told = await asyncio.gather(*(_told(expert.claim(ana)) for expert in experts))
    assert Counter(told) == {"won": 1, "taken": 39}
    winner = experts[told.index("won")]
    assert (await Chat.get(id=ana.chat)).expert_id == winner.id
    await _counted(experts)


async def test_many_chats_for_many_experts_each_find_one(cast: Cast) -> None:
    shop = await cast.brand()
    experts = await cast.experts(shop, 6)
    chats = [await cast.customer(shop) for _ in range(8)]
    told = await asyncio.gather(*(_told(expert.claim(chat)) for chat in chats for expert in experts))
    assert Counter(told)["won"] == 8
    assert await Chat.filter(brand_id=shop.id, status="live").count() == 8
    await _counted(experts)


async def test_an_expert_who_claims_ten_at_once_gets_as_many_as_the_capacity(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    chats = [await cast.customer(shop) for _ in range(10)]
    places = [cast.api((cast.here, cast.there)[n % 2]) for n in range(10)]
    told = await asyncio.gather(
        *(_told(place.claim(chat.chat, ida.token)) for place, chat in zip(places, chats, strict=True))
    )
    assert Counter(told) == {"won": 2, "full": 8}
    assert await Chat.filter(expert_id=ida.id, status="live").count() == 2
    assert await Chat.filter(brand_id=shop.id, status="waiting", expert_id=None).count() == 8
    await _counted([ida])


async def test_claims_and_breaks_at_once_leave_the_counter_right(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    chats = [await cast.customer(shop) for _ in range(4)]
    calls = [_told(ida.claim(chat)) for chat in chats]
    calls += [_told(ida.api.availability(ida.token, online=online)) for online in (False, True, False)]
    told = await asyncio.gather(*calls)
    assert set(told) <= {"won", "full", "paused_self"}
    await _counted([ida])


async def test_claiming_again_as_the_winner_changes_nothing(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.customer(shop)
    told = await asyncio.gather(*(_told(ida.claim(ana)) for _ in range(5)))
    assert told == ["won"] * 5
    await _counted([ida])
    await ana.end()
    assert await _told(ida.claim(ana)) == "taken"


async def _fill(cast: Cast, shop: Shop, ida: Person) -> None:
    for _ in range(2):
        await cast.live(shop, ida)


async def _on_a_break(cast: Cast, shop: Shop, ida: Person) -> None:
    await ida.api.availability(ida.token, online=False)


async def _paused(cast: Cast, shop: Shop, ida: Person) -> None:
    await Standing.filter(expert_id=ida.id).update(state="paused")


async def _uncertified(cast: Cast, shop: Shop, ida: Person) -> None:
    await Skill.filter(expert_id=ida.id).update(certified=False)


async def _speaks_another(cast: Cast, shop: Shop, ida: Person) -> None:
    await Expert.filter(account_id=ida.id).update(languages=["es"])


async def _of_another_brand(cast: Cast, shop: Shop, ida: Person) -> None:
    await Skill.filter(expert_id=ida.id).delete()


@pytest.mark.parametrize(
    ("made", "refusal"),
    [
        (_fill, "full"),
        (_on_a_break, "paused_self"),
        (_paused, "paused_gate"),
        (_uncertified, "unskilled"),
        (_speaks_another, "wrong_language"),
        (_of_another_brand, "not_there"),
    ],
)
async def test_an_expert_who_may_not_answer_is_told_why(
    cast: Cast, made: Callable[[Cast, Shop, Person], Awaitable[None]], refusal: str
) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    await made(cast, shop, ida)
    ana = await cast.customer(shop)
    before = await counts()
    assert await _told(ida.claim(ana)) == refusal
    assert (await Chat.get(id=ana.chat)).status == "waiting"
    assert await counts() == before
    await _counted([ida])


async def _claimed(cast: Cast, shop: Shop, ana: Customer) -> None:
    await (await cast.expert(shop)).claim(ana)


async def _withdrawn(cast: Cast, shop: Shop, ana: Customer) -> None:
    await ana.api.withdraw(ana.chat, ana.token)


async def _expired(cast: Cast, shop: Shop, ana: Customer) -> None:
    await eventually(lambda: Chat.filter(id=ana.chat, status="escalated").exists())


@pytest.mark.parametrize(
    ("made", "wait_limit_s", "refusal"), [(_claimed, 120, "taken"), (_withdrawn, 120, "gone"), (_expired, 1, "gone")]
)
async def test_a_claim_that_comes_too_late_is_told_why(
    cast: Cast, made: Callable[[Cast, Shop, Customer], Awaitable[None]], wait_limit_s: int, refusal: str
) -> None:
    shop = await cast.brand(wait_limit_s=wait_limit_s)
    ida = await cast.expert(shop)
    ana = await cast.customer(shop)
    await made(cast, shop, ana)
    assert await _told(ida.claim(ana)) == refusal
    await _counted([ida])


async def test_a_wait_that_ran_out_is_over_before_the_clock_notices(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.customer(shop)
    # The clock looks every 0.1 s: of many tries some come before it.
    for _ in range(5):
        await Chat.filter(id=ana.chat).update(status="waiting", expires_at=datetime.now(UTC))
        assert await _told(ida.claim(ana)) == "gone"
    await _counted([ida])


async def test_another_brands_chat_tells_nothing_whatever_became_of_it(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    ida, stranger = await cast.expert(shop), await cast.expert(other)
    ana = await cast.customer(shop)
    assert await _told(stranger.claim(ana)) == "not_there"
    await ida.claim(ana)
    assert await _told(stranger.claim(ana)) == "not_there"
    assert await _told(stranger.api.claim(2**31 - 1, stranger.token)) == "not_there"


async def test_nobody_but_an_expert_who_is_signed_in_may_claim(cast: Cast) -> None:
    shop = await cast.brand()
    mo, staff = await cast.moderator(shop), await cast.moderator(shop, role="staff")
    ana = await cast.customer(shop)
    for token, code in [
        ("", "sign_in"),
        ("nonsense", "sign_in"),
        (ana.token, "sign_in"),
        (mo.token, "not_allowed"),
        (staff.token, "not_allowed"),
    ]:
        assert await _told(ana.api.claim(ana.chat, token)) == code
    assert (await Chat.get(id=ana.chat)).status == "waiting"


async def test_a_claim_on_the_page_opens_the_room_or_shows_the_lobby_with_the_reason(cast: Cast) -> None:
    shop = await cast.brand()
    ida, max_ = await cast.expert(shop), await cast.expert(shop, at=cast.there)
    ana = await cast.customer(shop)
    async with browser(cast.here, email=ida.email) as winner, browser(cast.there, email=max_.email) as loser:
        assert f'id="offer-{ana.chat}"' in (await loser.open("/lobby")).text
        won = await winner.claim(ana.chat)
        assert (won.status_code, won.headers["location"]) == (303, f"/rooms/{ana.chat}")
        assert (await winner.open(f"/rooms/{ana.chat}")).status_code == 200
        lost = await loser.claim(ana.chat)
        assert lost.status_code == 409 and "Another expert was quicker" in lost.text
        assert f'id="offer-{ana.chat}"' not in lost.text
        assert (await loser.open(f"/rooms/{ana.chat}")).status_code == 404


async def test_the_customer_learns_on_the_other_server_who_came(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, name="Ida Brenner", at=cast.there)
    ana = await cast.customer(shop, at=cast.here)
    async with ana.room() as room:
        await heard(room, State, status="waiting")
        await ida.claim(ana)
        assert "Ida Brenner" in (await heard(room, State, status="live")).html
