"""One ring decision over many online experts, beside a plain sort of the same list in the same run.

    .venv/bin/python -m benchmarks.rings [--experts 5000] [--rounds 200]

The first ring chooses five of everybody, the last seats everybody; the sort orders the same candidates by one of their
numbers, which is what any policy must at least do. Milliseconds are of this machine, the ratio is not.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from random import Random

from matching.candidates import Candidate, Need
from matching.rings import BROADCAST, next_ring

GOAL_MS = 5.0  # for 5,000 experts
NEED = Need(chat=1, brand=1, topic=10, language="es", status="waiting")


def crowd(count: int, rng: Random) -> list[Candidate]:
    """Experts as a lobby holds them: all qualified, so that nobody is skipped early and the decision is the dearest."""
    topics, brands, languages = frozenset(range(8, 13)), frozenset({1, 2}), frozenset({"es", "en"})
    return [
        Candidate(
            expert=number,
            brands=brands,
            topics=topics,
            languages=languages,
            online=True,
            gate_open=True,
            load=rng.randrange(2),
            capacity=2,
            resolution=rng.uniform(0.7, 0.97),
            ratings=rng.randrange(200),
            earned=rng.randrange(1500),
            takes=rng.random(),
        )
        for number in range(count)
    ]


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)


def measured(experts: Sequence[Candidate], rounds: int, rng: Random) -> dict[str, list[float]]:
    """Milliseconds of each way, round by round, so that a busy machine disturbs them alike."""
    heard = {one.expert for one in experts[:5]}
    ways: dict[str, Callable[[], object]] = {
        "plain sort by resolution": lambda: sorted(experts, key=lambda one: one.resolution),
        "first ring, 5 seats": lambda: next_ring(experts, NEED, now=0.0, rng=rng),
        "second ring, 10 seats": lambda: next_ring(experts, NEED, now=0.0, rng=rng, number=2, heard=heard),
        "last ring, everyone": lambda: next_ring(experts, NEED, now=0.0, rng=rng, policy=BROADCAST),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name].append(timed(way))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--experts", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=200)
    chosen = parser.parse_args()
    rng = Random(7)
    taken = measured(crowd(chosen.experts, rng), chosen.rounds, rng)
    sort = statistics.median(taken["plain sort by resolution"])
    print(f"{chosen.experts} experts, {chosen.rounds} rounds; the goal for 5,000 is {GOAL_MS:g} ms\n")
    print("| decision | median ms | worst of 20 ms | times the sort |\n| --- | ---: | ---: | ---: |")
    for name, each in taken.items():
        middle, bad = statistics.median(each), statistics.quantiles(each, n=20)[-1]
        print(f"| {name} | {middle:.2f} | {bad:.2f} | {middle / sort:.1f} |")


if __name__ == "__main__":
    main()
