"""Keys and values of the vault: what a chat already knows, and what it learnt just now."""

import secrets
from collections.abc import Iterable

from tortoise.exceptions import IntegrityError

from chatmarket.house import House
from chatmarket.models import BrandKey, Chat, CustomerKey, VaultValue
from chatmarket.privacy import vault
from chatmarket.privacy.masking import Known, Masked, Wallet, canonical, mask
from chatmarket.privacy.segments import Kind


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


async def customer_key(house: House, chat: Chat) -> bytes:
    kept = await CustomerKey.get(customer_id=chat.customer_id)
    return vault.unwrap_customer_key(
        await brand_key(house, chat.brand_id), kept.wrapped, brand=chat.brand_id, customer=chat.customer_id
    )


async def mask_in(house: House, chat: Chat, text: str) -> Masked:
    """`text` masked with all that this chat knows; what is new in it goes to the vault in the same transaction."""
    masked = mask(text, await wallet(house, chat))
    await keep(house, chat, masked.fresh)
    return masked


async def fingerprint(house: House, chat: Chat, text: str) -> bytes:
    """For telling whether the same text was said before: the masked text may differ, for a chat learns new values."""
    return vault.fingerprint(await customer_key(house, chat), text)


async def wallet(house: House, chat: Chat) -> Wallet:
    values = await VaultValue.filter(chat_id=chat.id).order_by("id")
    key = await customer_key(house, chat) if values else b""
    return Wallet(tuple(Known(Kind(value.kind), value.n, _open(key, chat, value)) for value in values))


async def keep(house: House, chat: Chat, values: Iterable[Known]) -> None:
    values = tuple(values)
    if not values:
        return
    own, shared = await customer_key(house, chat), await brand_key(house, chat.brand_id)
    for known in values:
        sealed = vault.seal(
            own, known.value, brand=chat.brand_id, customer=chat.customer_id, chat=chat.id, kind=known.kind, n=known.n
        )
        mark = vault.index(shared, known.kind, canonical(known.kind, known.value))
        await VaultValue.create(chat_id=chat.id, kind=str(known.kind), n=known.n, sealed=sealed, mark=mark)


async def open_value(house: House, chat: Chat, kind: str, n: int) -> str | None:
    value = await VaultValue.get_or_none(chat_id=chat.id, kind=kind, n=n)
    return _open(await customer_key(house, chat), chat, value) if value else None


def _open(key: bytes, chat: Chat, value: VaultValue) -> str:
    return vault.open_(
        key,
        value.sealed,
        brand=chat.brand_id,
        customer=chat.customer_id,
        chat=chat.id,
        kind=Kind(value.kind),
        n=value.n,
    )
