"""Pages of who sits an exam, and of who judges the answers that no machine can score."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.errors import Problem, TooLate, Wrong
from chatmarket.flows import assessing, marking, practising, requalifying
from chatmarket.flows.sitting import Sheet, question_view
from chatmarket.models import Account, Role, Topic
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import language_of, page, words


@signed_in(Role.EXPERT)
async def begin(request: Request, account: Account) -> Response:
    sent = await form(request)
    attempt = await assessing.begin(
        house_of(request), account, request.path_params["brand"], str(sent.get("language") or "")
    )
    return RedirectResponse(f"/exams/{attempt.id}", 303)


@signed_in(Role.EXPERT)
async def exam(request: Request, account: Account) -> Response:
    sheet = await assessing.look(house_of(request), account, request.path_params["attempt"])
    return await _exam(request, account, sheet)


async def _exam(request: Request, account: Account, sheet: Sheet, problem: Problem | None = None) -> Response:
    language = language_of(request)
    attempt = await assessing.attempt_of(account, sheet.attempt.id)
    question = sheet.next if attempt.state == "open" else None
    told = words(problem, language) if problem else None
    names = {topic.id: topic.name(language) for topic in await Topic.filter(id__in=attempt.topics)}
    return page(
        request,
        "expert/exam",
        attempt={"id": attempt.id, "state": attempt.state, "ends_at": attempt.ends_at, "chat": attempt.chat_id},
        exam={
            "brand": attempt.exam.brand.name,
            "language": attempt.exam.language,
            "most": sheet.most,
            "way_back": attempt.case_id is not None,
        },
        done=len(sheet.answers),
        question=question_view(question) if question else None,
        reasons=attempt.reasons,
        certified=[names[topic] for topic in attempt.reasons.get("certified", ())],
        missed=[name for topic, name in names.items() if topic not in attempt.reasons.get("certified", ())],
        next_at=await requalifying.next_at(account, attempt, datetime.now(UTC)),
        notes=await marking.notes(attempt) if attempt.state in ("passed", "failed") else [],
        error=told if isinstance(problem, Wrong) else None,
        flash={"kind": "error", "text": told} if told and not isinstance(problem, Wrong) else None,
        status=problem.status if problem else 200,
    )


@signed_in(Role.EXPERT)
async def answer(request: Request, account: Account) -> Response:
    sent = await form(request)
    number = request.path_params["attempt"]
    try:
        await assessing.answer(house_of(request), account, number, dict(sent), sent.getlist("given"))
    except (Wrong, TooLate) as problem:
        return await _exam(request, account, await assessing.look(house_of(request), account, number), problem)
    return RedirectResponse(f"/exams/{number}", 303)


@signed_in(Role.EXPERT)
async def practise(request: Request, account: Account) -> Response:
    await form(request)
    number = request.path_params["attempt"]
    try:
        chat = await practising.begin(house_of(request), account, number)
    except TooLate as problem:
        return await _exam(request, account, await assessing.look(house_of(request), account, number), problem)
    return RedirectResponse(f"/rooms/{chat}", 303)


@signed_in()
async def marking_page(request: Request, account: Account) -> Response:
    return await _marking(request, account)


async def _marking(
    request: Request, account: Account, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    return page(
        request,
        "shared/marking",
        answers=await marking.waiting(account),
        typed=typed or {},
        flash={"kind": "error", "text": words(problem, language_of(request))} if problem else None,
        status=problem.status if problem else 200,
    )


@signed_in()
async def mark(request: Request, account: Account) -> Response:
    sent = await form(request)
    number = request.path_params["answer"]
    try:
        await marking.vote(house_of(request), account, number, dict(sent))
    except (Wrong, TooLate) as problem:
        return await _marking(request, account, problem, {number: str(sent.get("why") or "")[:300]})
    return RedirectResponse("/marking", 303)
