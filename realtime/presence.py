"""Who is here, on any process: heartbeats in one Redis sorted set, judged by Redis's own clock."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from realtime.address import read_address
from realtime.resp import TROUBLE, Lost, RedisLine, unheard
from realtime.tasks import running_beside

KEY = "chatmarket:presence"
BEAT_S = 5.0
STALE_S = 15.0  # three beats missed: the process is dead, or cut off
ANSWER_S = 1.0
PATIENCE_S = 2.0  # for a line and an answer, of everybody who waits for the same one

_NOW = "local t = redis.call('TIME') local now = t[1] + t[2] / 1000000 "
_BEAT = _NOW + (
    "local added = 0 for _, member in ipairs(ARGV) do added = added + redis.call('ZADD', KEYS[1], now, member) end "
    "return added"
)
_ONLINE = _NOW + (
    "redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1]) return redis.call('ZRANGE', KEYS[1], 0, -1)"
)

log = logging.getLogger(__name__)


class Presence:
    """The experts who are here. One process counts its own; all processes see each other's through Redis.

    Nobody is shown away while their process's heartbeats flow, nor here for longer than `stale` seconds after an
    unclean death. Redis may lose everything: the next beat writes it anew.
    """

    def __init__(
        self,
        redis_url: str,
        name: str,
        *,
        key: str = KEY,
        beat: float = BEAT_S,
        stale: float = STALE_S,
        forgotten: Callable[[], None] = lambda: None,
    ) -> None:
        """`forgotten` is called when Redis had lost people of ours: what it did not know of them, they did not hear."""
        self._address, self._name, self._key = read_address(redis_url), name, key
        self._beat_every, self._stale = beat, stale
        self._forgotten = forgotten
        self._here: Counter[int] = Counter()
        self._open = False
        self._line: RedisLine | None = None
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep this process's heartbeats going for the length of the block, and take them back at its end."""
        self._open = True
        try:
            async with running_beside(self._beat()):
                yield
            if self._here:
                await self._ask("ZREM", self._key, *self._members(self._here))
        finally:
            self._open = False
            self._cut()

    async def arrive(self, expert: int) -> None:
        """One more connection of this expert in this process."""
        self._here[expert] += 1
        if self._here[expert] == 1:
            await self._settle(expert)

    async def leave(self, expert: int) -> None:
        """One connection less; the last one to go takes the expert away at once."""
        self._here[expert] -= 1
        if self._here[expert] <= 0:
            del self._here[expert]
            await self._settle(expert)

    async def online(self) -> set[int]:
        """Everybody who is here, on any process; only this process's own while Redis does not know better."""
        return await self.known() or set(self._here)

    async def known(self) -> set[int] | None:
        """As `online`, but nothing while Redis does not answer: then nobody can say who is not here."""
        members = await self._ask("EVAL", _ONLINE, 1, self._key, self._stale)
        return None if members is None else set(self._here) | {int(member.split(b":", 1)[0]) for member in members}

    async def _settle(self, expert: int) -> None:
        written = None
        while written != (expert in self._here):  # they may come and go while Redis is answering
            written = expert in self._here
            await self._write(expert, written)

    async def _write(self, expert: int, here: bool) -> None:
        if here:
            await self._ask("EVAL", _BEAT, 1, self._key, *self._members([expert]))
        else:
            await self._ask("ZREM", self._key, *self._members([expert]))

    def _members(self, experts: Iterable[int]) -> list[str]:
        return [f"{expert}:{self._name}" for expert in experts]

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._beat_every)
            if self._here and await self._ask("EVAL", _BEAT, 1, self._key, *self._members(self._here)):
                self._forgotten()

    async def _ask(self, *command: str | float) -> Any:
        if not self._open:
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                line = await self._reached()
                return await line.ask(*map(str, command), within=ANSWER_S)
        except TROUBLE as refused:
            log.warning("presence_unreachable", extra={"command": command[0], "error": type(refused).__name__})
            self._cut()  # it hangs, or is no master any more: the next one who asks looks it up anew
            return None

    async def _reached(self) -> RedisLine:
        async with self._turn:  # whoever comes first gets a line for all
            if self._line is None or self._line.lost.done():
                self._line = await self._address.reach(self._key, ANSWER_S, unheard)
            return self._line

    def _cut(self) -> None:
        if self._line is not None:
            self._line.cut(Lost())
