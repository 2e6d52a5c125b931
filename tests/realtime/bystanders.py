"""People who talk while a herd comes back, in a process of their own so that the herd's work is not theirs.

Reads one line of JSON, `{"url": …, "talks": [[chat, customer token, expert token], …]}`, talks until its input ends,
and prints `[[when it was said, milliseconds until the other side had it], …]`; `when` is CLOCK_MONOTONIC.
"""

import asyncio
import json
import random
import sys
import time

from chatmarket.client import Message, Room, customer_room, expert_room

EVERY_S = 0.5  # between two messages of one customer


async def main() -> None:
    told = json.loads(sys.stdin.readline())
    heard: list[tuple[float, float]] = []
    async with asyncio.TaskGroup() as people:
        tasks = [people.create_task(_talk(told["url"], *talk, heard)) for talk in told["talks"]]
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
    print(json.dumps(heard))


async def _talk(url: str, chat: int, customer: str, expert: str, heard: list[tuple[float, float]]) -> None:
    said: dict[str, float] = {}
    hers, his = customer_room(url, chat, customer), expert_room(url, chat, expert)
    async with hers, his, asyncio.TaskGroup() as both:
        both.create_task(_listen(his, said, heard))
        both.create_task(_listen(hers, {}, []))  # a full queue would stop her line
        await asyncio.gather(hers.live.wait(), his.live.wait())
        await his.send("hello")  # an expert who never says a word has the chat taken back
        await asyncio.sleep(random.uniform(0, EVERY_S))
        while True:
            text = f"word {len(said)}"
            said[text] = time.monotonic()
            await hers.send(text)
            await asyncio.sleep(EVERY_S)


async def _listen(room: Room, said: dict[str, float], heard: list[tuple[float, float]]) -> None:
    async for event in room:
        if isinstance(event, Message) and event.text in said:
            heard.append((said[event.text], (time.monotonic() - said[event.text]) * 1000))


if __name__ == "__main__":
    asyncio.run(main())
