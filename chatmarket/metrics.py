"""What operators can count and plot: every name of it in one place, and the page that Prometheus reads.

While the process works it only adds to plain numbers: a message has two microseconds for all its counting, and a
histogram of prometheus-client takes 0.7 of them (ours 0.25), for locks that a single loop does not need. They become
Prometheus' families when somebody asks. Labels are kinds, outcomes and statuses, never people, chats or brands.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence, Sized
from contextlib import contextmanager
from itertools import accumulate
from typing import Protocol

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from realtime.switchboard import Switchboard

Family = tuple[str, str, float]  # name, what it says, value


class Spread:
    """A histogram: how often a value was at most each bound. Counted in under half a microsecond."""

    def __init__(self, *bounds: float) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def family(self, name: str, says: str) -> Metric:
        upto = zip([*map(str, self._bounds), "+Inf"], accumulate(self._counts), strict=True)
        family = HistogramMetricFamily(name, says)
        family.add_metric([], buckets=list(upto), sum_value=self._sum)
        return family


ACK = Spread(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # seconds from frame to ack
BATCH = Spread(1, 2, 5, 10, 20, 50, 100, 200, 500)  # messages of one commit
SOCKETS: Counter[str] = Counter()  # open now, by the endpoint's name
CLAIMS: Counter[str] = Counter()  # by outcome: won, or the refusal
ANSWERS: Counter[str] = Counter()  # of HTTP, by status


@contextmanager
def counted(kind: str) -> Iterator[None]:
    """One socket of this kind, open for the length of the block."""
    SOCKETS[kind] += 1
    try:
        yield
    finally:
        SOCKETS[kind] -= 1


class Counted(Protocol):
    """What the limits keep of themselves."""

    @property
    def rooms(self) -> Sized: ...

    @property
    def refused(self) -> Counter[str]: ...


class Committed(Protocol):
    """What a committer of messages keeps of itself."""

    batches: int
    done: int

    @property
    def waiting(self) -> int: ...


class Reading(Collector):
    """One process as it stands when Prometheus asks. `limits` and `commits` are read, never changed."""

    def __init__(self, switchboard: Switchboard, limits: Counted, commits: Committed) -> None:
        self._switchboard, self._limits, self._commits = switchboard, limits, commits
        self._process = ProcessCollector(registry=None)

    def page(self) -> bytes:
        """Everything, in Prometheus' text form."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        yield _by("sockets", "Open sockets by kind.", "kind", SOCKETS, GaugeMetricFamily)
        yield _by("claims", "Claims by outcome: won, or why not.", "outcome", CLAIMS, CounterMetricFamily)
        yield _by("http_answers", "HTTP answers by status.", "status", ANSWERS, CounterMetricFamily)
        yield _by(
            "limited", "Messages and sockets refused, by limit.", "limit", self._limits.refused, CounterMetricFamily
        )
        yield ACK.family("chatmarket_ack_seconds", "From a message's frame to its ack, which follows the commit.")
        yield BATCH.family("chatmarket_commit_batch_messages", "Messages that shared one commit.")
        for name, says, value in self._gauges():
            yield GaugeMetricFamily(f"chatmarket_{name}", says, value=value)
        for name, says, value in self._counters():
            yield CounterMetricFamily(f"chatmarket_{name}", says, value=value)
        yield from self._process.collect()

    def _gauges(self) -> Sequence[Family]:
        hub, bus = self._switchboard.hub, self._switchboard.bus
        return (
            ("rooms", "Chats that somebody at this process sits in.", len(self._limits.rooms)),
            ("connections", "Connections that frames are delivered to.", len(hub)),
            ("channels", "Channels that somebody here hears.", hub.channels),
            ("outbox_largest_frames", "Frames that wait for the slowest reader.", hub.largest_outbox),
            ("commits_waiting", "Messages that wait for their commit.", self._commits.waiting),
            ("bus_hears", "1 while the bus is heard, 0 while the database is read instead.", bus.hears),
            ("bus_epoch", "Rises whenever something may have been missed.", bus.epoch),
            ("bus_lag_seconds", "What the last sign of life took through Redis.", bus.lag),
        )

    def _counters(self) -> Sequence[Family]:
        switchboard, bus = self._switchboard, self._switchboard.bus
        return (
            ("bus_published", "Envelopes given to Redis.", bus.published),
            ("bus_heard", "Envelopes heard from Redis.", bus.heard),
            ("bus_refused", "Envelopes that Redis did not take.", bus.refused),
            ("bus_reconnects", "Times the line to Redis was opened anew.", bus.reconnects),
            ("slow_readers", "Connections let go because they did not read.", switchboard.slow_readers),
            ("too_fast", "Frames refused because a connection sent too many.", switchboard.too_fast),
            ("catch_ups", "Connections that read anew what they may have missed.", switchboard.catch_ups),
            ("surveys", "Looks at whether every connection is where its chat is.", switchboard.surveys),
            ("commits", "Commits of messages.", self._commits.batches),
            ("committed", "Messages that commits decided, kept or refused.", self._commits.done),
        )


def _by(
    name: str,
    says: str,
    label: str,
    counts: Counter[str],
    kind: type[GaugeMetricFamily] | type[CounterMetricFamily],
) -> Metric:
    family = kind(f"chatmarket_{name}", says, labels=[label])
    for key, count in counts.items():
        family.add_metric([key], count)
    return family
