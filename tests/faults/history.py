"""What happened, as its clients saw it: one list of events in the order in which they were made.

As in Jepsen, a deed is an `invoke` followed by `ok`, by `fail` (it certainly did not happen), or by `info` (nobody
knows). Times are seconds on one monotonic clock. A seat is one person's place in one chat: "customer", "expert" or
"watch 3"; a line is one connection, numbered over the whole run. What each deed fills in:

deed      what                     seat  chat  line  seq            cid  text             code
ask       invoke ok info           -     ok    -     -              cid  the question     -
claim     invoke ok fail info      who   yes   -     expert         -    -                why not
end       invoke ok fail info      who   yes   -     -              -    -                why not
rate      invoke ok fail info      cust. yes   -     1: resolved    -    -                why not
send      invoke ok fail info      yes   yes   yes   of the ack     yes  what was typed   of the error frame
line      open close               yes   yes   yes   -              -    -                close code
resume    invoke ok                yes   yes   yes   position       -    -                -
message   frame                    yes   yes   yes   yes            yes  as delivered     author
state     frame                    yes   yes   yes   -              -    -                status
refusal   seen                     yes   yes   yes   -              -    -                of an error without cid
pong      frame                    yes   yes   yes   the server's   -    -                -
final     seen                     yes   yes   yes   position       -    risen, connected  status
lobby     open close               -     -     yes   expert         -    -                -
online    seen                     -     -     -     expert         -    -                - (one for each who is there)
look      seen                     -     -     -     how many       -    -                - (a reading of presence)
answer    seen                     -     -     -     HTTP status    -    method, path     -
fault     invoke ok                -     -     -     number         -    kind             which
exit      seen                     -     -     -     exit code      -    seconds          process
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class Event(NamedTuple):
    at: float
    what: str
    deed: str
    chat: int = 0
    seat: str = ""
    line: int = 0
    seq: int = 0
    cid: str = ""
    text: str = ""
    code: str = ""


@dataclass
class History:
    """Everything the checker is told; `note` is called by every client for everything it does and hears."""

    events: list[Event] = field(default_factory=list)

    def note(
        self,
        what: str,
        deed: str,
        chat: int = 0,
        seat: str = "",
        *,
        line: int = 0,
        seq: int = 0,
        cid: str = "",
        text: str = "",
        code: str = "",
    ) -> None:
        at = asyncio.get_running_loop().time()
        # The same text is delivered to several people: kept once.
        self.events.append(Event(at, what, deed, chat, seat, line, seq, cid, sys.intern(text), code))

    def of(self, deed: str, *whats: str) -> Iterator[Event]:
        return (event for event in self.events if event.deed == deed and (not whats or event.what in whats))

    def looks(self) -> Iterator[tuple[float, set[int]]]:
        """Each reading of presence: when, and who was said to be here."""
        online: set[int] = set()
        for event in self.events:
            if event.deed == "online":
                online.add(event.seq)
            elif event.deed == "look":
                yield event.at, online
                online = set()

    def write(self, path: Path) -> None:
        """As JSON lines, each event without its empty fields."""
        with path.open("w", encoding="utf-8") as out:
            for event in self.events:
                out.write(json.dumps({name: value for name, value in event._asdict().items() if value}) + "\n")

    @classmethod
    def read(cls, path: Path) -> "History":
        with path.open(encoding="utf-8") as lines:
            return cls([Event(**json.loads(line)) for line in lines])
