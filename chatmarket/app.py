"""One Starlette application: its middleware, its error faces, and what lives as long as it does."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatmarket import metrics
from chatmarket.errors import N_, NotThere, Problem, TooMuch
from chatmarket.furnishing import furnish
from chatmarket.house import House
from chatmarket.routes import ROUTES
from chatmarket.sessions import Sessions
from chatmarket.settings import Settings
from chatmarket.store import StoreBusy, close_store, open_store
from chatmarket.templating import flashed, for_htmx, language_of, page, static, translate, words
from realtime.tasks import ended

logger = logging.getLogger(__name__)

Alongside = Callable[[House], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with that, browsers send "Origin: null" along with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
TITLES = {
    400: N_("That could not be read"),
    401: N_("Please sign in"),
    403: N_("Not open to you"),
    404: N_("Nothing here"),
    405: N_("Not like this"),
    409: N_("No longer possible"),
    413: N_("Too large"),
    422: N_("Not quite right"),
    429: N_("A little slower"),
    500: N_("Our fault"),
    503: N_("One moment, please"),
}
OUR_FAULT = N_("Something went wrong on our side. Nothing you sent was lost on yours: please try again.")
BUSY = N_("The server is busy. Please try again in a moment.")


def build(
    settings: Settings,
    *,
    alongside: Sequence[Alongside] = (),
    demo_people: Sequence[Mapping[str, str]] = (),
    open_database: bool = True,
) -> Starlette:
    """The application; `alongside` runs as long as it does (the clock). Tests that share a database open it once."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with _open(settings, app.state.house, open_database):
            tasks = [asyncio.create_task(_guarded(run, app.state.house)) for run in alongside]
            try:
                yield
            finally:
                await ended(*tasks)

    house = furnish(settings)
    app = Starlette(
        routes=ROUTES,
        lifespan=lifespan,
        middleware=[Middleware(Headers, secure=settings.secure), Middleware(Sessions, house=house, busy=_busy)],
        exception_handlers={
            Problem: _problem,
            ClientDisconnect: _gone,
            HTTPException: _http,
            StoreBusy: _busy,
            500: _fault,
        },
    )
    app.state.house = house
    app.state.demo_people = list(demo_people) if settings.demo else []
    return app


@contextlib.asynccontextmanager
async def _open(settings: Settings, house: House, open_database: bool) -> AsyncIterator[None]:
    if open_database:
        await open_store(settings.database_url)
    try:
        async with house.switchboard.running():
            yield
            house.held.release_all()
    finally:
        if open_database:
            await close_store()
        house.passwords.close()


async def _guarded(run: Alongside, house: House) -> None:
    try:
        await run(house)
    except Exception:
        logger.exception("a companion of the server ended")


class Headers:
    """Every answer tells the browser what it may do with it; static files may be kept for ever, by their hash."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self._app = app
        sent = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if secure else {})
        self._headers = [(name.lower().encode(), value.encode()) for name, value in sent.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                metrics.ANSWERS[str(message["status"])] += 1
                message["headers"] = [*message["headers"], *self._headers, *_caching(scope, message["status"])]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def _caching(scope: Scope, status: int) -> list[tuple[bytes, bytes]]:
    """A static file asked for by its hash never changes; any other (a module's import) is asked about each time."""
    path = str(scope["path"])
    if not path.startswith("/static/") or status != 200:
        return []
    # Another version's hash, in the middle of a deploy, must not keep this content for a year.
    by_hash = static(path.removeprefix("/static/")).partition("?")[2].encode() == bytes(scope["query_string"])
    return [(b"cache-control", b"public, max-age=31536000, immutable" if by_hash else b"no-cache")]


# Error faces


async def _problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    answer = _face(request, problem.status, problem.code, words(problem, language_of(request)), problem.field)
    if isinstance(problem, TooMuch) and problem.again_in:
        answer.headers["Retry-After"] = str(problem.again_in)
    return answer


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known = {
        404: NotThere.text,
        405: N_("That is not how this address is used."),
        413: N_("That is more than this server takes at once."),
    }
    text = translate(known.get(error.status_code, Problem.text), language_of(request))
    return _face(
        request,
        error.status_code,
        {404: "not_there", 405: "wrong_method", 413: "too_large"}.get(error.status_code, "problem"),
        text,
    )


async def _gone(request: Request, error: Exception) -> Response:
    """Whoever sent it left in the middle of it: nobody reads this answer, and nothing went wrong here."""
    return Response(status_code=400)


async def _busy(request: Request, error: Exception) -> Response:
    return _face(request, 503, "retry", translate(BUSY, language_of(request)))


async def _fault(request: Request, error: Exception) -> Response:
    answer = _face(request, 500, "fault", translate(OUR_FAULT, language_of(request)))
    # Made outside of all middleware.
    metrics.ANSWERS["500"] += 1
    answer.headers.update(HEADERS)
    return answer


def _face(request: Request, status: int, code: str, text: str, field: str | None = None) -> Response:
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": {"code": code, "text": text, "field": field}}, status)
    if for_htmx(request):
        return flashed(request, text, status)
    title: Any = translate(TITLES.get(status, TITLES[400]), language_of(request))
    return page(request, "error", status=status, title=title, text=text, code=code)
