"""A customer found again, by a chat's number or by a value, and what the brand's staff see of them then."""

from typing import Any

import phonenumbers

from chatmarket import fields
from chatmarket.errors import N_, Wrong
from chatmarket.flows import auditing, erasing, vaulting
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Account, Chat
from chatmarket.privacy import vault
from chatmarket.privacy.masking import canonical
from chatmarket.privacy.segments import Kind
from chatmarket.store import rows, unit_of_work

MOST_FOUND = 50
MOST_VALUE = 200
SHORTEST_PHONE = 7
PREFIXES = tuple(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)  # every country's


async def find(house: House, staff: Account, what: Any) -> list[int]:
    """The brand's customers whose chat has this number (7 or #7), or who gave this value; the newest first.

    Values are compared by their keyed digests: nothing is opened, and kinds with few possible values cannot be found.
    """
    house.reveals.take(house.seal("find", str(staff.id)))
    text, brand = fields.text(what, "what", most=MOST_VALUE), staff.brand_id or 0
    found = await _by_chat(brand, text) or await _by_value(house, brand, text)
    await _note(house, staff, "find", {"found": len(found)})
    return found


def meant(what: Any) -> list[str]:
    """What a text is looked for as: chat, email, phone, value."""
    text = what.strip() if isinstance(what, str) else ""
    if not text:
        return []
    as_ = ["chat"] if _chat_number(text) is not None else []
    if "@" in text:
        return [*as_, "email"]
    return [*as_, *(["phone"] if len(_digits(text)) >= SHORTEST_PHONE else []), "value"]


def _chat_number(text: str) -> int | None:
    number = text.removeprefix("#")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else None


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter in "0123456789")


async def _by_chat(brand: int, text: str) -> list[int]:
    number = _chat_number(text)
    if number is None:
        return []
    return [row["customer_id"] for row in await Chat.filter(id=number, brand_id=brand).values("customer_id")]


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
    """A telephone number was perhaps given without its country's prefix, or is now; the index knows digits only."""
    if kind is Kind.EMAIL:
        return {text.removeprefix("mailto:")}
    digits = _digits(text)
    if kind is not Kind.PHONE or len(digits) < SHORTEST_PHONE:
        return {text}
    whole = digits.removeprefix("00")
    try:
        parsed = phonenumbers.parse(f"+{whole}" if text.lstrip().startswith(("+", "00")) else text, None)
        nationals = {phonenumbers.national_significant_number(parsed)}
    except phonenumbers.NumberParseException:
        nationals = {digits.removeprefix("0") or digits}
    prefixed = {f"{code}{national}" for code in PREFIXES for national in nationals}
    return {text, digits, whole, f"00{whole}", *nationals, *prefixed, *(f"00{one}" for one in prefixed)}


@unit_of_work
async def _note(house: House, staff: Account, action: str, facts: dict[str, Any]) -> None:
    if staff.brand_id is None:
        raise Wrong(N_("Something in the form is not right."))
    await auditing.write_down(house, staff.brand_id, staff.id, action, facts=facts)


async def customer_view(account: Account, customer: int) -> View:
    """What the brand's staff see of a customer: which chats, how many values, nothing of what they are."""
    kept = await erasing.of_brand(account.brand_id, customer)
    chats = await Chat.filter(customer_id=kept.id).order_by("-id").select_related("topic")
    return {
        "id": kept.id,
        "created_at": kept.created_at,
        "erased": await erasing.is_erased(kept.id),
        "values": await kept_values(kept.id),
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


async def kept_values(customer: int) -> int:
    """How many values are kept of a customer."""
    counted = await rows(
        "SELECT count(*) AS n FROM vaultvalue v JOIN chat c ON c.id = v.chat_id WHERE c.customer_id = ? "
        "AND length(v.sealed) > ?",
        customer,
        vault.EMPTY,
    )
    return int(counted[0]["n"])
