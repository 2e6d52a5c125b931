"""Questions find their topics: proposed from their words, confirmed by customers, taught by people and ended chats."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from chatmarket import learnt
from chatmarket.client import ApiError, Offer, Offers
from chatmarket.errors import NotThere, Wrong
from chatmarket.flows import asking, erasing, learning, proposing, teaching
from chatmarket.flows.proposing import Asked
from chatmarket.models import Account, Audit, Brand, Chat, Customer, Example, Lesson
from tests.cast import Cast, Shop
from tests.serving import Town
from tests.stories.browsing import browser
from tests.stories.listening import heard, overheard

BATTERY = [
    "My battery stops charging at 80 percent",
    "The charger shows a red light and the battery stays empty",
    "How long does one charge of the battery last?",
    "Can I leave the battery on the charger overnight?",
]
BRAKES = [
    "The rear brake squeals in the rain",
    "How do I change the brake pads?",
    "My front brakes are loose after a fall",
    "Which brake fluid do I need?",
]
SPANISH = [
    ["La batería no carga", "¿Cuánto dura la batería?", "El cargador parpadea en rojo"],
    ["El freno chirría", "¿Cómo cambio las pastillas de freno?", "Los frenos están flojos"],
]
ELSEWHERE = "Where can I download the invoice for my tax declaration please"


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await met():
            await asyncio.sleep(0.05)


async def learnt_all(shop: Shop) -> None:
    """The clocks have learnt what there is."""

    async def met() -> bool:
        lessons = await Lesson.filter(brand_id=shop.id)
        return bool(lessons) and all(one.learnt == one.version for one in lessons)

    await until(met)


async def staff(cast: Cast, shop: Shop) -> Account:
    return await Account.get(id=(await cast.moderator(shop, role="staff")).id)


async def taught(cast: Cast, **told: int) -> tuple[Shop, Account]:
    """A shop about batteries and brakes, whose staff have taught both in both languages."""
    shop = await cast.brand(**told)
    zoe = await staff(cast, shop)
    for topic, english, spanish in zip(shop.topics, (BATTERY, BRAKES), SPANISH, strict=True):
        await teaching.teach(cast.house, zoe, topic.id, "en", "\n".join(english))
        await teaching.teach(cast.house, zoe, topic.id, "es", "\n".join(spanish))
    await learnt_all(shop)
    return shop, zoe


async def test_a_question_without_a_topic_goes_to_the_experts_of_the_likeliest(cast: Cast) -> None:
    shop, _ = await taught(cast)
    battery, brakes = (topic.id for topic in shop.topics)
    ida, rex = (
        await cast.expert(shop, topics=[battery]),
        await cast.expert(shop, topics=[brakes], languages=("en", "es")),
    )
    async with ida.lobby() as hers, rex.lobby() as his:
        await heard(hers, Offers)
        await heard(his, Offers)
        asked = await cast.api(cast.here).ask(shop.slug, "my brakes squeal when it rains", language="en")
        await heard(his, Offer, chat=asked.chat)
        assert (asked.topic, asked.status) == (brakes, "waiting")
        again = await cast.api(cast.there).ask(shop.slug, "Los frenos chirrían", language="es")
        assert again.topic == brakes
        await heard(his, Offer, chat=again.chat)
        assert [event for event in await overheard(hers) if isinstance(event, Offer)] == []
    assert (await Chat.get(id=asked.chat)).routed_by == "text"


async def test_what_is_about_no_topic_goes_to_the_brands_own_people(cast: Cast) -> None:
    shop, zoe = await taught(cast)
    ida = await cast.expert(shop)
    known = {"email": ["ana@example.com"]}
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        asked = await cast.api(cast.here).ask(shop.slug, ELSEWHERE, language="en", known=known)
        assert asked.status == "escalated"
        with pytest.raises(ApiError) as refused:
            await ida.api.claim(asked.chat, ida.token)
        assert refused.value.code == "gone"
        assert [event for event in await overheard(lobby) if isinstance(event, Offer)] == []
    chat = await Chat.get(id=asked.chat)
    assert (chat.routed_by, chat.email_token, chat.in_scope) == ("brand", "email 1", False)
    assert [one.text for one in await Example.filter(chat_id=chat.id)] == []
    # They say what such questions are: from then on they are their own by more than not knowing.
    await teaching.teach_chat(cast.house, zoe, chat.id, None)
    await teaching.teach_chat(cast.house, zoe, chat.id, None)
    assert [(one.topic_id, one.text) for one in await Example.filter(chat_id=chat.id)] == [(None, ELSEWHERE)]
    await learnt_all(shop)
    proposal = await proposing.propose(cast.house, await Brand.get(id=shop.id), Asked("en", ELSEWHERE, ()))
    assert proposal is not None and not proposal.in_scope and len(proposal.topics) == 2


async def test_without_lessons_a_topic_must_be_chosen(cast: Cast) -> None:
    shop = await cast.brand()
    for sent in ({}, {"topic": None}, {"topic": ""}, {"topic": "brand"}):
        with pytest.raises(Wrong) as wrong:
            await asking.ask(cast.house, shop.slug, {**sent, "language": "en", "question": "How?"}, {})
        assert (wrong.value.code, wrong.value.field) == ("bad_field", "topic")


async def test_a_resolved_chat_teaches_its_masked_question_and_nothing_else_does(cast: Cast, town: Town) -> None:
    shop, _ = await taught(cast)
    ida = await cast.expert(shop)
    said = "The display of my scooter shows E21, I am reachable at julia.marsh@example.com or 612 345 678"
    told = {"name": ["Julia Marsh"], "known": ["scooter9000"]}
    good = await cast.rated(shop, ida, resolved=True, question=f"{said} - Julia Marsh, scooter9000", known=told)
    bad = await cast.rated(shop, ida, resolved=False, question="The display is broken and shows nothing")
    short = await cast.rated(shop, ida, resolved=True, question="Help!")
    await learning.gather(cast.house)
    await learning.gather(cast.house)
    (example,) = await Example.filter(chat_id=good.chat)
    for value in ("julia", "marsh", "612", "345", "9000", "example.com", "[", "email 1"):
        assert value not in example.text.lower()
    assert "display of my scooter shows E21" in example.text
    assert (example.brand_id, example.topic_id, example.language) == (shop.id, shop.topic, "en")
    assert not await Example.exists(chat_id=bad.chat)
    assert [one.text for one in await Example.filter(chat_id=short.chat)] == [""]
    await learnt_all(shop)
    for house in town.houses:
        brand = await Brand.get(id=shop.id)
        proposal = await proposing.propose(house, brand, Asked("en", "scooter display E21", ()))
        assert proposal is not None and proposal.topics[0] == shop.topic and proposal.in_scope


async def test_examples_go_with_the_customer_and_do_not_come_back(cast: Cast) -> None:
    shop, zoe = await taught(cast)
    ida = await cast.expert(shop)
    asked = await cast.rated(shop, ida, resolved=True, question="My pannier rattles on every cobblestone")
    await learning.gather(cast.house)
    assert await Example.exists(chat_id=asked.chat)
    await learnt_all(shop)
    assert b"pannier" in await counts_of(shop)
    customer = await Customer.get(id=(await Chat.get(id=asked.chat)).customer_id)
    assert await erasing.erase(cast.house, customer, zoe.id, by=erasing.BY_PERSON)
    assert not await Example.exists(chat_id=asked.chat)
    await learning.gather(cast.house)
    assert not await Example.exists(chat_id=asked.chat)
    await learnt_all(shop)
    assert b"pannier" not in await counts_of(shop)


async def counts_of(shop: Shop) -> bytes:
    lesson = await Lesson.get(brand_id=shop.id, language="en")
    assert lesson.counts is not None
    return " ".join(learnt.unpacked(lesson.counts).seen).encode()


async def test_what_people_type_is_masked_before_it_is_kept_and_noted_in_the_audit(cast: Cast) -> None:
    shop = await cast.brand()
    zoe = await staff(cast, shop)
    typed = "Why is my order late? Write to ana@lumen.example\n\nWhy is my order late? Write to bob@lumen.example\n"
    assert await teaching.teach(cast.house, zoe, shop.topic, "en", typed) == 1
    assert await teaching.teach(cast.house, zoe, shop.topic, "en", typed) == 0
    (kept,) = await Example.filter(brand_id=shop.id)
    assert kept.text == "Why is my order late? Write to"
    facts = [row.facts for row in await Audit.filter(brand_id=shop.id, action="teach")]
    assert facts == [{"topic": shop.topic, "examples_added": 1, "examples_removed": 0}]


async def test_examples_are_taken_out_and_moved_and_a_chats_is_not_learnt_again(cast: Cast) -> None:
    shop, zoe = await taught(cast)
    battery, brakes = (topic.id for topic in shop.topics)
    ida = await cast.expert(shop)
    asked = await cast.rated(shop, ida, resolved=True, question="The bell is too quiet in the city")
    await learning.gather(cast.house)
    (example,) = await Example.filter(chat_id=asked.chat)
    assert await teaching.move(cast.house, zoe, example.id, brakes) == battery
    assert (await Example.get(id=example.id)).topic_id == brakes
    assert await teaching.remove(cast.house, zoe, example.id) == brakes
    with pytest.raises(NotThere):
        await teaching.remove(cast.house, zoe, example.id)
    await learning.gather(cast.house)
    assert [one.text for one in await Example.filter(chat_id=asked.chat)] == [""]
    rival = await staff(cast, await cast.brand())
    (typed, *_) = await Example.filter(brand_id=shop.id, chat_id=None)
    for deed in (teaching.remove(cast.house, rival, typed.id), teaching.move(cast.house, rival, typed.id, None)):
        with pytest.raises(NotThere):
            await deed
    for topic in (battery, 10**9):
        with pytest.raises(NotThere):
            await teaching.teach(cast.house, rival, topic, "en", "How?")


async def test_one_brands_lessons_are_no_others(cast: Cast) -> None:
    await taught(cast)
    other, zoe = await cast.brand(), None
    zoe = await staff(cast, other)
    await teaching.teach(cast.house, zoe, other.topic, "en", "Is the moon made of cheese?\nHow far is the moon?")
    await learnt_all(other)
    brand = await Brand.get(id=other.id)
    proposal = await proposing.propose(cast.house, brand, Asked("en", BRAKES[0], ()))
    assert proposal is not None and not proposal.in_scope and set(proposal.topics) <= {other.topic}
    assert await proposing.propose(cast.house, brand, Asked("es", "luna", ())) is None


async def test_a_lesson_whose_clock_died_is_learnt_by_another_and_of_two_one_takes_it(cast: Cast) -> None:
    shop = await cast.brand()
    await Example.create(
        brand_id=shop.id, language="en", topic_id=shop.topic, text="How far is it?", at=datetime.now(UTC)
    )
    # Both of the town's clocks look as well: this lesson is in nobody's reach while it is taken.
    await learning.changed(shop.id, "en")
    await learnt_all(shop)
    await Lesson.filter(brand_id=shop.id).update(version=5, taken_until=datetime.now(UTC) + timedelta(hours=1))
    for _ in range(5):
        await learning.learn_next(cast.house)
    assert (await Lesson.get(brand_id=shop.id)).learnt == 1
    await Lesson.filter(brand_id=shop.id).update(taken_until=datetime.now(UTC) - timedelta(hours=1))
    await learnt_all(shop)
    lesson = await Lesson.get(brand_id=shop.id)
    assert (lesson.learnt, lesson.examples, lesson.taken_until) == (5, 1, None)


@pytest.mark.skipif(not learnt.can_fit(), reason="the ml extra is not installed")
async def test_margins_are_learnt_of_enough_examples_and_no_more_often_than_wanted(cast: Cast) -> None:
    shop, zoe = await taught(cast)
    for topic, word in zip(shop.topics, ("battery", "brake"), strict=True):
        lines = "\n".join(f"{word} question of the kind number {n}" for n in range(110))
        await teaching.teach(cast.house, zoe, topic.id, "en", lines)

    async def met() -> bool:
        lesson = await Lesson.get(brand_id=shop.id, language="en")
        return lesson.margins is not None and lesson.examples > 200

    await until(met)
    brand = await Brand.get(id=shop.id)
    for topic, question in zip(shop.topics, ("charging the battery", "brake pads"), strict=True):
        proposal = await proposing.propose(cast.house, brand, Asked("en", question, ()))
        assert proposal is not None and proposal.in_scope and proposal.topics[0] == topic.id
    before = (await Lesson.get(brand_id=shop.id, language="en")).margins_at
    await teaching.teach(cast.house, zoe, shop.topic, "en", "one more about the battery")
    await learnt_all(shop)
    assert not await learning.fit_next(cast.house)
    assert (await Lesson.get(brand_id=shop.id, language="en")).margins_at == before
    assert (await Lesson.get(brand_id=shop.id, language="es")).margins is None


# On the pages


async def test_a_customer_without_scripts_is_shown_the_topic_and_confirms_it(cast: Cast) -> None:
    shop, _ = await taught(cast)
    battery, brakes = (topic.id for topic in shop.topics)
    typed = {"language": "en", "question": "the brake squeals; write to ana@example.com", "name": "Ana"}
    async with browser(cast.here) as page:
        first = await page.open(f"/b/{shop.slug}")
        assert "required" not in first.text.split('id="topic-')[1].split(">")[0]
        shown = await page.post(f"/b/{shop.slug}", typed)
        assert shown.status_code == 200 and "Please look at the topic we suggest" in shown.text
        assert chosen(shown.text) == str(brakes)
        assert shown.text.index(f'id="topic-{brakes}"') < shown.text.index(f'id="topic-{battery}"')
        assert "the brake squeals; write to ana@example.com" in shown.text
        asked = await page.post(f"/b/{shop.slug}", {**typed, "topic": str(brakes), "proposed": str(brakes)})
        assert asked.status_code == 303
    chat = await Chat.get(id=int(asked.headers["location"].rpartition("/")[2]))
    assert (chat.topic_id, chat.routed_by, chat.status) == (brakes, "customer", "waiting")


async def test_a_proposal_keeps_what_the_customer_chose_and_replaces_what_was_chosen_for_them(cast: Cast) -> None:
    shop, _ = await taught(cast)
    battery, brakes = (str(topic.id) for topic in shop.topics)
    typed = {"language": "en", "question": BRAKES[0]}
    async with browser(cast.here) as page:

        async def proposed(**fields: str) -> str:
            answer = await page.post(f"/b/{shop.slug}/topics", {**typed, **fields}, headers={"HX-Request": "true"})
            assert answer.status_code == 200 and answer.text.startswith("<fieldset")
            return chosen(answer.text)

        assert await proposed() == brakes
        assert await proposed(topic=battery, proposed="") == battery
        assert await proposed(topic=battery, proposed=battery) == brakes
        assert await proposed(question=ELSEWHERE) == "brand"
        assert await proposed(question="") == ""
        assert await proposed(question="x" * 5000) == ""
        assert await proposed(language="xx") == ""


def chosen(page: str) -> str:
    return next(iter(re.findall(r'name="topic" value="([^"]+)"[^>]* checked', page)), "")


async def test_who_asks_the_brand_itself_is_told_so_and_leaves_an_address(cast: Cast) -> None:
    shop, _ = await taught(cast)
    mo = await cast.moderator(shop)
    async with browser(cast.here) as page:
        fields = {"language": "en", "question": ELSEWHERE, "topic": "brand", "proposed": "brand"}
        asked = (await page.post(f"/b/{shop.slug}", fields)).headers["location"]
        waiting = (await page.open(asked)).text
        assert "The brand itself answers" in waiting and "Nobody was free" not in waiting
        assert (await page.post(f"{asked}/email", {"email": "ana@example.com"})).status_code == 303
        assert "We will write to you" in (await page.open(asked)).text
    async with browser(cast.there, email=mo.email) as theirs:
        listed = (await theirs.open("/unanswered")).text
        assert ELSEWHERE in listed and "No expert's topic" in listed
        number = asked.rpartition("/")[2]
        taught_ = await theirs.post(f"/unanswered/{number}/teach", {"topic": str(shop.topic)})
        assert taught_.status_code == 303
        assert f"/unanswered/{number}/teach" not in (await theirs.open("/unanswered")).text
    assert [one.topic_id for one in await Example.filter(chat_id=int(number))] == [shop.topic]


async def test_staff_teach_on_the_pages_and_read_what_was_learnt(cast: Cast) -> None:
    shop = await cast.brand()
    zoe = await cast.moderator(shop, role="staff")
    async with browser(cast.here, email=zoe.email) as page:
        assert "No examples yet" in (await page.open(f"/topics/{shop.topic}")).text
        added = await page.post(f"/topics/{shop.topic}", {"language": "en", "examples": "\n".join(BATTERY)})
        assert added.headers["location"] == f"/topics/{shop.topic}"
        await page.post("/topics/own", {"language": "en", "examples": ELSEWHERE})
        await learnt_all(shop)
        overview = (await page.open("/topics")).text
        assert "learnt from 5 examples" in overview
        shown = (await page.open(f"/topics/{shop.topic}")).text
        assert all(text in shown for text in BATTERY)
        first = (await Example.filter(brand_id=shop.id, topic_id=shop.topic).order_by("id").first()).id
        assert (await page.post(f"/examples/{first}/move", {"topic": "brand"})).status_code == 303
        assert BATTERY[0] in (await page.open("/topics/own")).text
        assert (await page.post(f"/examples/{first}/remove")).headers["location"] == "/topics/own"
        for bad in ({"language": "en", "examples": "  \n "}, {"language": "xx", "examples": "How?"}, {}):
            assert (await page.post(f"/topics/{shop.topic}", bad)).status_code == 422
        long = await page.post(f"/topics/{shop.topic}", {"language": "en", "examples": "x" * 600})
        assert long.status_code == 422 and "x" * 600 in long.text
        assert (await page.open("/topics/999999")).status_code == 404
        assert "Taught a topic by examples" in (await page.open("/audit")).text
