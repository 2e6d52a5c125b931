"""How many details of a customer an expert has named in a chat: who names many is guessing, or gives away their own."""

from collections import defaultdict
from collections.abc import Iterable

from chatmarket.privacy.segments import Kind, Segment, Text, Token
from chatmarket.privacy.skeleton import folded_whole

# What experts name for good reasons: pages, networks, names of programs, and what the brand itself has looked for.
_OF_THE_PRODUCT = frozenset({Kind.URL, Kind.IP, Kind.HANDLE, Kind.BRAND, Kind.SOLICITATION})
# So many different numbers of one length in one message are a list to choose from: "1111, 2222 or 3333?"
FEWEST_ALIKE = 3
_LENGTHS = range(3, 9)


def named(messages: Iterable[tuple[Segment, ...]]) -> int:
    """How many hidden details and listed numbers stand in an expert's messages.

    Equal hidden ones count each time, for nothing of them is known; equal numbers once.
    """
    hidden, numbers = 0, set[str]()
    for segments in messages:
        hidden += sum(isinstance(part, Token) and not part.n and part.kind not in _OF_THE_PRODUCT for part in segments)
        numbers |= _listed(segments)
    return hidden + len(numbers)


def _listed(segments: tuple[Segment, ...]) -> set[str]:
    by_length: dict[int, set[str]] = defaultdict(set)
    for part in segments:
        if isinstance(part, Text):
            for word in folded_whole(part.text).words:
                if len(word) in _LENGTHS and word.isdigit():
                    by_length[len(word)].add(word)
    return {number for alike in by_length.values() if len(alike) >= FEWEST_ALIKE for number in alike}
