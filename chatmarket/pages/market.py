"""How a brand offers its questions and calls who is away, as its staff choose; and claims that look like a script's."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.errors import Wrong
from chatmarket.flows import dispatching, timing
from chatmarket.flows import paging as calls
from chatmarket.models import Account, Role
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import language_of, page, words


@signed_in(Role.STAFF)
async def offering(request: Request, account: Account) -> Response:
    saved = "saved" in request.query_params
    return page(request, "brand/offering", filled=await dispatching.shown(account), errors={}, saved=saved)


@signed_in(Role.STAFF)
async def choose(request: Request, account: Account) -> Response:
    sent = await form(request)
    try:
        await dispatching.choose(house_of(request), account, sent)
    except Wrong as wrong:
        errors = {wrong.field or "how": words(wrong, language_of(request))}
        filled = {**await dispatching.shown(account), **{name: str(value) for name, value in sent.items()}}
        return page(request, "brand/offering", filled=filled, errors=errors, saved=False, status=wrong.status)
    return RedirectResponse("/offering?saved", 303)


@signed_in(Role.STAFF)
async def paging(request: Request, account: Account) -> Response:
    view = await calls.shown(house_of(request), account)
    return page(request, "brand/paging", **view, errors={}, saved="saved" in request.query_params)


@signed_in(Role.STAFF)
async def call(request: Request, account: Account) -> Response:
    sent = await form(request)
    try:
        await calls.choose(house_of(request), account, sent)
    except Wrong as wrong:
        view = await calls.shown(house_of(request), account)
        view["filled"] |= {name: str(value) for name, value in sent.items()}
        errors = {wrong.field or "on": words(wrong, language_of(request))}
        return page(request, "brand/paging", **view, errors=errors, saved=False, status=wrong.status)
    return RedirectResponse("/offering/paging?saved", 303)


@signed_in(Role.MODERATOR, Role.STAFF)
async def claims(request: Request, account: Account) -> Response:
    return page(request, "brand/claims", suspects=await timing.suspects(account), saved="seen" in request.query_params)


@signed_in(Role.MODERATOR, Role.STAFF)
async def seen(request: Request, account: Account) -> Response:
    await form(request)
    await timing.looked_at(house_of(request), account, request.path_params["expert"])
    return RedirectResponse("/claims?seen", 303)
