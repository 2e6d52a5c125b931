"""A brand looks for experts: its page on or off, what that page says, and the terms that experts accept, by version."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket import fields
from chatmarket.errors import N_, NotThere, Wrong
from chatmarket.flows import auditing
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Acceptance, Account, Brand, Terms
from chatmarket.store import Conflict, rows, unit_of_work

MOST_WELCOME = 2000
MOST_TERMS = 20_000
MOST_VERSIONS = 20  # shown on one page, the newest first

OTHER_VERSION = N_("These terms have changed since you opened the page. Read the new ones, then accept them.")


async def brand_of(staff: Account) -> Brand:
    """The brand these people belong to."""
    return await Brand.get(id=staff.brand_id)


def texts(form: Mapping[str, Any], name: str, brand: Brand, *, most: int, least: int = 0) -> dict[str, str]:
    """`name-en`, `name-es` and so on as texts by language; the brand's own language comes first and counts for `least`.

    Raises Wrong with the field.
    """
    found = {}
    for language in brand.languages:
        field = f"{name}-{language}"
        least_here = least if language == brand.language else 0
        text = fields.text(form.get(field) or "", field, most=most, least=least_here)
        if text:
            found[language] = text.replace("\r\n", "\n")
    return found


async def present(house: House, staff: Account, form: Mapping[str, Any]) -> None:
    """Puts the brand's page for applicants up or takes it down, with what it says."""
    brand = await brand_of(staff)
    recruiting = fields.flag(form.get("recruiting"), "recruiting")
    await _present(house, staff, brand, recruiting, texts(form, "welcome", brand, most=MOST_WELCOME))


@unit_of_work
async def _present(house: House, staff: Account, brand: Brand, recruiting: bool, welcome: dict[str, str]) -> None:
    await Brand.filter(id=brand.id).update(recruiting=recruiting, welcome=welcome or None)
    if recruiting != brand.recruiting:
        await auditing.write_down(house, brand.id, staff.id, "recruit" if recruiting else "recruit_by_invitation")


async def publish_terms(house: House, staff: Account, form: Mapping[str, Any]) -> int:
    """A new version of the terms, to be accepted by everybody before their next claim; its number."""
    brand = await brand_of(staff)
    written = texts(form, "terms", brand, most=MOST_TERMS, least=1)
    if form.get("confirmed") != "yes":
        raise Wrong(N_("Please confirm that this is meant."), code="bad_field", field="confirmed")
    return await _publish_terms(house, staff, brand.id, written, fields.number(form.get("seen"), "seen", least=0))


@unit_of_work
async def _publish_terms(house: House, staff: Account, brand: int, written: dict[str, str], seen: int) -> int:
    latest = await latest_terms(brand)
    if latest is not None and latest.version != seen:
        raise Wrong(
            N_("Somebody published version %(version)s meanwhile. Nothing you typed is lost: compare, then publish."),
            code="outdated",
            field="terms",
            version=latest.version,
        )
    version = latest.version + 1 if latest else 1
    try:
        await Terms.create(brand_id=brand, version=version, texts=written, author_id=staff.id, at=datetime.now(UTC))
    except IntegrityError:
        raise Conflict("another version was the first") from None
    await auditing.write_down(house, brand, staff.id, "publish_terms", facts={"version": version})
    return version


async def latest_terms(brand: int) -> Terms | None:
    return await Terms.filter(brand_id=brand).order_by("-version").first()


async def versions(staff: Account) -> list[View]:
    """The terms of this brand so far, the newest first, with how many accepted each."""
    own = Terms.filter(brand_id=staff.brand_id).order_by("-version").limit(MOST_VERSIONS)
    return [
        {
            "version": terms.version,
            "texts": terms.texts,
            "author": terms.author.name,
            "at": terms.at,
            "accepted": await Acceptance.filter(terms_id=terms.id).count(),
        }
        for terms in await own.select_related("author")
    ]


async def owes_acceptance(expert: int, brand: int) -> bool:
    """Whether this expert has not accepted the brand's terms as they are now; one read, for each claim asks it."""
    return bool(
        await rows(
            "SELECT 1 AS owed FROM terms t WHERE t.brand_id = ? "
            "AND t.version = (SELECT max(version) FROM terms WHERE brand_id = ?) "
            "AND NOT EXISTS (SELECT 1 FROM acceptance a WHERE a.terms_id = t.id AND a.account_id = ?)",
            *(brand, brand, expert),
        )
    )


@unit_of_work
async def accept(account: Account, terms: Terms, language: str) -> None:
    """Notes that this account accepted these terms now; a second time it stays as it was."""
    if await Acceptance.exists(account_id=account.id, terms_id=terms.id):
        return
    try:
        await Acceptance.create(account_id=account.id, terms_id=terms.id, language=language, at=datetime.now(UTC))
    except IntegrityError:
        raise Conflict("accepted twice at once") from None


def read_version(terms: Terms | None, form: Mapping[str, Any]) -> None:
    """Raises Wrong unless the form accepts these very terms: what is not the newest is not what would be stored."""
    if terms is None:
        return
    if form.get("accept") != "yes":
        raise Wrong(N_("Only who accepts the terms can answer for this brand."), code="empty", field="accept")
    if form.get("terms") != str(terms.version):
        raise Wrong(OTHER_VERSION, code="outdated", field="accept")


async def accept_latest(account: Account, slug: str, form: Mapping[str, Any], language: str) -> None:
    """An expert accepts the terms that a brand of theirs has now."""
    brand = await Brand.get_or_none(slug=slug, standings__expert_id=account.id)
    terms = await latest_terms(brand.id) if brand else None
    if terms is None:
        raise NotThere
    read_version(terms, form)
    await accept(account, terms, language)
