"""PINs, codes and passwords that are told without their word are found here, in a message that talks of one.

Nothing here runs unless one was spoken of, in the message or right before it: then short numbers, and words that are
written like a password, are hidden unless something harmless explains them.
"""

from collections.abc import Iterable, Iterator

from chatmarket.privacy.finders.cues import SECRETS, STATES, cues, telling
from chatmarket.privacy.finders.harmless import (
    DATE,
    digits_of,
    is_counted,
    is_dated,
    is_money,
    is_short_and_harmless,
    is_year,
)
from chatmarket.privacy.finders.vocabulary import alternation, gathered, spelling
from chatmarket.privacy.finders.wordy import closed, is_everybodys, is_no_word
from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import Skeleton
from chatmarket.privacy.wordlists import is_anybodys

Find = tuple[int, int, Kind]

_PASSING = frozenset(gathered("talk", "passing"))
# "The number on the back" is talk of a card, which `card_talk` knows of: its words are in every other message.
_OF_CARDS = frozenset(phrase for phrase in gathered("cues", "cvv") if " " in phrase)
_WORDS = telling(SECRETS, _PASSING | _OF_CARDS)
_RUN = pattern(
    r"\b(?:[0-9](?:[ .*/-]{1,3}[0-9]){3,7}|[0-9]{2}(?:[ .-][0-9]{2}){1,4}|[0-9]{3}[ -][0-9]{3}|[0-9]{4} [0-9]{4}"
    r"|[0-9]{3,8})\b[#*]*"
)
_OF_SHOPS = pattern(rf"\b(?:{alternation(gathered('talk', 'shops'))})\b|[0-9] ?%")
_CLOSE = (b":", b"/", b".", b",", b"$", b"-")
_SIZES = {Kind.CVV: (3, 4), Kind.PIN: (3, 8), Kind.CODE: (3, 10), Kind.PASSWORD: (4, 12)}
_FEW = 3
_TRIES = alternation(gathered("talk", "tries"))
_TRIED = pattern(rf"\b(?:{_TRIES})(?: ?[:=,])?[ \"'\xfe]{{1,2}}$")
# "They gave me 482": nothing but grammar, a cue or a sign before it.
_LED = pattern(
    rf"(?:^|[^a-z0-9\xff ] ?|\b(?:{_TRIES}|{alternation(gathered('grammar', 'fillers'))}"
    rf"|{alternation(gathered('grammar', 'alternatives'))})[ :,]{{1,2}})$"
)
_NUMBER_NOUN = alternation(gathered("grammar", "number_nouns"))
_NUMBERED = pattern(
    rf"\b(?:{alternation(gathered('talk', 'numbered'))})[ :#.-]{{1,2}}(?:(?:{_NUMBER_NOUN})\.{{0,2}} )?$"
)
_THING = pattern(rf"\b(?:{alternation(gathered('talk', 'articles'))}) $")
TOKEN = pattern(r"[^ \t\r\n\"'`(),;<>|{}\xfd\xfe]+")
_LETTER, _DIGIT = pattern(r"[a-z\xff]"), pattern(r"[0-9]")
_SIGN_INSIDE = pattern(r"[a-z0-9\xff][!$%&*#@+^~_=?]+[a-z0-9\xff]")
_SIGN_BEHIND = pattern(r"[a-z\xff]{3,}[!$%&*#+^~]+$")
_SIGNED = pattern(r"[a-z0-9\xff]{3}!,? [a-z]|[a-z0-9\xff]![a-z0-9\xff]")
_GOES_ON = pattern(r"(?:,? [a-z]|,|\.)")
_QUOTED = pattern(r"(?:^|[^a-z0-9\xff])[\"'`\xfe]([^\"'`\xfe \t\r\n]{3,40})[\"'`\xfe]")
_VERSION = pattern(r"v?[0-9]+(?:\.[0-9]+)+[a-z]?|0x[0-9a-f]+")
_UNIT = pattern(
    r"[0-9]+(?:[.,:x][0-9]+)?[-]?"
    rf"(?:{alternation([*gathered('harmless', 'units'), *gathered('harmless', 'money')])}"
    rf"|{alternation([*gathered('dates', 'endings'), *gathered('harmless', 'glued')])})"
)
_SHORTEST_MIXED = 4
_LONGEST_CODE = 24
_LONGEST = 40
_BACK = 24
# So many words with digits are a table.
_MOST = 60
# What programs are written in: there "code" is no secret.
_OF_PROGRAMS = (b"{", b"}", b"()", b"==", b"=>", b"</", b";\n")


def may_stand(bones: Skeleton) -> bool:
    """Whether a message has anything that could be found here."""
    scan = bones.scan
    return bones.digits > 0 or b'"' in scan or b" '" in scan or (b"!" in scan[:-1] and _SIGNED.search(scan) is not None)


def may_speak(words: Iterable[str]) -> bool:
    """Whether a message of these words may speak of a secret; one with foreign letters may in any case."""
    return not _WORDS.isdisjoint(words)


