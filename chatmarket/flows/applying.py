"""Somebody wants to answer for a brand: by its page or by an invitation, with a new account or the one they have."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from babel.core import get_global
from tortoise.exceptions import IntegrityError

from chatmarket import fields
from chatmarket.errors import N_, NotThere, TooLate, Wrong
from chatmarket.fields import Together
from chatmarket.flows import inviting, offering, recruiting
from chatmarket.house import House
from chatmarket.models import Account, Application, Brand, Expert, Invitation, Skill, Standing, Terms, Topic
from chatmarket.store import Conflict, after_commit, unit_of_work

BY_INVITATION = N_("This brand takes new experts by invitation only.")
TIME_ZONES = ["UTC", *sorted(zone for zone in get_global("zone_territories") if "/" in zone and zone[:4] != "Etc/")]


class AppliedBefore(TooLate):
    code = "applied_before"
    text = N_("You have applied here already. Your brands show how it stands.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to answer, for which brand; `terms` are those they accepted with it."""

    brand: Brand
    topics: list[int]
    languages: list[str]
    speaks: str  # the language of the pages they read
    time_zone: str | None = None
    terms: Terms | None = None
    invitation: int | None = None


async def wished(form: Mapping[str, Any], speaks: str, together: Together) -> Wish:
    """From the form that knows all brands: terms are read and accepted later, before the first claim.

    Raises Wrong for all that is wrong in this form, also for what `together` has found before.
    """
    brand: Brand | None = None
    with together.reading():
        brand = await _open_brand(form)
    wish = await _wish(brand, form, speaks, together) if brand is not None else None
    together.settle()
    assert wish is not None
    return wish


async def _open_brand(form: Mapping[str, Any]) -> Brand:
    brand = await Brand.get_or_none(slug=fields.text(form.get("brand"), "brand", most=40))
    if brand is None:
        raise Wrong(N_("Please choose one of the offered values."), code="bad_field", field="brand")
    if not brand.recruiting:
        raise Wrong(BY_INVITATION, code="by_invitation", field="brand")
    return brand


async def wished_here(
    brand: Brand, form: Mapping[str, Any], speaks: str, invitation: Invitation | None, together: Together | None = None
) -> Wish:
    """From the brand's own page: with a time zone, and with its terms accepted. Raises Wrong as above."""
    if not brand.recruiting and invitation is None:
        raise Wrong(BY_INVITATION, code="by_invitation", field="topics")
    together = together or Together()
    wish = await _wish(brand, form, speaks, together)
    with together.reading():
        wish = replace(wish, time_zone=fields.choice(form.get("time_zone"), "time_zone", TIME_ZONES))
    terms = await recruiting.latest_terms(brand.id)
    with together.reading():
        recruiting.read_version(terms, form)
    together.settle()
    return replace(wish, terms=terms, invitation=invitation.id if invitation else None)


async def _wish(brand: Brand, form: Mapping[str, Any], speaks: str, together: Together) -> Wish:
    languages: list[str] = []
    wanted: list[int] = []
    with together.reading():
        languages = fields.choices(form.get("languages"), "languages", brand.languages)
    with together.reading():
        wanted = fields.numbers(form.get("topics"), "topics")
        if await Topic.filter(brand_id=brand.id, id__in=wanted).count() != len(wanted):
            raise Wrong(N_("This brand has no such topic."), code="unknown_topic", field="topics")
    return Wish(brand, wanted, languages, speaks)


@unit_of_work
async def enter(account: Account, wish: Wish) -> None:
    """The applicant's place with the brand, in the transaction of their account; open admission certifies at once."""
    if wish.invitation is not None:
        await inviting.use(wish.invitation)
    await Application.create(
        expert_id=account.id,
        brand_id=wish.brand.id,
        languages=wish.languages,
        invitation_id=wish.invitation,
        at=datetime.now(UTC),
    )
    had = {row["topic_id"] for row in await Skill.filter(expert_id=account.id).values("topic_id")}
    certified = wish.brand.open_admission
    await Skill.bulk_create(
        [
            Skill(expert_id=account.id, topic_id=topic, certified=certified, languages=wish.languages)
            for topic in wish.topics
            if topic not in had
        ]
    )
    if not await Standing.exists(expert_id=account.id, brand_id=wish.brand.id):
        await Standing.create(expert_id=account.id, brand_id=wish.brand.id)
    if wish.time_zone:
        await Expert.filter(account_id=account.id).update(time_zone=wish.time_zone)
    if wish.terms is not None:
        await recruiting.accept(account, wish.terms, wish.speaks)


async def apply(house: House, account: Account, wish: Wish) -> None:
    """An expert of another brand applies here too. Raises AppliedBefore, InvitationOver."""
    house.sign_ups.take(house.seal("apply", str(account.id)))
    await _apply(house, account, wish)


@unit_of_work
async def _apply(house: House, account: Account, wish: Wish) -> None:
    expert = await Expert.filter(account_id=account.id).select_for_update().first()
    if expert is None:
        raise NotThere
    # What others certified was meant for the languages of then: a new one is nothing they have heard of.
    await Skill.filter(expert_id=account.id, languages=None).update(languages=expert.languages)
    both = [*expert.languages, *(code for code in wish.languages if code not in expert.languages)]
    await Expert.filter(account_id=account.id).update(languages=both)
    before = await Application.filter(expert_id=account.id, brand_id=wish.brand.id).select_for_update().first()
    if before is not None:
        await _widen(account, wish, before)
    else:
        try:
            await enter(account, wish)
        except IntegrityError:
            raise Conflict("applied twice at once") from None
    after_commit(lambda: offering.refresh(house, account.id))


async def _widen(account: Account, wish: Wish, before: Application) -> None:
    """Further topics or languages with a brand one has applied with. Raises AppliedBefore when nothing is new."""
    languages = [*before.languages, *(code for code in wish.languages if code not in before.languages)]
    had = {row["topic_id"] for row in await Skill.filter(expert_id=account.id).values("topic_id")}
    fresh = [topic for topic in wish.topics if topic not in had]
    if not fresh and languages == before.languages:
        raise AppliedBefore
    await Application.filter(id=before.id).update(languages=languages)
    own = Skill.filter(expert_id=account.id, topic__brand_id=wish.brand.id, certified=False)
    await Skill.filter(id__in=[skill.id for skill in await own]).update(languages=languages)
    certified = wish.brand.open_admission
    await Skill.bulk_create(
        [Skill(expert_id=account.id, topic_id=one, certified=certified, languages=languages) for one in fresh]
    )
    if wish.terms is not None:
        await recruiting.accept(account, wish.terms, wish.speaks)


async def applied(account: Account | None, brand: Brand) -> bool:
    return account is not None and await Application.exists(expert_id=account.id, brand_id=brand.id)
