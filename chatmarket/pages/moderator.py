"""Pages of a brand's moderators: the live board, a silent seat, and who looked at what."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from chatmarket.errors import TooMuch, Wrong
from chatmarket.flows import (
    auditing,
    blocking,
    erasing,
    measuring,
    proving,
    revealing,
    showing,
    spending,
    talking,
    trusting,
    watching,
)
from chatmarket.flows.proving import ProveFirst
from chatmarket.models import Account, Role
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import for_htmx, language_of, page, part, words


@signed_in(Role.MODERATOR, Role.STAFF)
async def board(request: Request, account: Account) -> Response:
    rows = await watching.board(account)
    counts = {status: sum(row["status"] == status for row in rows) for status in ("waiting", "live")}
    return page(
        request,
        "moderator/board",
        rows=rows,
        counts=counts,
        brand={"name": account.brand and account.brand.name},
        alerts=await spending.alerts(account),
        alarming=await measuring.alarming(house_of(request), account.brand_id or 0),
    )


@signed_in(Role.MODERATOR, Role.STAFF)
async def watch(request: Request, account: Account) -> Response:
    await watching.read(house_of(request), account, request.path_params["chat"])
    chat = await showing.chat_whole(request.path_params["chat"])
    view = await showing.viewed(chat, language_of(request), "staff")
    messages = [showing.message_view(message) for message in await talking.history(chat.id)]
    return page(
        request,
        "moderator/watch",
        brand={"slug": chat.brand.slug, "name": chat.brand.name},
        messages=messages,
        blocked_messages=await blocking.of_chat(house_of(request), chat),
        may_reveal=trusting.may_reveal(account),
        erasure=await erasing.erasure(chat.brand_id, chat.customer_id),
        **showing.state_context(chat, view),
    )


@signed_in(Role.MODERATOR, Role.STAFF)
async def audit(request: Request, account: Account) -> Response:
    return page(request, "moderator/audit", rows=await auditing.latest(account), alerts=await spending.alerts(account))


@signed_in(Role.MODERATOR, Role.STAFF)
async def reveal_page(request: Request, account: Account) -> Response:
    chosen = request.query_params.get("token", "")[:40]
    return await _reveal(request, account, filled={"token": chosen})


@signed_in(Role.MODERATOR, Role.STAFF)
async def reveal(request: Request, account: Account) -> Response:
    sent = await form(request)
    filled = {"token": str(sent.get("token", "")), "reason": str(sent.get("reason", ""))}
    try:
        found = await revealing.reveal(
            house_of(request),
            request.state.login,
            request.path_params["chat"],
            filled["token"],
            filled["reason"],
            sent,
        )
    except (Wrong, ProveFirst, TooMuch) as wrong:
        errors = {wrong.field or "token": words(wrong, language_of(request))}
        return await _reveal(request, account, filled=filled, errors=errors, status=wrong.status)
    return await _reveal(request, account, filled=filled, found=found)


async def _reveal(
    request: Request,
    account: Account,
    *,
    filled: dict[str, str],
    errors: dict[str, str] | None = None,
    found: revealing.Revealed | None = None,
    status: int = 200,
) -> Response:
    """The page, or for the dialog of the watch page its part alone."""
    if not trusting.may_reveal(account):
        raise trusting.MayNotReveal
    chat = await watching.of_brand(account, request.path_params["chat"])
    tokens = await revealing.tokens(chat)
    told: dict[str, Any] = {
        "number": chat.id,
        "tokens": tokens,
        "one": next((token for token in tokens if f"{token['kind']} {token['n']}" == filled["token"]), None),
        "erasure": await erasing.erasure(chat.brand_id, chat.customer_id),
        "filled": filled,
        "errors": errors or {},
        "found": found,
        "ask_password": proving.needed(house_of(request), request.state.login) or "password" in (errors or {}),
    }
    if for_htmx(request):
        return part(request, "moderator/_reveal", language_of(request), status=status, level=2, **told)
    return page(request, "moderator/reveal", status=status, level=1, **told)
