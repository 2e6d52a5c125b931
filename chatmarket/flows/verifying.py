"""Whether the audit is as it was written: its chains are walked, and every fault is told with the row it is about."""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chatmarket.flows import auditing, guarding
from chatmarket.flows.auditing import BROKEN, NO_CHAIN, VOUCH
from chatmarket.models import Audit, AuditHead, AuditLink, Brand
from chatmarket.privacy.chain import START, AuditKeys, same

AT_A_TIME = 1000
MOST_NAMED = 20  # rows outside the chain that are named one by one
_NOTHING = "there is no chain: it was deleted, or never begun (`chatmarket audit vouch`, if you know why)"
_STATES = {  # as found by whoever wrote the next row, and told ever after
    auditing.SEAL: "was written behind a head that was not made with a key of AUDIT_KEYS: rows may be gone before it",
    auditing.MOVED: "was written behind a head that did not stand at the last row: rows may be gone before it",
    auditing.NO_HEAD: "was written where the head was deleted: rows may be gone before it",
    NO_CHAIN: "began a chain where there was none: rows may be gone before it (`chatmarket audit vouch`, "
    "if you know why)",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written. `row` is an audit row's number, None where it is gone."""

    brand: str
    row: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.brand}: {f'row {self.row} ' if self.row else ''}{self.text}"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a brand's chain ended at a moment; kept where nobody who writes to the database can write."""

    brand: int
    seq: int
    digest: str
    key: str
    seal: str
    at: str

    def line(self) -> str:
        return json.dumps({name: getattr(self, name) for name in self.__slots__})


async def anchors() -> list[Anchor]:
    """Where all chains end now."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return [
        Anchor(head.brand_id, head.seq, head.digest.hex(), head.key, head.seal.hex(), now)
        for head in await AuditHead.all().order_by("brand_id")
    ]


def read_anchor(line: str) -> Anchor:
    """Raises ValueError for a line that is no anchor."""
    try:
        return Anchor(**json.loads(line))
    except TypeError:
        raise ValueError("not an anchor") from None


async def faults(keys: AuditKeys, given: Iterable[Anchor] = ()) -> AsyncIterator[Fault]:
    """All faults of the triggers that guard the rows, of all brands' chains, and of what the anchors say of them."""
    for open_door in await guarding.faults():
        yield Fault("database", None, open_door)
    brands = {brand.id: brand.slug for brand in await Brand.all().order_by("id")}
    for brand, slug in brands.items():
        async for fault in _Walk(keys, brand, slug).faults():
            yield fault
    for anchor in given:
        broken = await _held(keys, anchor, brands.get(anchor.brand, f"brand {anchor.brand}"))
        if broken is not None:
            yield broken


async def vouched() -> list[str]:
    """What is not chained, and good only on somebody's word: told whenever the audit is verified."""
    told: list[str] = []
    for brand in await Brand.all().order_by("id"):
        for row in await auditing.vouches(brand.id):
            count, after, last = (row.facts.get(name) for name in ("rows", "after", "last"))
            of = "1 row" if count == 1 else f"{count} rows"
            what = f"{of} numbered {after} to {last}, outside the chain," if count else "a chain begun anew"
            told.append(f"{brand.slug}: vouched for by row {row.id}, {row.at:%Y-%m-%d %H:%M}: {what} not proved")
    return told


async def _held(keys: AuditKeys, anchor: Anchor, slug: str) -> Fault | None:
    try:
        right = keys.seal(anchor.key, anchor.brand, anchor.seq, bytes.fromhex(anchor.digest))
        ours = same(right, bytes.fromhex(anchor.seal))
    except (KeyError, ValueError, TypeError):
        ours = False
    if not ours:
        return Fault(slug, None, f"the anchor of {anchor.at} was not made with a key of AUDIT_KEYS")
    if anchor.seq == 0:
        return None
    link = await AuditLink.get_or_none(brand_id=anchor.brand, seq=anchor.seq)
    if link is None:
        return Fault(slug, None, f"the chain reached place {anchor.seq} at {anchor.at}; that place is gone")
    if not same(link.digest, bytes.fromhex(anchor.digest)):
        return Fault(slug, link.audit_id, f"at place {anchor.seq} is not what stood there at {anchor.at}")
    return None


