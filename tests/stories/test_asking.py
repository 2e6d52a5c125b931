"""A customer asks: the question is masked before anybody reads it, waits for so long, and is never simply lost."""

import pytest

from chatmarket.client import ApiError, Lobby, Message, Offer, Offers, State, Taken
from chatmarket.flows import vaulting
from chatmarket.models import Audit, Brand, Chat, VaultValue
from chatmarket.privacy.segments import Kind, from_json, plain
from chatmarket.privacy.vault import DROPPED
from tests.cast import Cast, Customer
from tests.stories.browsing import Browser, browser, code_of
from tests.stories.keeping import counts
from tests.stories.listening import eventually, heard

QUESTION = "I am Ana Ruiz, ana@example.com, call 612 345 678 please"


async def _in_lobby(lobby: Lobby) -> None:
    await heard(lobby, Offers)


async def test_a_question_is_masked_before_anybody_hears_it(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    async with ida.lobby() as lobby:
        await _in_lobby(lobby)
        ana = await cast.customer(shop, QUESTION)
        offer = await heard(lobby, Offer, chat=ana.chat)
    assert offer.text == "I am [name 1], [email 1], call [phone 1] please"
    # Digits of a time or a brand's number may be any three.
    assert not any(piece in str(offer) for piece in ("612 345", "345 678", "612345", "ana@"))
    async with ana.room() as room:
        assert (await heard(room, Message)).text == offer.text


async def test_known_values_are_masked_from_the_first_message_on(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    known = {"name": ["Ana Ruiz"], "email": ["ana@example.com"], "known": ["Violet Door 12"]}
    ana = await cast.customer(shop, "ANA RUIZ here, at the violet door 12", known=known)
    await ida.claim(ana)
    async with ida.room(ana.chat) as expert, ana.room() as customer:
        first = await heard(expert, Message, seq=1)
        assert [segment.token for segment in first.segments if segment.token] == ["name", "known"]
        ack = await customer.send("Yours, ana ruiz, ana@example.com")
        second = await heard(expert, Message, seq=2)
    assert ack.hidden == ("name", "email")
    assert second.text == "Yours, [name 1], [email 1]"


async def test_a_dropped_kind_given_beforehand_is_kept_nowhere(cast: Cast) -> None:
    shop = await cast.brand()
    await Brand.filter(id=shop.id).update(rules={"policies": {"name": "drop", "email": "drop"}})
    known = {"name": ["Ana Ruiz"], "email": ["ana@example.com"], "number": ["4111 1111 1111 1111"]}
    ana = await cast.customer(shop, "ANA RUIZ here, with 4111111111111111", known=known)
    vault = await vaulting.opened(cast.house, ana.chat)
    assert [(one.kind, one.value) for one in vault.wallet.entries] == [
        (Kind.NAME, ""),
        (Kind.EMAIL, ""),
        (Kind.CARD, "•••• 1111"),
    ]
    marks = {row.kind: row.mark for row in await VaultValue.filter(chat_id=ana.chat)}
    assert marks.pop("card") is None and all(mark.startswith(DROPPED) for mark in marks.values())
    chat = await Chat.get(id=ana.chat)
    assert plain(from_json(chat.question)) == "[name 1] here, with [card 1]"
    assert chat.email_token is None


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"topic": 2**31 - 1}, 422, "topic"),
        ({"topic": "foreign"}, 422, "topic"),
        ({"language": "xx"}, 422, "language"),
        ({"language": ""}, 422, "language"),
        ({"brand": "nobody-sells-this"}, 404, None),
        ({"known": {"shoe": ["42"]}}, 422, "known"),
        ({"known": {"name": ["x"] * 41}}, 422, "known"),
    ],
)
async def test_a_question_about_what_the_brand_does_not_have_is_refused(
    cast: Cast, wrong: dict[str, object], status: int, field: str | None
) -> None:
    shop, other = await cast.brand(), await cast.brand()
    filled = {"brand": shop.slug, "topic": shop.topic, "language": "en", "known": None, **wrong}
    if filled["topic"] == "foreign":
        filled["topic"] = other.topic
    before = await counts()
    with pytest.raises(ApiError) as refused:
        await cast.api(cast.here).ask(
            filled["brand"], "How?", topic=filled["topic"], language=filled["language"], known=filled["known"]
        )
    assert (refused.value.status, refused.value.field) == (status, field)
    assert await counts() == before


