"""What links and e-mail addresses hold of cards and secrets is found here: kept whole, they would keep it too."""

from collections.abc import Iterable, Iterator

from chatmarket.privacy.finders.cards import cards, glued
from chatmarket.privacy.finders.cues import KINDS, section_of
from chatmarket.privacy.patterns import pattern
from chatmarket.privacy.segments import Kind

Find = tuple[int, int, Kind]

_HOLDING = frozenset({Kind.URL, Kind.EMAIL})
_PARAMETER = pattern(r"[?&#;/]([a-z][a-z0-9_-]*)=([^&#;/\x00-\x20\xfd]+)")
_LOGGED_IN = pattern(r"://[^/?#@:\x00-\x20]*:([^/?#@\x00-\x20]+)@")
_KINDS = {section: KINDS[section] for section in ("pin", "cvv", "expiry", "code", "password")}


def held(scan: bytes, found: Iterable[Find]) -> Iterator[Find]:
    """The cards in what was found, and of links the secrets in their parameters: "?pin=8821", "//ana:secret@"."""
    for start, end, kind in found:
        if kind in _HOLDING:
            inside = scan[start:end]
            yield from ((start + a, start + b, Kind.CARD) for a, b in {*cards(inside), *glued(inside)})
            if kind is Kind.URL:
                yield from ((start + a, start + b, secret) for a, b, secret in _secrets(inside))


def _has_digit(written: bytes | None) -> bool:
    return written is not None and any(48 <= byte < 58 for byte in written)


def _secrets(link: bytes) -> Iterator[Find]:
    for match in _LOGGED_IN.finditer(link):
        yield (*match.span(1), Kind.PASSWORD)
    for match in _PARAMETER.finditer(link):
        secret = _KINDS.get(section_of(match.group(1)))
        if secret is not None and (secret is Kind.PASSWORD or _has_digit(match.group(2))):
            yield (*match.span(2), secret)
