"""Pages of who wants to answer for a brand: the brand's page for applicants, an invitation's, and one's own brands."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket import sessions
from chatmarket.errors import NotAllowed, NotThere, TooLate, Wrong
from chatmarket.flows import admitting, applying, inviting, joining, recruiting, showing
from chatmarket.models import Account, Brand, Invitation, Role, Topic
from chatmarket.sessions import form, house_of, signed_in, visitor_of
from chatmarket.templating import language_of, marked, page, words, zone_name

KEPT = ("name", "email", "time_zone")


async def join_page(request: Request) -> Response:
    return await _form(request, await _brand(request), None)


async def join(request: Request) -> Response:
    return await _join(request, await _brand(request), None)


async def invitation_page(request: Request) -> Response:
    return await _invited(request, answer=False)


async def accept_invitation(request: Request) -> Response:
    return await _invited(request, answer=True)


async def _invited(request: Request, *, answer: bool) -> Response:
    try:
        invitation = await inviting.opened(house_of(request), request.path_params["token"])
    except inviting.InvitationOver as over:
        return page(request, "visitor/invitation_over", status=over.status, why=words(over, language_of(request)))
    return await (_join if answer else _form)(request, invitation.brand, invitation)


async def _brand(request: Request) -> Brand:
    brand = await Brand.get_or_none(slug=request.path_params["brand"])
    if brand is None:
        raise NotThere
    return brand


async def _join(request: Request, brand: Brand, invitation: Invitation | None) -> Response:
    sent = await form(request)
    lists = {name: sent.getlist(name) for name in ("languages", "topics")}
    filled: dict[str, Any] = {**sent, **lists}
    account: Account | None = request.state.account
    house = house_of(request)
    if account is not None and account.role != Role.EXPERT:
        raise NotAllowed
    try:
        if account is None:
            _, token = await joining.apply(house, brand, filled, visitor_of(request), invitation)
            return sessions.keep_login(house, RedirectResponse("/brands", 303), token)
        wish = await applying.wished_here(brand, filled, language_of(request), invitation)
        await applying.apply(house, account, wish)
    except Wrong as wrong:
        return await _form(request, brand, invitation, filled, wrong)
    except TooLate as late:
        told = {"kind": "error", "text": words(late, language_of(request))}
        return await _form(request, brand, invitation, filled, flash=told, status=late.status)
    return RedirectResponse("/brands", 303)


async def _form(
    request: Request,
    brand: Brand,
    invitation: Invitation | None,
    filled: dict[str, Any] | None = None,
    wrong: Wrong | None = None,
    flash: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    language = language_of(request)
    account: Account | None = request.state.account
    terms = await recruiting.latest_terms(brand.id)
    welcome = brand.welcome or {}
    return page(
        request,
        "visitor/join",
        status=wrong.status if wrong else status,
        flash=flash,
        brand={
            "slug": brand.slug,
            "name": brand.name,
            "languages": brand.languages,
            "welcome": welcome.get(language) or welcome.get(brand.language, ""),
            "open_admission": brand.open_admission,
        },
        may_apply=brand.recruiting or invitation is not None,
        action=request.url.path,
        invited=invitation is not None,
        applied=await applying.applied(account, brand),
        is_expert=account is not None and account.role == Role.EXPERT,
        topics=[
            {**showing.topic_view(topic, language), "currency": brand.currency}
            for topic in await Topic.filter(brand_id=brand.id).order_by("position")
        ],
        terms={"version": terms.version, "text": terms.text(language)} if terms else None,
        zones=sorted(((zone_name(zone, language), zone) for zone in applying.TIME_ZONES), key=lambda pair: pair[0]),
        form=_shown_again(filled) if filled else _first(brand, invitation),
        errors=marked(wrong, language) if wrong else {},
    )


def _first(brand: Brand, invitation: Invitation | None) -> dict[str, Any]:
    known = {"name": "", "email": (invitation.email or "") if invitation else "", "time_zone": ""}
    languages = [invitation.language] if invitation else brand.languages[:1]
    return {**known, "topics": [], "languages": languages, "accept": False}


def _shown_again(filled: dict[str, Any]) -> dict[str, Any]:
    """What was typed, kept for the next try; a password never is."""
    kept = {name: str(filled.get(name) or "")[:254] for name in KEPT}
    topics = [str(topic)[:10] for topic in filled["topics"]]
    return {**kept, "topics": topics, "languages": filled["languages"], "accept": filled.get("accept") == "yes"}


@signed_in(Role.EXPERT)
async def brands(request: Request, account: Account) -> Response:
    return await _brands(request, account)


async def _brands(request: Request, account: Account, wrong: Wrong | None = None) -> Response:
    language = language_of(request)
    return page(
        request,
        "expert/brands",
        brands=await admitting.brands_of(account, language),
        zone=await admitting.zone_of(account),
        status=wrong.status if wrong else 200,
        flash={"kind": "error", "text": words(wrong, language)} if wrong else None,
    )


@signed_in(Role.EXPERT)
async def accept_terms(request: Request, account: Account) -> Response:
    sent = await form(request)
    try:
        await recruiting.accept_latest(account, request.path_params["brand"], sent, language_of(request))
    except Wrong as wrong:
        return await _brands(request, account, wrong)
    return RedirectResponse("/brands", 303)
