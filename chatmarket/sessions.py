"""Who is asking, and whether the request is theirs: logins, chat tokens, Origin and form tokens.

Fail closed: a cookie without an allowed Origin does nothing unsafe and opens no socket; a bearer token needs no Origin,
for no browser sends one by itself, but a wrong one is refused all the same.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import quote

from starlette.datastructures import FormData, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatmarket.errors import N_, NotAllowed, NotThere, SignInFirst, Unreadable
from chatmarket.flows import counting, joining
from chatmarket.flows.talking import Seat
from chatmarket.house import REMEMBERED_S, House
from chatmarket.models import Account, Chat, Login, Role
from chatmarket.store import StoreBusy
from chatmarket.templating import language_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Forms that hold a whole conversation, a table or long terms in every language, and whom they are for.
ROOMY = {
    "/privacy": (Role.STAFF, 1 << 20),
    "/recruiting/terms": (Role.STAFF, 1 << 19),
    "/recruiting/invitations/table": (Role.STAFF, 1 << 19),
}
NOBODYS = frozenset({"/health", "/ready", "/metrics"})  # asked by machines, also while the database is away
VISIT = "visit"  # a random number per browser, to which form tokens are bound
WRONG_ORIGIN = N_("This request came from another site and was refused.")
OLD_FORM = N_("This form is out of date. Please reload the page and try again.")

Face = Callable[[Request, Exception], Awaitable[Response]]


class Sessions:
    """Finds out who sends each request, and reads no more of it than a body may hold."""

    def __init__(self, app: ASGIApp, house: House, busy: Face) -> None:
        self._app, self._house, self._busy = app, house, busy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/static/") or scope["path"] in NOBODYS:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        visit = request.cookies.get(VISIT) or secrets.token_urlsafe(16)
        try:
            login = await login_from(request, self._house)
            shown = await _shown(self._house, login, scope["path"])
        except StoreBusy as busy:
            # Outside the application's own error faces, and nobody can be let in unseen.
            await (await self._busy(request, busy))(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state.update(
            login=login,
            account=login.account if login else None,
            account_shown=shown,
            csrf=csrf_token(self._house, visit, login),
        )
        set_visit = visit != request.cookies.get(VISIT) and not scope["path"].startswith("/api/")
        limited = _limited(receive, self._most(scope["path"], login))
        await self._app(scope, limited, self._sending(send, visit) if set_visit else send)

    def _most(self, path: str, login: Login | None) -> int:
        """The largest body that this path takes from this person."""
        role, most = ROOMY.get(path, (None, 0))
        most = most if login is not None and login.account.role == role else 0
        return max(most, self._house.settings.body_bytes)

    def _sending(self, send: Send, visit: str) -> Send:
        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", cookie(self._house, VISIT, visit))
            await send(message)

        return with_cookie


def _limited(receive: Receive, most: int) -> Receive:
    """Refuses a body beyond `most` bytes with our own error face; Starlette's own limit knows only a bare line."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413)
        return message

    return counted


async def _shown(house: House, login: Login | None, path: str) -> dict[str, Any] | None:
    """What every page tells of who looks at it; a brand's people see how much waits for them."""
    if login is None:
        return None
    account = login.account
    return {
        "id": account.id,
        "name": account.name,
        "email": account.email,
        "role": str(account.role),
        "brand_name": account.brand.name if account.brand else None,
        **(await counting.waiting(house, account.brand_id) if account.brand_id and "/api/" not in path else {}),
    }


async def login_from(connection: HTTPConnection, house: House) -> Login | None:
    """By cookie for pages; the API reads only the Authorization header, so foreign pages can do nothing there."""
    token = bearer(connection) or cookie_of(connection, session_cookie(house))
    return await joining.login_of(house, token) if token else None


# Origin and form tokens


def origin_is_ours(house: House, connection: HTTPConnection) -> bool | None:
    """True or False by the Origin header; None without one."""
    origin = connection.headers.get("origin")
    return None if origin is None else origin in house.settings.allowed_origins()


def check_origin(house: House, request: Request) -> None:
    """An unsafe page request must come from our own pages; an API request must not come from foreign ones."""
    if request.method in SAFE:
        return
    ours = origin_is_ours(house, request)
    if ours is False or (ours is None and not request.url.path.startswith("/api/")):
        raise NotAllowed(WRONG_ORIGIN, code="origin")


def csrf_token(house: House, visit: str, login: Login | None) -> str:
    return house.seal("form", f"{visit}:{login.id if login else 0}")


async def form(request: Request, *, files: int = 0) -> FormData:
    """The form of an unsafe page request, once its origin and its token are ours; few take a file."""
    check_origin(house_of(request), request)
    sent = await request.form(max_files=files, max_fields=200)
    try:
        _check_texts(sent)
        token = sent.get("csrf") or request.headers.get("x-csrf-token") or ""
        if not isinstance(token, str) or not hmac.compare_digest(token.encode(), request.state.csrf.encode()):
            raise NotAllowed(OLD_FORM, code="csrf")
    except BaseException:
        await sent.close()
        raise
    return sent


def _check_texts(sent: FormData) -> None:
    """A form may name an encoding that makes lone surrogates: no page could even show them again."""
    try:
        "".join(str(value) for _, value in sent.multi_items()).encode()
    except UnicodeEncodeError:
        raise Unreadable(code="bad_text") from None


