"""Every door of the house, taken from its own list of routes: a new one is tried without being named here."""

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from starlette.routing import Route, WebSocketRoute

from chatmarket.models import (
    Answer,
    Application,
    Attempt,
    Block,
    Case,
    Chat,
    Evidence,
    Exam,
    Example,
    Invitation,
    Login,
    Question,
    Review,
)
from chatmarket.routes import API, ROUTES
from chatmarket.sessions import SAFE
from tests.cast import Cast, Person, Shop
from tests.stories.browsing import Browser, browser, code_of
from tests.stories.keeping import counts
from tests.stories.listening import bare

EVIL = "https://evil.example"
FOREIGN = (EVIL, "null")
Roles = tuple[str, ...]
ROLES = ("visitor", "customer", "expert", "moderator", "staff")


@dataclass
class Everybody:
    """One of each, and a live chat between the customer and the expert."""

    browsers: dict[str, Browser]
    tokens: dict[str, str]
    ids: dict[str, object]

    def path(self, route: Route | WebSocketRoute) -> str:
        return route.path_format.format(**self.ids)


@asynccontextmanager
async def _everybody(cast: Cast) -> AsyncIterator[Everybody]:
    shop = await cast.brand()
    people: dict[str, Person] = {
        "expert": await cast.expert(shop),
        "moderator": await cast.moderator(shop),
        "staff": await cast.moderator(shop, role="staff"),
    }
    async with AsyncExitStack() as stack:
        browsers = {role: await stack.enter_async_context(browser(cast.here)) for role in ("visitor", "customer")}
        for role, person in people.items():
            browsers[role] = await stack.enter_async_context(browser(cast.here, email=person.email))
        fields = {"topic": str(shop.topic), "language": "en", "question": "How?"}
        asked = await browsers["customer"].post(f"/b/{shop.slug}", fields)
        chat = int(asked.headers["location"].rpartition("/")[2])
        await people["expert"].api.claim(chat, people["expert"].token)
        login = (await Login.filter(account_id=people["expert"].id).first()).id
        ids = {
            "brand": shop.slug,
            "chat": chat,
            "expert": people["expert"].id,
            "login": login,
            "person": people["moderator"].id,
        }
        ids["customer"] = (await Chat.get(id=chat)).customer_id
        ids |= await _recruiting(cast, shop, people)
        ids |= await _under_review(shop, people, chat)
        tokens = {role: person.token for role, person in people.items()} | {"customer": cast.house.chat_token(chat)}
        yield Everybody(browsers, tokens, ids)


async def _under_review(shop: Shop, people: dict[str, Person], chat: int) -> dict[str, object]:
    """A report about the expert, and a block of them that is over."""
    now, expert = datetime.now(UTC), people["expert"].id
    review = await Review.create(brand_id=shop.id, expert_id=expert, kind="by_customer", at=now)
    await Evidence.create(review_id=review.id, chat_id=chat)
    kept = {"brand_id": shop.id, "expert_id": expert, "by_id": people["staff"].id, "reason": "rude", "at": now}
    return {"review": review.id, "block": (await Block.create(**kept, until=now)).id}


