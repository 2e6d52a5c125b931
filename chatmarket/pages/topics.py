"""Pages of the brand's own people about its topics: what each is about, by examples, and what was learnt of them."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket.errors import NotThere, Wrong
from chatmarket.flows import ruling, teaching
from chatmarket.models import Account, Role
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import language_of, page, words

OWN = "own"  # in addresses, the topic of what the brand's own people answer


@signed_in(Role.MODERATOR, Role.STAFF)
async def topics(request: Request, account: Account) -> Response:
    return page(
        request,
        "brand/topics",
        topics=await teaching.topics_of(account, language_of(request)),
        languages=(await ruling.brand_of(account)).languages,
        counts=await teaching.counted(account),
        lessons=await teaching.lessons(account),
    )


@signed_in(Role.MODERATOR, Role.STAFF)
async def topic(request: Request, account: Account) -> Response:
    return await _topic(request, account)


async def _topic(
    request: Request, account: Account, wrong: Wrong | None = None, typed: str = "", chosen: str = ""
) -> Response:
    number = request.path_params.get("topic")  # /topics/own has none: what the brand's own people answer
    all_ = await teaching.topics_of(account, language_of(request))
    if number is not None and number not in {one["id"] for one in all_}:
        raise NotThere
    languages = (await ruling.brand_of(account)).languages
    return page(
        request,
        "brand/topic",
        topic=next((one for one in all_ if one["id"] == number), None),
        topics=all_,
        languages=languages,
        chosen=next((code for code in (chosen, language_of(request)) if code in languages), languages[0]),
        examples=await teaching.examples_of(account, number),
        errors={wrong.field or "": words(wrong, language_of(request))} if wrong else {},
        typed=typed,
        status=wrong.status if wrong else 200,
    )


@signed_in(Role.MODERATOR, Role.STAFF)
async def teach(request: Request, account: Account) -> Response:
    sent = await form(request)
    number, typed = request.path_params.get("topic"), sent.get("examples")
    try:
        await teaching.teach(house_of(request), account, number, sent.get("language"), typed)
    except Wrong as wrong:
        return await _topic(request, account, wrong, str(typed or ""), str(sent.get("language") or ""))
    return _back(number)


@signed_in(Role.MODERATOR, Role.STAFF)
async def remove(request: Request, account: Account) -> Response:
    await form(request)
    return _back(await teaching.remove(house_of(request), account, request.path_params["example"]))


@signed_in(Role.MODERATOR, Role.STAFF)
async def move(request: Request, account: Account) -> Response:
    topic_ = teaching.topic_number((await form(request)).get("topic"))
    return _back(await teaching.move(house_of(request), account, request.path_params["example"], topic_))


def _back(number: int | None) -> Response:
    return RedirectResponse(f"/topics/{number or OWN}", 303)
