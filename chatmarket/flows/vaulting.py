"""Keys and values of the vault: what a chat already knows, and what it learnt just now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from chatmarket.errors import N_, Problem, TooLate
from chatmarket.house import House
from chatmarket.models import BrandKey, Chat, CustomerKey, VaultValue
from chatmarket.privacy import vault
from chatmarket.privacy.keys import new_key
from chatmarket.privacy.masking import Known, Masked, Wallet, canonical, mask
from chatmarket.privacy.segments import Kind
from chatmarket.store import dialect, rows


class TooManyValues(Problem):
    status = 422
    code = "too_many_values"
    text = N_("This chat holds as many hidden details as it can. Please write without further ones.")


class Erased(TooLate, KeyError):
    code = "erased"
    text = N_("The personal details of this chat were erased. Nothing can be added to it.")


@dataclass(frozen=True, slots=True)
class ChatVault:
    """One chat's part of the vault, open: its customer's key, its brand's, and the values it knows so far."""

    place: dict[str, int]  # brand, customer and chat: what a sealed value is bound to
    own: bytes
    shared: bytes
    wallet: Wallet
    most: int

    @property
    def chat(self) -> int:
        return self.place["chat"]

    @property
    def hidden(self) -> int:
        """How many values it knew when it was opened; the chat's row knows how many there are."""
        return len(self.wallet.entries)

    async def mask(self, text: str) -> Masked:
        """`text` masked with all that this chat knows; what is new in it is kept, in the same transaction."""
        masked = mask(text, self.wallet)
        await self.keep(masked.fresh)
        return masked

    async def keep(self, values: Iterable[Known]) -> ChatVault:
        """Seals values for the vault; the vault with them in it. Raises TooManyValues beyond what one chat may hold."""
        values = tuple(values)
        grown = self.grown(values)
        if values:
            await VaultValue.bulk_create([VaultValue(chat_id=self.chat, **self.sealed(known)) for known in values])
            await Chat.filter(id=self.chat).update(hidden=F("hidden") + len(values))
        return grown

    def grown(self, values: tuple[Known, ...]) -> ChatVault:
        """The vault with these values in it, not yet kept. Raises TooManyValues."""
        if len(self.wallet.entries) + len(values) > self.most:
            raise TooManyValues
        return replace(self, wallet=Wallet((*self.wallet.entries, *values))) if values else self

    def sealed(self, known: Known) -> dict[str, Any]:
        """A row of the vault but for its chat: kind, n, sealed, mark."""
        sealed = vault.seal(self.own, known.value, **self.place, kind=known.kind, n=known.n)
        mark = vault.index(self.shared, known.kind, canonical(known.kind, known.value))
        return {"kind": str(known.kind), "n": known.n, "sealed": sealed, "mark": mark}

    def fingerprint(self, text: str) -> bytes:
        """For telling whether the same text was said before: its masking may differ, for a chat learns new values."""
        return vault.fingerprint(self.own, text)

    def value(self, kind: str, n: int) -> str | None:
        return next((known.value for known in self.wallet.entries if (known.kind, known.n) == (kind, n)), None)

    def last_number(self, kind: Kind) -> int:
        return max((known.n for known in self.wallet.entries if known.kind == kind), default=0)


_OPENED = (
    "SELECT c.brand_id, c.customer_id, k.wrapped, v.kind, v.n, v.sealed FROM chat c "
    "JOIN customerkey k ON k.customer_id = c.customer_id LEFT JOIN vaultvalue v ON v.chat_id = c.id "
    "WHERE c.id = ? ORDER BY v.id"
)


async def opened(house: House, chat_id: int) -> ChatVault:
    """The chat's vault, in one read; raises Erased, a KeyError, once its customer was."""
    kept = await rows(_OPENED + _held(), chat_id)
    if not kept:
        raise Erased
    place = {"brand": kept[0]["brand_id"], "customer": kept[0]["customer_id"], "chat": chat_id}
    shared = await brand_key(house, place["brand"])
    own = vault.unwrap_customer_key(shared, kept[0]["wrapped"], brand=place["brand"], customer=place["customer"])
    wallet = Wallet(tuple(_known(own, place, row) for row in kept if row["kind"]))
    return ChatVault(place, own, shared, wallet, house.settings.vault_values)


def _held() -> str:
    """Inside a unit of work the key stays until the unit is over: who erases it waits, and finds what was kept."""
    return " FOR KEY SHARE OF k" if dialect() == "postgres" else ""


async def recount(vault: ChatVault) -> None:
    """Puts right a chat's count of values that differs from a vault opened just now: another version of the program
    may have kept values without counting them, and nobody could speak in that chat any more."""
    await rows(
        "UPDATE chat SET hidden = (SELECT count(*) FROM vaultvalue v WHERE v.chat_id = chat.id) WHERE id = ? "
        "RETURNING hidden",
        vault.chat,
    )


def _known(own: bytes, place: dict[str, int], row: dict[str, Any]) -> Known:
    kind, n = Kind(row["kind"]), row["n"]
    return Known(kind, n, vault.open_(own, row["sealed"], **place, kind=kind, n=n))


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
