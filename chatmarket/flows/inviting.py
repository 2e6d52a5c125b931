"""Invitations: a signed link that lets people apply for a while, made one by one or from a table of addresses."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import F, Q

from chatmarket import fields
from chatmarket.errors import N_, NotThere, TooLate, Wrong
from chatmarket.flows import auditing, recruiting
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Account, Brand, Invitation, Notice, Way
from chatmarket.store import unit_of_work

USUAL_DAYS, MOST_DAYS = 14, 90
MOST_USES = 500  # of one link: a whole forum
MOST_ROWS = 500  # of one table
MOST_TABLE = 60_000  # characters
MOST_SHOWN = 200
FORGET_AFTER = timedelta(days=30)  # whom a link was for is of no use to anybody so long after its end
HEADINGS = {
    **dict.fromkeys(("email", "e-mail", "mail", "address", "correo"), "email"),
    **dict.fromkeys(("name", "nombre"), "name"),
    **dict.fromkeys(("language", "idioma", "lang"), "language"),
}
COLUMNS = ("email", "name", "language")


class InvitationOver(TooLate):
    code = "invitation_over"
    text = N_("This invitation has ended, was used up or was taken back. Ask the brand for a new one.")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: whom to invite, or why not. `raw` is the line as it came."""

    line: int
    raw: str
    email: str = ""
    name: str = ""
    language: str = ""
    wrong: Wrong | None = None


async def invite(house: House, staff: Account, form: Mapping[str, Any]) -> None:
    """A link for whoever gets it, used as often and as long as staff say."""
    brand = await recruiting.brand_of(staff)
    note = fields.text(form.get("note") or "", "note", most=60, least=0)
    language = fields.choice(form.get("language"), "language", brand.languages)
    most = fields.number(form.get("most"), "most", most=MOST_USES)
    await _make(house, staff, brand, [Row(0, "", name=note, language=language)], most, _days(form))


def _days(form: Mapping[str, Any]) -> int:
    return fields.number(form.get("days"), "days", most=MOST_DAYS)


async def invite_all(house: House, staff: Account, read: Sequence[Row], form: Mapping[str, Any]) -> int:
    """One link, for one use, for each good row of a table; how many."""
    good = [row for row in read if row.wrong is None]
    await _make(house, staff, await recruiting.brand_of(staff), good, 1, _days(form))
    return len(good)


def leaves_by_mail(house: House) -> bool:
    """Whether invitations with an address are sent by us; else staff send the links themselves."""
    return house.outside.letters is not None


@unit_of_work
async def _make(house: House, staff: Account, brand: Brand, read: Sequence[Row], most: int, days: int) -> None:
    now = datetime.now(UTC)
    await Invitation.bulk_create(
        [
            Invitation(
                brand_id=brand.id,
                made_by_id=staff.id,
                note=row.name,
                email=row.email or None,
                language=row.language,
                most=most,
                made_at=now,
                ends_at=now + timedelta(days=days),
            )
            for row in read
        ]
    )
    if leaves_by_mail(house):
        await _post(brand, now)
    facts = {"links": len(read), "uses": most, "days": days}
    await auditing.write_down(house, brand.id, staff.id, "invite", facts=facts)


async def _post(brand: Brand, made_at: datetime) -> None:
    """Each link that has an address leaves by mail; the outbox does the rest."""
    made = Invitation.filter(brand_id=brand.id, made_at=made_at, email__not_isnull=True)
    unsent = await made.filter(notices__id__isnull=True).values_list("id", flat=True)
    await Notice.bulk_create(
        [
            Notice(
                brand_id=brand.id,
                kind="invitation",
                way=Way.MAIL,
                invitation_id=one,
                due_at=made_at,
                made_at=made_at,
            )
            for one in unsent
        ]
    )


@unit_of_work
async def revoke(house: House, staff: Account, invitation: int) -> None:
    """The link opens nothing from now on; who has used it stays."""
    own = Invitation.filter(id=invitation, brand_id=staff.brand_id)
    if await own.filter(revoked_at=None).update(revoked_at=datetime.now(UTC)):
        assert staff.brand_id is not None
        await auditing.write_down(house, staff.brand_id, staff.id, "revoke_invitation", facts={"link": invitation})
    elif not await own.exists():
        raise NotThere


async def opened(house: House, token: str) -> Invitation:
    """The invitation a link stands for, with its brand. Raises NotThere for a forged one, InvitationOver."""
    number = house.invitation_of(token)
    found = await Invitation.get_or_none(id=number).select_related("brand") if number else None
    if found is None:
        raise NotThere
    if state(found) != "open":
        raise InvitationOver
    return found


def state(one: Invitation) -> str:
    """open, used, ended or revoked."""
    if one.revoked_at is not None:
        return "revoked"
    if one.used >= one.most:
        return "used"
    return "open" if one.ends_at > datetime.now(UTC) else "ended"


