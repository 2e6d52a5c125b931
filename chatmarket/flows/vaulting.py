"""Keys and values of the vault: what a chat already knows, and what it learnt just now."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from chatmarket.errors import N_, Problem, TooLate
from chatmarket.house import House
from chatmarket.models import Brand, BrandKey, Chat, CustomerKey, VaultValue
from chatmarket.privacy import vault
from chatmarket.privacy.dialogue import EXPERT, MEMORY, Dialogue, Hindsight, Turn
from chatmarket.privacy.echoes import amended, read_by
from chatmarket.privacy.keys import new_key
from chatmarket.privacy.masking import Known, Masked, Wallet, canonical, mask
from chatmarket.privacy.rules import STANDARD, Rules
from chatmarket.privacy.segments import Kind, Segment, Token, from_json, plain, to_json
from chatmarket.store import changed, dialect, rows

logger = logging.getLogger(__name__)


class TooManyValues(Problem):
    status = 422
    code = "too_many_values"
    text = N_("This chat holds as many hidden details as it can. Please write without further ones.")


class Withheld(Problem):
    status = 503
    code = "withheld"
    text = N_("Your message was not sent: it could not be checked for personal data. Please put it in other words.")


def withheld(chat: int, error: Exception) -> Withheld:
    """Fail closed. The trace could carry the text itself, so only the kind of failure is told."""
    logger.error("message withheld", extra={"chat": chat, "why": type(error).__name__})
    return Withheld()


class UnknownToken(Problem):
    status = 422
    code = "bad_field"
    text = N_("This names a hidden detail that is not in this chat.")


class Erased(TooLate, KeyError):
    code = "erased"
    text = N_("The personal details of this chat were erased. Nothing can be added to it.")


@dataclass(frozen=True, slots=True)
class ChatVault:
    """One chat's part of the vault, open, with all that its messages are masked by.

    `turns` are its last messages as they may be read, up to number `seq`; while another process adds some, `seq` stays
    behind. `version` counts what the chat has learnt: its row tells whether somebody knows more.
    """

    place: dict[str, int]  # brand, customer and chat: what a sealed value is bound to
    own: bytes
    message_key: bytes  # derived from it once, and gone with the vault
    shared: bytes
    wallet: Wallet
    most: int
    language: str
    rules: Rules
    turns: tuple[Turn, ...] = ()
    seq: int = 0
    version: int = 0

    @property
    def chat(self) -> int:
        return self.place["chat"]

    def dialogue(self, author: str) -> Dialogue:
        """The surroundings of what `author` says next."""
        turns = tuple(read_by(turn, author) for turn in self.turns) if author == EXPERT else self.turns
        return Dialogue(author, self.language, turns, self.rules)

    def said(self, seq: int, author: str, masked: Masked) -> ChatVault:
        """The vault after one more message, which was kept under this number."""
        own = None if masked.others is None else masked.segments
        turns = [*self.turns, Turn(author, masked.shown, own=own)][-MEMORY:]
        for seen in (*masked.hindsight, *masked.aside):
            at = len(turns) - 1 - seen.back
            if at >= 0:
                turns[at] = self.amended(turns[at], seen, author)
        return replace(
            self,
            wallet=self.grown(masked.fresh).emptied(masked.spent),
            turns=tuple(turns),
            seq=seq if seq == self.seq + 1 else self.seq,
            version=self.version + masked.teaches,
        )

    def amended(self, turn: Turn, seen: Hindsight, author: str) -> Turn:
        """A turn since `author` said what gave something away in it."""
        return amended(turn, seen, author, self.wallet, self.rules)

    def sealed_reading(self, own: Iterable[Segment] | None, seq: int) -> bytes | None:
        """An expert's own reading of their message of that number, for its row."""
        return None if own is None else vault.seal_reading(self.own, json.dumps(to_json(own)), **self.place, seq=seq)

    def reading(self, sealed: bytes, seq: int) -> list[dict[str, Any]]:
        """The opposite, as JSON has it."""
        read: list[dict[str, Any]] = json.loads(vault.open_reading(self.own, sealed, **self.place, seq=seq))
        return read

    async def mask(self, text: str) -> Masked:
        """A customer's `text` that answers nobody, masked with all that this chat knows; what is new in it is kept, in
        the same transaction. Raises Withheld when masking failed."""
        try:
            masked = mask(text, self.wallet, Dialogue("customer", self.language, (), self.rules))
        except Exception as error:
            raise withheld(self.chat, error) from None
        await self.keep(masked.fresh)
        return masked

    async def keep(self, values: Iterable[Known]) -> ChatVault:
        """Seals values for the vault; the vault with them in it. Raises TooManyValues beyond what one chat may hold."""
        values = tuple(values)
        self.room_for(values)
        if not values:
            return self
        await VaultValue.bulk_create(
            [VaultValue(chat_id=self.chat, given=known.given, **self.sealed(known)) for known in values]
        )
        await Chat.filter(id=self.chat).update(hidden=F("hidden") + 1)
        return replace(self, wallet=self.grown(values), version=self.version + 1)

    def room_for(self, values: Collection[Known]) -> None:
        """Raises TooManyValues when the chat cannot hold so many more."""
        if values and len(self.wallet.entries) + len(values) > self.most:
            raise TooManyValues

    def grown(self, values: tuple[Known, ...]) -> Wallet:
        return Wallet((*self.wallet.entries, *values), self.wallet.key) if values else self.wallet

    def sealed(self, known: Known) -> dict[str, Any]:
        """A row of the vault but for its chat: kind, n, sealed, mark. A value that is dropped keeps its number, and
        while the chat lasts the marks that tell it again."""
        sealed = vault.seal(self.own, known.value, **self.place, kind=known.kind, n=known.n)
        if known.value:
            mark = vault.index(self.shared, known.kind, canonical(known.kind, known.value))
        else:
            mark = vault.seal_marks(self.own, known.marks, **self.place, kind=known.kind, n=known.n) or None
        return {"kind": str(known.kind), "n": known.n, "sealed": sealed, "mark": mark}

    def fingerprint(self, text: str) -> bytes:
        """For telling whether the same text was said before: its masking may differ, for a chat learns new values."""
        return vault.fingerprint(self.message_key, text)

    def check(self, tokens: Iterable[Token]) -> None:
        """Raises UnknownToken when one of them stands for nothing in this chat."""
        if not {(known.kind, known.n) for known in self.wallet.entries}.issuperset((t.kind, t.n) for t in tokens):
            raise UnknownToken

    def value(self, kind: str, n: int) -> str | None:
        return next((known.value for known in self.wallet.entries if (known.kind, known.n) == (kind, n)), None)

    def last_number(self, kind: Kind) -> int:
        return max((known.n for known in self.wallet.entries if known.kind == kind), default=0)


