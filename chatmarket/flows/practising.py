"""The typical question of an exam: a real room, with a customer whose words stand in the exam.

The script has no process of its own. Whoever keeps the clock says the line that is due, under an id that makes it one
line however many clocks there are; so it goes on after any process has died.
"""

import logging
from datetime import UTC, datetime, timedelta

from chatmarket.errors import N_, Problem, TooLate
from chatmarket.flows import asking, assessing, ending, sitting, talking, vaulting
from chatmarket.flows.talking import Seat
from chatmarket.house import House
from chatmarket.models import Account, Attempt, AttemptState, Brand, Chat, Message, Question, Status, Topic
from chatmarket.store import StoreBusy, unit_of_work

logger = logging.getLogger(__name__)

READ_S = 2.0  # the customer reads for so long after the last word: what comes in one breath is one answer
AT_ONCE = 100


class NoPractice(TooLate):
    code = "no_practice"
    text = N_("The practice chat is not the question that waits.")


async def begin(house: House, account: Account, number: int) -> int:
    """The practice chat of this attempt: the one there is, else a new one; its number."""
    sheet = await assessing.look(house, account, number)
    if sheet.attempt.chat_id is not None:
        return sheet.attempt.chat_id
    question = sheet.next
    if sheet.attempt.state != AttemptState.OPEN or question is None or question.kind != "practice":
        raise NoPractice
    brand = sheet.attempt.exam.brand
    await vaulting.brand_key(house, brand.id)
    return await _begin(house, account, brand, question, sheet)


@unit_of_work
async def _begin(house: House, account: Account, brand: Brand, question: Question, sheet: sitting.Sheet) -> int:
    attempt = await Attempt.filter(id=sheet.attempt.id).select_for_update().get()
    if attempt.chat_id is not None:
        return int(attempt.chat_id)
    about = question.topic_id or next(iter(attempt.topics))
    topic = await Topic.get(id=about, brand_id=brand.id)
    language = sheet.attempt.exam.language
    chat = await asking.practise(house, brand, topic, language, question.text, account.id)
    await Attempt.filter(id=attempt.id).update(chat_id=chat.id)
    return chat.id


async def due(house: House, now: datetime | None = None) -> None:
    """Says the customers' next lines, and ends the chats whose script is over."""
    quiet = (now or datetime.now(UTC)) - timedelta(seconds=READ_S)
    live = Chat.filter(practice=True, status=Status.LIVE, said_at__lt=quiet)
    for chat in await live.limit(AT_ONCE):
        try:
            await _go_on(house, chat)
        except StoreBusy:
            raise
        except Problem as problem:  # ended meanwhile
            logger.info("a practice chat did not go on", extra={"chat": chat.id, "code": problem.code})
        except Exception:
            logger.exception("a practice chat failed", extra={"chat": chat.id})


async def _go_on(house: House, chat: Chat) -> None:
    # One read: another clock may say the same line meanwhile, and two reads would make the next one of it.
    authors = [row["author"] for row in await Message.filter(chat_id=chat.id).order_by("seq").values("author")]
    if authors[-1] != "expert":
        return
    attempt = await Attempt.get(chat_id=chat.id)
    script = (await Question.get(id__in=attempt.drawn, kind="practice")).options
    said = authors.count("customer") - 1  # the question came first
    if said >= len(script):
        await ending.stop(house, chat.id, "customer")
        return
    seat = Seat(chat.id, "customer", chat.language, brand=chat.brand_id)
    await talking.say(house, seat, f"script-{said}", script[said])
