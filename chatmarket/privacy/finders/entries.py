"""Passwords, logins, gate codes and names elsewhere are found here by what is done with them: "I set it to ..."."""

from collections.abc import Collection, Iterator

from chatmarket.privacy.finders.bare_secrets import is_mixed, is_signed, trimmed
from chatmarket.privacy.finders.harmless import is_ordinary
from chatmarket.privacy.finders.vocabulary import alternation, gathered
from chatmarket.privacy.finders.wordy import is_no_word
from chatmarket.privacy.patterns import pattern
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import Skeleton
from chatmarket.privacy.wordlists import LONGEST_NAME, stands_in_a_dictionary

Find = tuple[int, int, Kind]

_SET = pattern(rf"\b(?:{alternation(gathered('frames', 'set'))})[ :]{{1,2}}[\"']?([^ \t\r\n\"'\xfd]{{6,40}})")
_ENTERED = pattern(
    rf"\b(?:{alternation(gathered('frames', 'use'))}) ([a-z][a-z0-9._-]{{4,30}})"
    rf" (?:{alternation(gathered('frames', 'entering'))})\b"
)
_DOORS = alternation([*gathered("cues", "entrance"), *gathered("cues", "lock")])
_OPENS = alternation(gathered("frames", "opens"))
_PRESSED = pattern(
    rf"\b(?:{alternation(gathered('frames', 'press'))}) ([0-9]{{4,8}}[#*]?)(?: [a-z]+){{0,4}} (?:{_DOORS})\b"
    rf"|\b([0-9]{{4,8}}[#*]?) (?:[a-z]+ )?(?:{_OPENS})(?: [a-z]+){{0,3}} (?:{_DOORS})\b"
    rf"|\b(?:{_DOORS}) (?:{alternation(gathered('frames', 'takes'))}) ([0-9]{{4,8}}[#*]?)(?:[ ,.!]|$)"
)
_NAMED = pattern(
    rf"\b(?:{alternation(gathered('frames', 'add'))})[,: ]{{1,2}}([a-z][a-z0-9._]{{4,30}}),?"
    rf" (?:{alternation(gathered('frames', 'on'))}) (?:[a-z]+ )?(?:{alternation(gathered('cues', 'platform'))})\b"
)
_LEAST_MIXED = 8


def find(bones: Skeleton, sections: Collection[str]) -> Iterator[Find]:
    """Start and end in the skeleton, and the kind; `sections` are those of the cues that stand in the message."""
    scan = bones.scan
    if bones.digits:
        yield from (
            (*match.span(1), Kind.HANDLE) for match in _ENTERED.finditer(scan) if is_mixed(scan, *match.span(1))
        )
        for match in _SET.finditer(scan):
            start, end = trimmed(scan, *match.span(1))
            strong = is_signed(scan, start, end) or end - start >= _LEAST_MIXED
            if strong and is_mixed(scan, start, end):
                yield start, end, Kind.PASSWORD
        if "entrance" in sections or "lock" in sections:
            for match in _PRESSED.finditer(scan):
                start, end = next(match.span(group) for group in (1, 2, 3) if match.group(group) is not None)
                if not is_ordinary(scan, start, end):
                    yield start, end, Kind.CODE
    if "platform" in sections:
        for start, end in ((match.start(1), match.end(1)) for match in _NAMED.finditer(scan)):
            word = scan[start:end].decode("latin-1")
            if is_no_word(word) or (len(word) > LONGEST_NAME and not stands_in_a_dictionary(word)):
                yield start, end, Kind.HANDLE