async def _recruiting(cast: Cast, shop: Shop, people: dict[str, Person]) -> dict[str, object]:
    """A link into the brand, an exam that its expert sits, a draft to be changed, and what was learnt of its topic."""
    now, staff = datetime.now(UTC), people["staff"].id
    ends = now + timedelta(hours=1)
    link = await Invitation.create(brand_id=shop.id, made_by_id=staff, language="en", most=9, made_at=now, ends_at=ends)
    sat = {"most": 6, "minutes": 30, "attempts": 3, "pause_days": 7, "made_at": now, "brand_id": shop.id}
    exam = await Exam.create(language="en", version=1, state="published", published_at=now, **sat)
    draft = await Exam.create(language="en", version=2, **sat)
    asked = {"kind": "short", "text": "Which?", "options": [], "right": ["42"]}
    own, drawn = [await Question.create(exam_id=one.id, **asked) for one in (draft, exam)]
    more = [await Question.create(exam_id=exam.id, **asked) for _ in range(5)]
    expert = people["expert"].id
    application = await Application.get(expert_id=expert, brand_id=shop.id)
    attempt = await Attempt.create(
        expert_id=expert,
        exam_id=exam.id,
        application_id=application.id,
        topics=[],
        reasons={},
        drawn=[drawn.id, *(one.id for one in more)],
        sitting=f"{expert}/{shop.id}/en",
        began_at=now,
        ends_at=ends,
    )
    answer = await Answer.create(attempt_id=attempt.id, question_id=drawn.id, given={"text": "42"}, right=True, at=now)
    example = await Example.create(brand_id=shop.id, topic_id=shop.topic, language="en", text="How?", at=now)
    case = await Case.create(expert_id=expert, brand_id=shop.id, dossier={}, opened_at=now)
    return {
        "case": case.id,
        "topic": shop.topic,
        "example": example.id,
        "invitation": link.id,
        "token": cast.house.invitation_token(link.id),
        "stop": cast.house.stop_token(expert),
        "exam": draft.id,
        "question": own.id,
        "attempt": attempt.id,
        "answer": answer.id,
    }


def _routes(kind: type, routes: list[object] = ROUTES) -> Iterator[Route | WebSocketRoute]:
    return (route for route in routes if isinstance(route, kind))


def _unsafe(routes: list[object]) -> list[Route]:
    return [route for route in _routes(Route, routes) if set(route.methods) - SAFE]


def _looked_at() -> list[Route]:
    return [route for route in _routes(Route) if "GET" in route.methods]


async def test_no_page_route_does_anything_without_the_token_of_its_form(cast: Cast) -> None:
    async with _everybody(cast) as everybody:
        strangers = await everybody.browsers["visitor"].form_token()
        before = await counts()
        for route in _unsafe(ROUTES):
            roles = await _refused(everybody, route, "csrf", {}, origin=cast.here)
            for token in ("", "é" * 64, strangers[:-1], secrets.token_hex(32)):
                await _refused(everybody, route, "csrf", {"csrf": token}, origin=cast.here, roles=roles)
        await _nothing_happened(everybody, before)


async def test_no_page_route_does_anything_for_a_page_of_another_site(cast: Cast) -> None:
    async with _everybody(cast) as everybody:
        before = await counts()
        tokens = {role: await page.form_token() for role, page in everybody.browsers.items()}
        for route in _unsafe(ROUTES):
            roles = await _refused(everybody, route, "origin", tokens, origin=None)
            for origin in ("", cast.there, *FOREIGN):
                await _refused(everybody, route, "origin", tokens, origin=origin, roles=roles)
        await _nothing_happened(everybody, before)


async def _refused(
    everybody: Everybody, route: Route, code: str, tokens: dict[str, str], *, origin: str | None, roles: Roles = ROLES
) -> Roles:
    """All of `roles` are refused at a route, those it is for with this code: they are returned, and there are some."""
    met = []
    for role in roles:
        sent = {"csrf": token} if (token := tokens.get("csrf", tokens.get(role))) else {}
        answer = await everybody.browsers[role].post_raw(everybody.path(route), sent, origin=origin)
        assert answer.status_code in (401, 403, 404), (route.path, role, answer.status_code)
        met += [role] if code_of(answer) == code else []
    assert met, f"{route.path} refused nobody with {code}"
    return tuple(met)


async def _nothing_happened(everybody: Everybody, before: dict[str, int]) -> None:
    assert await counts() == before
    assert (await Chat.get(id=everybody.ids["chat"])).status == "live"
    assert not await Login.filter(id=everybody.ids["login"]).exclude(revoked_at=None).exists()


