"""Which topics a question is about, by what people asked before: a naive Bayes over words and their parts.

A topic's examples are counted: single words, pairs of neighbours, and pieces of four letters, which forgive spelling
and inflection. A question is given to the topic under which its words are likeliest. Nothing is fitted, so that an
example counts from the moment it is added, and three of them are of use. Measured against nearest neighbours in
docs/market.md.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from math import exp, log

OWN_PEOPLE = 0  # stands among topics for what no expert should be asked: the brand's own people are

MOST_WORDS = 120  # of a question; whoever writes more has said what it is about
PIECE = 4
SMOOTHING = 0.1  # of a feature that a topic's examples never showed: the best of 0.05 to 1 on banking77
TEMPER = 0.65  # features of one question repeat each other: n of them say what n^0.35 independent ones would
KEPT_IN = 0.95  # of the questions that belong to a topic, this share is to be taken for such
LEAST_CERTAIN = 0.05
LEAST_BY_LOT = 0.25  # of what each of the topics would have by lot: of few topics, one is soon likely

_WORD = re.compile(r"\w+")
_LONG_NUMBER = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each feature was in each topic's examples: `seen[feature]` holds pairs of a place in `topics` and how
    many. `examples` are all examples."""

    topics: tuple[int, ...]
    seen: Mapping[str, Sequence[Sequence[int]]]
    examples: int


@dataclass(frozen=True, slots=True)
class Judgment:
    """All topics, the likeliest first, with how likely each is among them (`shares` add up to 1).

    `certainty` (0 to 1) is the best one's share, less what the question says in words that no example has: a question
    about something else altogether has little of it.
    """

    topics: tuple[int, ...]
    shares: tuple[float, ...]
    certainty: float


NOTHING = Judgment((), (), 0.0)


def words(text: str) -> list[str]:
    """A question's words in small letters without accents and apostrophes; long numbers say nothing about a topic."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("'", "").replace("’", ""))
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return [word for word in _WORD.findall(bare) if not _LONG_NUMBER.search(word)][:MOST_WORDS]


def features(said: Sequence[str]) -> list[str]:
    """What is counted of these words, each once: they themselves, pairs ("my card"), pieces of them ("#rece")."""
    pairs = (f"{first} {second}" for first, second in pairwise(said))
    return list(dict.fromkeys((*said, *pairs, *chain.from_iterable(map(pieces, said)))))


def pieces(word: str) -> list[str]:
    """All runs of four letters in a word."""
    return [f"#{word[at : at + PIECE]}" for at in range(len(word) - PIECE + 1)]


def count(examples: Iterable[tuple[int, str]]) -> Counts:
    """Counts examples, given as pairs of a topic and a text."""
    by_topic: dict[int, Counter[str]] = {}
    total = 0
    for topic, text in examples:
        by_topic.setdefault(topic, Counter()).update(features(words(text)))
        total += 1
    topics = tuple(sorted(by_topic))
    seen: dict[str, list[tuple[int, int]]] = {}
    for place, topic in enumerate(topics):
        for feature, times in by_topic[topic].items():
            seen.setdefault(feature, []).append((place, times))
    return Counts(topics, seen, total)


class Ranker:
    """Counts made ready to judge questions. A question costs about as much as it has letters, however many examples."""

    def __init__(self, counts: Counts) -> None:
        self.topics = counts.topics
        # A word that only one example has would weigh this; so does one that no example has.
        self._rarest = log(1 + counts.examples) + 1
        self._often = {feature: sum(times for _, times in seen) for feature, seen in counts.seen.items()}
        self._weight = {feature: self._rarest - log(1 + often) for feature, often in self._often.items()}
        smooth = SMOOTHING * (sum(self._weight.values()) or 1)
        self._mass = [smooth] * len(self.topics)
        self._seen = counts.seen
        self._gains: dict[str, list[tuple[int, float]]] = {}
        for feature, seen in counts.seen.items():
            weight = self._weight[feature]
            self._gains[feature] = [(place, _gain(weight, times)) for place, times in seen]
            for place, times in seen:
                self._mass[place] += weight * times
        self._log_mass = [log(mass) for mass in self._mass]

    def judge(self, text: str) -> Judgment:
        """Every topic by how likely the text is under it; NOTHING when no word of it is known."""
        said = words(text)
        all_ = features(said)
        known = [feature for feature in all_ if feature in self._gains]
        sums = [-len(known) * mass for mass in self._log_mass]
        for feature in known:
            for place, gain in self._gains[feature]:
                sums[place] += gain
        return self._judged(sums, len(all_), self._covered(said, self._often.__contains__)) if known else NOTHING

    def judge_without(self, text: str, topic: int) -> Judgment:
        """As `judge`, as if this very text were not among the topic's examples: how it would fare if it were asked."""
        said, own = words(text), self.topics.index(topic)
        all_ = features(said)
        known = [feature for feature in all_ if self._often.get(feature, 0) > 1]
        sums = [-len(known) * mass for mass in self._log_mass]
        left = self._mass[own] - sum(self._weight[feature] for feature in all_ if feature in self._weight)
        sums[own] = -len(known) * log(max(left, SMOOTHING))
        for feature in known:
            weight = self._weight[feature]
            for place, times in self._seen[feature]:
                sums[place] += _gain(weight, times - (place == own))
        covered = self._covered(said, lambda word: self._often.get(word, 0) > 1)
        return self._judged(sums, len(all_), covered) if known else NOTHING

    def _covered(self, said: Iterable[str], is_known: Callable[[str], bool]) -> float:
        """The share of what the words weigh that is in known ones, or in known pieces of unknown ones."""
        known = unknown = 0.0
        for word in set(said):
            if is_known(word):
                known += self._weight[word]
            else:
                share = _known_share(pieces(word), is_known)
                known += share * self._rarest
                unknown += (1 - share) * self._rarest
        return known / (known + unknown) if known else 0.0

    def _judged(self, sums: list[float], many: int, covered: float) -> Judgment:
        order = sorted(range(len(sums)), key=lambda place: (-sums[place], place))
        best, temper = sums[order[0]], max(1.0, many**TEMPER)
        likely = [exp((sums[place] - best) / temper) for place in order]
        total = sum(likely)
        shares = tuple(one / total for one in likely)
        return Judgment(tuple(self.topics[place] for place in order), shares, shares[0] * covered * covered)


def _known_share(of: Sequence[str], is_known: Callable[[str], bool]) -> float:
    return sum(map(is_known, of)) / len(of) if of else 0.0


def _gain(weight: float, times: int) -> float:
    return log((weight * times + SMOOTHING) / SMOOTHING)


def least_certain(ranker: Ranker, examples: Sequence[tuple[int, str]]) -> float:
    """The certainty that `KEPT_IN` of these examples reach, each judged as if it were not one: less is out of scope.

    The examples are those that the ranker counted, or a sample of them.
    """
    reached = sorted(ranker.judge_without(text, topic).certainty for topic, text in examples)
    least = max(LEAST_CERTAIN, LEAST_BY_LOT / max(1, len(ranker.topics)))
    return max(least, reached[int(len(reached) * (1 - KEPT_IN))]) if reached else least
