"""What needs no cue is found here by its shape: handles with their sign, dates that can only be of birth, plates."""

from collections.abc import Iterator

from chatmarket.privacy.finders import dates
from chatmarket.privacy.finders.harmless import is_ordinary
from chatmarket.privacy.patterns import pattern, places
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind

Find = tuple[int, int, Kind]

# Number plates of Spain (no vowels) and of Britain.
PLATE = pattern(r"\b[0-9]{4}[ -]?[bcdfghjklmnpqrstvwxyz]{3}\b|\b[a-z]{2}[0-9]{2} ?[a-z]{3}\b")
_HANDLES = pattern(r"(?:^|[^a-z0-9\xff._%+@-])(@[a-z0-9_\xff][a-z0-9_.\xff]{2,31})|\b([a-z0-9_.]{2,32}#[0-9]{4})\b")
# What is written like a handle in style sheets, Java and TypeScript; whatever stands right before a bracket is, too.
_OF_CODE = frozenset(
    b"@import @media @charset @supports @keyframes @layer @namespace @container @property @include @mixin @extend"
    b" @tailwind @override @param @deprecated @autowired @nullable @nonnull".split()
)
_CODE_NEXT = pattern(r"\(| ?\{| url\(")


def by_shape(reading: Reading) -> Iterator[Find]:
    """What needs no cue: handles with their sign, dates that can only be of birth."""
    for match in _HANDLES.finditer(reading.bones.scan):
        start, end = match.span(match.lastindex)
        if reading.bones.scan[start:end] not in _OF_CODE and _CODE_NEXT.match(reading.bones.scan, end) is None:
            yield start, end, Kind.HANDLE
    yield from ((*found, Kind.BIRTHDATE) for found in dates.long_ago(reading.bones.scan))
    for start, end in places(PLATE, reading.bones.scan):
        written = reading.bones.original[slice(*reading.bones.way_back(start, end))]
        if written.isupper() and not is_ordinary(reading.bones.scan, start, start + 4):
            yield start, end, Kind.DOCUMENT
