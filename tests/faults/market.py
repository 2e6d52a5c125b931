"""The people of a storm: customers ask, all experts race for each question, both sides talk, moderators watch."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from chatmarket.client import Api, ApiError, Unreachable
from chatmarket.seeds.world import PASSWORD, STAFF
from tests.faults.history import History
from tests.faults.machines import City
from tests.faults.people import Line, Lobby, Seat, World
from tests.faults.truth import change

BRAND, LANGUAGE = "lumen", "en"
MODERATOR = next(person for person in STAFF if person.brand == BRAND and person.role == "moderator")
CAPACITY = 1000  # an expert of the storm takes every chat they can win
TRIES = 12  # of a call whose outcome is unknown: a database may be away for seconds, several times
KNOWN_WITHIN_S = 15.0  # an offer may be here before the answer to the question it comes from
CLAIMED_WITHIN_S = 60.0
TOLD_WITHIN_S = 45.0  # that a chat has ended, however many faults come in between
UNKNOWN = (500, 502, 503, 504)
# Few and short, so that different messages often carry the same words: equal texts are still two messages.
PHRASES = (
    "Yes.",
    "No.",
    "It blinks twice, then nothing.",
    "Please hold the button a little longer.",
    "Ah, now I see it!",
    "¿Puede repetirlo, por favor?",
    "Danke — das hat geholfen 🙂",
    "Could you tell me what the lamp does when you press it, and whether the app still shows the old room? " * 3,
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How the people behave: chats at once, messages of each side, seconds of thought, and how often they do mischief.

    `mischief` is the share of messages after which a frame is sent twice, forged, or an old position resumed.
    """

    rooms: int = 20
    messages: int = 12
    think: float = 0.3
    experts: int = 6
    watched: float = 0.3
    burst: float = 0.15
    mischief: float = 0.06
    ends: bool = True


@dataclass(eq=False)
class Expert:
    id: int
    token: str
    lobby: Lobby | None = None
    tried: set[int] = field(default_factory=set)


@dataclass(eq=False)
class Table:
    """One chat and who sits there."""

    chat: int
    token: str
    seats: list[Seat] = field(default_factory=list)
    claimed: asyncio.Event = field(default_factory=asyncio.Event)