@unit_of_work
async def use(invitation: int) -> None:
    """One use less; of two who take the last one at once, the second is told that it is over."""
    now = datetime.now(UTC)
    open_ = Invitation.filter(id=invitation, revoked_at=None, ends_at__gt=now, used__lt=F("most"))
    if not await open_.update(used=F("used") + 1):
        raise InvitationOver


async def listed(house: House, staff: Account) -> list[View]:
    """The brand's invitations with their links, the newest first."""
    kept = await Invitation.filter(brand_id=staff.brand_id).order_by("-id").limit(MOST_SHOWN).select_related("made_by")
    sent = Notice.filter(brand_id=staff.brand_id, invitation_id__in=[one.id for one in kept])
    posted = dict(await sent.values_list("invitation_id", "state"))
    return [
        {
            "posted": posted.get(one.id, ""),
            "id": one.id,
            "note": one.note,
            "email": one.email,
            "language": one.language,
            "used": one.used,
            "most": one.most,
            "made_by": one.made_by.name,
            "ends_at": one.ends_at,
            "state": state(one),
            "path": f"/join/{house.invitation_token(one.id)}",
        }
        for one in kept
    ]


async def forget() -> None:
    """Whom a link was for, long after it ended."""
    long_ago = datetime.now(UTC) - FORGET_AFTER
    over = Invitation.filter(Q(ends_at__lt=long_ago) | Q(revoked_at__lt=long_ago))
    await over.filter(Q(email__not_isnull=True) | ~Q(note="")).update(email=None, note="")


# -- a table of addresses ---------------------------------------------------------------------------------------------


async def read_table(staff: Account, text: Any) -> list[Row]:
    """The rows of a table with e-mail, name and language, each with what is wrong with it. Raises Wrong for the whole.

    Commas, semicolons and tabs are told apart by the first line; a line of headings is optional.
    """
    brand = await recruiting.brand_of(staff)
    lines = [line for line in fields.text(text, "table", most=MOST_TABLE).splitlines() if line.strip()]
    columns, first = _columns(lines[0])
    body = lines[1:] if first else lines
    if len(body) > MOST_ROWS:
        raise Wrong(
            N_("A table holds at most %(most)s people; yours has %(length)s."),
            code="too_long",
            field="table",
            most=MOST_ROWS,
            length=len(body),
        )
    open_ = await Invitation.filter(
        brand_id=brand.id, email__not_isnull=True, revoked_at=None, used=0, ends_at__gt=datetime.now(UTC)
    ).values_list("email", flat=True)
    seen = {str(email) for email in open_}
    read, here = [], set[str]()
    for number, line in enumerate(body, 2 if first else 1):
        row = _row(number, line, columns, brand, seen, here)
        here.add(row.email)
        read.append(row)
    return read


def _mark(line: str) -> str:
    return max(",;\t", key=line.count)


def _columns(line: str) -> tuple[tuple[str, ...], bool]:
    """The order of the columns, and whether the first line names them."""
    cells = [
        HEADINGS.get(cell.strip().strip('"').casefold(), "") for cell in line.removeprefix("\ufeff").split(_mark(line))
    ]
    return (tuple(cells), True) if "email" in cells else (COLUMNS, False)


def _row(number: int, line: str, columns: Sequence[str], brand: Brand, seen: set[str], here: set[str]) -> Row:
    try:
        cells = next(csv.reader([line], delimiter=_mark(line) if len(columns) > 1 else ","))
        found = dict(zip(columns, cells, strict=False))
        email = fields.email(found.get("email"), "email")
        name = fields.text(found.get("name") or "", "name", most=60, least=0)
        spoken = (found.get("language") or brand.language).strip().lower()
        language = fields.choice(spoken, "language", brand.languages)
        if email in here:
            raise Wrong(N_("This address stands in the table twice."), code="twice", field="email")
        if email in seen:
            raise Wrong(N_("There is an open invitation for this address."), code="invited", field="email")
    except csv.Error:
        unread = Wrong(N_("This line cannot be read."), code="bad_field", field="table")
        return Row(number, line, wrong=unread)
    except Wrong as wrong:
        told = _LANGUAGE if wrong.field == "language" else wrong
        return Row(number, line, wrong=told)
    return Row(number, line, email, name, language)


_LANGUAGE = Wrong(N_("The brand does not answer in this language; write it as en or es."), field="language")


def left_over(text: str, read: Sequence[Row]) -> str:
    """What remains of a table when its good rows are invited: the headings, and the rows to be mended."""
    wrong = [row.raw for row in read if row.wrong is not None]
    lines = [line for line in text.splitlines() if line.strip()]
    headed = bool(lines) and _columns(lines[0])[1]
    return "\n".join([lines[0], *wrong] if headed and wrong else wrong)
