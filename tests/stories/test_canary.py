"""The canaries: values of every kind are planted at every door, and every way out is scanned for one byte of them.

Every page, address of the API and socket is taken from the product's own list of routes. A new one that takes
anything must say below what it is given, or the test fails by itself.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import prometheus_client
import pytest
from starlette.routing import Route, WebSocketRoute
from websockets.exceptions import ConnectionClosed

from chatmarket.flows import learning
from chatmarket.models import (
    Acceptance,
    Answer,
    Application,
    Attempt,
    Block,
    Brand,
    Case,
    Chat,
    Decision,
    Evidence,
    Exam,
    Example,
    Invitation,
    Lesson,
    Login,
    Question,
    Reply,
    Review,
    Standing,
    Terms,
)
from chatmarket.routes import API, ROUTES
from chatmarket.sessions import SAFE
from chatmarket.settings import Settings
from tests.cast import Cast, Customer, Person, Shop
from tests.stories import acts, canaries
from tests.stories.browsing import Browser, browser, code_of
from tests.stories.canaries import COMMENT, GIVEN, LEFT, ON_THE_FORM, PLAIN, SPLIT, TYPED, said
from tests.stories.keeping import whole_database
from tests.stories.listening import Bare, bare, eventually
from tests.stories.overhearing import overhearing

# Where the first half of a word stood before anybody could know that it was one: on its way to the customer's own
# other tabs and to the brand's people, and in the pages of the database's file from before it was corrected.
BEFORE_HINDSIGHT = frozenset({"redis", "watch", "database"})
READERS = ("visitor", "stranger", "expert", "rival", "moderator", "staff")


@dataclass
class Seen:
    """Everything that came out, and where."""

    parts: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, where: str, answer: httpx2.Response | bytes | str) -> None:
        if isinstance(answer, httpx2.Response):
            head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
            answer = f"{answer.url}\n{head}\n".encode() + answer.content
        self.parts.append((where, answer.encode() if isinstance(answer, str) else bytes(answer)))

    def of(self, where: str) -> bytes:
        return b"\n".join(part for name, part in self.parts if name.startswith(where))


@dataclass
class World:
    """A chat in which everything was given away, and everybody who might read it."""

    cast: Cast
    people: dict[str, Person]
    browsers: dict[str, Browser]
    ids: dict[str, Any]
    seen: Seen


@asynccontextmanager
async def _world(cast: Cast) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        shop, other = await cast.brand(), await cast.brand()
        people = {
            "expert": await cast.expert(shop, at=cast.there),
            "rival": await cast.expert(shop),
            "moderator": await cast.moderator(shop),
            "staff": await cast.moderator(shop, role="staff"),
        }
        stranger = await cast.customer(other)
        seen, browsers = Seen(), {}
        for name in READERS:
            email = people[name].email if name in people else None
            browsers[name] = await stack.enter_async_context(browser(cast.here, email=email))
        ana = await _lived(cast, shop, people, seen)
        left = await _left_an_address(cast, shop)
        example = await _learnt(cast, shop, ana)
        outside = await _asked_the_brand(cast, shop, seen)
        login = (await Login.filter(account_id=people["rival"].id).order_by("id").first()).id
        mine = await cast.live(shop, people["rival"])
        lost = {"what": "lost", "prompt": True, "behind_ms": 5, "at": datetime.now(UTC)}
        await Reply.create(chat_id=ana.chat, expert_id=people["rival"].id, **lost)
        await Standing.filter(expert_id=people["rival"].id).update(state="paused")
        waiting = (await cast.customer(shop)).chat
        ids = {
            "brand": shop.slug,
            "topic": shop.topic,
            "chat": ana.chat,
            "customer": (await Chat.get(id=ana.chat)).customer_id,
            "expert": people["rival"].id,
            "stop": cast.house.stop_token(people["rival"].id),
            "person": people["moderator"].id,
            "login": login,
            "left": left,
            "outside": outside,
            "example": example,
            "waiting": waiting,
            "card": (await Chat.get(id=waiting)).card,
            "given": (await cast.live(shop, people["expert"])).chat,
            "offered": (await cast.customer(shop)).chat,
            "mine": mine.chat,
            **await _recruiting(cast, shop, other, people, ana.chat),
            **await _looked_at(shop, people, ana.chat),
        }
        people["stranger"] = Person(cast.here, 0, "", stranger.token, cast.api(cast.here))
        yield World(cast, people, browsers, ids, seen)


async def _recruiting(cast: Cast, shop: Shop, other: Shop, people: dict[str, Person], chat: int) -> dict[str, Any]:
    """The brand's terms, which its expert has accepted, a link of it, and another brand's that anybody may use."""
    now, staff = datetime.now(UTC), people["staff"].id
    terms = await Terms.create(brand_id=shop.id, version=1, texts={"en": "Be kind."}, author_id=staff, at=now)
    await Acceptance.create(account_id=people["expert"].id, terms_id=terms.id, language="en", at=now)
    link = {"made_by_id": staff, "language": "en", "most": 500, "made_at": now, "ends_at": now + timedelta(days=1)}
    own, foreign = [await Invitation.create(brand_id=brand.id, **link) for brand in (shop, other)]
    token = cast.house.invitation_token(foreign.id)
    return {"invitation": own.id, "token": token, "foreign": other.topic, **await _examined(shop, other, people, chat)}


async def _looked_at(shop: Shop, people: dict[str, Person], chat: int) -> dict[str, Any]:
    """A report that waits for a decision, and a block of the rival's that is over."""
    now, rival = datetime.now(UTC), people["rival"].id
    review = await Review.create(brand_id=shop.id, expert_id=rival, kind="by_customer", at=now)
    await Evidence.create(review_id=review.id, chat_id=chat)
    kept = {"brand_id": shop.id, "expert_id": rival, "by_id": people["staff"].id, "reason": "rude", "at": now}
    return {"review": review.id, "block": (await Block.create(**kept, until=now)).id}