class Market:
    """All chats of one run. `ask` starts one more of them; the record is in `history`."""

    def __init__(self, city: City, world: World, pace: Pace) -> None:
        self.city, self.world, self.pace = city, world, pace
        self.history: History = world.history
        self.rng = world.rng
        self.experts: list[Expert] = []
        self.tables: dict[int, Table] = {}
        self.open: set[Seat] = set()
        self.closing = False
        self.finished = 0
        self._apis: list[Api] = []
        self._moderator, self._topic = "", 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Market":
        self._apis = [await self._stack.enter_async_context(Api(web.url, timeout=10.0)) for web in self.city.webs]
        brands = await self._apis[0].brands()
        self._topic = next(brand for brand in brands if brand.slug == BRAND).topics[0].id
        self._moderator = (await self._apis[0].sign_in(MODERATOR.email, PASSWORD)).token
        for number in range(self.pace.experts):
            signed = await self._apis[0].sign_up(
                f"{secrets.token_hex(6)}@example.com",
                "a long enough password",
                f"Expert {number}",
                brand=BRAND,
                topics=[self._topic],
                languages=[LANGUAGE],
            )
            self.experts.append(Expert(signed.account.id, signed.token))
        await change(self.city.database, f"UPDATE expert SET capacity = {CAPACITY}")
        await change(self.city.database, f"UPDATE standing SET capacity = {CAPACITY}")
        self._go(self.world.watch())
        for expert in self.experts:
            expert.lobby = Lobby(self.world, expert.token, expert.id, lambda chat, e=expert: self._offered(e, chat))
            expert.lobby.open()
        return self

    async def __aexit__(self, *outcome: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        lines: list[Line] = [*self.open, *(expert.lobby for expert in self.experts if expert.lobby)]
        await asyncio.gather(*(line.leave() for line in lines))
        await self._stack.aclose()

    async def keep_busy(self) -> None:
        """Hold `pace.rooms` chats at once until `closing`."""
        rooms = asyncio.Semaphore(self.pace.rooms)
        while not self.closing:
            await rooms.acquire()
            self._go(self._chat(rooms))
            await asyncio.sleep(self.rng.uniform(0, 0.1))

    # -- one chat

    async def _chat(self, rooms: asyncio.Semaphore) -> None:
        try:
            table = await self._ask()
            if table is not None:
                await self._play(table)
        finally:
            rooms.release()
            self.finished += 1

    async def _ask(self) -> Table | None:
        cid, question = f"q{self.world.number()}", self.rng.choice(PHRASES)
        self.history.note("invoke", "ask", cid=cid, text=question)
        try:
            asked = await self._api().ask(BRAND, question, topic=self._topic, language=LANGUAGE)
        except (ApiError, Unreachable) as unknown:
            self._answered("ask", unknown)
            self.history.note("info", "ask", cid=cid, code=str(unknown))
            await asyncio.sleep(self.rng.uniform(0.2, 1.0))
            return None
        self.history.note("ok", "ask", asked.chat, cid=cid, text=question)
        table = Table(asked.chat, asked.token)
        self.tables[asked.chat] = table
        self._sit(table, f"/chats/{asked.chat}/live", asked.token, "customer")
        return table

    def _sit(self, table: Table, path: str, token: str, who: str) -> Seat:
        seat = Seat(self.world, path, token, table.chat, who)
        table.seats.append(seat)
        self.open.add(seat)
        seat.open()
        return seat

    async def _play(self, table: Table) -> None:
        customer = table.seats[0]
        if not await customer.until(lambda seat: seat.status not in ("", "waiting"), CLAIMED_WITHIN_S):
            return  # stays on the table: the end of the run looks at it again
        if self.rng.random() < self.pace.watched:
            self._sit(table, f"/watch/{table.chat}/live", self._moderator, f"watch {self.world.number()}")
        async with asyncio.timeout(CLAIMED_WITHIN_S):
            await table.claimed.wait()
        talkers = [seat for seat in table.seats if not seat.who.startswith("watch")]
        await asyncio.gather(*(self._talk(seat) for seat in talkers))
        if not self.pace.ends or self.closing:
            return
        await self._end(table)

    async def _end(self, table: Table) -> None:
        customer = table.seats[0]
        token = table.token if self.rng.random() < 0.5 else self._winner_token(table)
        who = "customer" if token is table.token else "expert"
        await self._certainly("end", table.chat, who, lambda api: api.end(table.chat, token))
        told = await asyncio.gather(*(seat.until(lambda s: s.status == "ended", TOLD_WITHIN_S) for seat in table.seats))
        resolved = self.rng.random() < 0.7
        if customer.status == "ended":
            for _ in range(1 + (self.rng.random() < self.pace.mischief * 5)):  # some press the button twice
                await self._rate(table, resolved)
        for seat, knows in zip(table.seats, told, strict=True):
            if knows:
                await self._rise(seat)

    def _winner_token(self, table: Table) -> str:
        expert = next((seat for seat in table.seats if seat.who == "expert"), None)
        return expert._token if expert else table.token

    async def _rate(self, table: Table, resolved: bool) -> None:
        await self._certainly(
            "rate",
            table.chat,
            "customer",
            lambda api: api.rate(table.chat, table.token, resolved=resolved, stars=4),
            seq=int(resolved),
        )

    async def _rise(self, seat: Seat) -> None:
        self._final(seat, "risen")
        self.open.discard(seat)
        await seat.leave()

    def _final(self, seat: Seat, how: str) -> None:
        self.history.note(
            "seen", "final", seat.chat, seat.who, line=seat.number, seq=seat.position, code=seat.status, text=how
        )

    def last_look(self) -> None:
        """Write down where every seat that is still taken stands."""
        for seat in self.open:
            self._final(seat, "connected" if seat.live else "")

    # -- talking

    async def _talk(self, seat: Seat) -> None:
        left = self.pace.messages
        while left > 0 and not self.closing and not seat.refused:
            await asyncio.sleep(self.rng.expovariate(1 / self.pace.think))
            size = min(left, 3 if self.rng.random() < self.pace.burst else 1)
            said = [(f"{seat.who[0]}{self.world.number()}", self.rng.choice(PHRASES)) for _ in range(size)]
            answers = [await seat.say(text.strip(), cid) for cid, text in said]
            await asyncio.gather(*answers)
            left -= size
            if self.rng.random() < self.pace.mischief:
                await self._mischief(seat, *said[0])

    async def _mischief(self, seat: Seat, cid: str, text: str) -> None:
        match self.rng.choice(("twice", "forged", "stale")):
            case "twice":
                await seat.again(cid, text.strip())
            case "forged":
                await seat.forge(cid, "Something else altogether.")
            case "stale" if seat.live:
                await seat.resume(max(0, seat.position - self.rng.randrange(5)))

    # -- claiming

    def _offered(self, expert: Expert, chat: int) -> None:
        if chat not in expert.tried and not self.closing:
            expert.tried.add(chat)
            self._go(self._race(expert, chat))

    async def _race(self, expert: Expert, chat: int) -> None:
        await asyncio.sleep(self.rng.uniform(0, 0.03))
        if await self._certainly(
            "claim", chat, f"expert {expert.id}", lambda api: api.claim(chat, expert.token), seq=expert.id
        ):
            await self._take_seat(expert, chat)

    async def _take_seat(self, expert: Expert, chat: int) -> None:
        deadline = self.world.now() + KNOWN_WITHIN_S
        while chat not in self.tables and self.world.now() < deadline:
            await asyncio.sleep(0.1)
        table = self.tables.get(chat)
        if table is None:  # its customer never learned that the question was kept
            await self._certainly("end", chat, "expert", lambda api: api.end(chat, expert.token))
            return
        self._sit(table, f"/rooms/{chat}/live", expert.token, "expert")
        table.claimed.set()

    # -- calls

    async def _certainly(
        self, deed: str, chat: int, who: str, call: Callable[[Api], Awaitable[None]], seq: int = 0
    ) -> bool:
        """Call until the outcome is known. Whether it went well."""
        for attempt in range(TRIES):
            self.history.note("invoke", deed, chat, who, seq=seq)
            try:
                await call(self._api())
            except (ApiError, Unreachable) as refused:
                code = self._answered(deed, refused)
                unknown = not isinstance(refused, ApiError) or refused.status in (*UNKNOWN, 429)
                self.history.note("info" if unknown else "fail", deed, chat, who, seq=seq, code=code)
                if not unknown:
                    return False
                await asyncio.sleep(min(2.0, 0.2 * 2**attempt) * self.rng.uniform(0.5, 1.0))
            else:
                self.history.note("ok", deed, chat, who, seq=seq)
                return True
        return False

    def _answered(self, deed: str, refused: ApiError | Unreachable) -> str:
        if not isinstance(refused, ApiError):
            return "unreachable"
        self.history.note("seen", "answer", seq=refused.status, text=deed)
        return refused.code

    def _api(self) -> Api:
        return self.rng.choice(self._apis)

    def _go(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Future[None]") -> None:
        self._tasks.discard(task)  # type: ignore[arg-type]
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, TimeoutError):
            self.history.note("seen", "trouble", text=repr(error))
