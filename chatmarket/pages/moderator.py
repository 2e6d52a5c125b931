"""Pages of a brand's moderators: the live board, a silent seat, and who looked at what."""

from starlette.requests import Request
from starlette.responses import Response

from chatmarket.flows import blocking, showing, talking, watching
from chatmarket.models import Account, Role
from chatmarket.sessions import house_of, signed_in
from chatmarket.templating import language_of, page


@signed_in(Role.MODERATOR, Role.STAFF)
async def board(request: Request, account: Account) -> Response:
    rows = await watching.board(account)
    counts = {status: sum(row["status"] == status for row in rows) for status in ("waiting", "live")}
    return page(
        request, "moderator/board", rows=rows, counts=counts, brand={"name": account.brand and account.brand.name}
    )


@signed_in(Role.MODERATOR, Role.STAFF)
async def watch(request: Request, account: Account) -> Response:
    await watching.read(house_of(request), account, request.path_params["chat"])
    chat = await showing.chat_whole(request.path_params["chat"])
    view = await showing.viewed(chat, language_of(request))
    messages = [showing.message_view(message) for message in await talking.history(chat.id)]
    return page(
        request,
        "moderator/watch",
        brand={"slug": chat.brand.slug, "name": chat.brand.name},
        messages=messages,
        blocked_messages=await blocking.of_chat(house_of(request), chat),
        **showing.state_context(chat, view),
    )


@signed_in(Role.MODERATOR, Role.STAFF)
async def audit(request: Request, account: Account) -> Response:
    return page(request, "moderator/audit", rows=await watching.audit(account))
