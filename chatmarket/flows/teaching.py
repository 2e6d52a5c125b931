"""A brand's people say what its topics are about, by examples, so that a new brand is routed from its first day."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, NotThere, Wrong
from chatmarket.flows import auditing, learning, showing, vaulting
from chatmarket.flows.proposing import OWN_PEOPLE, bare, bare_question
from chatmarket.house import House
from chatmarket.models import Account, Brand, Chat, Example, Lesson, RoutedBy, Topic
from chatmarket.privacy.dialogue import Dialogue
from chatmarket.privacy.masking import Wallet, mask
from chatmarket.store import rows, unit_of_work

MOST_LINES = 200  # examples typed at once
SHOWN = 200  # of a topic
ACTION = "teach"


def topic_number(value: Any) -> int | None:
    """A topic's number as a form sends it; None: the brand's own people."""
    return None if value == OWN_PEOPLE else fields.number(value, "topic")


async def _check(staff: Account, topic: int | None) -> None:
    """Raises NotThere for another brand's topic."""
    if topic is not None and not await Topic.exists(id=topic, brand_id=staff.brand_id or 0):
        raise NotThere


async def teach(house: House, staff: Account, topic: int | None, language: Any, typed: Any) -> int:
    """Keeps the lines of `typed` as examples of the topic, masked; how many were new."""
    await _check(staff, topic)
    brand = await Brand.get(id=staff.brand_id)
    language = fields.choice(language, "language", brand.languages)
    lines = fields.text(typed, "examples", most=MOST_LINES * learning.LONGEST).splitlines()
    texts = list(dict.fromkeys(filter(None, (_masked(brand, language, line) for line in lines))))
    if not texts:
        raise Wrong(N_("Please fill this in."), code="empty", field="examples")
    if len(texts) > MOST_LINES:
        raise Wrong(N_("That is too many values at once."), code="bad_field", field="examples")
    return await _teach(house, staff, topic, language, texts)


def _masked(brand: Brand, language: str, line: str) -> str:
    """People paste what customers wrote. A line that cannot be masked is left out."""
    line = fields.text(line, "examples", most=learning.LONGEST, least=0)
    dialogue = Dialogue("customer", language, (), vaulting.rules_of_brand(brand))
    try:
        return bare(mask(line, Wallet(), dialogue).segments)
    except Exception as error:
        raise vaulting.withheld(0, error) from None


@unit_of_work
async def _teach(house: House, staff: Account, topic: int | None, language: str, texts: list[str]) -> int:
    brand = staff.brand_id or 0
    known = await Example.filter(brand_id=brand, language=language, topic_id=topic, text__in=texts).values("text")
    fresh = [text for text in texts if text not in {row["text"] for row in known}]
    now = datetime.now(UTC)
    await Example.bulk_create(
        [Example(brand_id=brand, language=language, topic_id=topic, text=text, at=now) for text in fresh]
    )
    if fresh:
        await learning.changed(brand, language)
        await _write_down(house, staff, topic, added=len(fresh))
    return len(fresh)


async def _write_down(house: House, staff: Account, topic: int | None, *, added: int = 0, removed: int = 0) -> None:
    facts = {"topic": topic, "examples_added": added, "examples_removed": removed}
    await auditing.write_down(house, staff.brand_id or 0, staff.id, ACTION, facts=facts)


@unit_of_work
async def teach_chat(house: House, staff: Account, chat_id: int, topic: int | None) -> None:
    """An out-of-scope question becomes an example; taught a second time nothing happens."""
    await _check(staff, topic)
    chat = await Chat.get_or_none(id=chat_id, brand_id=staff.brand_id or 0, routed_by=RoutedBy.BRAND)
    if chat is None:
        raise NotThere
    if await Example.exists(chat_id=chat.id) or not await learning.hold(chat.customer_id):
        return
    text = bare_question(chat.question)[: learning.LONGEST]
    await Example.create(
        brand_id=chat.brand_id, language=chat.language, topic_id=topic, chat_id=chat.id, text=text, at=datetime.now(UTC)
    )
    await learning.changed(chat.brand_id, chat.language)
    await _write_down(house, staff, topic, added=1)


@unit_of_work
async def remove(house: House, staff: Account, number: int) -> int | None:
    """Takes an example out, and answers its topic; a chat's leaves an empty row, so that it is not learnt again."""
    example = await _own(staff, number)
    if example.chat_id is None:
        await example.delete()
    else:
        await Example.filter(id=example.id).update(text="")
    await learning.changed(example.brand_id, example.language)
    await _write_down(house, staff, example.topic_id, removed=1)
    return example.topic_id


@unit_of_work
async def move(house: House, staff: Account, number: int, topic: int | None) -> int | None:
    """An example is about another topic; answers the one it had."""
    await _check(staff, topic)
    example = await _own(staff, number)
    await Example.filter(id=example.id).update(topic_id=topic)
    await learning.changed(example.brand_id, example.language)
    await _write_down(house, staff, topic, added=1)
    return example.topic_id


async def _own(staff: Account, number: int) -> Example:
    found = await Example.get_or_none(id=number, brand_id=staff.brand_id or 0)
    if found is None or not found.text:
        raise NotThere
    return found


# What the pages show


async def topics_of(staff: Account, language: str) -> list[showing.View]:
    topics = await Topic.filter(brand_id=staff.brand_id or 0).order_by("position", "id")
    return [{"id": topic.id, "name": topic.name(language)} for topic in topics]


async def counted(staff: Account) -> dict[tuple[int | None, str], int]:
    """How many examples each topic has in each language."""
    found = await rows(
        "SELECT topic_id, language, count(*) AS many FROM example WHERE brand_id = ? AND text <> '' "
        "GROUP BY topic_id, language",
        staff.brand_id or 0,
    )
    return {(row["topic_id"], row["language"]): row["many"] for row in found}


async def lessons(staff: Account) -> list[showing.View]:
    """What was learnt lately, per language."""
    found = await Lesson.filter(brand_id=staff.brand_id or 0).order_by("language")
    return [
        {
            "language": lesson.language,
            "examples": lesson.examples,
            "at": lesson.learnt_at,
            "fitted": lesson.margins is not None,
            "behind": lesson.learnt < lesson.version,
        }
        for lesson in found
    ]


async def examples_of(staff: Account, topic: int | None) -> list[showing.View]:
    """A topic's examples, the newest first."""
    await _check(staff, topic)
    found = await Example.filter(brand_id=staff.brand_id or 0, topic_id=topic).exclude(text="").order_by("-id")[:SHOWN]
    return [{"id": one.id, "text": one.text, "language": one.language, "typed": one.chat_id is None} for one in found]


async def taught_of(chats: Collection[int]) -> set[int]:
    """Those of these chats that are examples, or were."""
    found = await Example.filter(chat_id__in=list(chats)).values("chat_id") if chats else []
    return {row["chat_id"] for row in found}