# One statement, so that values, version and messages are of one moment. Inside a unit of work the key stays until the
# unit is over: who erases it waits, and finds what was kept.
_OPENED = """
SELECT * FROM (
  SELECT c.brand_id, c.customer_id, c.language, c.seq, c.hidden, b.rules, k.wrapped, v.kind, v.n, v.sealed, v.mark,
    CAST(NULL AS text) AS author, CAST(NULL AS jsonb) AS segments, v.given, v.id AS place
  FROM chat c JOIN brand b ON b.id = c.brand_id JOIN customerkey k ON k.customer_id = c.customer_id
  LEFT JOIN vaultvalue v ON v.chat_id = c.id WHERE c.id = ? {held}
) known
UNION ALL
SELECT NULL, NULL, NULL, m.seq, NULL, NULL, NULL, NULL, NULL, m.typed, NULL, m.author, m.segments, NULL, m.seq
FROM message m JOIN chat c ON c.id = m.chat_id WHERE c.id = ? AND m.seq > c.seq - ?
UNION ALL
SELECT NULL, NULL, NULL, s.after, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'unsaid', s.segments, NULL, s.id
FROM solicitation s JOIN chat c ON c.id = s.chat_id
WHERE c.id = ? AND s.after > c.seq - ? AND s.why IN ('solicitation', 'secret')
ORDER BY place
"""
_UNSAID = "unsaid"