async def _examined(shop: Shop, other: Shop, people: dict[str, Person], chat: int) -> dict[str, Any]:
    """A draft to be changed, an exam that the rival sits, and an answer of theirs that waits to be judged."""
    now = datetime.now(UTC)
    sat = {"most": 6, "minutes": 30, "attempts": 3, "pause_days": 7, "made_at": now, "brand_id": shop.id}
    exam = await Exam.create(language="en", version=1, state="published", published_at=now, **sat)
    asked = {"exam_id": exam.id, "options": [], "right": ["42"]}
    pool = [await Question.create(kind="short", text=f"Which? {n}", **asked) for n in range(6)]
    drawn = [one.id for one in pool]
    written = await Question.create(kind="written", text="How do you calm a customer?", **asked)
    draft = await Exam.create(language="en", version=2, **sat)
    question = await Question.create(kind="short", text="Which?", **{**asked, "exam_id": draft.id})
    await Question.bulk_create(
        [Question(kind="short", text=f"Which? {n}", **{**asked, "exam_id": draft.id}) for n in range(6)]
    )
    rival = {"expert_id": people["rival"].id, "exam_id": exam.id, "topics": [], "reasons": {}, "began_at": now}
    rival["application_id"] = (await Application.get(expert_id=people["rival"].id, brand_id=shop.id)).id
    ends = {"ends_at": now + timedelta(hours=1)}
    sitting = f"{people['rival'].id}/{shop.id}/en"
    attempt = await Attempt.create(drawn=drawn, sitting=sitting, chat_id=chat, **rival, **ends)
    judged = await Attempt.create(drawn=[*drawn, written.id], state="review", **rival, **ends)
    for one in pool:
        await Answer.create(attempt_id=judged.id, question_id=one.id, given={"text": "42"}, right=True, at=now)
    answer = await Answer.create(attempt_id=judged.id, question_id=written.id, given={"text": PLAIN}, at=now)
    await Standing.create(expert_id=people["rival"].id, brand_id=other.id, state="paused")
    doors = {"api": other, "page": shop}  # one appeal at a time with a brand
    cases = {door: await _cases(place, people, exam.id, rival) for door, place in doors.items()}
    numbers = {"case": cases["page"]["decided"], "cases": cases}
    numbers |= {"exam": draft.id, "question": question.id, "asked": drawn[0], "next": drawn[1]}
    numbers |= {"attempt": attempt.id}
    return {**numbers, "answer": answer.id}


