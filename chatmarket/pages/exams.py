"""Pages of a brand's staff who write its exams."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.errors import Problem, TooLate, Wrong
from chatmarket.flows import examining, marking, recruiting
from chatmarket.models import Account, Exam, Question, Role, Topic
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import language_of, page, words


@signed_in(Role.STAFF)
async def exams(request: Request, account: Account) -> Response:
    brand = await recruiting.brand_of(account)
    found = await examining.exams_of(account)
    by_language = {code: [exam for exam in found if exam["language"] == code] for code in brand.languages}
    return page(request, "brand/exams", exams=by_language, waiting=len(await marking.waiting(account)))


@signed_in(Role.STAFF)
async def draft(request: Request, account: Account) -> Response:
    sent = await form(request)
    made = await examining.draft(house_of(request), account, sent.get("language"))
    return RedirectResponse(f"/recruiting/exams/{made.id}", 303)


@signed_in(Role.STAFF)
async def exam_page(request: Request, account: Account) -> Response:
    return await _exam(request, account)


async def _exam(
    request: Request, account: Account, problem: Problem | None = None, filled: dict[str, Any] | None = None
) -> Response:
    language = language_of(request)
    exam = await examining.exam_of(account, request.path_params["exam"])
    topics = await Topic.filter(brand_id=exam.brand_id).order_by("position")
    names = {topic.id: topic.name(language) for topic in topics}
    told = words(problem, language) if problem else None
    field = problem.field if isinstance(problem, Wrong) else None
    asked = await examining.questions_of(exam)
    return page(
        request,
        "brand/exam",
        exam=examining.exam_view(exam),
        topics=names,
        questions=[_question_view(one, names) for one in asked],
        scored=sum(one.kind in examining.SCORED for one in asked),
        form={
            "kind": "choice",
            "topic": "",
            "text": "",
            "lines": "",
            "guide": "",
            "question": 0,
            **_settings(exam),
            **(filled or {}),
        },
        errors={field: told} if field else {},
        flash={"kind": "error", "text": told} if told and field in (None, "publish") else None,
        status=problem.status if problem else 200,
    )


def _settings(exam: Exam) -> dict[str, str]:
    return {name: str(getattr(exam, name)) for name in ("most", "minutes", "attempts", "pause_days")}


def _question_view(question: Question, topics: dict[int, str]) -> dict[str, Any]:
    names = ("id", "kind", "text", "guide", "options", "right")
    view = {name: getattr(question, name) for name in names}
    return {
        **view,
        "topic": question.topic_id,
        "about": topics.get(question.topic_id or 0, ""),
        "lines": examining.lines_of(question),
    }


async def _done(request: Request, account: Account, problem: Problem | None, filled: dict[str, Any]) -> Response:
    if problem is not None:
        return await _exam(request, account, problem, filled)
    return RedirectResponse(f"/recruiting/exams/{request.path_params['exam']}", 303)


@signed_in(Role.STAFF)
async def change(request: Request, account: Account) -> Response:
    filled = dict(await form(request))
    number, problem = request.path_params["exam"], None
    try:
        await examining.change(house_of(request), account, number, filled)
    except (Wrong, TooLate) as wrong:
        problem = wrong
    return await _done(request, account, problem, filled)


@signed_in(Role.STAFF)
async def add_question(request: Request, account: Account) -> Response:
    return await _write(request, account, 0)


@signed_in(Role.STAFF)
async def change_question(request: Request, account: Account) -> Response:
    return await _write(request, account, request.path_params["question"])


async def _write(request: Request, account: Account, question: int) -> Response:
    filled = {**await form(request), "question": question}
    number, problem, house = request.path_params["exam"], None, house_of(request)
    try:
        if filled.get("do") == "remove":
            await examining.remove_question(house, account, number, question)
        else:
            await examining.write_question(house, account, number, filled, question)
    except (Wrong, TooLate) as wrong:
        problem = wrong
    return await _done(request, account, problem, filled)


@signed_in(Role.STAFF)
async def publish(request: Request, account: Account) -> Response:
    await form(request)
    problem = None
    try:
        await examining.put_in_force(house_of(request), account, request.path_params["exam"])
    except (Wrong, TooLate) as wrong:
        problem = wrong
    return await _done(request, account, problem, {})


@signed_in(Role.STAFF)
async def retire(request: Request, account: Account) -> Response:
    await form(request)
    await examining.retire(house_of(request), account, request.path_params["exam"])
    return RedirectResponse(f"/recruiting/exams/{request.path_params['exam']}", 303)
