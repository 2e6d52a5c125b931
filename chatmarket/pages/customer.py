"""Pages of the customer: ask, wait, talk, rate. No account; the chat's own cookie opens it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket import sessions
from chatmarket.errors import NotThere, Problem, TooLate, TooMuch, Wrong
from chatmarket.flows import (
    asking,
    ending,
    excluding,
    proposing,
    rating,
    recognising,
    reporting,
    ruling,
    showing,
    talking,
)
from chatmarket.flows.excluding import Barred
from chatmarket.flows.proposing import Unconfirmed
from chatmarket.learnt import Proposal
from chatmarket.models import Brand, Chat, Topic
from chatmarket.pages.devices import device_here, device_of, kept
from chatmarket.sessions import client_address, customer_chat, customer_seat, form, house_of
from chatmarket.templating import flashed, for_htmx, language_of, page, part, words

BLANK = {"topic": "", "proposed": "", "language": "", "question": "", "name": "", "email": ""}
PROPOSED_FIRST = 5  # of the topics that the question may be about; the others keep their order


async def ask_page(request: Request) -> Response:
    return await _ask_form(request, BLANK, {})


async def _ask_form(
    request: Request,
    filled: dict[str, str],
    errors: dict[str, str],
    unconfirmed: Unconfirmed | None = None,
    wait: TooMuch | None = None,
) -> Response:
    brand = await Brand.get_or_none(slug=request.path_params["brand"])
    if brand is None:
        raise NotThere
    language = _language(request, brand)
    house = house_of(request)
    mark, token = recognising.mark_of(house, brand.id, device_of(request)), sessions.customer_token(request, brand.slug)
    try:
        await excluding.check_customer(brand.id, mark, house.customer_of(token) if token else None)
    except Barred as barred:
        return page(
            request, "customer/barred", language=language, status=barred.status, brand=_brand_view(brand, language)
        )
    filled = {**filled, "language": filled["language"] or language}
    return page(
        request,
        "customer/ask",
        language=language,
        errors=errors,
        flash={"kind": "error", "text": words(wait, language)} if wait else None,
        unconfirmed=words(unconfirmed, language) if unconfirmed else "",
        status=wait.status if wait else 422 if errors else 200,
        **await _choice(brand, language, filled, unconfirmed.proposal if unconfirmed else None),
    )


async def _choice(brand: Brand, language: str, filled: dict[str, str], proposal: Proposal | None) -> dict[str, Any]:
    """The form as it is filled in, its topics in the order of the proposal, whose first is chosen for the customer
    unless they have chosen themselves."""
    topics = [
        showing.topic_view(topic, language) for topic in await Topic.filter(brand_id=brand.id).order_by("position")
    ]
    proposed = ""
    if proposal is not None:
        first = {number: place for place, number in enumerate(proposal.topics[:PROPOSED_FIRST])}
        topics.sort(key=lambda topic: first.get(topic["id"], PROPOSED_FIRST))
        proposed = str(proposal.topics[0]) if proposal.in_scope else proposing.OWN_PEOPLE
    own = filled["topic"] if filled["topic"] != filled["proposed"] else ""
    return {
        "brand": _brand_view(brand, language),
        "topics": topics,
        "proposes": await proposing.proposes(brand.id),
        "proposed": proposed,
        "form": {**filled, "topic": own or proposed},
    }


async def topics(request: Request) -> Response:
    """While somebody writes: what it may be about. By POST, for what is written must be in no address and no log."""
    sent = await form(request)
    brand = await Brand.get_or_none(slug=request.path_params["brand"])
    if brand is None:
        raise NotThere
    filled = {name: str(sent.get(name) or "") for name in BLANK}
    proposal = await proposing.suggested(house_of(request), brand, filled, client_address(request))
    language = _language(request, brand)
    return part(request, "customer/_topics", language, errors={}, **await _choice(brand, language, filled, proposal))


def _language(request: Request, brand: Brand) -> str:
    """The reader's language where the brand speaks it, else the brand's own."""
    wanted = language_of(request)
    languages: list[str] = brand.languages
    return wanted if wanted in languages else brand.language


def _brand_view(brand: Brand, language: str) -> dict[str, Any]:
    return {
        "slug": brand.slug,
        "name": brand.name,
        "tagline": brand.taglines.get(language, ""),
        "languages": brand.languages,
        "currency": brand.currency,
        "wait_limit_s": brand.wait_limit_s,
        "visible": ruling.visible(brand.rules),
    }


async def ask(request: Request) -> Response:
    sent = await form(request)
    filled = {name: str(sent.get(name) or "") for name in BLANK}
    known = {kind: [filled[kind]] for kind in ("name", "email") if filled[kind].strip()}
    house, slug, device = house_of(request), request.path_params["brand"], device_here(request)
    try:
        chat = await asking.ask(
            house,
            slug,
            filled,
            known,
            origin=client_address(request),
            device=device,
            confirm=True,
            customer=sessions.customer_token(request, slug),
        )
    except Barred:
        return await ask_page(request)
    except Unconfirmed as unconfirmed:
        return await _ask_form(request, filled, {}, unconfirmed)
    except Wrong as wrong:
        return await _ask_form(request, filled, {wrong.field or "": words(wrong, language_of(request))})
    except TooMuch as wait:
        return await _ask_form(request, filled, {}, wait=wait)
    answer = kept(request, RedirectResponse(f"/chats/{chat.id}", 303), device)
    sessions.keep_customer(house, answer, slug, chat.customer_id)
    return sessions.keep_chat(house, answer, chat.id, house.chat_token(chat.id))


async def chat_page(request: Request) -> Response:
    chat, _ = await customer_chat(request)
    return await chat_shown(request, chat)


async def chat_shown(request: Request, chat: Chat, flash: dict[str, str] | None = None, status: int = 200) -> Response:
    """The chat's own page, with what just went right or wrong."""
    chat = await showing.chat_whole(chat.id)
    view = await showing.viewed(chat, chat.language, "customer")
    messages = [showing.message_view(message) for message in await talking.history(chat.id)]
    return page(
        request,
        "customer/chat",
        language=chat.language,
        brand=_brand_view(chat.brand, chat.language),
        messages=messages,
        reported=await reporting.reported(customer_seat(chat)),
        spoke=await reporting.spoke(chat),
        flash=flash,
        status=status,
        **showing.state_context(chat, view),
    )


