"""Either side of a chat tells the brand's people about the other, once. Nobody is told that they were reported."""

from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket import fields
from chatmarket.errors import N_, TooLate
from chatmarket.flows import reviewing, vaulting
from chatmarket.flows.talking import Seat
from chatmarket.house import House
from chatmarket.models import Chat, Evidence, Report, Review, Status
from chatmarket.privacy.masking import Wallet, mask
from chatmarket.privacy.segments import to_json
from chatmarket.store import unit_of_work

REASONS = ("rude", "personal", "elsewhere", "harm", "spam", "other")
MOST_WORDS = 1000


class ReportedBefore(TooLate):
    code = "reported_before"
    text = N_("You have reported this chat already. The brand's people look at it.")


class NotYet(TooLate):
    code = "nobody_yet"
    text = N_("There is nobody to report in this chat.")


async def report(house: House, seat: Seat, reason: Any, words: Any = "") -> None:
    """Puts what one side says of the other before the brand's people. Raises Wrong, ReportedBefore or NotYet."""
    reason = fields.choice(reason, "reason", REASONS)
    words = fields.text(words, "words", most=MOST_WORDS, least=0)
    try:
        await _report(house, seat, reason, words)
    except IntegrityError:
        # Pressed twice at once: of each side of a chat the database keeps one.
        raise ReportedBefore from None


@unit_of_work
async def _report(house: House, seat: Seat, reason: str, words: str) -> None:
    chat = await Chat.get(id=seat.chat)
    if chat.expert_id is None or chat.practice or chat.status not in (Status.LIVE, Status.ENDED):
        raise NotYet
    if await Report.exists(chat_id=chat.id, side=seat.audience):
        raise ReportedBefore
    now = datetime.now(UTC)
    kind = reviewing.BY_CUSTOMER if seat.audience == "customer" else reviewing.BY_EXPERT
    review = await Review.create(brand_id=chat.brand_id, expert_id=chat.expert_id, kind=kind, at=now)
    reviewing.changed(house, chat.brand_id)
    await Evidence.create(review_id=review.id, chat_id=chat.id)
    said = await _masked(house, seat, words) if words else []
    await Report.create(chat_id=chat.id, side=seat.audience, review_id=review.id, reason=reason, words=said, at=now)


async def _masked(house: House, seat: Seat, words: str) -> Any:
    """A customer's words by all that the chat knows; an expert's by what they look like, as in the chat itself."""
    if seat.audience == "customer":
        return to_json((await (await vaulting.opened(house, seat.chat)).mask(words)).segments)
    try:
        said = to_json(mask(words, Wallet()).segments)
    except Exception as error:
        raise vaulting.withheld(seat.chat, error) from None
    return [{name: value for name, value in segment.items() if name != "n"} for segment in said]


async def reported(seat: Seat) -> bool:
    """Whether this side has told of the other."""
    return await Report.exists(chat_id=seat.chat, side=seat.audience)