async def body(request: Request) -> Mapping[str, Any]:
    """The JSON object of an API request; nothing sent is an empty one."""
    check_origin(house_of(request), request)
    raw = await request.body()
    try:
        found = await request.json() if raw else {}
    except (ValueError, RecursionError):
        raise Unreadable(N_("The body is not JSON."), code="bad_json") from None
    if not isinstance(found, dict):
        raise Unreadable(N_("The body is not a JSON object."), code="bad_json")
    return found


# Cookies and tokens


def house_of(connection: HTTPConnection) -> House:
    house: House = connection.app.state.house
    return house


def session_cookie(house: House) -> str:
    return "__Host-session" if house.settings.secure else "session"


def cookie(house: House, name: str, value: str, *, path: str = "/", seconds: int | None = None) -> str:
    """A Set-Cookie value: for our own pages only, and never readable by scripts."""
    ends = "" if seconds is None else f"; Max-Age={seconds}"
    return f"{name}={value}; Path={path}; HttpOnly; SameSite=Lax{ends}{'; Secure' if house.settings.secure else ''}"


def keep_login(house: House, response: Response, token: str) -> Response:
    response.headers.append(
        "Set-Cookie", cookie(house, session_cookie(house), token, seconds=house.settings.login_days * 86400)
    )
    return response


def drop_login(house: House, response: Response) -> Response:
    response.headers.append("Set-Cookie", cookie(house, session_cookie(house), "", seconds=0))
    return response


def keep_chat(house: House, response: Response, chat: int, token: str) -> Response:
    response.headers.append(
        "Set-Cookie",
        cookie(house, f"chat_{chat}", token, path=f"/chats/{chat}", seconds=house.settings.chat_token_hours * 3600),
    )
    return response


def keep_customer(house: House, response: Response, slug: str, customer: int) -> Response:
    """So that who asks the brand again is known to have asked before; sent to its own page alone."""
    token = house.customer_token(customer)
    kept = cookie(house, f"asked_{slug}", token, path=f"/b/{slug}", seconds=REMEMBERED_S)
    response.headers.append("Set-Cookie", kept)
    return response


def customer_token(request: Request, slug: str) -> str:
    return cookie_of(request, f"asked_{slug}") or ""


def bearer(connection: HTTPConnection) -> str | None:
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return (token.strip() or None) if kind.lower() == "bearer" and len(token) < 4096 else None


def cookie_of(connection: HTTPConnection, name: str) -> str | None:
    """A cookie, where cookies count: never in the API, and never beside a bearer token."""
    counts = not connection.url.path.startswith("/api/") and "authorization" not in connection.headers
    return connection.cookies.get(name) if counts else None


def visitor_of(request: Request) -> joining.Visitor:
    agent, chosen = request.headers.get("user-agent", ""), bool(cookie_of(request, "language"))
    return joining.Visitor(client_address(request), agent, language_of(request), chosen)


def client_address(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


# Who may

Page = Callable[[Request], Awaitable[Response]]
OwnPage = Callable[[Request, Account], Awaitable[Response]]


def signed_in(*roles: Role) -> Callable[[OwnPage], Page]:
    """Lets only these roles in; a visitor who only looks is sent to sign in first."""

    def deco(endpoint: OwnPage) -> Page:
        @wraps(endpoint)
        async def guarded(request: Request) -> Response:
            account: Account | None = request.state.account
            if account is None and request.method in SAFE and not request.url.path.startswith("/api/"):
                return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", 303)
            return await endpoint(request, allowed(account, roles))

        return guarded

    return deco


def allowed(account: Account | None, roles: tuple[Role, ...]) -> Account:
    if account is None:
        raise SignInFirst
    if roles and account.role not in roles:
        raise NotAllowed
    return account


def holds_token(connection: HTTPConnection, chat: int) -> bool:
    """Whether the chat's own token came along; asked before the database, so that nobody learns which chats exist."""
    token = bearer(connection) or cookie_of(connection, f"chat_{chat}") or ""
    return house_of(connection).chat_of(token) == chat


def expert_seat(account: Account | None, chat: Chat) -> Seat | None:
    if account is None or account.role != Role.EXPERT or chat.expert_id != account.id:
        return None
    return Seat(chat.id, "expert", account.language, account.id, chat.brand_id)


async def customer_chat(request: Request) -> tuple[Chat, Seat]:
    """The chat of the path and its customer's seat; to anybody else there is no such chat."""
    if not holds_token(request, request.path_params["chat"]):
        raise NotThere
    chat = await chat_of_path(request)
    return chat, customer_seat(chat)


def customer_seat(chat: Chat) -> Seat:
    return Seat(chat.id, "customer", chat.language, brand=chat.brand_id)


async def expert_chat(request: Request, account: Account) -> tuple[Chat, Seat]:
    chat = await chat_of_path(request)
    seat = expert_seat(account, chat)
    if seat is None:
        raise NotThere
    return chat, seat


async def chat_of_path(connection: HTTPConnection) -> Chat:
    number = connection.path_params["chat"]
    chat: Chat | None = await house_of(connection).chats.add(number) if 0 < number < 2**31 else None
    if chat is None:
        raise NotThere
    return chat