class _Walk:
    """One brand's chain, from its first row to its head."""

    def __init__(self, keys: AuditKeys, brand: int, slug: str) -> None:
        self._keys, self._brand, self._slug = keys, brand, slug
        self._seq, self._digest, self._gap = 0, START, False
        self._vouched: list[dict[str, Any]] = []
        self._unmarked: list[int] = []  # rows before which there was no chain, and nobody has vouched since

    def _fault(self, row: int | None, text: str) -> Fault:
        return Fault(self._slug, row, text)

    async def faults(self) -> AsyncIterator[Fault]:
        while True:
            head = await AuditHead.get_or_none(brand_id=self._brand)
            async for fault in self._links():
                yield fault
            # Somebody may have written meanwhile: the end counts once nobody has.
            again = await AuditHead.get_or_none(brand_id=self._brand)
            if (head and head.seq) == (again and again.seq):
                break
        for fault in self._end(head):
            yield fault
        for row in self._unmarked:
            yield self._fault(row, _STATES[NO_CHAIN])
        async for fault in self._without_link():
            yield fault

    async def _links(self) -> AsyncIterator[Fault]:
        found = AuditLink.filter(brand_id=self._brand).order_by("seq").limit(AT_A_TIME)
        while links := await found.filter(seq__gt=self._seq):
            rows = {row.id: row for row in await Audit.filter(id__in=[link.audit_id for link in links])}
            for link in links:
                for fault in self._step(link, rows.get(link.audit_id)):
                    yield fault

    def _step(self, link: AuditLink, row: Audit | None) -> list[Fault]:
        found = self._missing(link)
        if row is None:
            found.append(self._fault(link.audit_id, "was deleted"))
        elif not self._gap:
            # Beyond a gap nobody can say what came before this one; the next one can be judged again.
            found += self._judged(link, row)
        if row is not None and not found:
            found += self._said(row)
        self._seq, self._digest, self._gap = link.seq, link.digest, False
        return found

    def _said(self, row: Audit) -> list[Fault]:
        """What a row says of the chain itself; only one whose digest fits is believed."""
        if row.action == VOUCH:
            self._vouched.append(row.facts)
            self._unmarked.clear()
        elif row.action == BROKEN and row.facts["state"] == NO_CHAIN:
            self._unmarked.append(row.id)
        elif row.action == BROKEN:
            return [self._fault(row.id, _STATES[row.facts["state"]])]
        return []

    def _missing(self, link: AuditLink) -> list[Fault]:
        if link.seq == self._seq + 1:
            return []
        self._gap = True
        many = link.seq > self._seq + 2
        what = f"rows at places {self._seq + 1} to {link.seq - 1} were" if many else f"row at place {link.seq - 1} was"
        return [self._fault(None, f"the {what} taken away, before row {link.audit_id}")]

    def _judged(self, link: AuditLink, row: Audit) -> list[Fault]:
        try:
            right = self._keys.digest(link.key, auditing.content(row, link.seq), self._digest)
        except KeyError:
            return [self._fault(row.id, f"was chained with the key {link.key!r}, which is not in AUDIT_KEYS")]
        if same(right, link.digest):
            return []
        return [self._fault(row.id, f"(place {link.seq}) was changed, put there, or moved: its digest does not fit")]

    def _end(self, head: AuditHead | None) -> list[Fault]:
        if head is None:
            what = "the end of the chain is not marked: its head was deleted" if self._seq else _NOTHING
            return [self._fault(None, what)]
        try:
            seal = self._keys.seal(head.key, self._brand, head.seq, head.digest)
        except KeyError:
            seal = b""
        if not same(seal, head.seal):
            return [self._fault(None, "the head of the chain was not made with a key of AUDIT_KEYS")]
        if head.seq > self._seq:
            cut = head.seq - self._seq
            last = "the last row was" if cut == 1 else f"the last {cut} rows were"
            return [self._fault(None, f"{last} cut off, after place {self._seq}")]
        if head.seq < self._seq or not same(head.digest, self._digest):
            return [self._fault(None, f"the chain was continued or changed behind its head at place {head.seq}")]
        return []

    async def _without_link(self) -> AsyncIterator[Fault]:
        """Rows of before there were chains are covered by a digest in a chained row; nothing else may be unlinked."""
        last = 0
        for facts in self._vouched:
            last = facts["last"]
            if await auditing.unlinked(self._brand, facts["after"], last) != facts:
                yield self._fault(None, f"rows up to {last}, from before the chain, were changed or taken away")
        strays = Audit.filter(brand_id=self._brand, link__seq__isnull=True, id__gt=last).order_by("id")
        for row in await strays.limit(MOST_NAMED):
            yield self._fault(row.id, "was written outside the chain (`chatmarket audit vouch`, if you know why)")
