"""What many ask for within a few milliseconds is done in one go: one statement and one commit for all of them.

While one batch is with the database the next one gathers, so batches grow with the load by themselves and a lone asker
waits for nobody but the window. Measured on PostgreSQL (see benchmarks/): 1,800 messages/s one by one, 20,500 in
batches of 20.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Generic, TypeVar

from chatmarket.store import StoreBusy, alone

Item = TypeVar("Item")
Answer = TypeVar("Answer")

PATIENCE_S = 4.0  # who waited longer is refused unheard: a client gives up on its ack after 5 s


class Batches(Generic[Item, Answer]):
    """A queue of items whose answers come together. `do` gets at most `most` of them, in their order of arrival.

    It answers each with a value or an exception, in the same order; when it raises, every item of the batch fails with
    that. One batch at a time: it waits `window_s` seconds for company when nothing was under way, and `gap_s` after the
    batch before, which costs a lone asker nothing. Beyond `waiting_most` items StoreBusy is raised at once.
    """

    def __init__(
        self,
        do: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]],
        *,
        most: int,
        window_s: float = 0.0,
        gap_s: float = 0.0,
        waiting_most: int = 20_000,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._do, self._most, self._window, self._gap = do, most, window_s, gap_s
        self._waiting_most, self._patience = waiting_most, patience_s
        self._queue: deque[tuple[Item, asyncio.Future[Answer], float]] = deque()
        self._runs = False
        self.batches = self.done = self.largest = 0

    @property
    def waiting(self) -> int:
        return len(self._queue)

    async def add(self, item: Item) -> Answer:
        """The answer to one item. A caller that is cancelled leaves its item in the batch: it is done all the same.

        Raises StoreBusy when too many wait, or when the item has waited too long to be begun.
        """
        if len(self._queue) >= self._waiting_most:
            raise StoreBusy("too many wait for the database")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append((item, answer, monotonic()))
        if not self._runs:
            self._runs = True
            try:
                alone(self._run())
            except BaseException:
                self._runs = False
                self._queue.pop()
                raise
        return await answer

    async def _run(self) -> None:
        try:
            await asyncio.sleep(self._window)
            while self._queue:
                await self._batch()
                if self._gap:
                    await asyncio.sleep(self._gap)
        finally:
            self._runs = False

    async def _batch(self) -> None:
        taken = [self._queue.popleft() for _ in range(min(self._most, len(self._queue)))]
        begun = [(item, answer) for item, answer, since in taken if not self._late(answer, since)]
        if not begun:
            return
        try:
            answers = await self._do([item for item, _ in begun])
        except Exception as error:
            answers = [error] * len(begun)
        self.batches += 1
        self.done += len(begun)
        self.largest = max(self.largest, len(begun))
        for (_, waiting), answer in zip(begun, answers, strict=True):
            _settle(waiting, answer)

    def _late(self, waiting: "asyncio.Future[Answer]", since: float) -> bool:
        late = monotonic() - since > self._patience
        if late:
            _settle(waiting, StoreBusy("the database did not come round to it in time"))
        return late


def _settle(waiting: "asyncio.Future[Answer]", answer: Answer | Exception) -> None:
    if waiting.done():  # its caller has gone
        return
    if isinstance(answer, Exception):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)
