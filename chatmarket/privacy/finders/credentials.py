"""Passwords that stand beside an e-mail address are found here: "ana@lumen.example / Pass1"."""

from collections.abc import Iterable, Iterator

from chatmarket.privacy.finders.bare_secrets import TOKEN, is_mixed, is_signed, trimmed
from chatmarket.privacy.finders.vocabulary import alternation, gathered
from chatmarket.privacy.patterns import Found, pattern
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import Skeleton

Find = tuple[int, int, Kind]

# A sign that parts the two; without one more must speak for it.
_PARTED = pattern(r" ?[:/|;] ?| - ")
_BESIDE = pattern(r"[ ,]{1,2}|\n")
_ENTERING = pattern(rf"\b(?:{alternation(gathered('talk', 'entering'))})\b")
_MAIL_SAID = pattern(rf"\b(?:{alternation(gathered('mail', 'cues'))})\b")
# An answer in so many words is that one.
_FEW_WORDS = 4
_SHORTEST = 4


def of_mailboxes(bones: Skeleton, scan: bytes, mailboxes: Iterable[Found], *, asked: bool) -> Iterator[Find]:
    """What follows the addresses; and what looks like one where only a password was `asked` for. `scan` is without
    what was found already."""
    for start, end in mailboxes:
        if asked and len(bones.scan[:start].split()) <= _FEW_WORDS and _MAIL_SAID.search(bones.scan) is None:
            yield start, end, Kind.PASSWORD
        parted = _PARTED.match(scan, end)
        beside = parted or _BESIDE.match(scan, end)
        token = TOKEN.match(scan, beside.end()) if beside is not None else None
        if token is None:
            continue
        first, last = trimmed(scan, *token.span())
        if last - first >= _SHORTEST and _is_password(bones, scan, first, last, parted=parted is not None):
            yield first, last, Kind.PASSWORD


def _is_password(bones: Skeleton, scan: bytes, start: int, end: int, *, parted: bool) -> bool:
    if not is_mixed(scan, start, end):
        return parted and is_signed(scan, start, end)
    written = bones.original[slice(*bones.way_back(start, end))]
    telling = any(map(str.isupper, written)) or is_signed(scan, start, end)
    return parted or telling or _ENTERING.search(scan) is not None
