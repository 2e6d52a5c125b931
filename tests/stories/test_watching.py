"""A moderator watches: the board is live, the seat is silent, the audit remembers, and other brands see nothing."""

import pytest

from chatmarket.client import Message, Refused, Row, Rows, State, Taken, Typing
from chatmarket.models import Audit
from tests.cast import Cast, Customer, Person
from tests.stories.browsing import browser
from tests.stories.keeping import counts
from tests.stories.listening import bare, close_code, heard, normal, overheard


async def test_the_boards_rows_are_live_from_question_to_verdict(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop, name="Ida Brenner"), await cast.moderator(shop, at=cast.there)
    old = await cast.customer(shop, "An old question")
    async with mo.board() as board:
        assert f'id="chat-{old.chat}"' in (await heard(board, Rows)).html
        ana = await cast.customer(shop, "Mail me at ana@example.com")
        waiting = await heard(board, Row, chat=ana.chat, status="waiting")
        assert "ana@example.com" not in waiting.html and 'data-kind="email"' in waiting.html
        await ida.claim(ana)
        assert "Ida Brenner" in (await heard(board, Row, chat=ana.chat, status="live")).html
        await ana.end()
        await heard(board, Row, chat=ana.chat, status="ended")
        await ana.rate(resolved=True)
        assert "Resolved" in (await heard(board, Row, chat=ana.chat, status="ended")).html
        await old.api.withdraw(old.chat, old.token)
        await heard(board, Row, chat=old.chat, status="withdrawn")
    async with mo.board() as board:
        html = (await heard(board, Rows)).html
    assert f'id="chat-{ana.chat}"' in html and f'id="chat-{old.chat}"' in html


async def test_a_watcher_hears_all_that_is_said_and_the_audit_says_who_watched(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop, name="Mo Salas", at=cast.there)
    ana = await cast.live(shop, ida, "I am ana@example.com")
    async with ana.room() as customer, mo.watch(ana.chat) as watching:
        assert (await heard(watching, Message, seq=1)).text == "I am [email 1]"
        await customer.send("are you there?")
        assert (await heard(watching, Message, seq=2)).author == "customer"
        await customer.typing()
        assert (await heard(watching, Typing)).author == "customer"
        await ana.end()
        await heard(watching, State, status="ended")
    async with browser(cast.there, email=mo.email) as page:
        assert "are you there?" in (await page.open(f"/watch/{ana.chat}")).text
        assert "Mo Salas" in (await page.open("/audit")).text
    noted = await Audit.filter(chat_id=ana.chat).order_by("id").values_list("action", "actor_id", "brand_id")
    assert list(noted) == [("watch", mo.id, shop.id), ("read", mo.id, shop.id)]


async def test_the_question_can_be_watched_before_anybody_claims_it(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop, role="staff")
    ana = await cast.customer(shop)
    async with mo.watch(ana.chat) as watching:
        await heard(watching, State, status="waiting")
        await ida.claim(ana)
        await heard(watching, State, status="live")


async def test_a_foreign_moderator_sees_nothing(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    ida, stranger = await cast.expert(shop), await cast.moderator(other)
    ana = await cast.live(shop, ida, "A question of this brand only")
    async with stranger.board() as board:
        assert f'id="chat-{ana.chat}"' not in (await heard(board, Rows)).html
        await ana.end()
        await ana.rate(resolved=True)
        assert await overheard(board) == []
    async with stranger.watch(ana.chat) as watching:
        with pytest.raises(Refused, match="4404"):
            await heard(watching, State)
    async with browser(cast.here, email=stranger.email) as page:
        assert (await page.open(f"/watch/{ana.chat}")).status_code == 404
        for path in ("/board", "/unanswered", "/experts", "/audit"):
            text = (await page.open(path)).text
            assert "A question of this brand only" not in text and f"expert-{ida.id}" not in text
    ledger = await stranger.api.ledger(stranger.token)
    assert (ledger.accounts, ledger.sums) == ((), {})
    assert not await Audit.filter(chat_id=ana.chat).exists()


async def test_nobody_but_a_moderator_gets_a_silent_seat(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    watch, board = f"{cast.here}/watch/{ana.chat}/live", f"{cast.here}/board/live"
    for url in (watch, board):
        assert await close_code(url, ida.token) == 4403
        assert await close_code(url, ana.token) == 4401
    assert not await Audit.filter(chat_id=ana.chat).exists()


async def test_a_watcher_may_say_nothing_and_is_told_so(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    ana = await cast.live(shop, ida)
    async with bare(f"{cast.here}/watch/{ana.chat}/live", mo.token) as watching, ida.room(ana.chat) as expert:
        await watching.resume()
        await heard(expert, State)
        before = await counts()
        for frame in ({"kind": "send", "cid": "c-1", "text": "I am here"}, {"kind": "typing"}):
            await watching.say(**frame)
            await watching.hears("error", code="unknown_type")
        told = await overheard(expert)
        assert not any(isinstance(event, (Message, Typing)) and event.author == "staff" for event in told)
        assert await counts() == before


async def test_neither_side_can_tell_by_a_single_byte_that_somebody_watches(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop, at=cast.there), await cast.moderator(shop, name="Quillan")
    alone = await _everything_heard(cast, await cast.live(shop, ida), ida, None)
    watched = await _everything_heard(cast, await cast.live(shop, ida), ida, mo)
    assert len(alone["customer"]) >= 9
    assert watched == alone


async def _everything_heard(cast: Cast, ana: Customer, ida: Person, mo: Person | None) -> dict[str, list[str]]:
    """All frames that either side hears of one and the same talk, in which a moderator comes and goes."""
    async with (
        bare(f"{cast.here}/chats/{ana.chat}/live", ana.token) as customer,
        bare(f"{cast.there}/rooms/{ana.chat}/live", ida.token) as expert,
    ):
        await customer.resume()
        await expert.resume()
        if mo is None:
            await _talk(customer, expert)
        else:
            async with mo.watch(ana.chat) as watching, mo.board() as board, browser(cast.here, email=mo.email) as page:
                await heard(watching, State)
                await heard(board, Rows)
                await page.open(f"/watch/{ana.chat}")
                await _talk(customer, expert)
                await heard(watching, Message, seq=3)
        await ana.end()
        await customer.hears("state", status="ended")
        await expert.hears("state", status="ended")
        for side in (customer, expert):
            assert not any("staff" in text or "Quillan" in text for text in side.texts)
        # Answers and what the bus carries may change places on the way; bytes may not.
        sides = {"customer": customer, "expert": expert}
        return {who: sorted(normal(text, ana.chat) for text in side.texts) for who, side in sides.items()}


async def _talk(customer, expert) -> None:
    await customer.say("typing")
    await expert.hears("typing")
    await customer.send("c-1", "mail me: ana@example.com")
    await expert.hears("message", seq=2)
    await customer.say("ping")
    await customer.hears("pong")
    await expert.send("e-1", "I will not")
    await customer.hears("message", seq=3)
    await overheard(expert, 0.2)


async def test_a_moderator_is_in_nobodys_lobby(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop, name="Quillan")
    assert await close_code(f"{cast.here}/lobby/live", mo.token) == 4403
    async with ida.lobby() as lobby:
        ana = await cast.live(shop, ida)
        await heard(lobby, Taken, chat=ana.chat)
        async with mo.watch(ana.chat) as watching:
            await heard(watching, State, status="live")
            told = await overheard(lobby)  # what the claim still tells, however late
        assert not any("Quillan" in repr(event) or "staff" in repr(event) for event in told)
        assert await overheard(lobby) == []
