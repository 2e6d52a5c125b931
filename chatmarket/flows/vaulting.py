"""Keys and values of the vault: what a chat already knows, and what it learnt just now."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tortoise.exceptions import IntegrityError

from chatmarket.house import House
from chatmarket.models import BrandKey, Chat, CustomerKey, VaultValue
from chatmarket.privacy import vault
from chatmarket.privacy.masking import Known, Masked, Wallet, canonical, mask
from chatmarket.privacy.segments import Kind


@dataclass(frozen=True, slots=True)
class ChatVault:
    """One chat's part of the vault, open: its customer's key, its brand's, and the values it knows so far."""

    chat: Chat
    own: bytes
    shared: bytes
    wallet: Wallet

    async def mask(self, text: str) -> Masked:
        """`text` masked with all that this chat knows; what is new in it is kept, in the same transaction."""
        masked = mask(text, self.wallet)
        await self.keep(masked.fresh)
        return masked

    async def keep(self, values: Iterable[Known]) -> ChatVault:
        """Seals values for the vault; the vault with them in it."""
        values = tuple(values)
        for known in values:
            mark = vault.index(self.shared, known.kind, canonical(known.kind, known.value))
            await VaultValue.create(
                chat_id=self.chat.id, kind=str(known.kind), n=known.n, sealed=self._seal(known), mark=mark
            )
        return replace(self, wallet=Wallet((*self.wallet.entries, *values)))

    def fingerprint(self, text: str) -> bytes:
        """For telling whether the same text was said before: its masking may differ, for a chat learns new values."""
        return vault.fingerprint(self.own, text)

    def value(self, kind: str, n: int) -> str | None:
        return next((known.value for known in self.wallet.entries if (known.kind, known.n) == (kind, n)), None)

    def last_number(self, kind: Kind) -> int:
        return max((known.n for known in self.wallet.entries if known.kind == kind), default=0)

    def _seal(self, known: Known) -> bytes:
        chat = self.chat
        return vault.seal(
            self.own,
            known.value,
            brand=chat.brand_id,
            customer=chat.customer_id,
            chat=chat.id,
            kind=known.kind,
            n=known.n,
        )


async def opened(house: House, chat: Chat) -> ChatVault:
    """The chat's vault; raises DoesNotExist once its customer was erased."""
    shared = await brand_key(house, chat.brand_id)
    kept = await CustomerKey.get(customer_id=chat.customer_id)
    own = vault.unwrap_customer_key(shared, kept.wrapped, brand=chat.brand_id, customer=chat.customer_id)
    values = await VaultValue.filter(chat_id=chat.id).order_by("id")
    return ChatVault(chat, own, shared, Wallet(tuple(_known(own, chat, value) for value in values)))


def _known(own: bytes, chat: Chat, value: VaultValue) -> Known:
    kind = Kind(value.kind)
    text = vault.open_(
        own, value.sealed, brand=chat.brand_id, customer=chat.customer_id, chat=chat.id, kind=kind, n=value.n
    )
    return Known(kind, value.n, text)


async def brand_key(house: House, brand_id: int) -> bytes:
    """The brand's key, made at its first question."""
    if brand_id not in house.brand_keys:
        kept = await BrandKey.get_or_none(brand_id=brand_id) or await _make_brand_key(house, brand_id)
        house.brand_keys[brand_id] = house.keyring.unwrap(kept.kek, kept.wrapped, brand=brand_id)
    return house.brand_keys[brand_id]


async def _make_brand_key(house: House, brand_id: int) -> BrandKey:
    kek, wrapped = house.keyring.wrap(secrets.token_bytes(32), brand=brand_id)
    try:
        return await BrandKey.create(brand_id=brand_id, kek=kek, wrapped=wrapped)
    except IntegrityError:
        return await BrandKey.get(brand_id=brand_id)


async def make_customer_key(house: House, brand_id: int, customer_id: int) -> None:
    wrapped = vault.wrap_customer_key(
        await brand_key(house, brand_id), secrets.token_bytes(32), brand=brand_id, customer=customer_id
    )
    await CustomerKey.create(customer_id=customer_id, wrapped=wrapped)
