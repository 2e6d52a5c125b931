"""What a question is about, before it is asked: topics are proposed from its masked text, and the customer decides.

Nothing of the text is kept or logged for a proposal. Where nobody is there to confirm one, as in the JSON API, the
likeliest topic it is; what is out of scope goes to the brand's own people either way.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, Problem, TooMuch, Wrong
from chatmarket.flows import vaulting
from chatmarket.house import House
from chatmarket.learnt import Learnt, Proposal, unpacked
from chatmarket.models import Brand, RoutedBy, Topic
from chatmarket.privacy.dialogue import Dialogue
from chatmarket.privacy.ledger import given_kind
from chatmarket.privacy.masking import Known, Wallet, mask
from chatmarket.privacy.segments import Kind, Segment, from_json, plain
from chatmarket.store import rows
from matching import margins
from matching.topics import Ranker

logger = logging.getLogger(__name__)

OWN_PEOPLE = "brand"  # what a form sends in place of a topic's number


class Unconfirmed(Problem):
    """No topic was chosen: the one proposed is shown first."""

    code = "topic_unconfirmed"
    text = N_("Please look at the topic we suggest, then ask.")

    def __init__(self, proposal: Proposal) -> None:
        super().__init__(field="topic")
        self.proposal = proposal


@dataclass(frozen=True, slots=True)
class Route:
    """Where a question goes, and who said so."""

    topic: Topic
    by: RoutedBy


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on its way, with what the customer gave beforehand."""

    language: str
    question: str
    known: Iterable[tuple[Kind, str]]


async def route(house: House, brand: Brand, chosen: Any, asked: Asked, *, confirm: bool) -> Route:
    """By the customer's choice; without one by the text, or by nobody yet: then `confirm` raises Unconfirmed."""
    if chosen not in (None, "", OWN_PEOPLE):
        return Route(await _topic(brand, fields.number(chosen, "topic")), RoutedBy.CUSTOMER)
    proposal = await propose(house, brand, asked)
    if proposal is None:
        raise Wrong(N_("Please choose one of the offered values."), code="bad_field", field="topic")
    if not chosen and confirm:
        raise Unconfirmed(proposal)
    by = RoutedBy.TEXT if proposal.in_scope and not chosen else RoutedBy.BRAND
    return Route(await _nearest(brand, proposal), by)


async def _topic(brand: Brand, number: int) -> Topic:
    topic = await Topic.get_or_none(id=number, brand_id=brand.id)
    if topic is None:
        raise Wrong(N_("Please choose one of the offered values."), code="bad_field", field="topic")
    return topic


async def _nearest(brand: Brand, proposal: Proposal) -> Topic:
    if proposal.topics:
        return await _topic(brand, proposal.topics[0])
    return await Topic.filter(brand_id=brand.id).order_by("position", "id").first() or await _topic(brand, 0)


async def suggested(house: House, brand: Brand, form: Mapping[str, Any], origin: str) -> Proposal | None:
    """A proposal while somebody fills in the form; none when there is nothing to go by, or when too many are wanted."""
    question, language = str(form.get("question") or "").strip(), str(form.get("language"))
    if not question or len(question) > house.settings.message_chars or language not in brand.languages:
        return None
    known = [(kind, str(form[kind]).strip()) for kind in (Kind.NAME, Kind.EMAIL) if str(form.get(kind) or "").strip()]
    try:
        house.proposals.take(house.seal("proposals", origin))
    except TooMuch:
        return None
    return await propose(house, brand, Asked(language, question, known))


async def propose(house: House, brand: Brand, asked: Asked) -> Proposal | None:
    """What the brand's examples say of a question; None where there are none, or it cannot be masked."""
    learnt = await _learnt(house, brand.id, asked.language)
    text = _masked(brand, asked) if learnt else None
    return learnt.proposal(text) if learnt is not None and text is not None else None


def _masked(brand: Brand, asked: Asked) -> str | None:
    try:
        dialogue = Dialogue("customer", asked.language, (), vaulting.rules_of_brand(brand))
        return bare(mask(asked.question, Wallet(tuple(numbered(asked.known))), dialogue).segments)
    except Exception as error:  # the trace could carry the text itself
        logger.warning("proposal withheld", extra={"why": type(error).__name__})
        return None


def numbered(known: Iterable[tuple[Kind, str]]) -> list[Known]:
    """Values given beforehand, numbered by kind; each once."""
    counts: Counter[Kind] = Counter()
    found = []
    for kind, value in dict.fromkeys((given_kind(kind, value), value) for kind, value in known):
        counts[kind] += 1
        found.append(Known(kind, counts[kind], value, given=True))
    return found


def bare(segments: Iterable[Segment]) -> str:
    """What is said without its tokens: what proposals are made from, and what is learnt."""
    return " ".join(plain(segments, lambda token: " ").split())


def bare_question(question: Any) -> str:
    """As `bare`, of a chat's question as its row holds it."""
    return bare(from_json(question))


async def proposes(brand: int) -> bool:
    """Whether the brand has taught anything in any language."""
    return bool(await rows("SELECT 1 AS yes FROM lesson WHERE brand_id = ? AND learnt > 0 LIMIT 1", brand))


async def _learnt(house: House, brand: int, language: str) -> Learnt | None:
    """The newest lesson. It is read and made ready once in each process; meanwhile the former one answers."""
    found = await rows(
        "SELECT learnt, margins_learnt FROM lesson WHERE brand_id = ? AND language = ? AND examples > 0",
        brand,
        language,
    )
    if not found:
        return None
    kept: Learnt | None = house.lessons.get((brand, language))
    if kept is not None and (kept.stamp == tuple(found[0].values()) or house.reading_lessons.locked()):
        return kept
    async with house.reading_lessons:
        kept = house.lessons.get((brand, language))
        if kept is None or kept.stamp != tuple(found[0].values()):
            kept = await _read(brand, language)
            if kept is not None:
                house.lessons.put((brand, language), kept)
        return kept


async def _read(brand: int, language: str) -> Learnt | None:
    found = await rows(
        "SELECT learnt, margins_learnt, threshold, counts, margins FROM lesson WHERE brand_id = ? AND language = ?",
        brand,
        language,
    )
    # In a thread: the largest take some tenths of a second, and chats go on meanwhile.
    return await asyncio.to_thread(_ready, found[0]) if found and found[0]["counts"] else None


def _ready(row: Mapping[str, Any]) -> Learnt:
    stamp = (row["learnt"], row["margins_learnt"])
    fitted = margins.unpacked(row["margins"]) if row["margins"] else None
    return Learnt(stamp, Ranker(unpacked(row["counts"])), fitted, row["threshold"])