async def _after(request: Request, chat: Chat) -> Response:
    """Where the chat stands now: the fragment alone for htmx, which is the one the socket sends, else the page."""
    if not for_htmx(request):
        return RedirectResponse(f"/chats/{chat.id}", 303)
    chat = await showing.chat_whole(chat.id)
    view = await showing.viewed(chat, chat.language, "customer")
    return part(request, "customer/_state", chat.language, **showing.state_context(chat, view))


async def _told(request: Request, chat: Chat, problem: Problem) -> Response:
    text = words(problem, chat.language)
    if for_htmx(request):
        return flashed(request, text, problem.status, language=chat.language)
    return await chat_shown(request, chat, {"kind": "error", "text": text}, problem.status)


async def withdraw(request: Request) -> Response:
    chat, _ = await customer_chat(request)
    await form(request)
    try:
        await ending.withdraw(house_of(request), chat.id)
    except TooLate as problem:
        return await _told(request, chat, problem)
    return await _after(request, chat)


async def end(request: Request) -> Response:
    chat, seat = await customer_chat(request)
    await form(request)
    try:
        await ending.end(house_of(request), seat)
    except TooLate as problem:
        return await _told(request, chat, problem)
    return await _after(request, chat)


async def rate(request: Request) -> Response:
    chat, _ = await customer_chat(request)
    sent = await form(request)
    resolved = sent.get("resolved")
    # What was wrong is hidden again by a yes, and sent all the same.
    blames = None if resolved == "yes" else sent.get("blames")
    try:
        await rating.rate(house_of(request), chat.id, resolved, sent.get("stars"), sent.get("comment") or "", blames)
    except (Wrong, TooLate) as problem:
        return await _told(request, chat, problem)
    return await _after(request, chat)


async def leave_email(request: Request) -> Response:
    chat, _ = await customer_chat(request)
    sent = await form(request)
    try:
        await ending.leave_email(house_of(request), chat.id, sent.get("email"))
    except (Wrong, TooLate) as problem:
        return await _told(request, chat, problem)
    return await _after(request, chat)
