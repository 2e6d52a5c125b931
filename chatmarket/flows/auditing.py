"""Who looked at what, and who decided: the only place that writes audit rows, each linked to the one before it.

The head row of a brand is locked first, so that its rows come one after the other; two first writers meet in the
primary key, and the store tries the later one again. Where the rows of a transaction also lock chats, the audit comes
last: whoever waits for the head holds nothing that its holder needs.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Account, Audit, AuditHead, AuditLink, Topic
from chatmarket.privacy.chain import START, canonical
from chatmarket.store import Conflict, dialect, rows, unit_of_work

VOUCH = "vouch"  # a row that says which rows without a link were there before it
MACHINE = "machine"  # the role, and the address, of whoever acts by the clock or by a command
MOST_VOUCHED = 1000  # rows without a link, read at a time


@unit_of_work
async def write_down(
    house: House,
    brand: int,
    actor: int,
    action: str,
    *,
    chat: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> int:
    """One more audit row, in the transaction of what it is about; its number. `facts` hold text, whole numbers, lists
    and null, and never a customer's value: the row stays when the customer is erased."""
    head = await hold(house, brand)
    if head.seq == 0:
        head = await _vouch(house, head, actor)
    return int((await _add(house, head, actor, action, chat, dict(facts or {}))).id)


@unit_of_work
async def vouch(house: House, brand: int, actor: int) -> int:
    """Vouches for rows that a process of the version before wrote without a link; 1 when there were any, else 0."""
    head = await hold(house, brand)
    before = head.seq
    return int((await _vouch(house, head, actor)).seq) - before


async def hold(house: House, brand: int) -> AuditHead:
    """The end of the brand's chain, locked until the transaction is over; made with the first row."""
    found = await AuditHead.filter(brand_id=brand).select_for_update().first()
    if found is not None:
        return found
    keys = house.audit_keys
    try:
        return await AuditHead.create(
            brand_id=brand, seq=0, digest=START, key=keys.current, seal=keys.seal(keys.current, brand, 0, START)
        )
    except IntegrityError:
        raise Conflict("another row of this brand was the first") from None


async def _add(
    house: House, head: AuditHead, actor: int, action: str, chat: int | None, facts: dict[str, Any]
) -> Audit:
    keys, seq = house.audit_keys, head.seq + 1
    row = await Audit.create(
        brand_id=head.brand_id, actor_id=actor, action=action, chat_id=chat, facts=facts, at=datetime.now(UTC)
    )
    digest = keys.digest(keys.current, content(row, seq), head.digest)
    try:
        await AuditLink.create(audit_id=row.id, brand_id=head.brand_id, seq=seq, key=keys.current, digest=digest)
    except IntegrityError:
        raise Conflict("another row took this place") from None
    head.seq, head.digest, head.key = seq, digest, keys.current
    head.seal = keys.seal(keys.current, head.brand_id, seq, digest)
    await head.save()
    return row


def content(row: Audit, seq: int) -> dict[str, Any]:
    """All of a row that its digest covers."""
    return {"seq": seq, **bare(row)}


def bare(row: Audit) -> dict[str, Any]:
    return {
        "id": row.id,
        "brand": row.brand_id,
        "actor": row.actor_id,
        "action": row.action,
        "chat": row.chat_id,
        "facts": row.facts,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
    }


async def _vouch(house: House, head: AuditHead, actor: int) -> AuditHead:
    """Adds a row about the unlinked rows since the last such row, if there are any; the head after it."""
    if dialect() == "postgres":
        # A process of the version before may have taken a lower number and not yet committed: wait for it.
        await rows("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE")
    after = await vouched_until(head.brand_id)
    facts = await unlinked(head.brand_id, after)
    if facts["rows"]:
        await _add(house, head, actor, VOUCH, None, facts)
    return head


async def vouched_until(brand: int) -> int:
    last = await Audit.filter(brand_id=brand, action=VOUCH, link__seq__gt=0).order_by("-id").first()
    return int(last.facts["last"]) if last else 0


async def unlinked(brand: int, after: int, until: int | None = None) -> dict[str, Any]:
    """The brand's rows without a link, numbered above `after`, up to `until`: how many, the last, a digest of all."""
    found = Audit.filter(brand_id=brand, link__seq__isnull=True)
    found = found.filter(id__lte=until) if until is not None else found
    count, last, digest = 0, after, hashlib.sha256()
    while some := await found.filter(id__gt=last).order_by("id").limit(MOST_VOUCHED):
        for row in some:
            digest.update(canonical(bare(row)) + b"\n")
        count, last = count + len(some), some[-1].id
    return {"rows": count, "after": after, "last": last if until is None else until, "sha256": digest.hexdigest()}


async def machine() -> Account:
    """The account that acts by the clock or by a command; nobody can sign in as it."""
    kept, _ = await Account.get_or_create(
        email=f"{MACHINE}@chatmarket.invalid",
        defaults={"name": "Chatmarket", "password_hash": "!", "role": MACHINE, "disabled_at": datetime.now(UTC)},
    )
    return kept


async def latest(account: Account, most: int = 200) -> list[View]:
    """Who looked at what and decided what, the newest first, with the names of those it was about."""
    found = await Audit.filter(brand_id=account.brand_id).order_by("-id").limit(most).select_related("actor")
    people = {row.facts[key] for row in found for key in ("expert", "person") if key in row.facts}
    names = {one.id: one.name for one in await Account.filter(id__in=people)}
    topics = await Topic.filter(brand_id=account.brand_id)
    subjects = {topic.id: topic.name(account.language) for topic in topics}
    return [_entry(row, names, subjects) for row in found]


def _entry(row: Audit, names: Mapping[int, str], subjects: Mapping[int, str]) -> View:
    told = {
        "expert_name": names.get(row.facts.get("expert", 0)),
        "person_name": names.get(row.facts.get("person", 0)),
        "topic_name": subjects.get(row.facts.get("topic", 0)),
    }
    return {
        "at": row.at,
        "actor": row.actor.name,
        "action": row.action,
        "chat": row.chat_id,
        "detail": {**row.facts, **told},
    }


async def about(brand: int, customer: int, chats: Sequence[int]) -> list[Audit]:
    """All rows about one customer: about their chats, or naming them."""
    named = await Audit.filter(brand_id=brand, chat_id=None, action__in=["erase", "export"]).order_by("id")
    of_chats = await Audit.filter(brand_id=brand, chat_id__in=list(chats)).order_by("id")
    mine = [row for row in named if row.facts.get("customer") == customer]
    return sorted([*of_chats, *mine], key=lambda row: row.id)
