"""Pages of a brand's staff about its own people and what they may read."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.flows import revealing
from chatmarket.models import Account, Role
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import page


@signed_in(Role.STAFF)
async def people(request: Request, account: Account) -> Response:
    return page(request, "brand/people", people=await revealing.people(account))


@signed_in(Role.STAFF)
async def trust(request: Request, account: Account) -> Response:
    may = (await form(request)).get("may")
    await revealing.trust(house_of(request), account, request.path_params["person"], may)
    return RedirectResponse("/people", 303)
