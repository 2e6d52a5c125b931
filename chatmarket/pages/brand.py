"""Pages of the brand's own people: questions nobody answered in time, and its experts."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket import fields
from chatmarket.errors import TooMuch, Wrong
from chatmarket.flows import admitting, answering, erasing, proving, revealing, teaching, trusting
from chatmarket.flows.proving import ProveFirst
from chatmarket.models import Account, Role
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import language_of, page, words


@signed_in(Role.MODERATOR, Role.STAFF)
async def settings(request: Request, account: Account) -> Response:
    """An index: what may be set for the brand, and its records."""
    return page(request, "brand/settings")


@signed_in(Role.MODERATOR, Role.STAFF)
async def unanswered(request: Request, account: Account) -> Response:
    return await _unanswered(request, account)


async def _unanswered(
    request: Request,
    account: Account,
    reveal: revealing.Revealed | None = None,
    flash: dict[str, str] | None = None,
    status: int = 200,
    typed: dict[str, Any] | None = None,
) -> Response:
    found = await answering.unanswered(account)
    erased = await erasing.erased_of([chat.customer_id for chat in found])
    taught = await teaching.taught_of([chat.id for chat in found])
    chats = [
        {
            "id": chat.id,
            "topic": chat.topic.name(language_of(request)),
            "language": chat.language,
            "question": chat.question,
            "asked_at": chat.asked_at,
            "email_token": chat.email_token,
            "answered_at": chat.answered_at,
            "erased": chat.customer_id in erased,
            "in_scope": chat.in_scope,
            "taught": chat.id in taught,
        }
        for chat in found
    ]
    return page(
        request,
        "brand/unanswered",
        chats=chats,
        topics=await teaching.topics_of(account, language_of(request)),
        reveal=reveal,
        typed=typed or {},
        may_reveal=trusting.may_reveal(account),
        ask_password=proving.needed(house_of(request), request.state.login),
        flash=flash,
        status=status,
    )


@signed_in(Role.MODERATOR, Role.STAFF)
async def reveal(request: Request, account: Account) -> Response:
    sent = await form(request)
    chat = request.path_params["chat"]
    try:
        found = await answering.reveal_address(house_of(request), request.state.login, chat, sent.get("reason"), sent)
    except (Wrong, ProveFirst, TooMuch) as wrong:
        return await _unanswered(
            request,
            account,
            status=wrong.status,
            flash={"kind": "error", "text": words(wrong, language_of(request))},
            typed={"chat": chat, "reason": str(sent.get("reason", ""))},
        )
    return await _unanswered(request, account, reveal=found)


@signed_in(Role.MODERATOR, Role.STAFF)
async def answered(request: Request, account: Account) -> Response:
    await form(request)
    await answering.answered(house_of(request), account, request.path_params["chat"])
    return RedirectResponse("/unanswered", 303)


@signed_in(Role.MODERATOR, Role.STAFF)
async def teach(request: Request, account: Account) -> Response:
    """An out-of-scope question becomes an example of what it should have been taken for."""
    topic = teaching.topic_number((await form(request)).get("topic"))
    await teaching.teach_chat(house_of(request), account, request.path_params["chat"], topic)
    return RedirectResponse("/unanswered", 303)


@signed_in(Role.MODERATOR, Role.STAFF)
async def experts_page(request: Request, account: Account) -> Response:
    return page(
        request,
        "brand/experts",
        experts=await admitting.experts_of(house_of(request), account),
        open_admission=account.brand and account.brand.open_admission,
    )


@signed_in(Role.MODERATOR, Role.STAFF)
async def certify(request: Request, account: Account) -> Response:
    return await _certify(request, account, True)


@signed_in(Role.MODERATOR, Role.STAFF)
async def uncertify(request: Request, account: Account) -> Response:
    return await _certify(request, account, False)


async def _certify(request: Request, account: Account, certified: bool) -> Response:
    topic = (await form(request)).get("topic")
    await admitting.certify(
        house_of(request), account, request.path_params["expert"], fields.number(topic, "topic"), certified
    )
    return RedirectResponse("/experts", 303)
