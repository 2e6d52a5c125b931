"""Pages of the expert's standing: what moved the score, and the case of a pause, which they answer and may appeal."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.errors import NotThere, Problem, TooLate, Wrong
from chatmarket.flows import (
    admitting,
    casing,
    deciding,
    declining,
    excluding,
    explaining,
    paying,
    rating,
    requalifying,
)
from chatmarket.house import House
from chatmarket.models import Account, Attempt, Brand, Case, Role
from chatmarket.pages.cases import before
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import language_of, page, words

LATEST = 5  # of each brand on the page of all

Pleads = Callable[[House, Account, int, Any], Awaitable[None]]


@signed_in(Role.EXPERT)
async def standing(request: Request, account: Account) -> Response:
    return await standing_shown(request, account)


async def standing_shown(
    request: Request, account: Account, flash: dict[str, str] | None = None, status: int = 200
) -> Response:
    """How the expert stands with each brand, with what just went wrong."""
    language = language_of(request)
    views = await rating.standings_of(house_of(request), account)
    brands = {brand.slug: brand.id for brand in await Brand.filter(slug__in=[view["slug"] for view in views])}
    for view in views:
        brand = brands[view["slug"]]
        view["history"] = await explaining.history(account.id, brand, language, blind=True, most=LATEST)
        view["topics"] = await admitting.topics_of(account, view["slug"], language)
    return page(
        request,
        "expert/standing",
        status=status,
        flash=flash,
        standings=views,
        held=bool(await paying.held(account.id)),
        blocks=(await excluding.told([account.id]))[account.id],
        languages=await admitting.languages_of(account),
        replies=await declining.latest(account, language),
    )


@signed_in(Role.EXPERT)
async def of_brand(request: Request, account: Account) -> Response:
    brand = await Brand.get_or_none(slug=request.path_params["brand"])
    return await _of_brand(request, account, brand.id if brand else 0)


async def _of_brand(request: Request, account: Account, brand: int, problem: Problem | None = None) -> Response:
    language = language_of(request)
    view = await rating.standing_of(house_of(request), account, brand)
    if view is None:
        raise NotThere
    case = await casing.newest_of(account, brand)
    told = words(problem, language) if problem else None
    field = problem.field if isinstance(problem, Wrong) else None
    return page(
        request,
        "expert/history",
        standing=view,
        blocks=[view["block"]] if view["block"] else [],
        history=await explaining.history(account.id, brand, language, blind=True, before=before(request)),
        case=await casing.whole(case, language, blind=True) if case else None,
        exam_at=await _exam_at(case) if case else None,
        typed=str((await request.form()).get("text") or "") if problem else "",
        errors={field: told} if field else {},
        flash={"kind": "error", "text": told} if told and not field else None,
        status=problem.status if problem else 200,
    )


async def _exam_at(case: Case) -> Any:
    return await requalifying.opens_at(case, await Attempt.filter(case_id=case.id).order_by("began_at"))


@signed_in(Role.EXPERT)
async def answer(request: Request, account: Account) -> Response:
    return await _plead(request, account, deciding.answer)


@signed_in(Role.EXPERT)
async def appeal(request: Request, account: Account) -> Response:
    return await _plead(request, account, deciding.appeal)


async def _plead(request: Request, account: Account, pleads: Pleads) -> Response:
    sent = await form(request)
    case = await casing.of_expert(account, request.path_params["case"])
    try:
        await pleads(house_of(request), account, case.id, sent.get("text"))
    except (Wrong, TooLate) as problem:
        return await _of_brand(request, account, case.brand_id, problem)
    return RedirectResponse(f"/standing/{case.brand.slug}", 303)


@signed_in(Role.EXPERT)
async def exam(request: Request, account: Account) -> Response:
    """The exam on the way back, from when it may be sat."""
    await form(request)
    case = await casing.of_expert(account, request.path_params["case"])
    try:
        attempt = await requalifying.begin(house_of(request), account, case.id)
    except TooLate as problem:
        return await _of_brand(request, account, case.brand_id, problem)
    return RedirectResponse(f"/exams/{attempt.id}", 303)
