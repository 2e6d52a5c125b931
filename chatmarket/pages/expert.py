"""Pages of the expert: the lobby with its offers, the room and earnings."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.errors import ClaimRefused
from chatmarket.flows import admitting, claiming, declining, ending, lobbying, paying, ruling, showing, talking
from chatmarket.models import Account, Chat, Role
from chatmarket.sessions import expert_chat, form, house_of, signed_in
from chatmarket.templating import flashed, for_htmx, language_of, page, part, sent_to, words


@signed_in(Role.EXPERT)
async def lobby(request: Request, account: Account) -> Response:
    return await _lobby(request, account)


async def _lobby(
    request: Request, account: Account, flash: dict[str, str] | None = None, status: int = 200
) -> Response:
    language = language_of(request)
    now = await lobbying.look(house_of(request), account)
    return page(
        request,
        "expert/lobby",
        status=status,
        flash=flash,
        offers=now.cards(language),
        standings=now.standings,
        **now.desk(language),
    )


@signed_in(Role.EXPERT)
async def claim(request: Request, account: Account) -> Response:
    await form(request)
    try:
        chat = await claiming.claim(house_of(request), account, request.path_params["chat"])
    except ClaimRefused as refused:
        text = words(refused, language_of(request))
        if for_htmx(request):
            return flashed(request, text, refused.status)
        return await _lobby(request, account, {"kind": "error", "text": text}, refused.status)
    return sent_to(request, f"/rooms/{chat.id}")


@signed_in(Role.EXPERT)
async def decline(request: Request, account: Account) -> Response:
    """Passes an offer on; the card goes with the lobby that is read anew."""
    sent = await form(request)
    try:
        await declining.decline(house_of(request), account, request.path_params["chat"], sent.get("reason"))
    except ClaimRefused as refused:
        if for_htmx(request):
            return flashed(request, words(refused, language_of(request)), refused.status)
        raise
    return Response(status_code=204) if for_htmx(request) else RedirectResponse("/lobby", 303)


@signed_in(Role.EXPERT)
async def availability(request: Request, account: Account) -> Response:
    sent = await form(request)
    await admitting.take_break(house_of(request), account, sent.get("online") == "yes")
    return RedirectResponse("/lobby", 303)


@signed_in(Role.EXPERT)
async def room(request: Request, account: Account) -> Response:
    chat, _ = await expert_chat(request, account)
    language = language_of(request)
    chat = await showing.chat_whole(chat.id)
    view = await showing.viewed(chat, language, "expert")
    messages = [showing.message_view(message) for message in await talking.history(chat.id)]
    return page(request, "expert/room", brand=_brand_of(chat), messages=messages, **showing.state_context(chat, view))


def _brand_of(chat: Chat) -> dict[str, Any]:
    return {"slug": chat.brand.slug, "name": chat.brand.name, "visible": ruling.visible(chat.brand.rules)}


@signed_in(Role.EXPERT)
async def end(request: Request, account: Account) -> Response:
    chat, seat = await expert_chat(request, account)
    await form(request)
    await ending.end(house_of(request), seat)
    if not for_htmx(request):
        return RedirectResponse(f"/rooms/{chat.id}", 303)
    language = language_of(request)
    chat = await showing.chat_whole(chat.id)
    return part(
        request,
        "expert/_state",
        language,
        **showing.state_context(chat, await showing.viewed(chat, language, "expert")),
    )


@signed_in(Role.EXPERT)
async def earnings(request: Request, account: Account) -> Response:
    language = language_of(request)
    balances = [
        {"currency": currency, "cents": cents} for currency, cents in (await paying.balances(account.id)).items()
    ]
    entries = [
        {
            "chat": posting.entry.chat_id,
            "topic": posting.entry.chat.topic.name(language),
            "brand": posting.entry.chat.brand.name,
            "cents": posting.amount,
            "currency": posting.currency,
            "at": posting.entry.at,
        }
        for posting in await paying.earnings(account.id)
        if posting.entry.chat
    ]
    return page(request, "expert/earnings", balances=balances, entries=entries)


@signed_in(Role.EXPERT)
async def take_at_most(request: Request, account: Account) -> Response:
    sent = await form(request)
    await admitting.take_at_most(house_of(request), account, sent.get("chats"))
    return RedirectResponse("/standing", 303)
