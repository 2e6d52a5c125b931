"""Both sides of a chat report the other: from the page of the chat, and back to it."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.errors import Problem, TooLate, Wrong
from chatmarket.flows import reporting
from chatmarket.flows.talking import Seat
from chatmarket.models import Account, Role
from chatmarket.pages.customer import chat_shown
from chatmarket.pages.expert import lobby_shown, room_shown
from chatmarket.sessions import chat_of_path, customer_chat, form, house_of, signed_in
from chatmarket.templating import flashed, for_htmx, part, words


async def by_customer(request: Request) -> Response:
    chat, seat = await customer_chat(request)
    problem = await _report(request, seat)
    if for_htmx(request):
        return _told(request, seat, problem)
    if problem is None:
        return RedirectResponse(f"/chats/{chat.id}", 303)
    flash = {"kind": "error", "text": words(problem, seat.language)}
    return await chat_shown(request, chat, flash, problem.status)


@signed_in(Role.EXPERT)
async def by_expert(request: Request, account: Account) -> Response:
    chat = await chat_of_path(request)
    seat = await reporting.expert_seat(account, chat)
    problem = await _report(request, seat)
    if for_htmx(request):
        return _told(request, seat, problem)
    still_theirs = chat.expert_id == account.id
    if problem is None:
        return RedirectResponse(f"/rooms/{chat.id}" if still_theirs else f"/lobby?returned={chat.id}", 303)
    flash = {"kind": "error", "text": words(problem, seat.language)}
    if still_theirs:
        return await room_shown(request, chat, seat, flash, problem.status)
    return await lobby_shown(request, account, flash, problem.status, returned=chat.id)


async def _report(request: Request, seat: Seat) -> Problem | None:
    """What went wrong, if anything did."""
    sent = await form(request)
    try:
        await reporting.report(
            house_of(request), seat, sent.get("reason"), sent.get("words") or "", sent.get("message")
        )
    except (Wrong, TooLate) as problem:
        return problem
    return None


def _told(request: Request, seat: Seat, problem: Problem | None) -> Response:
    if problem is not None:
        return flashed(request, words(problem, seat.language), problem.status, language=seat.language)
    return part(request, "room/report", seat.language, reported=True, seat=seat.audience, chat={"id": seat.chat})