async def test_no_api_route_does_anything_for_a_page_of_another_site(cast: Cast) -> None:
    async with _everybody(cast) as everybody, httpx2.AsyncClient(base_url=f"{cast.here}/api/v1") as http:
        before = await counts()
        for route in _unsafe(API):
            tokens = list(everybody.tokens.values())
            for origin in (cast.there, *FOREIGN):
                met = []
                for token in tokens:
                    named = {"Origin": origin, "Authorization": f"Bearer {token}"}
                    answer = await http.post(everybody.path(route), json={}, headers=named)
                    assert answer.status_code in (401, 403, 404), (route.path, answer.text)
                    assert "access-control-allow-origin" not in answer.headers
                    met += [token] if code_of(answer) == "origin" else []
                assert met, route.path
                tokens = met[:1]
        await _nothing_happened(everybody, before)


async def test_the_api_reads_no_cookie(cast: Cast) -> None:
    async with _everybody(cast) as everybody:
        for role, page in everybody.browsers.items():
            for path in ("/earnings", "/brand/ledger"):
                assert (await page.open(f"/api/v1{path}")).status_code == 401, role
            assert (await page.post_raw("/api/v1/sign-out", origin=cast.here)).status_code == 401
            ended = await page.http.post(f"/api/v1/chats/{everybody.ids['chat']}/end", json={})
            assert ended.status_code == 401


async def test_no_socket_opens_for_a_page_of_another_site(cast: Cast) -> None:
    async with _everybody(cast) as everybody:
        for route in _routes(WebSocketRoute):
            path = everybody.path(route)
            openers = []
            for role, page in everybody.browsers.items():
                if not await _opens(cast.here + path, cookie=page.cookie(path), origin=cast.here):
                    continue
                openers.append(role)
                for origin in (None, cast.there, *FOREIGN):
                    assert await _closed(cast.here + path, 4403, cookie=page.cookie(path), origin=origin), origin
                token = everybody.tokens[role]
                assert await _opens(cast.here + path, token)
                for origin in (cast.there, *FOREIGN):
                    assert await _closed(cast.here + path, 4403, token, origin=origin), origin
            assert openers, f"nobody may open {route.path}: the test is blind"


async def _opens(url: str, token: str | None = None, **headers: str | None) -> bool:
    async with bare(url, token, **{name: value for name, value in headers.items() if value}) as socket:
        async for frame in socket:
            return frame["type"] == "hello"
        assert socket.socket.close_code in (4401, 4403, 4404)
        return False


async def _closed(url: str, code: int, token: str | None = None, **headers: str | None) -> bool:
    async with bare(url, token, **{name: value for name, value in headers.items() if value is not None}) as socket:
        async for frame in socket:
            raise AssertionError(f"{url} said {frame['type']}")
        return socket.socket.close_code == code


IN, AWAY, NO, NOTHING = 200, 303, 403, 404
_EXPERTS = (AWAY, AWAY, IN, NO, NO)
_MODERATORS = (AWAY, AWAY, NO, IN, IN)
_STAFF = (AWAY, AWAY, NO, NO, IN)
PAGES = {  # visitor, customer, expert, moderator, staff
    "/": (IN, IN, IN, IN, IN),
    "/health": (IN, IN, IN, IN, IN),
    "/ready": (IN, IN, IN, IN, IN),
    "/metrics": (NOTHING, NOTHING, NOTHING, NOTHING, NOTHING),
    "/sign-in": (IN, IN, AWAY, AWAY, AWAY),
    "/sign-up": (IN, IN, IN, IN, IN),
    "/account": (AWAY, AWAY, IN, IN, IN),
    "/b/{brand}": (IN, IN, IN, IN, IN),
    "/chats/{chat}": (NOTHING, IN, NOTHING, NOTHING, NOTHING),
    "/lobby": _EXPERTS,
    "/rooms/{chat}": _EXPERTS,
    "/earnings": _EXPERTS,
    "/standing": _EXPERTS,
    "/standing/{brand}": _EXPERTS,
    "/cases": _MODERATORS,
    "/cases/{case}": _MODERATORS,
    "/experts/{expert}": _MODERATORS,
    "/board": _MODERATORS,
    "/brand": _MODERATORS,
    "/watch/{chat}": _MODERATORS,
    "/watch/{chat}/reveal": _STAFF,
    "/audit": _MODERATORS,
    "/customers": _STAFF,
    "/customers/{customer}": _STAFF,
    "/people": _STAFF,
    "/offering": _STAFF,
    "/offering/paging": _STAFF,
    "/reach": _EXPERTS,
    "/stop/{stop}": (IN, IN, IN, IN, IN),
    "/claims": _MODERATORS,
    "/b/{brand}/join": (IN, IN, IN, IN, IN),
    "/join/{token}": (IN, IN, IN, IN, IN),
    "/brands": _EXPERTS,
    "/exams/{attempt}": _EXPERTS,
    "/marking": (AWAY, AWAY, IN, IN, IN),
    "/recruiting": _STAFF,
    "/recruiting/invitations": _STAFF,
    "/recruiting/exams": _STAFF,
    "/recruiting/exams/{exam}": _STAFF,
    "/topics": _MODERATORS,
    "/topics/own": _MODERATORS,
    "/topics/{topic}": _MODERATORS,
    "/reviews": _MODERATORS,
    "/reviews/{review}": _MODERATORS,
    "/blocks": _MODERATORS,
    "/unanswered": _MODERATORS,
    "/experts": _MODERATORS,
    "/privacy": (AWAY, AWAY, NO, NO, IN),
}


