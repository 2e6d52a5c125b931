"""Passwords are hashed with argon2id, a few at a time and off the event loop."""

import asyncio
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
