"""Who claims sooner than a person reads, too often, is shown to the brand's people, who look and say so."""

from datetime import UTC, datetime, timedelta

from chatmarket.models import Audit, Chat, Reply
from tests.cast import Cast, Person, Shop
from tests.stories.browsing import browser


async def _claims(cast: Cast, shop: Shop, expert: Person, prompt: int, others: int, days: float = 1.0) -> None:
    """So many claims of theirs are written down."""
    asked = await cast.customer(shop)
    kept = await Chat.get(id=asked.chat)
    for n in range(prompt + others):
        kept.id, kept._saved_in_db, kept.status = None, False, "ended"
        await kept.save()
        at = datetime.now(UTC) - timedelta(days=days, seconds=n)
        await Reply.create(chat_id=kept.id, expert_id=expert.id, what="won", prompt=n < prompt, at=at)


async def test_the_experts_are_listed_with_counts_until_somebody_has_looked(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    script, ida, few = [await cast.expert(shop, name=name) for name in ("Rob", "Ida", "Few")]
    await _claims(cast, shop, script, 5, 7)
    await _claims(cast, shop, ida, 2, 10)
    await _claims(cast, shop, few, 4, 0)
    mo, stranger = await cast.moderator(shop), await cast.moderator(other)
    async with browser(cast.here, email=mo.email) as page, browser(cast.here, email=stranger.email) as theirs:
        told = (await page.open("/claims")).text
        assert "Rob" in told and "Ida" not in told and "Few" not in told
        assert f'href="/experts/{script.id}"' in told and ">12<" in told and ">5<" in told
        assert 'href="/claims"' in (await page.open("/reviews")).text
        assert "Rob" not in (await theirs.open("/claims")).text
        assert (await theirs.post(f"/claims/{script.id}/seen")).status_code == 404
        assert "Rob" in (await page.open("/claims")).text
        assert (await page.post(f"/claims/{script.id}/seen")).headers["location"] == "/claims?seen"
        assert "look like those of a program" in (await page.open("/claims?seen")).text
        assert await Audit.filter(brand_id=shop.id, action="claims", actor_id=mo.id).count() == 1
        await Reply.filter(expert_id=script.id).update(at=datetime.now(UTC) + timedelta(seconds=5))
        assert "Rob" in (await page.open("/claims")).text, "from now on they are counted anew"


async def test_old_claims_are_not_held_against_anybody(cast: Cast) -> None:
    shop = await cast.brand()
    script, mo = await cast.expert(shop, name="Rob"), await cast.moderator(shop, role="staff")
    await _claims(cast, shop, script, 12, 0, days=31.0)
    async with browser(cast.here, email=mo.email) as page:
        assert "Rob" not in (await page.open("/claims")).text
