"""Pages of a brand's staff about single customers: found, given out, erased, and how long they are kept."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from chatmarket.errors import TooMuch, Wrong
from chatmarket.flows import erasing, exporting, finding, proving
from chatmarket.flows.proving import ProveFirst
from chatmarket.models import Account, Brand, Role
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import language_of, page, words

Errors = dict[str, str]


@signed_in(Role.STAFF)
async def customers(request: Request, account: Account) -> Response:
    return await _customers(request, account)


async def _customers(
    request: Request, account: Account, errors: Errors | None = None, status: int = 200, **shown: Any
) -> Response:
    errors = errors or {}
    return page(
        request,
        "brand/customers",
        status=status,
        errors=errors,
        days=await _days(account),
        ask_password=proving.needed(house_of(request), request.state.login) or "password" in errors,
        **{
            "found": None,
            "filled": {},
            "meant": (),
            "saved": request.query_params.get("saved") == "retention",
            **shown,
        },
    )


@signed_in(Role.STAFF)
async def find(request: Request, account: Account) -> Response:
    """By POST, for what is looked for must be in no address and no log."""
    what = (await form(request)).get("what", "")
    errors: Errors = {}
    found, status = [], 200
    try:
        found = await finding.find(house_of(request), account, what)
    except (Wrong, TooMuch) as wrong:
        errors, status = {"what": words(wrong, language_of(request))}, wrong.status
    if len(found) == 1:
        return RedirectResponse(f"/customers/{found[0]}", 303)
    shown = None if errors else [await finding.customer_view(account, one) for one in found]
    return await _customers(
        request, account, errors, status, found=shown, filled={"what": what}, meant=finding.meant(what)
    )


async def _days(account: Account) -> int | None:
    return (await Brand.get(id=account.brand_id)).retention_days


@signed_in(Role.STAFF)
async def retain(request: Request, account: Account) -> Response:
    sent = await form(request)
    days = sent.get("days", "")
    try:
        await erasing.retain(house_of(request), request.state.login, days, sent.get("confirmed"), sent)
    except (Wrong, ProveFirst, TooMuch) as wrong:
        errors = {wrong.field or "days": words(wrong, language_of(request))}
        return await _customers(request, account, errors, wrong.status, filled={"days": days})
    return RedirectResponse("/customers?saved=retention", 303)


@signed_in(Role.STAFF)
async def customer(request: Request, account: Account) -> Response:
    return await _customer(request, account)


async def _customer(
    request: Request,
    account: Account,
    deed: str = "",
    errors: Errors | None = None,
    status: int = 200,
    reason: str = "",
) -> Response:
    shown = await finding.customer_view(account, request.path_params["customer"])
    return page(
        request,
        "brand/customer",
        status=status,
        customer=shown,
        erasure=await erasing.erasure(account.brand_id or 0, shown["id"]) if shown["erased"] else None,
        ask_password=proving.needed(house_of(request), request.state.login) or "password" in (errors or {}),
        deed=deed,
        reason=reason,
        errors=errors or {},
        days=await _days(account),
    )


@signed_in(Role.STAFF)
async def export(request: Request, account: Account) -> Response:
    sent, number = await form(request), request.path_params["customer"]
    try:
        told = await exporting.export_for(house_of(request), request.state.login, number, sent)
    except (Wrong, ProveFirst, TooMuch) as wrong:
        return await _refused(request, account, "export", wrong)
    as_file = {"Content-Disposition": f'attachment; filename="customer-{number}.json"', "Cache-Control": "no-store"}
    return JSONResponse(told, headers=as_file)


@signed_in(Role.STAFF)
async def erase(request: Request, account: Account) -> Response:
    sent, number = await form(request), request.path_params["customer"]
    try:
        await erasing.erase_for(house_of(request), request.state.login, number, sent.get("reason"), sent)
    except (Wrong, ProveFirst, TooMuch) as wrong:
        return await _refused(request, account, "erase", wrong, str(sent.get("reason", "")))
    return RedirectResponse(f"/customers/{number}", 303)


async def _refused(
    request: Request, account: Account, deed: str, wrong: Wrong | ProveFirst | TooMuch, reason: str = ""
) -> Response:
    errors = {wrong.field or ("reason" if deed == "erase" else "file"): words(wrong, language_of(request))}
    return await _customer(request, account, deed, errors, wrong.status, reason)
