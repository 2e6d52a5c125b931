"""Values that are told in a roundabout way are found here: "my surname then 1990", "underscore maya dot climbs"."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from chatmarket.privacy.finders import mails, numerals
from chatmarket.privacy.finders.cues import KINDS, STATES, Cue, cues
from chatmarket.privacy.finders.vocabulary import alternation, gathered
from chatmarket.privacy.packs import languages
from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind

Find = tuple[int, int, Kind]

_PACK = "disguises"


def _listed(section: str, key: str) -> list[str]:
    return gathered(section, key, _PACK)


_LOW = alternation(_listed("handles", "low_line"))
_HASH = alternation(_listed("handles", "hash"))
_GLUE = alternation(_listed("handles", "glue"))
_TOGETHER = alternation(_listed("handles", "together"))
_SIGN_AT = alternation(gathered("mail", "sure_at"))
_ARTICLES = frozenset(_listed("handles", "articles"))
_ENTERING = alternation(_listed("described", "entering"))
_MADE_OF = alternation(_listed("described", "made_of"))
_PUT = alternation(_listed("described", "put"))
_HOST = rf"(?:{mails.provider()}|{alternation(_listed('mail', 'companies'))})"
_THE = alternation(_listed("mail", "the"))
_OWN = alternation(_listed("mail", "own"))
_AT = alternation([*gathered("mail", "at"), *gathered("mail", "sure_at")])

_SECRETS = ("pin", "password", "code", "card")
_STARTING = rf"(?:{alternation(gathered('cues', 'password'))}) (?:{alternation(gathered('cues', 'tail'))})"

# One of these stands in every message that describes a value.
_SIGN_BETWEEN = rf", (?:{alternation(_listed('letters', 'signs'))}), [a-z0-9]"
_CUED = rf"(?:{alternation(word for key in _SECRETS for word in gathered('cues', key))})\b[^.;!?\n]*\b(?:{_PUT})"
SOURCE = (
    rf"{_SIGN_BETWEEN}|\b(?:{_STARTING}|{_CUED}|{_LOW}|{_SIGN_AT}|{_TOGETHER}|{_ENTERING}|{_MADE_OF})\b"
    rf"|[a-z] (?:{_HASH}) [a-z0-9]"
)
_GATE = pattern(SOURCE)

_LABEL = r"[a-z0-9\xff]+"
_LOW_LINED = pattern(rf"\b(?:(?:{_GLUE}) )?{_LABEL}(?:,? (?:{_GLUE}),? {_LABEL}){{0,5}}(?: (?:{_GLUE})\b)?")
_HAS_LOW = pattern(rf"\b(?:{_LOW})\b")
_NUMBER = alternation(sorted({word for language in languages() for word in numerals.spoken(language)}))
_NUMBERED = pattern(rf"\b[a-z\xff][a-z0-9_.\xff]{{2,}} (?:{_HASH}) (?:[0-9]{{3,}}\b|(?:(?:{_NUMBER})\b ?){{3,}})")
_OWNERS = gathered("grammar", "owners")
# What a secret is, and no secret: "the pin is wrong, then after three tries". "The year of ..." may be one.
_NO_SECRETS = STATES - _ARTICLES - frozenset(_OWNERS)
_JOINTS = frozenset(word for phrase in _listed("handles", "glue") for word in phrase.split())
_SIGNED = pattern(
    rf"([a-z\xff]+ )?\b((?:{_SIGN_AT}) {_LABEL}(?: {_LABEL}){{0,4}}?)(?:,? (?:{_TOGETHER})\b|[.,;!?\n]|$)"
)
_MOST_LABELS = 3
_BESIDE_HOST = pattern(
    rf"((?:{_LABEL}[ .]){{0,2}}{_LABEL}),? (?:{_TOGETHER})\b(?:,? (?:(?:{_AT}) )?(?:(?:{_THE}) )?|[^.;!?\n]{{1,40}}? )"
    rf"{_HOST}\b(?: (?:{_OWN})\b)?(?:: [a-z0-9._-]{{3,}})?"
)
_MAIL_OF_PARTS = pattern(
    rf"\b(?:(?:{alternation(gathered('grammar', 'owners'))}) )?(?:{_MADE_OF})\b[^.;!?\n]{{0,40}}?"
    rf"\b(?:{_TOGETHER}|{_PUT})\b[^.;!?\n]{{0,40}}?\b{_HOST}\b"
)
# Up to what is found already, which tells of something else.
_CLAUSE = pattern(r"[^.;!?\r\n\xfd]{3,100}")
_ENTERED = pattern(rf"\b(?:{_ENTERING})(?:[ :,]{{1,3}}|$)")
_TOKEN = pattern(r"[^ ,;\r\n]*[a-z][^ ,;\r\n]*[0-9_][^ ,;\r\n]*|[0-9_]+[a-z][^ ,;\r\n]*")
_MADE = pattern(rf"\b(?:{_MADE_OF})\b")
_PARTED = pattern(rf"\b(?:{_PUT})\b")
# Of a card it is the PIN that is described: "the card's is my birth year".
_KINDS = {section: KINDS[section] for section in ("pin", "code", "password")} | {"card": Kind.PIN}
# Signs by their names between commas: "Sol, guion, 45".
_SPELLED = pattern(_SIGN_BETWEEN)
_DIGITS = pattern(r"[^a-z0-9\xff]{0,3}[0-9]{2}")
_NEXT = pattern(r"[^a-z0-9\xff]*([a-z0-9\xff]+)")
# "The pass starts Harbor": the rest comes later.
_STARTS = pattern(rf" (?:{alternation(gathered('cues', 'tail'))}) ([^ \t\r\n]+)")
# How far from its cue the way leads on to what is described: "el pin de la tarjeta: ...".
_LEAD = pattern(r"[^.;!?\r\n]{0,24}?:[ ]?")
_BEGINS = pattern(rf"\b(?:(?:{alternation([*_OWNERS, *_ARTICLES])}) )?(?:{_MADE_OF})\b")


def addresses(reading: Reading, stands: bool | None = None) -> Iterator[Find]:
    """What is said of an address; to be found before addresses are, for what they have of it is no name."""
    scan = reading.bones.scan
    if _stands(scan, stands):
        yield from ((*found, Kind.EMAIL) for found in _addresses(scan))


def find(reading: Reading, stands: bool | None = None) -> Iterator[Find]:
    """Start and end in the skeleton, and the kind. `stands` is whether SOURCE does, where that is known."""
    scan = reading.bones.scan
    if _stands(scan, stands):
        yield from ((*found, Kind.HANDLE) for found in _handles(scan))
        yield from _secrets(reading)


def _stands(scan: bytes, known: bool | None) -> bool:
    return _GATE.search(scan) is not None if known is None else known


def _handles(scan: bytes) -> Iterator[Found]:
    if _HAS_LOW.search(scan) is not None:
        for start, end in places(_LOW_LINED, scan):
            words = scan[start:end].decode("latin-1").replace(",", "").split()
            labels = [word for word in words if word not in _JOINTS]
            if _HAS_LOW.search(scan[start:end]) is None or words[0] in _ARTICLES:
                continue
            # "My insta is underscore rob": what leads up to it is none of it.
            if labels and labels[0] == words[0] and words[0] in STATES:
                start += len(words[0]) + 1
                labels = labels[1:]
            if labels and not STATES.intersection(labels):
                yield start, end
    yield from places(_NUMBERED, scan)
    for match in _SIGNED.finditer(scan):
        start, end = match.span(2)
        before = (match.group(1) or b"").decode("latin-1").strip()
        labels = scan[start:end].decode("latin-1").split()[1:]
        if before not in _ARTICLES and labels and labels[0] not in STATES and len(labels) <= _MOST_LABELS + 1:
            yield start, end


def _addresses(scan: bytes) -> Iterator[Found]:
    yield from places(_MAIL_OF_PARTS, scan)
    for match in _BESIDE_HOST.finditer(scan):
        start = match.start()
        for word in match.group(1).replace(b".", b" ").split(b" "):
            if word.decode("latin-1") not in STATES:
                break
            start += len(word) + 1
        yield start, match.end()


def _secrets(reading: Reading) -> Iterator[Find]:
    """What is said of a secret, where it is made of other things: "the year I was born, backwards"."""
    scan = reading.bones.scan
    entered = [match.end() for match in _ENTERED.finditer(scan)]
    seen = [cue for cue in cues(scan) if cue.section in _SECRETS]
    yield from ((*found, Kind.PASSWORD) for at in entered for found in _entered(scan, at))
    for cue in seen:
        yield from ((*found, _KINDS[cue.section]) for found in _told(reading, cue))
    if entered or seen:
        for start, _ in places(_BEGINS, scan):
            clause = _CLAUSE.match(scan, start)
            if clause is not None and _is_put_together(clause.group(), reading.language):
                yield start, clause.end(), Kind.PASSWORD


def _entered(scan: bytes, at: int) -> Iterator[Found]:
    """What somebody signs in with."""
    token = _TOKEN.match(scan, at)
    if token is not None:
        yield at, token.end()
    elif (clause := _CLAUSE.match(scan, at)) is not None and _MADE.search(clause.group()) is not None:
        yield at, clause.end()


def _told(reading: Reading, cue: Cue) -> Iterator[Found]:
    """What is told behind the word for a secret: its beginning, or how it is made."""
    scan = reading.bones.scan
    begins = _STARTS.match(scan, cue.end) if cue.section == "password" else None
    if begins is not None:
        yield begins.span(1)
        return
    lead = _LEAD.match(scan, cue.end)
    at = lead.end() if lead is not None else cue.value
    clause, following = _CLAUSE.match(scan, at), _NEXT.match(scan, at)
    if clause is None or following is None or not (cue.told or lead is not None):
        return
    if following.group(1).decode("latin-1") in _NO_SECRETS and _MADE.search(clause.group()) is None:
        return
    spelled = cue.section == "password" and _SPELLED.search(clause.group()) is not None
    if spelled or (_DIGITS.match(clause.group()) is None and _is_made(clause.group(), reading.language)):
        yield at, clause.end()


def _is_made(clause: bytes, language: str) -> bool:
    """Whether it tells figures, and what a secret is made of or how it is put together."""
    return _is_put_together(clause, language) or (_has_figures(clause, language) and _MADE.search(clause) is not None)


def _is_put_together(clause: bytes, language: str) -> bool:
    return _has_figures(clause, language) and _PARTED.search(clause) is not None


def _has_figures(clause: bytes, language: str) -> bool:
    return any(48 <= byte < 58 for byte in clause) or _figures(language).search(clause) is not None


@cache
def _figures(language: str) -> Any:
    return pattern(rf"\b(?:{alternation(numerals.spoken(language))})\b")
