"""One hidden value, read by one person of the brand who says why: noted and committed before the value leaves here.

Never to experts, never many at once; who reads many in a day is told of to the brand, and then stopped.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.queryset import QuerySet

from chatmarket import fields
from chatmarket.errors import N_, NotAllowed, NotThere, SignInFirst, TooMuch, Wrong
from chatmarket.flows import auditing, erasing, proving, vaulting, watching
from chatmarket.flows.proving import Proof
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Account, Audit, Chat, Login, Message, Rating, Role, Status, VaultValue
from chatmarket.privacy.masking import mask
from chatmarket.privacy.segments import Kind, plain
from chatmarket.privacy.vault import EMPTY
from chatmarket.store import unit_of_work

DAY = timedelta(hours=24)
MOST_REASON = 200
MANY, SPENT = "many", "spent"  # why the brand is told


class MayNotReveal(NotAllowed):
    code = "may_not_reveal"
    text = N_("You may not reveal hidden details. Your brand's staff can give you that right.")


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


def may_reveal(account: Account) -> bool:
    return account.role == Role.STAFF or (account.role == Role.MODERATOR and account.may_reveal)


async def reveal(house: House, login: Login, chat_id: int, token: Any, reason: Any, proof: Proof) -> Revealed:
    """The value behind `token` ("email 1"). Raises MayNotReveal, NotThere, Wrong, ProveFirst, BudgetSpent or TooMuch.

    What was never kept, or was erased, is only said: nothing leaves, and nothing is noted.
    """
    account = login.account
    if not may_reveal(account):
        raise MayNotReveal
    chat = await watching.of_brand(account, chat_id)
    kind, n = _token(token)
    kept = await _kept(house, chat, kind, n)
    reason = fields.text(reason, "reason", most=MOST_REASON)
    if kept != "whole":
        return Revealed(chat.id, kind, n, kept)
    house.reveals.take(house.seal("reveal", str(account.id)))
    await proving.prove(house, login, proof)
    facts = {"token": f"{kind} {n}", "reason": await _without_values(house, chat, reason)}
    if not await spend(house, login, "reveal", facts, chat=chat.id):
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


@unit_of_work
async def spend(
    house: House, login: Login, action: str, facts: dict[str, Any], *, chat: int | None = None, values: int = 1
) -> bool:
    """The audit row of giving out so many values, if the person may have as many more. Others of the brand wait
    meanwhile, so that nobody's last one is given twice."""
    brand = login.account.brand_id or 0
    await auditing.hold(house, brand)
    account = await _still(login)
    before = await _spent(brand, account.id)
    if before + values > house.settings.reveals_per_day:
        if before >= house.settings.reveals_per_day:
            await _alert(house, account, brand, SPENT, before)
        return False
    await auditing.write_down(house, brand, account.id, action, chat=chat, facts=facts)
    if values and before + values >= house.settings.reveal_alert:
        await _alert(house, account, brand, MANY, before + values)
    return True


async def _still(login: Login) -> Account:
    """The account as it is now: while a password was checked, the login may have been revoked or the right taken."""
    there = Login.filter(id=login.id, revoked_at=None, ends_at__gt=datetime.now(UTC), account__disabled_at=None)
    found = await there.select_related("account").first()
    if found is None:
        raise SignInFirst
    account: Account = found.account
    if account.brand_id != login.account.brand_id or not may_reveal(account):
        raise MayNotReveal
    return account


async def _spent(brand: int, person: int) -> int:
    """How many values somebody was given within the last 24 hours, one by one or in exports."""
    since = datetime.now(UTC) - DAY
    given = Audit.filter(brand_id=brand, actor_id=person, action__in=["reveal", "export"], at__gt=since)
    noted = await given.values("action", "facts")
    return sum(1 if row["action"] == "reveal" else int(row["facts"].get("values", 0)) for row in noted)


async def _alert(house: House, account: Account, brand: int, why: str, reveals: int) -> None:
    """Once in 24 hours for each reason."""
    since = datetime.now(UTC) - DAY
    told = await Audit.filter(brand_id=brand, actor_id=account.id, action="alert", at__gt=since).values("facts")
    if not any(row["facts"].get("why") == why for row in told):
        await auditing.write_down(house, brand, account.id, "alert", facts={"why": why, "reveals": reveals})


async def _opened(house: House, chat: Chat, kind: Kind, n: int) -> Revealed:
    value = (await _vault(house, chat)).value(kind, n)
    if value is None:
        raise NotThere
    return Revealed(chat.id, kind, n, "last_four" if kind is Kind.CARD else "whole", value)


# Who watches the watchers


async def alerts(account: Account) -> list[View]:
    """Who read so much in the last 24 hours that the brand is told."""
    since = datetime.now(UTC) - DAY
    told = Audit.filter(brand_id=account.brand_id, action="alert", at__gt=since).order_by("-id").limit(20)
    return [{"name": row.actor.name, "at": row.at, **row.facts} for row in await told.select_related("actor")]


async def people(staff: Account) -> list[View]:
    """The brand's own people, and who of them may reveal."""
    found = await Account.filter(brand_id=staff.brand_id, role__in=[Role.MODERATOR, Role.STAFF]).order_by("name", "id")
    return [
        {
            "id": one.id,
            "name": one.name,
            "email": one.email,
            "role": str(one.role),
            "may_reveal": may_reveal(one),
            "disabled": one.disabled_at is not None,
        }
        for one in found
    ]


async def trust(house: House, login: Login, person: int, given: Any, proof: Proof) -> None:
    """Staff who prove who they are give a moderator of their brand the right to reveal, or take it back; what is so
    already stays so."""
    staff = login.account
    if not await _moderators(staff, person).exists():
        raise NotThere
    may = fields.flag(given, "may")
    await proving.prove(house, login, proof)
    await _trust(house, staff, person, may)


@unit_of_work
async def _trust(house: House, staff: Account, person: int, may: bool) -> None:
    if await _moderators(staff, person).filter(may_reveal=not may).update(may_reveal=may):
        action = "allow_reveal" if may else "deny_reveal"
        await auditing.write_down(house, staff.brand_id or 0, staff.id, action, facts={"person": person})


def _moderators(staff: Account, person: int) -> QuerySet[Account]:
    return Account.filter(id=person, brand_id=staff.brand_id or 0, role=Role.MODERATOR)


# The questions nobody answered in time


async def unanswered(account: Account, most: int = 200) -> list[Chat]:
    """The brand's escalated chats, those still open first, the newest first."""
    return (
        await Chat.filter(brand_id=account.brand_id, status=Status.ESCALATED)
        .order_by("answered_at", "-asked_at")
        .limit(most)
        .select_related("topic")
    )


async def reveal_address(house: House, login: Login, chat_id: int, reason: Any, proof: Proof) -> Revealed:
    """The address left with an escalated chat."""
    chat = await watching.of_brand(login.account, chat_id)
    if chat.status != Status.ESCALATED or not chat.email_token:
        raise NotThere
    return await reveal(house, login, chat_id, chat.email_token, reason, proof)


@unit_of_work
async def answered(house: House, account: Account, chat_id: int) -> None:
    """The staff have dealt with it; a second time it stays as it is."""
    chat = await watching.of_brand(account, chat_id)
    if chat.status != Status.ESCALATED:
        raise NotThere
    if await Chat.filter(id=chat.id, answered_at=None).update(answered_at=datetime.now(UTC)):
        await auditing.write_down(house, chat.brand_id, account.id, "answered", chat=chat.id)
