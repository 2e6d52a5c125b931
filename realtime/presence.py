"""Who is here, on any process: heartbeats in one Redis sorted set, judged by Redis's own clock."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from realtime.tasks import running_beside

KEY = "chatmarket:presence"
BEAT_S = 5.0
STALE_S = 15.0  # three beats missed: the process is dead, or cut off
ANSWER_S = 1.0
LINES = 8  # connections to Redis; who finds none free waits for one

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
        self._url, self._name, self._key = redis_url, name, key
        self._beat_every, self._stale = beat, stale
        self._forgotten = forgotten
        self._here: Counter[int] = Counter()
        self._client: Redis | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep this process's heartbeats going for the length of the block, and take them back at its end."""
        pool = BlockingConnectionPool.from_url(
            self._url,
            max_connections=LINES,
            timeout=ANSWER_S,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
        )
        async with Redis.from_pool(pool) as self._client:
            async with running_beside(self._beat()):
                yield
            if self._here:
                await self._ask("ZREM", self._key, *self._members(self._here))
        self._client = None

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
        members = await self._ask("EVAL", _ONLINE, 1, self._key, self._stale) or ()
        return set(self._here) | {int(member.split(b":", 1)[0]) for member in members}

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
        if self._client is None:
            return None
        try:
            return await self._client.execute_command(*command)  # type: ignore[no-untyped-call]
        except (RedisError, OSError) as refused:
            log.warning("presence_unreachable", extra={"command": command[0], "error": type(refused).__name__})
            return None