async def test_a_withdrawn_question_turns_the_card_everywhere_and_can_no_longer_be_claimed(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    async with ida.lobby() as lobby:
        await _in_lobby(lobby)
        ana = await cast.customer(shop)
        await heard(lobby, Offer, chat=ana.chat)
        async with ana.room() as room:
            await heard(room, State, status="waiting")
            await ana.api.withdraw(ana.chat, ana.token)
            await heard(room, State, status="withdrawn")
        assert (await heard(lobby, Taken, chat=ana.chat)).why == "withdrawn"
    with pytest.raises(ApiError, match="409 gone"):
        await ida.claim(ana)
    await ana.api.withdraw(ana.chat, ana.token)  # a second time it stays as it is


async def test_a_claimed_question_can_no_longer_be_withdrawn(cast: Cast) -> None:
    shop = await cast.brand()
    ana = await cast.live(shop, await cast.expert(shop))
    with pytest.raises(ApiError, match="409 too_late"):
        await ana.api.withdraw(ana.chat, ana.token)


async def test_a_question_asked_on_the_page_opens_its_chat_for_this_browser_only(cast: Cast) -> None:
    shop = await cast.brand()
    async with browser(cast.here) as ana, browser(cast.here) as stranger:
        chat = await _ask_on_the_page(ana, shop.slug, shop.topic, QUESTION)
        page = await ana.open(f"/chats/{chat}")
        assert page.status_code == 200 and "ana@example.com" not in page.text
        assert (await stranger.open(f"/chats/{chat}")).status_code == 404
        withdrawn = await ana.post(f"/chats/{chat}/withdraw")
        assert withdrawn.status_code == 303
        assert 'data-status="withdrawn"' in (await ana.open(f"/chats/{chat}")).text


async def test_a_question_refused_by_the_page_is_shown_again_with_the_reason(cast: Cast) -> None:
    shop = await cast.brand()
    async with browser(cast.here) as ana:
        fields = {"topic": str(shop.topic), "language": "en", "question": "  ", "name": "Ana <Ruiz>"}
        page = await ana.post(f"/b/{shop.slug}", fields)
    assert page.status_code == 422
    assert 'id="question-error"' in page.text and "Ana &lt;Ruiz&gt;" in page.text


async def _ask_on_the_page(page: Browser, brand: str, topic: int, question: str) -> int:
    asked = await page.post(f"/b/{brand}", {"topic": str(topic), "language": "en", "question": question})
    assert asked.status_code == 303, asked.text
    return int(asked.headers["location"].rpartition("/")[2])


async def _nobody_came(cast: Cast, page: Browser) -> int:
    """A chat that the clock has escalated, of a brand that waits one second."""
    shop = await cast.brand(wait_limit_s=1)
    chat = await _ask_on_the_page(page, shop.slug, shop.topic, "Is anybody there?")
    await eventually(lambda: Chat.filter(id=chat, status="escalated").exists())
    return chat


async def test_a_wait_that_runs_out_is_told_to_everybody_by_the_clock(cast: Cast) -> None:
    shop = await cast.brand(wait_limit_s=1)
    ida = await cast.expert(shop, at=cast.there)
    async with ida.lobby() as lobby:
        await _in_lobby(lobby)
        ana = await cast.customer(shop)
        async with ana.room() as room:
            state = await heard(room, State, status="escalated")
            assert f'action="/chats/{ana.chat}/email"' in state.html
        assert (await heard(lobby, Taken, chat=ana.chat)).why == "expired"
    with pytest.raises(ApiError, match="409 gone"):
        await ida.claim(ana)
    assert await Chat.filter(id=ana.chat, ended_by="clock", expert_id=None).exists()


async def test_an_address_left_after_waiting_is_read_by_the_brand_with_a_reason_and_by_nobody_else(cast: Cast) -> None:
    async with browser(cast.here) as ana:
        chat = await _nobody_came(cast, ana)
        assert (await ana.post(f"/chats/{chat}/email", {"email": "nonsense"})).status_code == 422
        assert (await ana.post(f"/chats/{chat}/email", {"email": "Ana@Example.com"})).status_code == 303
        assert (await ana.post(f"/chats/{chat}/email", {"email": "b@example.com"})).status_code == 409
        assert "We will write to you" in (await ana.open(f"/chats/{chat}")).text
    brand = (await Chat.get(id=chat).select_related("brand")).brand
    shop = await cast.brand()
    theirs = await cast.moderator(shop, role="staff")
    shop.id = brand.id
    ours = await cast.moderator(shop, role="staff", name="Sam")
    async with browser(cast.there, email=theirs.email) as foreign:
        refused = await foreign.post(f"/unanswered/{chat}/reveal", {"reason": "curious"})
        assert (refused.status_code, code_of(refused)) == (404, "not_there")
        assert (await foreign.post(f"/unanswered/{chat}/done")).status_code == 404
    async with browser(cast.there, email=ours.email) as sam:
        assert "ana@example.com" not in (await sam.open("/unanswered")).text
        assert (await sam.post(f"/unanswered/{chat}/reveal", {"reason": " "})).status_code == 422
        assert not await Audit.filter(chat_id=chat).exists()
        shown = await sam.post(f"/unanswered/{chat}/reveal", {"reason": "to answer her"})
        assert shown.status_code == 200 and "ana@example.com" in shown.text
        assert shown.headers["cache-control"] == "no-store"
        noted = await Audit.get(chat_id=chat)
        assert (noted.action, noted.actor_id, noted.facts["reason"]) == ("reveal", ours.id, "to answer her")
        assert "ana@example.com" not in str(noted.facts)
        assert "to answer her" in (await sam.open("/audit")).text
        there = f'action="/unanswered/{chat}/reveal"'
        assert there in (await sam.open("/unanswered")).text
        customer = (await Chat.get(id=chat)).customer_id
        await sam.post(f"/customers/{customer}/erase", {"reason": "asked for it"})
        assert there not in (await sam.open("/unanswered")).text
        assert (await sam.post(f"/unanswered/{chat}/done")).status_code == 303
        assert "Mark as answered" not in (await sam.open("/unanswered")).text


async def test_nobody_reveals_anything_of_a_chat_that_found_an_expert(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    ana: Customer = await cast.live(shop, ida, QUESTION)
    async with browser(cast.here, email=mo.email) as page:
        refused = await page.post(f"/unanswered/{ana.chat}/reveal", {"reason": "curious"})
    assert (refused.status_code, code_of(refused)) == (404, "not_there")


@pytest.mark.logs_errors
async def test_a_question_or_a_comment_that_cannot_be_masked_is_withheld(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shop = await cast.brand()
    ana = await cast.live(shop, await cast.expert(shop))
    await ana.end()
    before = await counts()

    def fails(text: str, *_: object) -> None:
        raise RuntimeError(text)

    with monkeypatch.context() as broken:
        broken.setattr(vaulting, "mask", fails)
        for tried in (cast.customer(shop, "my secret word is swordfish"), ana.rate(resolved=True, comment="swordfish")):
            with pytest.raises(ApiError) as refused:
                await tried
            assert (refused.value.status, refused.value.code) == (503, "withheld")
    assert await counts() == before
    assert "message withheld" in caplog.messages and "swordfish" not in caplog.text
    await ana.rate(resolved=True, comment="thank you")