async def _cases(shop: Shop, people: dict[str, Person], exam: int, sat: dict[str, Any]) -> dict[str, int]:
    """The rival's cases: one to answer, one to appeal in, one with an exam that they sit, and one to be decided."""
    now = datetime.now(UTC)
    made = {"expert_id": people["rival"].id, "brand_id": shop.id, "dossier": {}, "opened_at": now}
    ids = {name: (await Case.create(**made)).id for name in ("pleaded", "decided")}
    ids["appealed"] = (await Case.create(**made, state="decided")).id
    await Decision.create(
        case_id=ids["appealed"], round=1, by_id=people["staff"].id, what="close", reason=PLAIN, at=now
    )
    ids["examined"] = (await Case.create(**made, state="decided", exam_from=now)).id
    ends = {"ends_at": now + timedelta(hours=1)}
    await Attempt.create(**{**sat, "exam_id": exam}, **ends, drawn=[], case_id=ids["examined"])
    return ids


async def _lived(cast: Cast, shop: Shop, people: dict[str, Person], seen: Seen) -> Customer:
    """The doors of a customer who is answered: what the brand's page gives, the question, messages, split ones, the
    rating."""
    expert, moderator = people["expert"], people["moderator"]
    async with (
        _listening("lobby", f"{cast.there}/lobby/live", expert.token, seen),
        _listening("board", f"{cast.here}/board/live", moderator.token, seen),
    ):
        ana = await cast.customer(shop, f"{PLAIN}: {said(TYPED[0])} {said(TYPED[1])}", known=GIVEN)
        await expert.claim(ana)
        room, watch = f"{cast.there}/rooms/{ana.chat}/live", f"{cast.here}/watch/{ana.chat}/live"
        async with (
            _listening("expert's room", room, expert.token, seen, resume=True) as theirs,
            _listening("watch", watch, moderator.token, seen, resume=True),
            bare(f"{cast.here}/chats/{ana.chat}/live", ana.token) as mine,
        ):
            await _give_everything_away(mine, theirs)
        await ana.end()
        await ana.rate(resolved=True, comment=f"{PLAIN} {said(COMMENT)}")
        for token in (ana.token, expert.token):
            await ana.api.report(ana.chat, token, reason="rude", words=f"{PLAIN} {said(COMMENT)}")
    return ana


async def _give_everything_away(mine: Bare, theirs: Bare) -> None:
    await mine.resume()
    given = [value for values in GIVEN.values() for value in values]
    words = [*map(said, TYPED)]
    words += [f"again {value.upper()}" for value in given] + [f"and {value}" for value in given]
    for n, text in enumerate(words):
        await mine.send(f"c-{n}", text)
        await asyncio.sleep(0.06)  # slower than the limit of a line
    for n, pair in enumerate(SPLIT):
        for half, text in enumerate(map(said, pair)):
            await mine.send(f"s-{n}-{half}", text)  # in one breath: the hold is what keeps the first half unseen
    await theirs.send("e-1", "and your name, please?")
    await mine.send("last", f"{PLAIN} Anastasia Zwolinski")
    await theirs.hears("message", cid="last")


async def _left_an_address(cast: Cast, shop: Shop) -> int:
    """The doors of one whom nobody answers: the form, the question, the address left at the end. One before it is
    withdrawn."""
    async with browser(cast.here) as page:
        first = await _asked(page, shop, ON_THE_FORM)
        assert (await page.post(f"/chats/{first}/withdraw")).status_code == 303
        await Brand.filter(id=shop.id).update(wait_limit_s=1)
        chat = await _asked(page, shop, {"name": ON_THE_FORM["name"]})
        await eventually(lambda: Chat.filter(id=chat, status="escalated").exists())
        assert (await page.post(f"/chats/{chat}/email", {"email": LEFT})).status_code == 303
        await Brand.filter(id=shop.id).update(wait_limit_s=120)
        return chat


