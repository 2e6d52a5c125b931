"""Values that somebody dictates are found here: "be de Barcelona, e, siete", "golf bravo eight two", "capital T, r"."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from string import ascii_lowercase
from typing import Any, NamedTuple

from chatmarket.privacy.finders import mails, numerals
from chatmarket.privacy.finders.checks import kind_by_check
from chatmarket.privacy.finders.cues import SECRETS, cues
from chatmarket.privacy.finders.documents import kind_of_document
from chatmarket.privacy.finders.vocabulary import alternation
from chatmarket.privacy.packs import languages, table
from chatmarket.privacy.patterns import pattern, places
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind

Find = tuple[int, int, Kind]

_PACK = "disguises"
_TOKEN = pattern(r"[a-z0-9\xff]+")
_GAP = r"[^a-z0-9\xff]{1,3}"
_CONSONANT = "[b-df-hj-np-tv-xz]"
_VOWELS = "aeiouy"
_LONGEST_GAP = 3
# A run of fewer pieces is a quantity, a model or a name.
_FEWEST = 4
_FEWEST_OF_MAIL = 3
_FEWEST_SINGLES = 6
_FEWEST_SURE = 3
_FEWEST_FIGURES = 2


class Piece(NamedTuple):
    """One thing that was said: a letter, a figure or a sign; `text` is empty for what only stands between them."""

    start: int
    end: int
    text: str
    sort: str


_LETTER, _NAMED, _FIGURE, _NUMBER, _SIGN, _SIZE, _FILL = "letter", "named", "figure", "number", "sign", "size", "fill"
_CHARACTERS = frozenset({_LETTER, _NAMED, _FIGURE, _NUMBER})


# Phrases by their first word, the longest first: the words after it.
Phrases = Mapping[str, list[list[str]]]


@dataclass(frozen=True, slots=True)
class _Words:
    """What is read as a piece in chats of one language: phrases by their words, and what stands for a letter."""

    phrases: Mapping[tuple[str, ...], tuple[str, str]]
    longest: Mapping[str, int]  # by its first word, how many words a phrase has at most
    repeats: frozenset[str]
    again: Phrases
    stands_for: Phrases
    edges: frozenset[str]
    gate: str


@cache
def _words(language: str) -> _Words:
    values, own = table(language, "values"), table(language, _PACK)
    letters = {**own["letters"]["sounds"], **values["letters"]["names"], **own["letters"]["long_names"]}
    for other in languages():
        letters |= {name: letter for name, letter in table(other, _PACK)["letters"]["alphabet"].items() if letter}
    # A name that only the fallback's pack has stands here with nothing.
    letters = {name: letter for name, letter in letters.items() if letter}
    numbers = numerals.spoken(language)
    phrases: dict[str, tuple[str, str]] = {word: ("", _FILL) for word in own["letters"]["fill"]}
    phrases |= {word: ("", _SIZE) for word in own["letters"]["sizes"]}
    phrases |= {name: (letter, _NAMED) for name, letter in letters.items() if len(name) > 1}
    phrases |= {word: ("0", _NUMBER) for word in numbers}
    phrases |= {sign: ("", _SIGN) for sign in own["letters"]["signs"]}
    phrases |= {letter: (letter, _LETTER) for letter in ascii_lowercase}
    edges = frozenset(own["letters"]["edges"])
    # Ordinary words lead nowhere by themselves: "are you".
    anyhow = alternation([name for name in letters if len(name) > 1])
    named = alternation([name for name in letters if len(name) > 1 and name not in edges])
    number = alternation(numbers)
    stands = alternation(values["letters"]["stands_for"])
    size = alternation(own["letters"]["sizes"])
    return _Words(
        {tuple(phrase.split()): piece for phrase, piece in phrases.items()},
        _longest(phrases),
        frozenset(values["numbers"]["repeats"]),
        _by_head(own["letters"]["again"]),
        _by_head(values["letters"]["stands_for"]),
        edges,
        rf"\b(?:{named}){_GAP}(?:{anyhow}|{number}|[0-9]|{_CONSONANT}\b)|(?:\b{_CONSONANT}|\b(?:{number}|{anyhow})|[0-9])"
        rf"{_GAP}(?:{named})\b|\b(?:{anyhow}), (?:{number}|[0-9])"
        rf"|\b(?:{_CONSONANT}|{anyhow}) (?:{stands}) [a-z]|\b(?:{size}) [a-z]\b|[a-z][-_][a-z][-_][a-z][-_][a-z][-_]"
        rf"|\b[a-z] [a-z] (?:{number})\b|(?:^|[^a-z0-9'\xff]){_CONSONANT}{_GAP}(?:{number})\b",
    )


def _by_head(phrases: list[str]) -> Phrases:
    heads: dict[str, list[list[str]]] = {}
    for first, *others in sorted(map(str.split, phrases), key=len, reverse=True):
        heads.setdefault(first, []).append(others)
    return heads


def _longest(phrases: Mapping[str, object]) -> dict[str, int]:
    longest: dict[str, int] = {}
    for first, *others in map(str.split, phrases):
        longest[first] = max(longest.get(first, 0), len(others) + 1)
    return longest


def gate(language: str) -> str:
    """A pattern that is in every message with something dictated."""
    return _words(language).gate


@cache
def _gate(language: str) -> Any:
    return pattern(gate(language))


def find(reading: Reading, stands: bool | None = None) -> Iterator[Find]:
    """Start and end in the skeleton, and the kind. `stands` is whether `gate` does, where that is known."""
    scan = reading.bones.scan
    if not (_gate(reading.language).search(scan) is not None if stands is None else stands):
        return
    words = _words(reading.language)
    # No fewer pieces tell anything, and most messages have no run of so many.
    runs = [run for run in _runs(words, scan) if len(run) >= _FEWEST_OF_MAIL]
    if not runs:
        return
    told = {cue.value: SECRETS[cue.section] for cue in cues(scan) if cue.section in SECRETS}
    wanted = next((kind for kind in SECRETS.values() if kind in reading.asked), reading.secret)
    for run in runs:
        pieces = _trimmed(words, scan, run)
        if pieces:
            host = mails.host_at(scan, pieces[-1].end)
            if host and sum(piece.sort in _CHARACTERS for piece in pieces) >= _FEWEST_OF_MAIL:
                yield pieces[0].start, host, Kind.EMAIL
            elif _tells(pieces):
                kind = told.get(run[0].start) or told.get(pieces[0].start) or wanted
                yield pieces[0].start, pieces[-1].end, kind or _kind(reading.language, scan, pieces)


def _runs(words: _Words, scan: bytes) -> Iterator[list[Piece]]:
    """Pieces that stand side by side."""
    places_of_tokens = list(places(_TOKEN, scan))
    # A line's end parts two pieces: of lines of one word each nothing is a run.
    if b"\n" in scan and not any(b"\n" not in scan[a:b] for (_, a), (b, _) in pairwise(places_of_tokens)):
        return
    tokens = [(start, end, scan[start:end].decode("latin-1")) for start, end in places_of_tokens]
    run: list[Piece] = []
    at = 0
    while at < len(tokens):
        piece, count = _piece_at(words, tokens, at)
        if run and (piece is None or not _is_beside(scan, run[-1].end, piece.start)):
            yield run
            run = []
        if piece is not None:
            run.append(piece)
        at += count
    if run:
        yield run


def _is_beside(scan: bytes, end: int, start: int) -> bool:
    return start - end <= _LONGEST_GAP and b"\n" not in scan[end:start]


Token = tuple[int, int, str]


def _piece_at(words: _Words, tokens: list[Token], at: int) -> tuple[Piece | None, int]:
    """The piece that begins with a word, and how many words it has."""
    start, end, text = tokens[at]
    if text.isdigit():
        return Piece(start, end, text, _FIGURE), 1
    for count in range(min(words.longest.get(text, 0), len(tokens) - at), 0, -1):
        found = words.phrases.get((text,) if count == 1 else tuple([token[2] for token in tokens[at : at + count]]))
        if found is None:
            continue
        letter, sort = found
        if sort not in (_LETTER, _NAMED):
            return Piece(start, tokens[at + count - 1][1], letter, sort), count
        longer = _stood_for(words, tokens, at + count, letter)
        sort = _NAMED if longer else sort
        count += longer or _phrase_at(words.again, tokens, at + count)
        return Piece(start, tokens[at + count - 1][1], letter, sort), count
    return None, 1


def _stood_for(words: _Words, tokens: list[Token], at: int, letter: str) -> int:
    """How many words after a letter tell what it is the first of: "for queen", "de Barcelona"."""
    count = _phrase_at(words.stands_for, tokens, at)
    if not count:
        return 0
    behind = at + count
    return count + 1 if behind < len(tokens) and tokens[behind][2].startswith(letter) else 0


def _phrase_at(phrases: Phrases, tokens: list[Token], at: int) -> int:
    if at >= len(tokens) or tokens[at][2] not in phrases:
        return 0
    for others in phrases[tokens[at][2]]:
        if [token[2] for token in tokens[at + 1 : at + 1 + len(others)]] == others:
            return len(others) + 1
    return 0


def _trimmed(words: _Words, scan: bytes, run: list[Piece]) -> list[Piece]:
    """Without the words at both ends that are more often words than pieces; a comma behind one says it is no word."""
    first, behind = 0, len(run)
    while first < behind and _is_word(words, scan, run[first]) and not _is_set_off(scan, run[first].end):
        # "E S twenty one": nobody says one letter before another but to spell.
        if run[first].sort == _LETTER and first + 1 < behind and run[first + 1].sort == _LETTER:
            break
        first += 1
    while behind > first and _is_word(words, scan, run[behind - 1]) and not _is_set_off(scan, run[behind - 2].end):
        behind -= 1
    return run[first:behind]


def _is_set_off(scan: bytes, at: int) -> bool:
    return scan[at : at + 1] in (b",", b"-", b".", b"/")


def _is_word(words: _Words, scan: bytes, piece: Piece) -> bool:
    written = scan[piece.start : piece.end].decode("latin-1")
    return piece.sort in (_FILL, _SIGN) or written in _VOWELS or written in words.edges


def _tells(pieces: list[Piece]) -> bool:
    """Whether it is more than a few words that happen to be letters, or a number alone."""
    counts = {sort: len(list(group)) for sort, group in groupby(sorted(piece.sort for piece in pieces))}
    named, letters = counts.get(_NAMED, 0), counts.get(_LETTER, 0)
    spoken = counts.get(_NUMBER, 0)
    figures = sum(len(piece.text) for piece in pieces if piece.sort in (_FIGURE, _NUMBER))
    count = sum(piece.sort in _CHARACTERS for piece in pieces)
    if not named and not letters:
        return False
    if figures >= _FEWEST_FIGURES and count >= _FEWEST and (named or (spoken and _has_consonant(pieces))):
        return True
    if named + letters >= _FEWEST and (named >= _FEWEST_SURE or counts.get(_SIZE, 0)):
        return True
    return count >= _FEWEST_SINGLES and letters >= _FEWEST and figures > 0 and _has_consonant(pieces)


def _has_consonant(pieces: list[Piece]) -> bool:
    return any(piece.sort == _LETTER and piece.text not in _VOWELS for piece in pieces)


def _kind(language: str, scan: bytes, pieces: list[Piece]) -> Kind:
    if any(piece.sort == _SIZE for piece in pieces):
        return Kind.PASSWORD
    compact = _compact(language, scan, pieces)
    if compact.isalpha():
        return Kind.NAME
    kind = kind_by_check(compact.encode(), Kind.ACCOUNT) if compact.isdigit() else kind_of_document(compact)
    return kind or Kind.ACCOUNT


def _compact(language: str, scan: bytes, pieces: list[Piece]) -> str:
    """What the pieces are together, as far as anybody can tell."""
    written = []
    for is_number, group in groupby(pieces, lambda piece: piece.sort in (_FIGURE, _NUMBER)):
        members = list(group)
        if not is_number:
            written += [piece.text for piece in members]
            continue
        said = scan[members[0].start : members[-1].end]
        spoken = [numeral.digits for numeral in numerals.numerals(said, language)]
        written.append("".join(spoken) or "".join(piece.text for piece in members))
    return "".join(written)
