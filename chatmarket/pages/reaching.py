"""Pages of an expert who may be called while they are away, and of the link that ends it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.errors import Wrong
from chatmarket.flows import applying, reaching
from chatmarket.models import Account, Role
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import language_of, page, words, zone_name

ONE_CLICK = b"List-Unsubscribe=One-Click"  # RFC 8058: a mail program posts this, without a cookie or an Origin


@signed_in(Role.EXPERT)
async def reach(request: Request, account: Account) -> Response:
    return await _reach(request)


async def _reach(request: Request, filled: dict[str, Any] | None = None, wrong: Wrong | None = None) -> Response:
    language = language_of(request)
    view = await reaching.shown(house_of(request), request.state.login)
    return page(
        request,
        "expert/reach",
        view={**view, **(filled or {})},
        zones=sorted(((zone_name(zone, language), zone) for zone in applying.TIME_ZONES), key=lambda pair: pair[0]),
        errors={wrong.field or "": words(wrong, language)} if wrong else {},
        saved="saved" in request.query_params,
        status=wrong.status if wrong else 200,
    )


@signed_in(Role.EXPERT)
async def choose(request: Request, account: Account) -> Response:
    sent = await form(request)
    try:
        await reaching.choose(house_of(request), account, sent)
    except Wrong as wrong:
        typed = {name: str(sent.get(name) or "")[:40] for name in ("quiet_from", "quiet_to", "time_zone")}
        on = {way: sent.get(way) == "yes" for way in ("push", "mail", "webhook")}
        return await _reach(request, {**typed, "on": on}, wrong)
    return RedirectResponse("/reach?saved", 303)


@signed_in(Role.EXPERT)
async def subscribe(request: Request, account: Account) -> Response:
    await reaching.subscribe(house_of(request), request.state.login, await form(request))
    return Response(status_code=204)


@signed_in(Role.EXPERT)
async def unsubscribe(request: Request, account: Account) -> Response:
    await form(request)
    await reaching.unsubscribe(request.state.login)
    return Response(status_code=204)


async def stop_page(request: Request) -> Response:
    """Asks once: whoever only looks at a link, as mail programs do, must not press it."""
    reaching.known(house_of(request), request.path_params["stop"])
    return page(request, "visitor/stop", stopped=False)


async def stop(request: Request) -> Response:
    if "origin" not in request.headers and await request.body() == ONE_CLICK:
        await reaching.stop_mail(house_of(request), request.path_params["stop"])
        return Response(status_code=204)
    await form(request)
    await reaching.stop_mail(house_of(request), request.path_params["stop"])
    return page(request, "visitor/stop", stopped=True)
