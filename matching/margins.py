"""Which topic a question is about, by linear margins that were trained elsewhere (chatmarket.svm): one sum for each.

Words and pairs of them, and pieces of two to five letters with the edges of words, each family weighed by how rare it
is (TF-IDF) and brought to length one. What was trained is whole numbers and nothing that runs, so that it may lie in a
database, and who asks needs no library.
"""

import json
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from math import log, sqrt
from operator import itemgetter

from matching.topics import words

PIECES = (2, 3, 4, 5)
MOST_WORDS = 60  # of a question: each costs its letters, times the topics
FINEST = 127  # a margin's weights are whole numbers up to this, times the topic's scale: a byte each


@dataclass(frozen=True, slots=True)
class Margins:
    """For each feature how rare it is and, for each of `topics`, its weight in units of that topic's scale."""

    topics: tuple[int, ...]
    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    rarity: Mapping[str, float]
    weights: Mapping[str, Sequence[int]]

    def rank(self, text: str, among: Collection[int]) -> tuple[int, ...]:
        """Those of `among` that are known here, the likeliest first; each costs its share of the work."""
        places = [place for place, topic in enumerate(self.topics) if topic in among]
        pick = itemgetter(*places) if len(places) > 1 else lambda row: tuple(row[place] for place in places)
        sums: list[float] = [0.0] * len(places)
        for share, feature in self._weighed(text):
            sums = [total + share * weight for total, weight in zip(sums, pick(self.weights[feature]), strict=True)]
        margins = {at: total * self.scales[at] + self.offsets[at] for at, total in zip(places, sums, strict=True)}
        return tuple(self.topics[place] for place in sorted(places, key=lambda place: -margins[place]))

    def _weighed(self, text: str) -> Iterable[tuple[float, str]]:
        said = words(text)[:MOST_WORDS]
        return chain(*map(self._shares, (phrases(said), pieces(said))))

    def _shares(self, family: Iterable[str]) -> list[tuple[float, str]]:
        known = Counter(feature for feature in family if feature in self.rarity)
        weighed = [((1 + log(times)) * self.rarity[feature], feature) for feature, times in known.items()]
        length = sqrt(sum(share * share for share, _ in weighed))
        return [(share / length, feature) for share, feature in weighed]

    def packed(self) -> bytes:
        """For the database: a line of JSON, then a byte for each weight, all compressed."""
        names = list(self.rarity)
        head = {
            "topics": self.topics,
            "scales": self.scales,
            "offsets": self.offsets,
            "rarity": [(name, round(self.rarity[name], 5)) for name in names],
        }
        rows = b"".join(bytes(weight & 0xFF for weight in self.weights[name]) for name in names)
        return zlib.compress(json.dumps(head).encode() + b"\n" + rows, 6)


def unpacked(kept: bytes) -> Margins:
    """The opposite of `packed`."""
    head, _, rows = zlib.decompress(kept).partition(b"\n")
    told = json.loads(head)
    wide = len(told["topics"])
    signed = memoryview(rows).cast("b")
    weights = {name: signed[at * wide : (at + 1) * wide] for at, (name, _) in enumerate(told["rarity"])}
    scales, offsets = tuple(told["scales"]), tuple(told["offsets"])
    return Margins(tuple(told["topics"]), scales, offsets, dict(told["rarity"]), weights)


def phrases(said: Sequence[str]) -> list[str]:
    """Words, and pairs of neighbours."""
    return [*said, *(f"{first} {second}" for first, second in pairwise(said))]


def pieces(said: Iterable[str]) -> list[str]:
    """Runs of letters within words; their edges count as a letter, and a sign in front tells them from words."""
    edged = [f" {word} " for word in said]
    return [
        f"#{word[at : at + long]}" for word in edged for long in PIECES for at in range(max(0, len(word) - long + 1))
    ]
