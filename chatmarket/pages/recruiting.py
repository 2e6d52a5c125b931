"""Pages of a brand's staff who look for experts: the page for applicants, the terms, and the invitations."""

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.errors import N_, Wrong
from chatmarket.flows import inviting, recruiting
from chatmarket.models import Account, Role
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import language_of, page, translate, words

SAVED = N_("Saved.")
PUBLISHED = N_("Published. Your experts are asked to accept it before their next claim.")
Told = dict[str, str] | None


def _wrong(request: Request, wrong: Wrong) -> dict[str, str]:
    return {wrong.field or "": words(wrong, language_of(request))}


def _note(request: Request, text: str, **values: object) -> dict[str, str]:
    return {"kind": "ok", "text": translate(text, language_of(request), values or None)}


@signed_in(Role.STAFF)
async def recruiting_page(request: Request, account: Account) -> Response:
    return await _recruiting(request, account)


async def _recruiting(
    request: Request,
    account: Account,
    filled: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    flash: Told = None,
) -> Response:
    brand = await recruiting.brand_of(account)
    versions = await recruiting.versions(account)
    kept: dict[str, Any] = {"recruiting": "yes" if brand.recruiting else "no"}
    for code in brand.languages:
        kept[f"welcome-{code}"] = (brand.welcome or {}).get(code, "")
        kept[f"terms-{code}"] = versions[0]["texts"].get(code, "") if versions else ""
    return page(
        request,
        "brand/recruiting",
        brand={"name": brand.name, "slug": brand.slug, "languages": brand.languages, "language": brand.language},
        address=_address(request, f"/b/{brand.slug}/join"),
        versions=versions,
        form={**kept, **(filled or {})},
        errors=errors or {},
        flash=flash,
        status=422 if errors else 200,
    )


def _address(request: Request, path: str) -> str:
    """As people outside reach it."""
    base = house_of(request).settings.public_url or str(request.base_url)
    return base.rstrip("/") + path


@signed_in(Role.STAFF)
async def present(request: Request, account: Account) -> Response:
    sent = await form(request)
    try:
        await recruiting.present(house_of(request), account, sent)
    except Wrong as wrong:
        return await _recruiting(request, account, _typed(sent), _wrong(request, wrong))
    return await _recruiting(request, account, flash=_note(request, SAVED))


def _typed(sent: FormData) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if isinstance(value, str)}


@signed_in(Role.STAFF)
async def publish_terms(request: Request, account: Account) -> Response:
    sent = await form(request)
    try:
        await recruiting.publish_terms(house_of(request), account, sent)
    except Wrong as wrong:
        return await _recruiting(request, account, _typed(sent), _wrong(request, wrong))
    return await _recruiting(request, account, flash=_note(request, PUBLISHED))


@signed_in(Role.STAFF)
async def invitations(request: Request, account: Account) -> Response:
    return await _invitations(request, account)


async def _invitations(
    request: Request,
    account: Account,
    filled: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    flash: Told = None,
    rows: Sequence[inviting.Row] | None = None,
) -> Response:
    brand = await recruiting.brand_of(account)
    language = language_of(request)
    usual = {"note": "", "most": "1", "days": str(inviting.USUAL_DAYS), "language": brand.language, "table": ""}
    links = await inviting.listed(house_of(request), account)
    return page(
        request,
        "brand/invitations",
        brand={"name": brand.name, "languages": brand.languages},
        links=[{**link, "address": _address(request, link["path"])} for link in links],
        rows=None if rows is None else [_row_view(row, language) for row in rows],
        by_mail=inviting.leaves_by_mail(house_of(request)),
        form={**usual, **(filled or {})},
        errors=errors or {},
        flash=flash,
        status=422 if errors else 200,
    )


def _row_view(row: inviting.Row, language: str) -> dict[str, Any]:
    wrong = words(row.wrong, language) if row.wrong else ""
    return {"line": row.line, "raw": row.raw, "email": row.email, "name": row.name, "wrong": wrong, "in": row.language}


@signed_in(Role.STAFF)
async def invite(request: Request, account: Account) -> Response:
    sent = await form(request)
    try:
        await inviting.invite(house_of(request), account, sent)
    except Wrong as wrong:
        return await _invitations(request, account, _typed(sent), _wrong(request, wrong))
    return RedirectResponse("/recruiting/invitations", 303)


@signed_in(Role.STAFF)
async def invite_table(request: Request, account: Account) -> Response:
    """Reads the table and shows it; invites whoever stands in its good rows once that is pressed."""
    sent = await form(request, files=1)
    typed = _typed(sent)
    typed["table"] = await _file(sent) or typed.get("table", "")
    try:
        rows = await inviting.read_table(account, typed["table"])
        if sent.get("do") != "invite":
            return await _invitations(request, account, typed, rows=rows)
        made = await inviting.invite_all(house_of(request), account, rows, sent)
    except Wrong as wrong:
        return await _invitations(request, account, typed, _wrong(request, wrong))
    left = inviting.left_over(typed["table"], rows)
    flash = _note(request, N_("%(num)s links made. What could not be read is left below."), num=made)
    return await _invitations(
        request, account, {"table": left}, flash=flash, rows=[row for row in rows if row.wrong] or None
    )


async def _file(sent: FormData) -> str:
    """The uploaded table as text: UTF-8, else as spreadsheets of Western Europe write it."""
    upload = sent.get("file")
    raw = await upload.read() if isinstance(upload, UploadFile) else b""
    await sent.close()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


@signed_in(Role.STAFF)
async def revoke(request: Request, account: Account) -> Response:
    await form(request)
    await inviting.revoke(house_of(request), account, request.path_params["invitation"])
    return RedirectResponse("/recruiting/invitations", 303)