def spoken_of(bones: Skeleton) -> Kind | None:
    """What a message talks of: the last PIN, code or password that it names. A shop's codes are everybody's."""
    if bones.folded.isascii() and not may_speak(bones.words):
        return None
    kind = None
    for cue in cues(bones.scan):
        if cue.section in SECRETS and spelling(bones.scan[cue.start : cue.end]) not in _PASSING:
            kind = SECRETS[cue.section]
    return None if kind is Kind.CODE and is_of_shops(bones.scan) else kind


def is_of_shops(scan: bytes) -> bool:
    """Whether a message talks of prices and offers."""
    return _OF_SHOPS.search(scan) is not None


def find(bones: Skeleton, scan: bytes, kind: Kind) -> Iterator[Find]:
    """What may be a secret of the kind in what is left of a message; `scan` is without what was found already."""
    if kind is Kind.CODE and any(sign in scan for sign in _OF_PROGRAMS):
        return
    taken = [found for found in places(_RUN, scan) if not _is_explained(scan, *found, kind)]
    yield from ((*found, kind) for found in taken)
    for tried, (start, end) in enumerate(places(TOKEN, scan)):
        if tried >= _MOST * len(SECRETS):
            return
        start, end = trimmed(scan, start, end)
        if _SHORTEST_MIXED <= end - start <= _LONGEST and _is_written_as_secret(bones, scan, start, end, kind):
            yield start, end, kind
    if kind is Kind.PASSWORD:
        yield from ((*found, kind) for found in _quoted(scan))


def _is_explained(scan: bytes, start: int, end: int, kind: Kind) -> bool:
    """Whether something harmless explains a short number, for all that a secret is spoken of."""
    written = scan[start:end].rstrip(b"#*")
    count, (fewest, most) = len(digits_of(written)), _SIZES[kind]
    if not fewest <= count <= most:
        return True
    end = start + len(written)
    if scan[start - 1 : start] in _CLOSE or (scan[end : end + 1] in _CLOSE and scan[end + 1 : end + 2].isalnum()):
        return True
    before = scan[max(0, start - _BACK) : start]
    if is_year(written):
        if kind is Kind.PASSWORD and _TRIED.search(before) is None:
            return True
        return is_dated(scan, start, end) or is_money(scan, start, end) or is_counted(scan, start, end)
    if is_money(scan, start, end) or is_counted(scan, start, end) or _NUMBERED.search(before) is not None:
        return True
    if DATE.fullmatch(written) is not None or (count > 4 and is_short_and_harmless(scan, start, end)):
        return True
    return count == _FEW and (written.endswith(b"00") or _LED.search(before) is None)


def trimmed(scan: bytes, start: int, end: int) -> Found:
    """A token without the signs of the sentence around it."""
    while start < end and scan[start : start + 1] in (b".", b":", b"=", b"-", b"/"):
        start += 1
    return start, closed(scan, start, end)


def _is_written_as_secret(bones: Skeleton, scan: bytes, start: int, end: int, kind: Kind) -> bool:
    if is_mixed(scan, start, end):
        return kind is Kind.PASSWORD or _is_code(bones, start, end)
    if kind is not Kind.PASSWORD or _TRIED.search(scan[max(0, start - _BACK) : start]) is None:
        return False
    return is_signed(scan, start, end)


def is_mixed(scan: bytes, start: int, end: int) -> bool:
    """Letters and digits together that are no size, version, model or other thing."""
    token = scan[start:end]
    if _DIGIT.search(token) is None or _LETTER.search(token) is None:
        return False
    before = scan[max(0, start - _BACK) : start]
    return not (
        is_everybodys(token)
        or _VERSION.fullmatch(token) is not None
        or _UNIT.fullmatch(token) is not None
        or _THING.search(before) is not None
        or is_counted(scan, start, end)
        or _NUMBERED.search(before) is not None
    )


def is_signed(scan: bytes, start: int, end: int) -> bool:
    """Letters with signs that no word has inside, or at its end within a sentence: "p@ss", "Moonshine! and"."""
    token = scan[start:end]
    if _SIGN_INSIDE.search(token) is not None:
        return True
    return _SIGN_BEHIND.search(token) is not None and _GOES_ON.match(scan, end) is not None


def _is_code(bones: Skeleton, start: int, end: int) -> bool:
    """A code is short, and its letters are large: "A7K2", "G-482193"."""
    written = bones.original[slice(*bones.way_back(start, end))]
    if len(written) > _LONGEST_CODE or not written.isupper() or sum(map(str.isdigit, written)) < 2:
        return False
    # "SUMMER20" is for everybody.
    letters = written.rstrip("0123456789")
    return not (letters.isalpha() and is_anybodys(letters.lower()))


def _quoted(scan: bytes) -> Iterator[Found]:
    """One quoted word that is none of any language, or was tried."""
    for match in _QUOTED.finditer(scan):
        start, end = match.span(1)
        word = scan[start:end].rstrip(b".,").decode("latin-1")
        if word in STATES or scan[start:end].isdigit():
            continue
        if is_no_word(word) or _TRIED.search(scan[max(0, start - _BACK) : start]) is not None:
            yield start, end