async def _learnt(cast: Cast, shop: Shop, ana: Customer) -> int:
    """The door of what a chat teaches: an example, which the clocks learn."""
    await learning.gather(cast.house)
    await eventually(lambda: Lesson.filter(brand_id=shop.id, learnt__gt=0).exists())
    return int((await Example.get(chat_id=ana.chat)).id)


async def _asked_the_brand(cast: Cast, shop: Shop, seen: Seen) -> int:
    """The doors of a question that is no expert's: proposals while it is typed, and the form."""
    async with browser(cast.here) as page:
        fields = {"language": "en", "question": f"{PLAIN} {said(TYPED[2])}", **ON_THE_FORM}
        seen.add("proposal", await page.post(f"/b/{shop.slug}/topics", fields, headers={"HX-Request": "true"}))
        asked = await page.post(f"/b/{shop.slug}", {**fields, "topic": "brand"})
        assert asked.status_code == 303, asked.text
        return int(asked.headers["location"].rpartition("/")[2])


async def _asked(page: Browser, shop: Shop, known: dict[str, str]) -> int:
    fields = {"topic": str(shop.topic), "language": "en", "question": f"{PLAIN} {said(TYPED[2])}", **known}
    asked = await page.post(f"/b/{shop.slug}", fields)
    assert asked.status_code == 303, asked.text
    return int(asked.headers["location"].rpartition("/")[2])


@asynccontextmanager
async def _listening(where: str, url: str, token: str, seen: Seen, *, resume: bool = False) -> AsyncIterator[Bare]:
    async with bare(url, token) as socket:
        if resume:
            await socket.resume()
        yield socket
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                async for _ in socket:
                    pass
        seen.add(where, "\n".join(socket.texts))


