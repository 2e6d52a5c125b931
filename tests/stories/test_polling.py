"""An expert's program that asks for offers again and again, and holds no lobby open."""

from datetime import UTC, datetime, timedelta

from chatmarket.client import Offers
from chatmarket.flows import offering
from chatmarket.models import Brand, Chat
from tests.cast import PATIENT, Cast
from tests.stories.listening import heard


async def _widened(cast: Cast, chat: int) -> None:
    """Its rings are over, one after the other."""
    while not (await Chat.get(id=chat)).open_to_all:
        await Chat.filter(id=chat).update(widens_at=datetime.now(UTC) - timedelta(seconds=1))
        await offering.due(cast.house)


async def test_who_only_polls_is_not_online_and_hears_with_everyone(cast: Cast) -> None:
    shop = await cast.brand(wait_limit_s=600)
    await Brand.filter(id=shop.id).update(dispatch={**PATIENT, "sizes": [1, 1], "seconds": 600.0, "explore": 0.0})
    ida, cora, ben = await cast.experts(shop, 3)
    async with ida.lobby() as hers, cora.lobby() as his:
        await heard(hers, Offers)
        await heard(his, Offers)
        assert (await ida.api.offers(ida.token)).online
        ana = await cast.customer(shop)
        early = await ben.api.offers(ben.token)
        assert (early.online, early.available, early.offers) == (False, True, ())
        seated = [len((await one.api.offers(one.token)).offers) for one in (ida, cora)]
        assert sorted(seated) == [0, 1], "a ring of one, of two who are online"
        await _widened(cast, ana.chat)
        late = await ben.api.offers(ben.token)
        assert [(one.chat, one.why) for one in late.offers] == [(ana.chat, "everyone")] and not late.online
        await ben.claim(ana)
    async with ben.lobby() as lobby:
        await heard(lobby, Offers)
        assert (await ben.api.offers(ben.token)).online


async def test_who_polls_where_nobody_is_online_hears_at_once(cast: Cast) -> None:
    shop = await cast.brand(wait_limit_s=600)
    ben = await cast.expert(shop)
    ana = await cast.customer(shop)
    assert [one.chat for one in (await ben.api.offers(ben.token)).offers] == [ana.chat]
    await ben.api.availability(ben.token, online=False)
    on_break = await ben.api.offers(ben.token)
    assert not on_break.available and not on_break.offers
