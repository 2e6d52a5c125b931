"""An expert reads their own words as they typed them, and nothing in them tells what of it was right.

What others read of them hides more (privacy/echoes). The expert's reading is sealed under the customer's key: once the
customer is erased none of the expert's words are shown to them, for those that could be would tell of the others.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from chatmarket.errors import N_
from chatmarket.flows import vaulting
from chatmarket.house import House
from chatmarket.models import Chat, Status
from chatmarket.templating import translate

GONE = N_("(Erased with the customer's details.)")
Segments = list[dict[str, Any]]


class Said(Protocol):
    """A message that was read again."""

    @property
    def seq(self) -> int: ...
    @property
    def author(self) -> str: ...
    @property
    def typed(self) -> bytes | None: ...


async def readings(house: House, chat: Chat, messages: Sequence[Said], language: str) -> dict[int, Segments]:
    """What the expert of a chat reads of these messages where others read another thing, by number."""
    own = [one for one in messages if one.author == "expert"]
    typed = {one.seq: one.typed for one in own if one.typed}
    over = chat.status != Status.LIVE
    if not typed and not (over and own):
        return {}
    try:
        # Over, it may be erased at another process, while its vault is still open here.
        vault = (None if over else house.vaults.get(chat.id)) or await vaulting.opened(house, chat.id)
    except vaulting.Erased:
        return {one.seq: [{"text": translate(GONE, language)}] for one in own}
    return {seq: vault.reading(sealed, seq) for seq, sealed in typed.items()}