@pytest.mark.usefixtures("holding_long")
async def test_no_way_out_carries_a_byte_of_a_customers_values(
    cast: Cast, given: Settings, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    for ours in ("chatmarket", "realtime", "uvicorn", "asyncio"):
        caplog.set_level("DEBUG", logger=ours)
    async with overhearing(redis_url) as carried, _world(cast) as world:
        await _every_page(world)
        await _every_address_of_the_api(world)
        await _every_socket(world)
        await _staff_alone_are_shown_the_address(world)
        await _every_act(world)
        world.seen.add("redis", bytes(carried))
    seen = world.seen
    seen.add("database", await whole_database(given.database_url))
    seen.add("log", caplog.text)
    seen.add("metrics", prometheus_client.generate_latest())
    for where in ("expert's room", "watch", "lobby", "board", "redis", "database", "page /watch"):
        assert PLAIN.encode() in seen.of(where), f"{where} was not overheard"
    leaks = [
        (where, how)
        for where, part in seen.parts
        for value, how in canaries.found(part).items()
        if not (value in canaries.KNOWN_LATER and where in BEFORE_HINDSIGHT)
    ]
    leaks += [("expert's room", value) for value in canaries.too_short() if value in _spoken(seen.of("expert's room"))]
    assert not leaks, f"{len(leaks)} leaks: {sorted(set(leaks))[:20]}"


def _path(route: Route | WebSocketRoute, world: World, prefix: str = "") -> str:
    return prefix + route.path_format.format(**world.ids)


def _bearer(world: World, name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.people[name].token}"} if name in world.people else {}


async def _every_page(world: World) -> None:
    for route in (route for route in ROUTES if isinstance(route, Route) and "GET" in route.methods):
        for name, page in world.browsers.items():
            for chat in (world.ids["chat"], world.ids["left"]):
                path = route.path_format.format(**{**world.ids, "chat": chat})
                answer = await page.open(path, headers={"Accept-Language": "es" if name == "expert" else "en"})
                assert answer.status_code < 500, path
                world.seen.add(f"page {path} as {name}", answer)


async def _every_address_of_the_api(world: World) -> None:
    async with httpx2.AsyncClient(base_url=world.cast.here) as http:
        for route in (route for route in API if "GET" in route.methods):
            for name in READERS:
                path = _path(route, world, "/api/v1")
                answer = await http.get(path, headers=_bearer(world, name))
                assert answer.status_code < 500, path
                world.seen.add(f"api {path} as {name}", answer)


async def _every_socket(world: World) -> None:
    for route in (route for route in ROUTES if isinstance(route, WebSocketRoute)):
        for name in READERS:
            token = world.people[name].token if name in world.people else None
            async with bare(world.cast.there + _path(route, world), token) as socket:
                with suppress(TimeoutError, ConnectionClosed):
                    await socket.say("resume", seq=0)
                    async with asyncio.timeout(0.3):
                        async for _ in socket:
                            pass
                world.seen.add(f"socket {route.path_format} as {name}", "\n".join(socket.texts))


async def _staff_alone_are_shown_the_address(world: World) -> None:
    """What staff ask for is the one answer that may hold a value, and is not looked through with the others."""
    left, staff = world.ids["left"], world.browsers["staff"]
    listed = await staff.open("/unanswered")
    assert f'id="unanswered-{left}"' in listed.text and PLAIN in listed.text and LEFT not in listed.text
    shown = await staff.post(f"/unanswered/{left}/reveal", acts.WHY)
    assert shown.status_code == 200 and LEFT in shown.text


async def _every_act(world: World) -> None:
    """Each route that changes something, as everybody who is not the chat's customer. Whoever is allowed succeeds, or
    the others would only be refused for having typed something wrong."""
    refused = []
    tried = {**{act: ("", given) for act, given in acts.REVEALS.items()}, **acts.ACTS}
    # The pages last: some of what they are given ends the logins of the API.
    for door, routes in (("api", API), ("page", ROUTES)):
        for act, (allowed, given) in tried.items():
            if acts.route_of(act) not in _of(routes):
                continue
            for reader in READERS:
                if act in acts.REVEALS and reader == "staff":
                    continue
                answer = await _acted(world, door, reader, act, given)
                world.seen.add(f"{door} post {act} as {reader}", answer)
                if reader == allowed and answer.status_code >= 400:
                    refused.append((door, act, reader, answer.status_code, code_of(answer)))
    assert not refused


async def _acted(world: World, door: str, reader: str, act: str, given: dict[str, Any]) -> httpx2.Response:
    email = world.people[reader].email if reader in world.people else ""
    scene = {
        **world.ids,
        **world.ids["cases"][door],
        "reader": reader,
        "door": door,
        "email": email or "nobody@example.com",
    }
    scene["key"] = _key(world, reader)
    where, sent = act.format(**scene), acts.filled(given, scene)
    if door == "page":
        return await world.browsers[reader].post(where, sent)
    async with httpx2.AsyncClient(base_url=world.cast.here) as http:
        return await http.post(f"/api/v1{where}", json=sent, headers=_bearer(world, reader))


def _key(world: World, reader: str) -> str:
    return world.cast.house.claim_key(world.people[reader].id if reader in world.people else 0)


def _of(routes: list[Any]) -> set[str]:
    return {route.path_format for route in routes if isinstance(route, Route) and set(route.methods or ()) - SAFE}


def test_every_route_that_takes_anything_is_given_something_here() -> None:
    assert {acts.route_of(act) for act in (*acts.ACTS, *acts.REVEALS)} == _of(ROUTES) | _of(API)


def test_no_other_story_says_what_is_planted_here() -> None:
    """The stories of one process share a database: what another one says in clear would be taken for a leak."""
    others = [path for path in Path(__file__).parents[1].glob("[bs]*/*.py") if "canar" not in path.name]
    said_there = {path.name: canaries.found(path.read_bytes()) for path in others}
    assert len(others) > 50 and not {name: what for name, what in said_there.items() if what}


def test_only_the_chats_own_customer_succeeds_at_what_nobody_here_may_do() -> None:
    assert {f"/chats/{{chat}}/{act}" for act in ("withdraw", "end", "rating", "email", "report")} == acts.OWN


def _spoken(frames: bytes) -> str:
    """What people said, as an expert's frames carry it."""
    told = [json.loads(line) for line in frames.decode().splitlines()]
    said_ = [segment.get("text", "") for frame in told for segment in frame.get("segments", [])]
    return "\n".join(said_)
