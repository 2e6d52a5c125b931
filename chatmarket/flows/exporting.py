"""Everything about one customer: found again by a chat's number or a value, and given out as one document."""

from typing import Any

import phonenumbers

from chatmarket import fields
from chatmarket.errors import N_, TooMuch, Wrong
from chatmarket.flows import auditing, erasing, proving, revealing, vaulting
from chatmarket.flows.proving import Proof
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Account, Audit, Chat, Customer, Login, Message, Rating
from chatmarket.privacy import vault
from chatmarket.privacy.masking import canonical
from chatmarket.privacy.segments import Kind, Token, bracketed, from_json, plain
from chatmarket.store import rows, unit_of_work
from chatmarket.templating import iso

MOST_FOUND = 50
MOST_VALUE = 200
Values = dict[tuple[str, int], str]


class TooManyToGive(TooMuch):
    code = "budget_spent"
    text = N_(
        "This file holds %(values)s hidden details, and one person may read %(most)s in 24 hours: with what you have "
        "revealed today it is too many. Try tomorrow, or ask who runs the server to export it by command."
    )


# Finding


async def find(house: House, staff: Account, what: Any) -> list[int]:
    """The brand's customers whose chat has this number (7 or #7), or who gave this value; the newest first.

    Values are compared by their keyed digests: nothing is opened, and kinds with few possible values cannot be found.
    """
    house.reveals.take(house.seal("find", str(staff.id)))
    text, brand = fields.text(what, "what", most=MOST_VALUE), staff.brand_id or 0
    found = await _by_chat(brand, text) or await _by_value(house, brand, text)
    await _note(house, staff, "find", {"found": len(found)})
    return found


async def _by_chat(brand: int, text: str) -> list[int]:
    number = text.removeprefix("#")
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        return []
    return [row["customer_id"] for row in await Chat.filter(id=int(number), brand_id=brand).values("customer_id")]


async def _by_value(house: House, brand: int, text: str) -> list[int]:
    key = await vaulting.brand_key(house, brand)
    marks = {vault.index(key, kind, canonical(kind, spelling)) for kind in Kind for spelling in _spellings(kind, text)}
    wanted = [mark for mark in marks if mark is not None]
    if not wanted:  # few such values are possible: none was marked
        return []
    places = ", ".join("?" for _ in wanted)
    found = await rows(
        "SELECT DISTINCT c.customer_id FROM vaultvalue v JOIN chat c ON c.id = v.chat_id "  # noqa: S608 - our own words
        f"WHERE v.mark IN ({places}) AND c.brand_id = ? ORDER BY c.customer_id DESC LIMIT {MOST_FOUND}",
        *wanted,
        brand,
    )
    return [row["customer_id"] for row in found]


def _spellings(kind: Kind, text: str) -> set[str]:
    """A telephone number was perhaps given without its country's prefix, or is now."""
    if kind is not Kind.PHONE:
        return {text}
    digits = "".join(letter for letter in text if letter in "0123456789")
    try:
        national = phonenumbers.national_significant_number(phonenumbers.parse(text, None))
    except phonenumbers.NumberParseException:
        national = digits
    return {text, digits.removeprefix("00"), national, f"00{digits}"}


# Looking, and giving out


async def customer_view(account: Account, customer: int) -> View:
    """What the brand's staff see of a customer: which chats, how many values, nothing of what they are."""
    kept = await erasing.of_brand(account.brand_id, customer)
    chats = await Chat.filter(customer_id=kept.id).order_by("-id").select_related("topic")
    return {
        "id": kept.id,
        "created_at": kept.created_at,
        "erased": await erasing.is_erased(kept.id),
        "values": await _kept_values(kept.id),
        "chats": [
            {
                "id": chat.id,
                "topic": chat.topic.name(account.language),
                "status": str(chat.status),
                "asked_at": chat.asked_at,
                "watch": chat.expert_id is not None or chat.status == "live",
            }
            for chat in chats
        ],
    }


async def _kept_values(customer: int) -> int:
    counted = await rows(
        "SELECT count(*) AS n FROM vaultvalue v JOIN chat c ON c.id = v.chat_id WHERE c.customer_id = ? "
        "AND length(v.sealed) > ?",
        customer,
        vault.EMPTY,
    )
    return int(counted[0]["n"])


async def export_for(house: House, login: Login, customer: int, proof: Proof) -> View:
    """All about a customer, for staff of their brand who prove who they are; noted before it is put together."""
    kept = await erasing.of_brand(login.account.brand_id, customer)
    house.reveals.take(house.seal("reveal", str(login.account_id)))
    await proving.prove(house, login, proof)
    # An export is many reveals at once: it is counted as so many.
    values = await _kept_values(kept.id)
    facts = {"customer": kept.id, "by": erasing.BY_PERSON, "values": values}
    if not await revealing.spend(house, login, "export", facts, values=values):
        raise TooManyToGive(values=values, most=house.settings.reveals_per_day)
    return await export(house, kept)


@unit_of_work
async def _note(house: House, staff: Account, action: str, facts: dict[str, Any]) -> None:
    if staff.brand_id is None:
        raise Wrong(N_("Something in the form is not right."))
    await auditing.write_down(house, staff.brand_id, staff.id, action, facts=facts)


async def export(house: House, customer: Customer) -> View:
    """Everything that is kept about a customer, with the values put back where they are kept, as JSON has it."""
    chats = await Chat.filter(customer_id=customer.id).order_by("id").select_related("topic", "brand")
    noted = await auditing.about(customer.brand_id, customer.id, [chat.id for chat in chats])
    return {
        "customer": customer.id,
        "created_at": iso(customer.created_at),
        "erased": await erasing.is_erased(customer.id),
        "chats": [await _chat(house, chat) for chat in chats],
        "audit": [_noted(row) for row in noted],
    }


async def _chat(house: House, chat: Chat) -> View:
    values = await _values(house, chat)
    rating = await Rating.get_or_none(chat_id=chat.id)
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
        "comment": _written(rating.comment, values),
        "at": iso(rating.at),
    }


def _written(segments: Any, values: Values) -> str:
    def label(token: Token) -> str:
        return values.get((str(token.kind), token.n)) or bracketed(token)

    return plain(from_json(segments), label)


def _noted(row: Audit) -> View:
    return {"at": iso(row.at), "action": row.action, "chat": row.chat_id, "by": row.actor_id, "facts": row.facts}