async def test_each_page_is_open_to_its_roles_and_to_no_other(cast: Cast) -> None:
    assert set(PAGES) == {route.path_format for route in _looked_at()}
    async with _everybody(cast) as everybody:
        found = {
            path: tuple(
                [(await everybody.browsers[role].open(path.format(**everybody.ids))).status_code for role in ROLES]
            )
            for path in PAGES
        }
    assert found == PAGES


async def test_every_answer_tells_the_browser_what_it_may_do(cast: Cast) -> None:
    async with _everybody(cast) as everybody:
        paths = [everybody.path(route) for route in _looked_at()]
        paths += ["/nothing/here", "/static/css/base.css", "/static/nothing.css", "/api/v1/brands", "/chats/0"]
        for role, page in everybody.browsers.items():
            for path in paths:
                answer = await page.open(path)
                assert answer.status_code < 500
                _is_safe(answer, f"{role} {path}")
                if "html" in answer.headers.get("content-type", ""):
                    assert "no-store" in answer.headers["cache-control"]
        for answer in (
            await page.http.put("/lobby"),
            await page.post_raw("/sign-in", content=b"x" * 70_000, origin=cast.here),
            await page.post_raw("/sign-in", origin=EVIL),
        ):
            assert 400 <= answer.status_code < 500
            _is_safe(answer, str(answer.status_code))


def _is_safe(answer: httpx2.Response, what: str) -> None:
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, what
    assert "unsafe-" not in policy and "base-uri 'none'" in policy, what
    assert answer.headers["x-content-type-options"] == "nosniff", what
    assert answer.headers["x-frame-options"] == "DENY", what
    assert answer.headers["referrer-policy"] == "same-origin", what


@pytest.mark.parametrize("role", ["expert", "moderator", "staff"])
async def test_nobody_acts_in_anothers_role(cast: Cast, role: str) -> None:
    """A right token and a right Origin do not help whoever has the wrong role."""
    theirs = {
        "expert": ("/unanswered", "/experts", "/privacy"),
        "moderator": ("/lobby", "/offers", "/rooms", "/privacy"),
        "staff": ("/lobby", "/offers", "/rooms"),
    }
    forbidden = theirs[role]
    async with _everybody(cast) as everybody:
        before = await counts()
        tried = [route for route in _unsafe(ROUTES) if route.path.startswith(forbidden)]
        assert tried
        for route in tried:
            answer = await everybody.browsers[role].post(everybody.path(route), {"reason": "x", "online": "no"})
            assert (answer.status_code, code_of(answer)) == (403, "not_allowed"), route.path
        await _nothing_happened(everybody, before)
