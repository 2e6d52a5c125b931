"""Pages for everybody: the start page, signing up, in and out, and one's own account."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chatmarket import fields, sessions
from chatmarket.errors import TooMuch, Wrong
from chatmarket.flows import joining, showing
from chatmarket.models import Account, Brand, Role, Topic
from chatmarket.sessions import form, house_of, signed_in, visitor_of
from chatmarket.templating import LANGUAGES, language_of, marked, page, translate, words

# The order matters: each calls itself by the names of those below it too.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac", "macOS"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
)
A_YEAR = 365 * 86400
MOST_BRANDS = 50  # on one page; who comes from a brand's own link sees that brand first
HOME = {Role.EXPERT: "/lobby", Role.MODERATOR: "/board", Role.STAFF: "/board"}


async def home(request: Request) -> Response:
    language = language_of(request)
    brands = [
        {
            "slug": brand.slug,
            "name": brand.name,
            "languages": brand.languages,
            "tagline": brand.taglines.get(language, ""),
        }
        for brand in await Brand.all().order_by("id").limit(MOST_BRANDS)
    ]
    return page(request, "visitor/home", brands=brands, people=await _people(request))


async def _people(request: Request) -> list[dict[str, Any]]:
    """The demo's sign-ins, one press each; nothing outside a demo."""
    people = request.app.state.demo_people
    known = {
        account.email: account
        for account in await Account.filter(email__in=[person["email"] for person in people]).select_related("brand")
    }
    return [
        {
            **person,
            "note": translate(person["note"], language_of(request)),
            "name": known[person["email"]].name,
            "role": str(known[person["email"]].role),
        }
        for person in people
        if person["email"] in known
    ]


async def choose_language(request: Request) -> Response:
    sent = await form(request)
    house = house_of(request)
    language = fields.choice(sent.get("to"), "to", LANGUAGES)
    if request.state.account:
        await joining.speak(house, request.state.account, language)
    back = RedirectResponse(_own_path(sent.get("back")) or "/", 303)
    back.headers.append("Set-Cookie", sessions.cookie(house, "language", language, seconds=A_YEAR))
    return back


def _own_path(path: Any) -> str | None:
    """A path of this server: anything a browser might read as another site is none."""
    own = isinstance(path, str) and path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if own else None


async def sign_in_page(request: Request) -> Response:
    if request.state.account:
        return RedirectResponse(HOME[request.state.account.role], 303)
    return page(
        request, "visitor/sign_in", form={"email": "", "next": request.query_params.get("next", "")}, error=None
    )


async def sign_in(request: Request) -> Response:
    sent = await form(request)
    house = house_of(request)
    try:
        account, token = await joining.sign_in(house, sent.get("email"), sent.get("password"), visitor_of(request))
    except (Wrong, TooMuch) as wrong:
        return page(
            request,
            "visitor/sign_in",
            status=wrong.status,
            error=words(wrong, language_of(request)),
            form={"email": str(sent.get("email", ""))[:254], "next": str(sent.get("next", ""))},
        )
    answer = RedirectResponse(_own_path(sent.get("next")) or HOME[Role(account.role)], 303)
    return sessions.keep_login(house, answer, token)


def device_name(agent: str) -> str:
    """What a person would call it: "Firefox, Windows"; a program's own name otherwise."""
    browser = next((name for mark, name in BROWSERS if mark in agent), agent.split("/")[0][:30])
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return ", ".join(filter(None, (browser, system))) or "–"


async def sign_up_page(request: Request) -> Response:
    chosen = request.query_params.get("brand", "")
    return await _sign_up_form(request, {"name": "", "email": "", "brand": chosen, "topics": [], "languages": []}, {})


async def _sign_up_form(request: Request, filled: dict[str, Any], errors: dict[str, str]) -> Response:
    language = language_of(request)
    brands = [
        {
            "slug": brand.slug,
            "name": brand.name,
            "languages": brand.languages,
            "topics": [
                {**showing.topic_view(topic, language), "currency": brand.currency}
                for topic in await Topic.filter(brand_id=brand.id).order_by("position")
            ],
        }
        for brand in await _brands(filled["brand"])
    ]
    return page(request, "visitor/sign_up", brands=brands, form=filled, errors=errors, status=422 if errors else 200)


async def _brands(chosen: str) -> list[Brand]:
    """The brands one may join: the one that was asked for, then the oldest others."""
    slug = chosen if chosen.replace("-", "").replace("_", "").isalnum() and chosen.isascii() else ""
    recruiting = Brand.filter(recruiting=True)
    wanted = await recruiting.filter(slug=slug)
    return [*wanted, *await recruiting.exclude(slug=slug).order_by("id").limit(MOST_BRANDS)]


async def sign_up(request: Request) -> Response:
    sent = await form(request)
    house = house_of(request)
    filled = {
        "name": sent.get("name"),
        "email": sent.get("email"),
        "password": sent.get("password"),
        "brand": sent.get("brand"),
        "languages": sent.getlist("languages"),
        "topics": sent.getlist("topics"),
    }
    try:
        _, token = await joining.sign_up(house, filled, visitor_of(request))
    except Wrong as wrong:
        return await _sign_up_form(request, _shown_again(filled), marked(wrong, language_of(request)))
    return sessions.keep_login(house, RedirectResponse("/lobby", 303), token)


def _shown_again(filled: dict[str, Any]) -> dict[str, Any]:
    """What was typed, kept for the next try; a password never is."""
    kept = {name: str(filled[name] or "")[:254] for name in ("name", "email", "brand")}
    topics = [int(topic) for topic in filled["topics"] if topic.isascii() and topic.isdecimal() and len(topic) < 10]
    return {**kept, "topics": topics, "languages": filled["languages"]}


@signed_in()
async def sign_out(request: Request, account: Account) -> Response:
    await form(request)
    house = house_of(request)
    await joining.revoke(house, account, only=request.state.login.id)
    return sessions.drop_login(house, RedirectResponse("/", 303))


@signed_in()
async def account_page(request: Request, account: Account) -> Response:
    return await _account(request, account)


async def _account(
    request: Request, account: Account, error: str | None = None, saved: bool = False, status: int = 200
) -> Response:
    logins = [
        {
            "id": login.id,
            "made_at": login.made_at,
            "seen_at": login.seen_at,
            "device": device_name(login.device),
            "here": login.id == request.state.login.id,
        }
        for login in await joining.logins_of(account)
    ]
    return page(request, "visitor/account", logins=logins, error=error, saved=saved, status=status)


@signed_in()
async def change_password(request: Request, account: Account) -> Response:
    sent = await form(request)
    try:
        await joining.change_password(house_of(request), account, request.state.login, sent.get("old"), sent.get("new"))
    except (Wrong, TooMuch) as wrong:
        return await _account(request, account, error=words(wrong, language_of(request)), status=wrong.status)
    return await _account(request, account, saved=True)


@signed_in()
async def revoke_login(request: Request, account: Account) -> Response:
    await form(request)
    await joining.revoke(house_of(request), account, only=request.path_params["login"])
    return RedirectResponse("/account", 303)


@signed_in()
async def revoke_others(request: Request, account: Account) -> Response:
    await form(request)
    await joining.revoke(house_of(request), account, but=request.state.login.id)
    return RedirectResponse("/account", 303)