async def opened(house: House, chat_id: int) -> ChatVault:
    """The chat's vault, in one read; raises Erased, a KeyError, once its customer was."""
    held = "FOR KEY SHARE OF k" if dialect() == "postgres" else ""
    read = await rows(_OPENED.format(held=held), *[chat_id, chat_id, MEMORY, chat_id, MEMORY])
    kept = [row for row in read if row["author"] is None]
    if not kept:
        raise Erased
    first = kept[0]
    place = {"brand": first["brand_id"], "customer": first["customer_id"], "chat": chat_id}
    shared = await brand_key(house, place["brand"])
    own = vault.unwrap_customer_key(shared, first["wrapped"], brand=place["brand"], customer=place["customer"])
    return ChatVault(
        place,
        own,
        vault.message_key(own),
        shared,
        Wallet(tuple(_known(own, place, row) for row in kept if row["kind"]), vault.mark_key(own, chat_id)),
        house.settings.vault_values,
        first["language"],
        rules_of(first["rules"]),
        tuple(_turns(own, place, read)),
        first["seq"],
        first["hidden"],
    )


def _turns(own: bytes, place: dict[str, int], read: list[dict[str, Any]]) -> Iterator[Turn]:
    """The last messages, each with what was refused to the expert right after it."""
    unsaid: dict[int, tuple[str, ...]] = {}
    for row in read:
        if row["author"] == _UNSAID:
            text = plain(from_json(json.loads(row["segments"])), lambda _: " ")
            unsaid[row["seq"]] = (*unsaid.get(row["seq"], ()), text)
    for row in read:
        if row["author"] not in (None, _UNSAID):
            typed = row["sealed"] and vault.open_reading(own, row["sealed"], **place, seq=row["seq"])
            yield Turn(
                row["author"],
                from_json(json.loads(row["segments"])),
                unsaid.get(row["seq"], ()),
                from_json(json.loads(typed)) if typed else None,
            )


@lru_cache(maxsize=256)
def rules_of(kept: str | None) -> Rules:
    """A brand's rules as its row holds them; making their patterns ready costs more than opening a vault."""
    return Rules.from_json(json.loads(kept)) if kept else STANDARD


def rules_of_brand(brand: Brand) -> Rules:
    """As `rules_of`, of a brand that was read whole."""
    return rules_of(json.dumps(brand.rules) if brand.rules else None)


def _known(own: bytes, place: dict[str, int], row: dict[str, Any]) -> Known:
    kind, n = Kind(row["kind"]), row["n"]
    value = vault.open_(own, row["sealed"], **place, kind=kind, n=n)
    marks = b"" if value else vault.open_marks(own, row["mark"] or b"", **place, kind=kind, n=n)
    return Known(kind, n, value, marks, bool(row["given"]))


# The index of marks leads to them: those of dropped values begin alike.
_MARKED = "UPDATE vaultvalue SET mark = NULL WHERE mark >= ? AND mark < ? AND "
_MARKS = (vault.DROPPED, vault.DROPPED[:-1] + b"\1")
MARKS_LAST = timedelta(hours=1)  # after a chat's end; its customer may still rate it, in words


async def forget_marks(chat: int) -> None:
    """All has been said in the chat: what it dropped need not be known again."""
    await changed(f"{_MARKED} chat_id = ?", *_MARKS, chat)


async def forget_old_marks() -> None:
    """The same for all chats that have been over for long enough."""
    over = "EXISTS (SELECT 1 FROM chat c WHERE c.id = vaultvalue.chat_id AND c.ended_at < ?)"
    await changed(f"{_MARKED} {over}", *_MARKS, datetime.now(UTC) - MARKS_LAST)


async def brand_key(house: House, brand_id: int) -> bytes:
    """The brand's key, made at its first question."""
    if brand_id not in house.brand_keys:
        kept = await BrandKey.get_or_none(brand_id=brand_id) or await _make_brand_key(house, brand_id)
        house.brand_keys[brand_id] = house.keyring.unwrap(kept.kek, kept.wrapped, brand=brand_id)
    return house.brand_keys[brand_id]


async def _make_brand_key(house: House, brand_id: int) -> BrandKey:
    kek, wrapped = house.keyring.wrap(new_key(), brand=brand_id)
    try:
        return await BrandKey.create(brand_id=brand_id, kek=kek, wrapped=wrapped)
    except IntegrityError:
        return await BrandKey.get(brand_id=brand_id)


async def make_customer_key(house: House, brand_id: int, customer_id: int) -> None:
    wrapped = vault.wrap_customer_key(await brand_key(house, brand_id), new_key(), brand=brand_id, customer=customer_id)
    await CustomerKey.create(customer_id=customer_id, wrapped=wrapped)
