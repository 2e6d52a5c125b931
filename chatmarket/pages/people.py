"""Pages of a brand's staff about its own people and what they may read."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.errors import TooMuch, Wrong
from chatmarket.flows import proving, trusting
from chatmarket.flows.proving import ProveFirst
from chatmarket.models import Account, Role
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import language_of, page, words


@signed_in(Role.STAFF)
async def people(request: Request, account: Account) -> Response:
    return await _people(request, account)


async def _people(request: Request, account: Account, wrong: Wrong | ProveFirst | TooMuch | None = None) -> Response:
    return page(
        request,
        "brand/people",
        people=await trusting.people(account),
        ask_password=proving.needed(house_of(request), request.state.login) or wrong is not None,
        flash={"kind": "error", "text": words(wrong, language_of(request))} if wrong else None,
        status=wrong.status if wrong else 200,
    )


@signed_in(Role.STAFF)
async def trust(request: Request, account: Account) -> Response:
    sent = await form(request)
    try:
        await trusting.trust(
            house_of(request), request.state.login, request.path_params["person"], sent.get("may"), sent
        )
    except (Wrong, ProveFirst, TooMuch) as wrong:
        if isinstance(wrong, Wrong) and wrong.field != "password":
            raise
        return await _people(request, account, wrong)
    return RedirectResponse("/people", 303)
