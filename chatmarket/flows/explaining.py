"""Why a score is what it is: every movement of a standing, in figures that a page can put into plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chatmarket.flows.showing import View
from chatmarket.models import Movement, Rating, Topic
from matching import ratings, reputation
from matching.reputation import Reputation

PAGE = 20
FACTS = ("id", "what", "resolved", "left", "undone", "baseline", "mu_before", "mu_after", "topic_id", "chat_id", "at")
FROM_CHATS = ("rated", "came_back")


@dataclass(frozen=True, slots=True)
class History:
    """One page of movements, the newest first; `hidden` are not final yet, `older` is where the next page begins."""

    movements: Sequence[View]
    hidden: int = 0
    older: int | None = None


async def history(
    expert: int, brand: int, language: str, *, blind: bool, before: int | None = None, most: int = PAGE
) -> History:
    """What moved an expert's standing with a brand; `blind` as its expert sees it, who is told of no rating before it
    is final."""
    mine = Movement.filter(expert_id=expert, brand_id=brand).order_by("-id")
    found = await (mine.filter(id__lt=before) if before else mine).limit(most + 1).values(*FACTS)
    newer = mine.filter(id__gte=before, what__in=FROM_CHATS).limit(ratings.FINAL_AFTER) if before else None
    count = len(await newer.values("id")) if newer else 0
    shown = final(found[:most], datetime.now(UTC), count) if blind else found[:most]
    older = found[most - 1]["id"] if len(found) > most else None
    return History(await views(shown, brand, language, blind=blind), len(found[:most]) - len(shown), older)


def final(rows: Sequence[Mapping[str, Any]], now: datetime, newer: int = 0) -> list[Mapping[str, Any]]:
    """Those of `rows`, the newest first after so many `newer` ones, of which the expert may know; what people did is
    never hidden."""
    kept = []
    for row in rows:
        from_chat = row["what"] in FROM_CHATS
        if not from_chat or ratings.final(row["at"].timestamp(), now.timestamp(), newer):
            kept.append(row)
        newer += from_chat
    return kept


async def views(rows: Sequence[Mapping[str, Any]], brand: int, language: str, *, blind: bool) -> list[View]:
    """Movements as pages show them; without their chats for whoever is not to know whose they are."""
    names = {topic.id: topic.name(language) for topic in await Topic.filter(brand_id=brand)}
    chats = [row["chat_id"] for row in rows if row["what"] == "rated"]
    said = {one.chat_id: one for one in await Rating.filter(chat_id__in=chats)} if chats else {}
    return [_view(row, names, None if blind else said.get(row["chat_id"]), blind) for row in rows]


def _view(row: Mapping[str, Any], names: Mapping[int, str], said: Rating | None, blind: bool) -> View:
    usual = row["baseline"]
    return {
        "id": row["id"],
        "at": row["at"],
        "what": row["what"],
        "topic": names.get(row["topic_id"] or 0, ""),
        "resolved": row["resolved"],
        "left": row["left"],
        "undone": bool(row["undone"]),
        "counts": row["left"] is None and not row["undone"],
        "usual": None if usual is None else round(100 * usual),
        "before": _score(row["mu_before"]),
        "after": _score(row["mu_after"]),
        "chat": None if blind else row["chat_id"],
        "stars": said.stars if said else None,
        "blames": said.blames if said else None,
    }


def _score(mu: float) -> int:
    return round(reputation.score(Reputation(mu)))
