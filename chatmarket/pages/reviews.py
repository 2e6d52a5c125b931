"""Pages of a brand's people: what they should look at and decide, and whom they keep out."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.errors import Problem, TooLate, Wrong
from chatmarket.flows import admitting, barring, reviewing
from chatmarket.flows.barring import BlockedBefore, OnlyStaff
from chatmarket.models import Account, Role
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import language_of, page, words

BLANK = {"expert": "", "chat": "", "days": "", "reason": "", "sent": ""}  # `sent`: which of the two forms


@signed_in(Role.MODERATOR, Role.STAFF)
async def queue(request: Request, account: Account) -> Response:
    asked = request.query_params.get("show", "")
    shown = asked if asked in reviewing.SHOWN else reviewing.SHOWN[0]
    found = await reviewing.queue(account, shown, language_of(request))
    return page(request, "moderator/reviews", reviews=found, shown=shown)


@signed_in(Role.MODERATOR, Role.STAFF)
async def review(request: Request, account: Account) -> Response:
    return await _review(request, account)


async def _review(
    request: Request, account: Account, errors: dict[str, str] | None = None, note: str = "", status: int = 200
) -> Response:
    told = await reviewing.whole(account, request.path_params["review"], language_of(request))
    return page(request, "moderator/review", review=told, errors=errors or {}, note=note, status=status)


@signed_in(Role.MODERATOR, Role.STAFF)
async def decide(request: Request, account: Account) -> Response:
    sent, number = await form(request), request.path_params["review"]
    try:
        await reviewing.decide(house_of(request), account, number, sent.get("what"), sent.get("note"))
    except (Wrong, OnlyStaff, TooLate) as problem:
        errors = _named(problem, "note", request)
        return await _review(request, account, errors, str(sent.get("note") or ""), problem.status)
    return RedirectResponse(f"/reviews/{number}", 303)


@signed_in(Role.MODERATOR, Role.STAFF)
async def blocks(request: Request, account: Account) -> Response:
    chosen = {name: request.query_params.get(name, "")[:12] for name in ("expert", "chat")}
    return await _blocks(request, account, {**BLANK, **chosen})


async def _blocks(
    request: Request, account: Account, filled: dict[str, str], errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    return page(
        request,
        "moderator/blocks",
        blocks=await barring.blocks_of(account),
        experts=[{"id": one["id"], "name": one["name"]} for one in await _experts(request, account)],
        days=barring.DAYS,
        filled=filled,
        errors=errors or {},
        status=status,
    )


async def _experts(request: Request, account: Account) -> list[dict[str, Any]]:
    return await admitting.experts_of(house_of(request), account)


@signed_in(Role.MODERATOR, Role.STAFF)
async def block(request: Request, account: Account) -> Response:
    sent = await form(request)
    try:
        await barring.block(house_of(request), account, sent)
    except (Wrong, OnlyStaff, BlockedBefore) as problem:
        filled = {name: str(sent.get(name) or "")[: barring.MOST_REASON] for name in BLANK}
        filled["sent"] = "customer" if "chat" in sent else "expert"
        field = "expert" if isinstance(problem, BlockedBefore) else "days"
        return await _blocks(request, account, filled, _named(problem, field, request), problem.status)
    return RedirectResponse("/blocks", 303)


@signed_in(Role.MODERATOR, Role.STAFF)
async def lift(request: Request, account: Account) -> Response:
    sent = await form(request)
    try:
        await barring.lift(house_of(request), account, request.path_params["block"], sent.get("reason"))
    except (Wrong, OnlyStaff) as problem:
        errors = {f"lift-{request.path_params['block']}": words(problem, language_of(request))}
        return await _blocks(request, account, BLANK, errors, problem.status)
    return RedirectResponse("/blocks", 303)


def _named(problem: Problem, field: str, request: Request) -> dict[str, str]:
    return {problem.field or field: words(problem, language_of(request))}
