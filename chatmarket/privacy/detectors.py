"""Values are found here by their own shape, whoever typed them: the first stage of masking."""

from collections.abc import Iterator

from chatmarket.privacy import addresses, answers, names, secrets, spelled, web
from chatmarket.privacy.documents import ibans, identities
from chatmarket.privacy.patterns import Found, pattern
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.runs import GAP, numbers
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import BLANK, skeleton
from chatmarket.privacy.spans import Span, merged

__all__ = ["Span", "detected", "find"]

# In this order; each may look at what those before it took.
FINDERS = (secrets, spelled, addresses, names, answers)
# Nothing can be found in a message without one of these. Most messages end here, after a microsecond.
_SEVEN_DIGITS = rf"[0-9](?:{GAP}[0-9]){{6}}"
_GATE = pattern(rf"@|://|www|[a-z0-9_\xff-][\])]?[\[(]?\.[\])]?[a-z0-9\xff]|:[0-9a-f]{{0,4}}:|{_SEVEN_DIGITS}")
_DIGITS = pattern(_SEVEN_DIGITS)


def find(text: str) -> list[Span]:
    """The values in a message that stands alone: spans in order, without overlaps, with offsets in `text`.

    Time is linear in the length. Raises TooLong (a ValueError) above 4,000 characters.
    """
    return merged(detected(Reading(skeleton(text))))


def detected(reading: Reading) -> list[Span]:
    """What each finder finds in a message; finds may overlap."""
    bones, taken = reading.bones, reading.taken
    if _GATE.search(bones.scan) is not None:
        taken += [(start, end, kind) for kind, finder in web.FINDERS for start, end in finder(bones)]
        scan = _blanked(bones.scan, [(start, end) for start, end, kind in taken if kind is not Kind.IP])
        if _DIGITS.search(scan) is not None:
            taken += _digits(scan)
    for finder in FINDERS:
        taken += finder.find(reading)
    return [Span(*bones.way_back(start, end), kind) for start, end, kind in taken]


def _digits(scan: bytes) -> Iterator[tuple[int, int, Kind]]:
    documents = [(*found, Kind.IBAN) for found in ibans(scan)]
    documents += [(*found, Kind.DNI) for found in identities(_blanked(scan, [found[:2] for found in documents]))]
    yield from documents
    yield from numbers(_blanked(scan, [found[:2] for found in documents]))


def _blanked(scan: bytes, found: list[Found]) -> bytes:
    """The scan without what is found already, so that a number beside it is judged by itself."""
    if not found:
        return scan
    left = bytearray(scan)
    for start, end in found:
        left[start:end] = BLANK * (end - start)
    return bytes(left)
