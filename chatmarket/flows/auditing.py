"""Who looked at what, and who decided: the only place that writes audit rows, each linked to the one before it.

The head row of a brand is locked first, so that its rows come one after the other; two first writers meet in the
primary key, and the store tries the later one again. Where the rows of a transaction also lock chats, the audit comes
last: whoever waits for the head holds nothing that its holder needs.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Account, Audit, AuditHead, AuditLink, Topic
from chatmarket.privacy.chain import START, canonical, same
from chatmarket.store import Conflict, dialect, rows, unit_of_work

VOUCH = "vouch"  # a row that says which rows without a link were there before it
BROKEN = "broken"  # a row that says in what state the chain's end was found, before it was continued
SEAL, MOVED, NO_HEAD, NO_CHAIN = "seal", "moved", "no_head", "no_chain"  # the states
MACHINE = "machine"  # the role, and the address, of whoever acts by the clock or by a command
OWN_DOMAIN = "chatmarket.invalid"  # nobody signs up with an address of it
MACHINE_ADDRESS = f"{MACHINE}@{OWN_DOMAIN}"
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
    return int((await _add(house, head, actor, action, chat, dict(facts or {}))).id)


@unit_of_work
async def begin(house: House, brand: int) -> None:
    """Seals the empty chain of a brand that is just made, so that a brand without any end of a chain is a fault."""
    await _mark_end(house, brand, None)


@unit_of_work
async def vouch(house: House, brand: int, actor: int) -> int:
    """Vouches for rows that a process of the version before wrote without a link, and for a chain that was never begun;
    1 when there was anything, else 0. Only for the command, and for the migration that brought the chains: a row that
    came by vouching for itself would make every forged one good."""
    last = await _last_link(brand)
    unbegun = await _locked(brand) is None and last is None
    head = await _mark_end(house, brand, None) if unbegun else await hold(house, brand)
    return await _vouch(house, head, actor, always=unbegun or await _began_unmarked(brand))


async def _began_unmarked(brand: int) -> bool:
    """Whether the chain began by itself, where there was none, and nobody has vouched for that."""
    before = await vouches(brand)
    since = await Audit.filter(brand_id=brand, action=BROKEN, id__gt=before[-1].id if before else 0, link__seq__gt=0)
    return any(row.facts.get("state") == NO_CHAIN for row in since)


async def _locked(brand: int) -> AuditHead | None:
    return await AuditHead.filter(brand_id=brand).select_for_update().first()


async def hold(house: House, brand: int) -> AuditHead:
    """The end of the brand's chain, locked until the transaction is over.

    An end that was tampered with must not stop what people do, and must not be sealed anew as if nothing had been: the
    chain goes on from its last link with a row that says so, which `verify` tells of for ever.
    """
    head = await _locked(brand)
    last = await _last_link(brand)
    state = _state(house, head, last)
    if head is not None and state is None:
        return head
    found = head.seq if head is not None else None
    head = await _mark_end(house, brand, last, head)
    await _add(house, head, (await machine()).id, BROKEN, None, {"state": state, "head": found, "link": head.seq})
    return head


async def _last_link(brand: int) -> AuditLink | None:
    return await AuditLink.filter(brand_id=brand).order_by("-seq").first()


def _state(house: House, head: AuditHead | None, last: AuditLink | None) -> str | None:
    """What is wrong with the end of a chain; None when nothing is."""
    if head is None:
        return NO_HEAD if last else NO_CHAIN
    try:
        right = house.audit_keys.seal(head.key, head.brand_id, head.seq, head.digest)
    except KeyError:
        return SEAL
    if not same(right, head.seal):
        return SEAL
    seq, digest = (last.seq, last.digest) if last else (0, START)
    return None if head.seq == seq and same(head.digest, digest) else MOVED


async def _mark_end(house: House, brand: int, last: AuditLink | None, head: AuditHead | None = None) -> AuditHead:
    """The head at the last link; made if there is none."""
    keys = house.audit_keys
    seq, digest = (last.seq, last.digest) if last else (0, START)
    end: dict[str, Any] = {
        "seq": seq,
        "digest": digest,
        "key": keys.current,
        "seal": keys.seal(keys.current, brand, seq, digest),
    }
    if head is not None:
        return await head.update_from_dict(end)  # saved with the row that follows
    try:
        return await AuditHead.create(brand_id=brand, **end)
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


async def _vouch(house: House, head: AuditHead, actor: int, *, always: bool) -> int:
    """Adds a row about the unlinked rows since the last such row, if there are any, or `always`; how many it added."""
    if dialect() == "postgres":
        # A process of the version before may have taken a lower number and not yet committed: wait for it.
        await rows("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE")
    before = await vouches(head.brand_id)
    facts = await unlinked(head.brand_id, int(before[-1].facts["last"]) if before else 0)
    if facts["rows"] or always:
        await _add(house, head, actor, VOUCH, None, facts)
        return 1
    return 0


async def vouches(brand: int) -> list[Audit]:
    """The chained rows that vouch for others, the first first."""
    return await Audit.filter(brand_id=brand, action=VOUCH, link__seq__gt=0).order_by("id")


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


@unit_of_work
async def machine() -> Account:
    """The account that acts by the clock or by a command; nobody can sign in as it. Known by its role: an address can
    be anybody's who signed up before it was reserved."""
    kept = await Account.filter(role=MACHINE).order_by("id").first()
    if kept is not None:
        return kept
    taken = await Account.exists(email=MACHINE_ADDRESS)
    address = f"{MACHINE}-{secrets.token_hex(8)}@{OWN_DOMAIN}" if taken else MACHINE_ADDRESS
    try:
        return await Account.create(
            email=address,
            name="Chatmarket",
            password_hash="!",  # noqa: S106 - no password has this hash
            role=MACHINE,
            disabled_at=datetime.now(UTC),
        )
    except IntegrityError:
        raise Conflict("somebody else made it") from None


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
    naming = ["erase", "export", "lift_block"]
    named = await Audit.filter(brand_id=brand, chat_id=None, action__in=naming).order_by("id")
    of_chats = await Audit.filter(brand_id=brand, chat_id__in=list(chats)).order_by("id")
    mine = [row for row in named if row.facts.get("customer") == customer]
    return sorted([*of_chats, *mine], key=lambda row: row.id)
