"""The JSON API of who applies with a brand and sits its exam: the flows of the pages, and nothing of what is right."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chatmarket.errors import NotThere
from chatmarket.flows import admitting, applying, assessing, marking, practising, requalifying
from chatmarket.flows.sitting import Sheet, question_view
from chatmarket.models import Account, Brand, Role, Skill
from chatmarket.sessions import body, house_of, signed_in
from chatmarket.templating import iso, language_of

SAID = ("language", "version", "most", "minutes", "attempts", "pause_days", "why", "under_way", "reading")


@signed_in(Role.EXPERT)
async def apply(request: Request, account: Account) -> Response:
    sent = await body(request)
    brand = await Brand.get_or_none(slug=request.path_params["brand"])
    if brand is None:
        raise NotThere
    # A version accepted is what a form says in two fields.
    accepted = {"accept": "yes", "terms": str(sent["terms"])} if sent.get("terms") else {}
    wish = await applying.wished_here(brand, {**sent, "accept": None, **accepted}, language_of(request), None)
    await applying.apply(house_of(request), account, wish)
    skills = await Skill.filter(expert_id=account.id, topic__brand_id=brand.id).order_by("topic_id")
    topics = [{"topic": one.topic_id, "certified": one.certified, "languages": one.languages} for one in skills]
    return JSONResponse({"brand": brand.slug, "topics": topics}, 201)


@signed_in(Role.EXPERT)
async def exams(request: Request, account: Account) -> Response:
    brands = await admitting.brands_of(account, language_of(request))
    return JSONResponse({"brands": [{"brand": one["slug"], "exams": list(map(_exam, one["exams"]))} for one in brands]})


def _exam(view: dict[str, Any]) -> dict[str, Any]:
    sat = [{"attempt": one["id"], "state": str(one["state"]), "at": iso(one["at"])} for one in view["sat"]]
    return {**{name: view[name] for name in SAID}, "next_at": view["next_at"] and iso(view["next_at"]), "sat": sat}


@signed_in(Role.EXPERT)
async def begin(request: Request, account: Account) -> Response:
    language = (await body(request)).get("language")
    house = house_of(request)
    attempt = await assessing.begin(house, account, request.path_params["brand"], str(language or ""))
    return JSONResponse(await _told(account, await assessing.look(house, account, attempt.id)), 201)


@signed_in(Role.EXPERT)
async def exam(request: Request, account: Account) -> Response:
    sheet = await assessing.look(house_of(request), account, request.path_params["attempt"])
    return JSONResponse(await _told(account, sheet))


@signed_in(Role.EXPERT)
async def answer(request: Request, account: Account) -> Response:
    sent = await body(request)
    house, number = house_of(request), request.path_params["attempt"]
    given = sent.get("given")
    chosen = given if isinstance(given, list) else [] if given is None else [given]
    await assessing.answer(house, account, number, sent, chosen)
    return JSONResponse(await _told(account, await assessing.look(house, account, number)))


@signed_in(Role.EXPERT)
async def practise(request: Request, account: Account) -> Response:
    await body(request)
    chat = await practising.begin(house_of(request), account, request.path_params["attempt"])
    return JSONResponse({"chat": chat}, 201)


async def _told(account: Account, sheet: Sheet) -> dict[str, Any]:
    attempt = await assessing.attempt_of(account, sheet.attempt.id)
    over = attempt.state in ("passed", "failed")
    waits = sheet.next if attempt.state == "open" else None
    next_at = await requalifying.next_at(account, attempt, datetime.now(UTC))
    return {
        "attempt": attempt.id,
        "brand": attempt.exam.brand.slug,
        "language": attempt.exam.language,
        "state": str(attempt.state),
        "ends_at": iso(attempt.ends_at),
        "answered": len(sheet.answers),
        "most": sheet.most,
        "question": question_view(waits) if waits else None,
        "chat": attempt.chat_id,
        "next_at": next_at and iso(next_at),
        "result": {**attempt.reasons, "notes": await marking.notes(attempt)} if over else None,
    }
