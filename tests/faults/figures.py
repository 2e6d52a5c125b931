"""How long people waited: read from the history of a storm, by what was broken at the time."""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.faults.history import Event, History


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank); NaN for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


@dataclass(frozen=True, slots=True)
class Journey:
    """One message to one reader: sent, acknowledged, delivered. `crossed`: the two sat at different processes."""

    chat: int
    reader: str
    sent: float
    acked: float
    given: float
    crossed: bool

    @property
    def wait(self) -> float:
        """Seconds from the commit to the reader; below zero when the news was quicker than the ack."""
        return self.given - self.acked


def journeys(history: History) -> Iterator[Journey]:
    """Every acknowledged message on its way to each other seat that was given it."""
    urls = {event.line: event.code for event in history.of("line", "open")}
    sent: dict[tuple[int, str, str], Event] = {}
    acked: dict[tuple[int, str, str], Event] = {}
    for event in history.of("send"):
        key = (event.chat, event.seat, event.cid)
        if event.what == "invoke":
            sent.setdefault(key, event)
        elif event.what == "ok":
            acked.setdefault(key, event)
    seen = set()
    for event in history.of("message"):
        key = (event.chat, event.code, event.cid)
        if event.seat != event.code and key in acked and (*key, event.seat) not in seen:
            seen.add((*key, event.seat))
            crossed = urls.get(event.line) != urls.get(acked[key].line)
            yield Journey(event.chat, event.seat, sent[key].at, acked[key].at, event.at, crossed)


def recoveries(history: History) -> dict[str, list[float]]:
    """By kind of fault, for each chat: seconds from the fault to the first delivery of something said after it.

    A chat in which nothing more was said within half a minute, or whose first words after it came only after the next
    fault, says nothing about this one.
    """
    by_chat: dict[int, list[Journey]] = defaultdict(list)
    for journey in journeys(history):
        by_chat[journey.chat].append(journey)
    faults = list(history.of("fault", "invoke"))
    found: dict[str, list[float]] = defaultdict(list)
    for told in by_chat.values():
        told.sort(key=lambda journey: journey.sent)
        times = [journey.sent for journey in told]
        firsts = _firsts(told)
        for number, fault in enumerate(faults):
            until = faults[number + 1].at if number + 1 < len(faults) else math.inf
            place = bisect_left(times, fault.at)
            if (
                place < len(told)
                and told[place].sent < min(until, fault.at + 30)
                and _spoke_before(times, place, fault)
            ):
                found[fault.code].append(firsts[place] - fault.at)
    return found


def _firsts(told: Sequence[Journey]) -> list[float]:
    """For each journey: the first delivery of it or of a later one."""
    firsts, soonest = [], math.inf
    for journey in reversed(told):
        soonest = min(soonest, journey.given)
        firsts.append(soonest)
    return firsts[::-1]


def _spoke_before(times: Sequence[float], place: int, fault: Event) -> bool:
    return place > 0 and fault.at - times[place - 1] < 10


def waits(history: History, since: float, until: float) -> list[float]:
    """Seconds from commit to reader, between processes, of what was committed in this time."""
    return [one.wait for one in journeys(history) if one.crossed and since <= one.acked < until]
