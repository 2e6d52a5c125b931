"""Pages of the expert: the lobby with its offers, the room and earnings."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.errors import N_, ClaimRefused, Wrong
from chatmarket.flows import (
    admitting,
    declining,
    echoing,
    ending,
    handing,
    lobbying,
    paying,
    reporting,
    reviewing,
    ruling,
    settling,
    showing,
    talking,
)
from chatmarket.flows.talking import Seat
from chatmarket.models import Account, Chat, Role
from chatmarket.pages.devices import device_here, kept
from chatmarket.sessions import expert_chat, form, house_of, signed_in
from chatmarket.templating import flashed, for_htmx, language_of, page, part, sent_to, translate, words


@signed_in(Role.EXPERT)
async def lobby(request: Request, account: Account) -> Response:
    if "saved" in request.query_params:
        chats = await admitting.wish_of(account)
        told = translate(N_("Saved. Chats at once, at most: %(chats)s."), language_of(request), {"chats": chats})
        return await lobby_shown(request, account, {"kind": "ok", "text": told})
    asked = request.query_params.get("returned", "")
    returned = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else None
    return await lobby_shown(request, account, returned=returned)


async def lobby_shown(
    request: Request,
    account: Account,
    flash: dict[str, str] | None = None,
    status: int = 200,
    returned: int | None = None,
) -> Response:
    """The lobby, with what just went right or wrong; `returned` is a chat that was just handed back."""
    language = language_of(request)
    now = await lobbying.look(house_of(request), account)
    return page(
        request,
        "expert/lobby",
        status=status,
        flash=flash,
        offers=now.cards(language),
        key=house_of(request).claim_key(account.id),
        returned=await reporting.handed_back(account, returned) if returned else None,
        standings=now.standings,
        **now.desk(language),
    )


@signed_in(Role.EXPERT)
async def claim(request: Request, account: Account) -> Response:
    sent, number, device = await form(request), request.path_params["chat"], device_here(request)
    try:
        chat = await settling.claim(house_of(request), account, number, sent.get("card"), sent.get("key"), device)
    except ClaimRefused as refused:
        text = words(refused, language_of(request))
        if for_htmx(request):
            return flashed(request, text, refused.status)
        return await lobby_shown(request, account, {"kind": "error", "text": text}, refused.status)
    return kept(request, sent_to(request, f"/rooms/{chat.id}"), device)


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
    chat, seat = await expert_chat(request, account)
    return await room_shown(request, chat, seat)


async def room_shown(
    request: Request, chat: Chat, seat: Seat, flash: dict[str, str] | None = None, status: int = 200
) -> Response:
    """The expert's page of a chat, with what just went right or wrong."""
    language = language_of(request)
    chat = await showing.chat_whole(chat.id)
    view = await showing.viewed(chat, language, "expert")
    said = await talking.history(chat.id)
    own = await echoing.readings(house_of(request), chat, said, language)
    shown = map(showing.message_view, said)
    return page(
        request,
        "expert/room",
        brand=_brand_of(chat),
        messages=[{**one, "segments": own.get(one["seq"], one["segments"])} for one in shown],
        reported=await reporting.reported(seat),
        flash=flash,
        status=status,
        **showing.state_context(chat, view),
    )


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
async def hand_back(request: Request, account: Account) -> Response:
    """The chat goes to somebody else, and its expert back to the lobby."""
    sent = await form(request)
    number = request.path_params["chat"]
    await handing.hand_back(house_of(request), account, number, sent.get("reason"))
    return sent_to(request, f"/lobby?returned={number}")


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
            "deed": paying.deed_of(posting.entry),
        }
        for posting in await paying.earnings(account.id)
        if posting.entry.chat
    ]
    held = [{"currency": currency, "cents": cents} for currency, cents in (await paying.held(account.id)).items()]
    returned = await reviewing.looked_at(account.id)
    return page(request, "expert/earnings", balances=balances, entries=entries, held=held, returned=returned)


@signed_in(Role.EXPERT)
async def take_at_most(request: Request, account: Account) -> Response:
    sent = await form(request)
    try:
        await admitting.take_at_most(house_of(request), account, sent.get("chats"))
    except Wrong as wrong:
        flash = {"kind": "error", "text": words(wrong, language_of(request))}
        return await lobby_shown(request, account, flash, wrong.status)
    return RedirectResponse("/lobby?saved", 303)
