"""What people of a brand write down for later, without the values of the customers it is about."""

from collections.abc import Collection
from contextlib import suppress

from chatmarket.flows import vaulting
from chatmarket.house import House
from chatmarket.privacy.masking import Wallet, mask
from chatmarket.privacy.merging import merged
from chatmarket.privacy.segments import plain
from chatmarket.privacy.spans import cut


async def without_values(house: House, text: str, chats: Collection[int]) -> str:
    """`text` masked with all that these chats know, while that can still be read: each chat marks with a key of its
    own. It outlives its customers, so what it quotes of them must not be in it."""
    if not text:
        return ""
    spans = [*mask(text, Wallet()).spans]
    for chat in chats:
        with suppress(KeyError):  # erased before
            spans += mask(text, (await vaulting.opened(house, chat)).wallet).spans
    whole = merged(spans, text)
    return plain(cut(text, whole, [0] * len(whole)), lambda token: f"[{token.kind}]")
