"""Values are found here by their own shape, whoever typed them: the first stage of masking."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice

from chatmarket.privacy.finders import (
    addresses,
    answers,
    bare_secrets,
    capitals,
    card_details,
    credentials,
    cues,
    dates,
    described,
    dictated,
    ids,
    lookalikes,
    mails,
    names,
    numerals,
    secrets,
    shapes,
    spelled,
    web,
)
from chatmarket.privacy.finders.cards import cards
from chatmarket.privacy.finders.checks import CARD_DIGITS
from chatmarket.privacy.finders.documents import ibans, identities, insured, mixed, models, supplies, unproven_ibans
from chatmarket.privacy.finders.harmless import digits_of, plain, screens
from chatmarket.privacy.finders.inside import held
from chatmarket.privacy.finders.runs import numbers
from chatmarket.privacy.merging import merged
from chatmarket.privacy.patterns import Found, Gate, pattern, places
from chatmarket.privacy.reading import CardTalk, Reading
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import BLANK, Skeleton, skeleton
from chatmarket.privacy.spans import MOST_FINDS, Span, crowd
from chatmarket.privacy.wordlists import vocabulary

Find = tuple[int, int, Kind]

__all__ = ["Span", "detected", "find"]

# An at sign, a link, a dotted name, colons, digits. Single digits and pairs are no value by themselves.
_SHAPES = r"@|://|www|[a-z0-9_\xff-][\])]?[\[(]?\.[\])]?[a-z0-9\xff]|:[0-9a-f]{0,4}:|[0-9][^a-z0-9]{0,3}[0-9][^a-z0-9]{0,3}[0-9]|[a-z\xff][0-9]|[0-9][a-z\xff]"
# Fewer digits are no IBAN and no card; fewer than two are nothing by themselves.
_FEWEST_PROVABLE = 10
_FEWEST_DENIED = 2
# So many digits and address signs in one message are not looked at one by one.
CROWD = 500
_CROWDED = pattern(r"[^\s]*[0-9@:][^\s]*(?:\s{1,3}[^\s]*[0-9@:][^\s]*)*")
# A letter of 4,000 characters has 800 words; more of them are no language.
MOST_WORDS = 1_000
# A letter of 4,000 characters has fewer different ones than so many: in Chinese, and in scripts of fewer signs.
MOST_CHARACTERS = 1_200
MOST_LETTERS = 250
_NUMBERED = frozenset({Kind.NUMBER, Kind.ACCOUNT})
# Chinese, Japanese and Korean.
_SYLLABLES = ("\u2e80", "\ud7ff")
_RARE_IDEOGRAPHS = "\U00020000"
# So many names, numbers and number words are a list of them, or an attack.
MOST_TELLING = 200
# In this order; each may look at what those before it took.
FINDERS = (("addresses", addresses.find), ("names", names.find), ("answers", answers.find))


def find(text: str) -> list[Span]:
    """The values in a message that stands alone: spans in order, without overlaps, with offsets in `text`.

    Time is linear in the length. Raises TooLong (a ValueError) above 4,000 characters.
    """
    return merged(detected(Reading(skeleton(text))), text)


def detected(reading: Reading) -> list[Span]:
    """What each finder finds in a message; finds may overlap."""
    bones, taken = reading.bones, reading.taken
    if len(bones.scan) > CROWD and _is_crowded(reading):
        return [crowd(bones)]
    stands = _shapes(reading.language).stands(bones.scan)
    told: dict[Find, str] = {}
    if stands:
        taken += _values(reading, stands, told)
    elif bones.digits or not bones.folded.isascii():
        taken += _values(reading, stands, told) if cues.may_stand(bones) else ()
    elif cues.are_likely(bones.words):
        # Without a digit or a foreign letter cues are all there is: "my card".
        taken += secrets.find(reading)
    if reading.card is not CardTalk.NONE:
        taken += _by("card talk", card_details.told(bones.scan, 0, reading.card), told)
    stages = [told.get(found, "values") for found in taken]
    for stage, finder in FINDERS:
        if len(taken) > MOST_FINDS:
            break
        taken += islice(finder(reading), MOST_FINDS + 1)
        stages += [stage] * (len(taken) - len(stages))
    taken += _of_talk(reading)
    stages += ["talk"] * (len(taken) - len(stages))
    if not taken:
        return []
    if len(taken) > MOST_FINDS:
        return [crowd(bones)]
    found = zip(taken, stages, strict=True)
    return [_span(reading, find, stage) for find, stage in found]


def _span(reading: Reading, find: Find, stage: str) -> Span:
    start, end = reading.bones.way_back(_begin(reading.bones, find), find[1])
    return Span(*capitals.widened(reading, start, end, find[2]), find[2], why=stage)


def _begin(bones: Skeleton, find: Find) -> int:
    """Where a value begins with what is said before it and belongs to it: "the 3rd of May 1974", "GPA.3311-9920"."""
    start, end, kind = find
    if kind is Kind.BIRTHDATE:
        return dates.with_article(bones.scan, start)
    return ids.with_prefix(bones, start, end) if kind in _NUMBERED else start


def _of_talk(reading: Reading) -> Iterator[Find]:
    """What is bare, and may be the PIN, code or password that is spoken of; last, for it has no shape of its own."""
    bones = reading.bones
    if not reading.bare or len(reading.taken) > MOST_FINDS:
        return
    secret = reading.secret or bare_secrets.spoken_of(bones)
    if secret is not None:
        yield from bare_secrets.find(bones, _without(bones.scan, reading.taken), secret)


@cache
def _shapes(language: str) -> Gate:
    """What stands in every message that has a value of ours without a cue. Most messages end here."""
    return Gate(
        (_SHAPES, mails.SOURCE, spelled.SOURCE, numerals.gate(language), dictated.gate(language), described.SOURCE)
    )


_MAIL, _DISGUISE, _NUMERAL, _DICTATED, _DESCRIBED = 1, 2, 3, 4, 5


def _by(stage: str, finds: Iterable[Find], told: dict[Find, str]) -> list[Find]:
    """The finds, noted as those of a stage that has a name of its own."""
    found = list(finds)
    told.update(dict.fromkeys(found, stage))
    return found


def _values(reading: Reading, stands: list[int], by: dict[Find, str]) -> list[Find]:
    """Values by their shape, in disguise, by their cue, and at last every number that nothing explains."""
    crowd: list[Find] = []
    if len(reading.bones.scan) > CROWD:
        crowd += _crowd(reading.bones.scan)
        reading = _besides(reading, crowd)
    bones = reading.bones
    found = crowd + [(start, end, kind) for kind, finder in web.FINDERS for start, end in finder(bones)]
    if found:
        found += list(held(bones.scan, found))
    digits = bones.digits
    if digits >= _FEWEST_PROVABLE:
        found += _proven(_without(bones.scan, found))
    # Before addresses are: their domain may be all of them that is no word.
    told = _besides(reading, found)
    cut = bool(found)
    found += _by("dictated", dictated.find(told, None if cut else _DICTATED in stands), by)
    found += _by("described", described.addresses(told, None if cut else _DESCRIBED in stands), by)
    # What stands in the message stands in what is left of it, as long as nothing is found.
    if found or _MAIL in stands or b"@" in bones.scan:
        # "ana (arroba) gmail.com": the link there is a piece of an address.
        addressed = _besides(reading, [find for find in found if find[2] is not Kind.URL])
        found += [(*place, Kind.EMAIL) for place in mails.mails(addressed.bones)]
        found += [(*place, Kind.URL) for place in mails.spelled_links(_without(bones.scan, found))]
    mailboxes = [(start, end) for start, end, kind in found if kind is Kind.EMAIL]
    if mailboxes:
        asked = Kind.PASSWORD in reading.asked and Kind.EMAIL not in reading.asked
        found += credentials.of_mailboxes(bones, _without(bones.scan, found), mailboxes, asked=asked)
    rest = _besides(reading, found)
    found += _by("described", described.find(rest, None if found else _DESCRIBED in stands), by)
    said = spelled.find(rest) if found else spelled.find(rest, _DISGUISE in stands, _NUMERAL in stands)
    found += _by("spelled", said, by)
    found += _whole_passwords(secrets.find(rest), rest.bones.scan)
    standing = list(plain(bones.scan)) if digits else []
    if digits or b"@" in bones.scan:
        found += shapes.by_shape(_besides(rest, found + [(*place, Kind.NUMBER) for place in standing]))
    if digits >= _FEWEST_DENIED:
        left = _without(bones.scan, found)
        found += _denied(left, standing if left is bones.scan else list(plain(left)))
        if lookalikes.may_hold(bones.scan):
            found += _by("lookalikes", _in_lookalikes(bones.scan), by)
    cards_told = [find for find in found if find[2] is Kind.CARD]
    for start, end, _ in cards_told:
        talk = CardTalk.GIVEN if len(digits_of(bones.scan[start:end])) in CARD_DIGITS else CardTalk.NAMED
        found += card_details.told(bones.scan, end, talk)
    return found


def _whole_passwords(found: Iterator[Find], left: bytes) -> Iterator[Find]:
    """What was cut out of a password as a mail or a link is its beginning: "P@ssw0rd", "www.lumen-secret.com"."""
    for start, end, kind in found:
        if kind is Kind.PASSWORD:
            start -= len(left[:start]) - len(left[:start].rstrip(BLANK)) if left[start : start + 1] == BLANK else 0
            end += len(left[end:]) - len(left[end:].lstrip(BLANK)) if left[end - 1 : end] == BLANK else 0
        yield start, end, kind


def _is_crowded(reading: Reading) -> bool:
    """Whether a long message is mostly figures, mostly names, or of more words than any letter has."""
    bones = reading.bones
    if len(bones.words) > MOST_WORDS or (not bones.folded.isascii() and _is_noise(bones.original)):
        return True
    signs = len(bones.scan) - len(bones.scan.translate(None, b"0123456789@:"))
    if signs > CROWD:
        covered = sum(end - start for start, end in places(_CROWDED, bones.scan))
        return covered * 2 > len(bones.scan)
    sure, spoken = vocabulary(reading.language).sure, numerals.spoken(reading.language)
    if len(bones.words) <= MOST_TELLING:
        return False
    return sum(word in sure or word in spoken or word.isdigit() for word in bones.words) > MOST_TELLING


def _is_noise(text: str) -> bool:
    """Whether a message has more different characters than any language has signs."""
    characters = set(text)
    if len(characters) <= MOST_LETTERS:
        return False
    first, last = _SYLLABLES
    letters = sum(letter < first or last < letter < _RARE_IDEOGRAPHS for letter in characters)
    return len(characters) > MOST_CHARACTERS or letters > MOST_LETTERS


def _crowd(scan: bytes) -> Iterator[Find]:
    """Every word with a digit or a sign of an address, in a message of hundreds of them: a table, or an attack.

    Nothing in it is judged by itself: that would take too long, and nobody could tell what it all is.
    """
    if len(scan) - len(scan.translate(None, b"0123456789@:")) > CROWD:
        yield from ((*found, Kind.NUMBER) for found in places(_CROWDED, scan))


def _besides(reading: Reading, found: list[Find]) -> Reading:
    if not found:
        return reading
    bones = reading.bones
    left = Skeleton(bones.original, bones.folded, _without(bones.scan, found), bones.starts, bones.ends)
    return Reading(left, reading.language, reading.asked, reading.author, reading.card, reading.secret, reading.taken)


def _proven(scan: bytes) -> Iterator[Find]:
    """What its check digits prove, whatever the words before it say."""
    accounts = [(*found, Kind.IBAN) for finder in (ibans, unproven_ibans) for found in finder(scan)]
    accounts += [(*found, Kind.ACCOUNT) for found in supplies(scan)]
    yield from accounts
    for start, end in cards(_without(scan, accounts)):
        yield start, end, Kind.CARD


def _in_lookalikes(scan: bytes) -> Iterator[Find]:
    """Numbers that only show when the letters in them are read as the digits they look like."""
    meant, changed = lookalikes.read(_blanked(scan, screens(scan)))
    if changed:
        for start, end, kind in (*_proven(meant), *_denied(meant, list(plain(meant)))):
            if lookalikes.is_meant(scan, start, end, changed):
                yield start, end, kind


def _denied(scan: bytes, harmless: list[Found]) -> Iterator[Find]:
    scan = _blanked(scan, [*screens(scan), *harmless])
    documents = [(*found, Kind.DNI) for found in identities(scan)]
    documents += [(*found, Kind.SSN) for found in insured(_without(scan, documents))]
    scan = _blanked(scan, list(models(_without(scan, documents))))
    documents += mixed(_without(scan, documents))
    yield from documents
    yield from numbers(_without(scan, documents))


def _without(scan: bytes, found: list[Find]) -> bytes:
    return _blanked(scan, [(start, end) for start, end, kind in found if kind is not Kind.IP])


def _blanked(scan: bytes, found: list[Found]) -> bytes:
    """The scan without what is found already, so that a number beside it is judged by itself."""
    if not found:
        return scan
    left = bytearray(scan)
    for start, end in found:
        left[start:end] = BLANK * (end - start)
    return bytes(left)
