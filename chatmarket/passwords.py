"""Passwords are hashed with argon2id, a few at a time and off the event loop; strangers' tries are counted."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chatmarket.errors import TooMuch

T = TypeVar("T")


class Passwords:
    def __init__(self, *, kib: int, threads: int, queue: int) -> None:
        self._hasher = PasswordHasher(time_cost=1, parallelism=1, memory_cost=kib)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._room = queue
        # Checked when there is no such account, so that the answer takes as long.
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        return await self._queued(self._hasher.hash, password)

    async def fits(self, kept: str | None, password: str) -> bool:
        return await self._queued(self._verify, kept or self._nobody, password) and kept is not None

    def is_old(self, kept: str) -> bool:
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _queued(self, work: Callable[..., T], *args: str) -> T:
        if self._room <= 0:
            raise TooMuch
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
        finally:
            self._room += 1


class Tries:
    """How often each name was tried in a window; bounded, so that a flood of names forgets the oldest instead."""

    def __init__(self, most: int, *, window_s: float, names: int = 10_000) -> None:
        self._most, self._window_s, self._names = most, window_s, names
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def check(self, name: str) -> None:
        count, since = self._counts.get(name, (0, 0.0))
        if self._most and count >= self._most and time.monotonic() - since < self._window_s:
            raise TooMuch

    def add(self, name: str) -> None:
        count, since = self._counts.pop(name, (0, time.monotonic()))
        if time.monotonic() - since >= self._window_s:
            count, since = 0, time.monotonic()
        self._counts[name] = (count + 1, since)
        while len(self._counts) > self._names:
            self._counts.popitem(last=False)

    def forget(self, name: str) -> None:
        self._counts.pop(name, None)
