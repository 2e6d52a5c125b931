"""Experts whose claims come sooner than a person reads, too often: shown to the brand's people, who look at each."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chatmarket.errors import NotThere
from chatmarket.flows import auditing, showing
from chatmarket.house import House
from chatmarket.models import Account, Reply, Standing
from chatmarket.store import rows, unit_of_work
from matching.claims import scripted

WITHIN = timedelta(days=30)
LATEST = 5  # prompt claims of one expert that are shown


async def suspects(account: Account) -> Sequence[showing.View]:
    """Of this person's brand: who claims like a script, since somebody last looked; the most prompt first."""
    counted = await rows(
        "SELECT r.expert_id, a.name, COUNT(*) AS claims, SUM(CASE WHEN r.prompt = ? THEN 1 ELSE 0 END) AS prompt, "
        "MAX(r.at) AS latest FROM reply r JOIN chat c ON c.id = r.chat_id JOIN account a ON a.id = r.expert_id "
        "LEFT JOIN standing s ON s.expert_id = r.expert_id AND s.brand_id = c.brand_id "
        "WHERE c.brand_id = ? AND r.what IN ('won', 'lost') AND r.at >= ? "
        "AND (s.claims_seen_at IS NULL OR r.at > s.claims_seen_at) GROUP BY r.expert_id, a.name",
        *(True, account.brand_id, datetime.now(UTC) - WITHIN),
    )
    found = [row for row in counted if scripted(row["prompt"], row["claims"])]
    found.sort(key=lambda row: (-row["prompt"] / row["claims"], row["expert_id"]))
    return [{**row, "times": await _times(account, row["expert_id"])} for row in found]


async def _times(account: Account, expert: int) -> list[datetime]:
    prompt = Reply.filter(expert_id=expert, chat__brand_id=account.brand_id, prompt=True).exclude(what="declined")
    return [row["at"] for row in await prompt.order_by("-at").limit(LATEST).values("at")]


@unit_of_work
async def looked_at(house: House, account: Account, expert: int) -> None:
    """Somebody of the brand has: only claims from now on are counted. Raises NotThere for who never claimed here."""
    assert account.brand_id is not None
    if not await Reply.filter(expert_id=expert, chat__brand_id=account.brand_id).exists():
        raise NotThere
    now = datetime.now(UTC)
    if not await Standing.filter(expert_id=expert, brand_id=account.brand_id).update(claims_seen_at=now):
        await Standing.create(expert_id=expert, brand_id=account.brand_id, claims_seen_at=now)
    await auditing.write_down(house, account.brand_id, account.id, "claims", facts={"expert": expert})
