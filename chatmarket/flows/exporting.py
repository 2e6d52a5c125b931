"""Everything about one customer, given out as one document with its values put back."""

from collections.abc import Sequence
from typing import Any

from chatmarket.errors import N_, TooMuch
from chatmarket.flows import auditing, erasing, finding, proving, spending, vaulting
from chatmarket.flows.proving import Proof
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Account, Audit, Chat, Customer, Login, Message, Rating, Report
from chatmarket.privacy.segments import Token, bracketed, from_json, plain
from chatmarket.templating import iso

Values = dict[tuple[str, int], str]


class TooManyToGive(TooMuch):
    code = "budget_spent"
    text = N_(
        "This file holds %(values)s hidden details, and one person may read %(most)s in 24 hours: with what you have "
        "revealed today it is too many. Try tomorrow, or ask who runs the server to export it by command."
    )


async def export_for(house: House, login: Login, customer: int, proof: Proof) -> View:
    """All about a customer, for staff of their brand who prove who they are; noted before it is put together."""
    kept = await erasing.of_brand(login.account.brand_id, customer)
    house.reveals.take(house.seal("reveal", str(login.account_id)))
    await proving.prove(house, login, proof)
    # An export is many reveals at once: it is counted as so many.
    values = await finding.kept_values(kept.id)
    facts = {"customer": kept.id, "by": erasing.BY_PERSON, "values": values}
    if not await spending.spend(house, login, "export", facts, values=values):
        raise TooManyToGive(values=values, most=house.settings.reveals_per_day)
    return await export(house, kept)


async def export(house: House, customer: Customer) -> View:
    """Everything that is kept about a customer, with the values put back where they are kept, as JSON has it."""
    chats = await Chat.filter(customer_id=customer.id).order_by("id").select_related("topic", "brand")
    noted = await auditing.about(customer.brand_id, customer.id, [chat.id for chat in chats])
    return {
        "customer": customer.id,
        "created_at": iso(customer.created_at),
        "erased": await erasing.is_erased(customer.id),
        "chats": [await _chat(house, chat) for chat in chats],
        "audit": await _noted(noted),
    }


async def _chat(house: House, chat: Chat) -> View:
    values = await _values(house, chat)
    rating = await Rating.get_or_none(chat_id=chat.id)
    told = await Report.get_or_none(chat_id=chat.id, side="customer")
    moments = ("asked_at", "claimed_at", "ended_at")
    return {
        "chat": chat.id,
        "brand": chat.brand.slug,
        "topic": chat.topic.name(chat.language),
        "language": chat.language,
        "status": str(chat.status),
        **{name: iso(at) if (at := getattr(chat, name)) else None for name in moments},
        "ended_by": chat.ended_by,
        "messages": [_message(one, values) for one in await Message.filter(chat_id=chat.id).order_by("seq")],
        "rating": _rating(rating, values) if rating else None,
        "report": _report(told, values) if told else None,
        "values": [{"kind": kind, "n": n, "value": value or None} for (kind, n), value in values.items()],
    }


async def _values(house: House, chat: Chat) -> Values:
    try:
        opened = await vaulting.opened(house, chat.id)
    except KeyError:
        return {}
    return {(str(known.kind), known.n): known.value for known in opened.wallet.entries}


def _message(message: Message, values: Values) -> View:
    return {
        "seq": message.seq,
        "author": message.author,
        "at": iso(message.at),
        "text": _written(message.segments, values),
    }


def _rating(rating: Rating, values: Values) -> View:
    return {
        "resolved": rating.resolved,
        "stars": rating.stars,
        "blames": rating.blames,
        "comment": _written(rating.comment, values),
        "at": iso(rating.at),
    }


def _report(told: Report, values: Values) -> View:
    """What the customer told the brand about the expert; what the expert told of them is the expert's."""
    return {"reason": told.reason, "words": _written(told.words, values), "at": iso(told.at)}


def _written(segments: Any, values: Values) -> str:
    def label(token: Token) -> str:
        return values.get((str(token.kind), token.n)) or bracketed(token)

    return plain(from_json(segments), label)


async def _noted(noted: Sequence[Audit]) -> list[View]:
    """What was done, and by whom: the reader of an export does not know our accounts by their numbers."""
    people = {one.id: one for one in await Account.filter(id__in={row.actor_id for row in noted})}
    return [
        {
            "at": iso(row.at),
            "action": row.action,
            "chat": row.chat_id,
            "by": {"name": people[row.actor_id].name, "role": str(people[row.actor_id].role)},
            "facts": row.facts,
        }
        for row in noted
    ]
