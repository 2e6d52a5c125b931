"""Pages of a brand's people about its experts' standings: the cases that wait for them, and each expert's history."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.errors import N_, NotAllowed, Problem, TooLate, Wrong
from chatmarket.flows import admitting, casing, deciding, explaining, rating
from chatmarket.models import Account, Role
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import language_of, page, words


@signed_in(Role.MODERATOR, Role.STAFF)
async def cases(request: Request, account: Account) -> Response:
    decided = request.query_params.get("show") == "decided"
    return page(
        request,
        "moderator/cases",
        cases=await casing.queue(account, decided),
        decided=decided,
    )


@signed_in(Role.MODERATOR, Role.STAFF)
async def case(request: Request, account: Account) -> Response:
    return await _case(request, account)


async def _case(
    request: Request, account: Account, problem: Problem | None = None, filled: dict[str, str] | None = None
) -> Response:
    language = language_of(request)
    found = await casing.of_brand(account, request.path_params["case"])
    told = words(problem, language) if problem else None
    field = problem.field if isinstance(problem, Wrong) else None
    return page(
        request,
        "moderator/case",
        case=await casing.whole(found, language, blind=False),
        expert={"id": found.expert_id, "name": found.expert.name},
        ways_back=await deciding.ways_back(found),
        filled=filled or {},
        errors={field: told} if field else {},
        flash={"kind": "error", "text": told} if told and not field else None,
        status=problem.status if problem else 200,
    )


@signed_in(Role.MODERATOR, Role.STAFF)
async def decide(request: Request, account: Account) -> Response:
    sent = await form(request)
    number = request.path_params["case"]
    try:
        if sent.get("read") != "yes":
            raise Wrong(N_("Please tick that you have read it: a decision is not taken back."), field="read")
        await deciding.decide(house_of(request), account, number, sent)
    except (Wrong, TooLate, NotAllowed) as problem:
        return await _case(request, account, problem, {name: str(sent.get(name) or "") for name in ("what", "reason")})
    return RedirectResponse(f"/cases/{number}", 303)


@signed_in(Role.MODERATOR, Role.STAFF)
async def expert(request: Request, account: Account) -> Response:
    """What the expert reads of their standing with this brand, and whose ratings those were."""
    language, number = language_of(request), request.path_params["expert"]
    view, kept = await admitting.expert_of(account, number, language)
    standings = await rating.standing_views(house_of(request), [kept])
    told: dict[str, Any] = {"expert": view, "standing": standings[number][0]}
    history = await explaining.history(number, kept.brand_id, language, blind=False, before=before(request))
    return page(request, "brand/expert", history=history, cases=await casing.cases_of(number, kept.brand_id), **told)


def before(request: Request) -> int | None:
    """Where an older page of a history begins."""
    asked = request.query_params.get("before", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else None
