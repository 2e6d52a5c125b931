"""One hidden value, read by one person of the brand who says why: noted and committed before the value leaves here.

Never to experts, never many at once; how many in a day is in `spending`, and who may in `trusting`.
"""

from dataclasses import dataclass
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, NotThere, TooMuch, Wrong
from chatmarket.flows import erasing, proving, spending, trusting, vaulting, watching
from chatmarket.flows.proving import Proof
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Chat, Login, Message, Rating, VaultValue
from chatmarket.privacy.masking import mask
from chatmarket.privacy.segments import Kind, plain
from chatmarket.privacy.vault import EMPTY

MOST_REASON = 200


class BudgetSpent(TooMuch):
    code = "budget_spent"
    text = N_("You have revealed as many details as one person may in 24 hours. Your brand has been told.")


@dataclass(frozen=True, slots=True)
class Revealed:
    """What a token stands for. `kept` is whole, last_four, no (never kept) or erased; only the first two have a value.
    The value is in no repr."""

    chat: int
    kind: str
    n: int
    kept: str
    value: str | None = None

    def __repr__(self) -> str:
        return f"Revealed({self.kind} {self.n} of chat {self.chat}, kept: {self.kept})"


async def reveal(house: House, login: Login, chat_id: int, token: Any, reason: Any, proof: Proof) -> Revealed:
    """The value behind `token` ("email 1"). Raises MayNotReveal, NotThere, Wrong, ProveFirst, BudgetSpent or TooMuch.

    What was never kept, or was erased, is only said: nothing leaves, and nothing is noted.
    """
    account = login.account
    if not trusting.may_reveal(account):
        raise trusting.MayNotReveal
    chat = await watching.of_brand(account, chat_id)
    kind, n = _token(token)
    kept = await _kept(house, chat, kind, n)
    reason = fields.text(reason, "reason", most=MOST_REASON)
    if kept != "whole":
        return Revealed(chat.id, kind, n, kept)
    house.reveals.take(house.seal("reveal", str(account.id)))
    await proving.prove(house, login, proof)
    facts = {"token": f"{kind} {n}", "reason": await _without_values(house, chat, reason)}
    if not await spending.spend(house, login, "reveal", facts, chat=chat.id):
        raise BudgetSpent
    return await _opened(house, chat, kind, n)


def _token(token: Any) -> tuple[Kind, int]:
    kind, _, n = fields.text(token, "token", most=40).partition(" ")
    if kind not in set(Kind) or kind == Kind.SOLICITATION:
        raise Wrong(N_("Please choose one of the offered values."), code="bad_field", field="token")
    return Kind(kind), fields.number(n, "token")


async def _kept(house: House, chat: Chat, kind: Kind, n: int) -> str:
    if await erasing.is_erased(chat.customer_id):
        return "erased"
    value = (await _vault(house, chat)).value(kind, n)
    if value:
        return "whole"
    # A value that was dropped has left its number in the vault, or only its token in what was said.
    if value is not None or (kind, n) in await _said(chat):
        return "no"
    raise NotThere


async def _said(chat: Chat) -> list[tuple[Kind, int]]:
    """The tokens in what was said, the first first."""
    told = [message["segments"] for message in await Message.filter(chat_id=chat.id).order_by("seq").values("segments")]
    told += [rating["comment"] for rating in await Rating.filter(chat_id=chat.id).values("comment")]
    found = [(Kind(part["token"]), part["n"]) for parts in told for part in parts if "n" in part]
    return list(dict.fromkeys(found))


async def tokens(chat: Chat) -> list[View]:
    """All that is hidden in a chat, as said first, then what was known beforehand; `kept` as in Revealed."""
    rows = await VaultValue.filter(chat_id=chat.id).order_by("id").values("kind", "n", "sealed")
    numbered = {(row["kind"], row["n"]): len(row["sealed"]) > EMPTY for row in rows}
    named = dict.fromkeys([*await _said(chat), *numbered])
    return [
        {"kind": str(kind), "n": n, "kept": numbered.get((kind, n), False)}
        for kind, n in named
        if kind != Kind.SOLICITATION
    ]


async def _without_values(house: House, chat: Chat, reason: str) -> str:
    """The audit outlives the customer's key: what a reason quotes of their details must not stay in it."""
    wallet = (await _vault(house, chat)).wallet
    return plain(mask(reason, wallet).segments, lambda token: f"[{token.kind}]")


async def _vault(house: House, chat: Chat) -> vaulting.ChatVault:
    try:
        return await vaulting.opened(house, chat.id)
    except KeyError:  # erased meanwhile
        raise NotThere from None


async def _opened(house: House, chat: Chat, kind: Kind, n: int) -> Revealed:
    value = (await _vault(house, chat)).value(kind, n)
    if value is None:
        raise NotThere
    return Revealed(chat.id, kind, n, "last_four" if kind is Kind.CARD else "whole", value)
