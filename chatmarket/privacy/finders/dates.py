"""Dates of birth and of a card's end are found here: by the words before them, and by a year long past."""

from collections.abc import Iterator
from itertools import islice

from chatmarket.privacy.finders.vocabulary import alternation, combined, gathered
from chatmarket.privacy.patterns import Found, pattern, places

# "nineteen", the longest word a year may begin with: alone it is none.
LONGEST_WORD = 8
_MONTHS = alternation(combined("dates", "months"))
_ENDINGS = alternation(gathered("dates", "endings"))
_LINKED = rf"[^a-z0-9\xff]{{1,3}}(?:(?:{alternation(gathered('dates', 'links'))})[^a-z0-9\xff]{{1,3}}){{0,2}}"
_SPOKEN = frozenset(
    (
        *combined("numbers", "words"),
        *combined("numbers", "scales"),
        *gathered("numbers", "joins"),
        *gathered("dates", "ordinals"),
    ),
)
_BETWEEN = frozenset(gathered("dates", "links"))
_ARTICLE = pattern(rf"(?:{alternation(gathered('dates', 'articles'))}) ")
_MONTH = pattern(rf"\b(?:{_MONTHS})\b")
_WORD = pattern(r"[a-z0-9]+")
_FIGURES = pattern(rf"[0-9]{{1,4}}(?:{_ENDINGS})?")
_MOST_WORDS = 9
_DAYS = pattern(r"\b[0-3]?[0-9][/.-][0-3]?[0-9][/.-](?:(?:19|20)[0-9]{2}|[3-9][0-9])\b")
_MOST_FURTHER = 4
# What a cue leads to, in figures: any date, or a year alone.
_NUMERIC = pattern(
    r"\b(?:[0-9]{1,4} ?[-/., ] ?[0-9]{1,2} ?[-/., ] ?[0-9]{2,4}|[0-9]{1,2}[/.-][0-9]{2,4}|[0-9]{8}|[0-9]{6}"
    r"|(?:19|20)[0-9]{2})\b",
)
_SHORT_YEAR = pattern(r"(?:[a-z]{2} ){0,2}('?[3-9][0-9])(?:[^a-z0-9]*$|[.,;!)])")
# Nobody buys, travels or writes on a day before this century was twelve years old, but people are born then.
_OLD = r"(?:19[0-9]{2}|200[0-9]|201[0-2])"
_LONG_AGO = pattern(
    rf"\b[0-3]?[0-9] ?[/.-] ?[0-3]?[0-9] ?[/.-] ?{_OLD}\b|\b{_OLD}[/.-][01]?[0-9][/.-][0-3]?[0-9]\b"
    rf"|\b[0-3]?[0-9]/[0-3]?[0-9]/[4-9][0-9]\b"
    rf"|\b[0-3]?[0-9] ?(?:{_ENDINGS})?{_LINKED}(?:{_MONTHS}){_LINKED}{_OLD}\b"
    rf"|\b(?:{_MONTHS})\.?[^a-z0-9\xff]{{1,3}}[0-3]?[0-9] ?(?:{_ENDINGS})?{_LINKED}{_OLD}\b"
    rf"|\b[0-3]?[0-9] ?(?:{_ENDINGS})?{_LINKED}(?:{_MONTHS})\.?,? '[3-9][0-9]\b"
    rf"|\b(?:{_MONTHS})\.? [0-3]?[0-9](?:{_ENDINGS})?,? '[3-9][0-9]\b",
)
# After the word for it years have two digits, too.
_WHOLE = pattern(
    rf"\b[0-3]?[0-9] ?(?:{_ENDINGS})?{_LINKED}(?:{_MONTHS})(?:{_LINKED}|[^a-z0-9\xff]{{1,3}}')"
    r"(?:19|20)?[0-9]{2}\b"
)
_END = pattern(r"(?:0?[1-9]|1[0-2]) ?[/. -] ?(?:20)?[2-4][0-9]\b|(?:0[1-9]|1[0-2])[2-4][0-9]\b")
_END_NAMED = pattern(rf"(?:{_MONTHS})\b(?:{_LINKED}|['/-])(?:[0-9]{{4}}|[0-9]{{2}})\b")
_EXPIRY_THEN_GRAMMAR = pattern(
    r"\b((?:0[1-9]|1[0-2])/(?:20)?[2-4][0-9])"
    rf"(?:[^a-z0-9\xff]{{1,3}}(?:{alternation(gathered('grammar', 'fillers'))}))*"
    r"[^a-z0-9\xff]{1,3}$",
)
# How far after a card its expiry may stand.
_REACH_OF_EXPIRY = 30
# How far after a cue the date may stand, other words between: "I was born, believe it or not, on 3/4/56".
REACH = 40
# A whole date may stand further: "I was born on the same day as the old king, you know: 3 May 1979".
FAR = 120


def birthdate_near(scan: bytes, at: int) -> Found | None:
    """The date that begins at most REACH characters after a cue, in figures or in words."""
    reach = scan[: at + REACH]
    month = _MONTH.search(reach, at)
    if month is not None:
        start, end = _day_before(scan, at, month.start()), _year_after(scan, month.end())
        if end > month.end() or start < month.start():
            return start, end
    figures = _NUMERIC.search(scan[: at + REACH + 12], at)
    if figures is not None and figures.start() < at + REACH:
        start, end = figures.span()
        return start, end
    short = _SHORT_YEAR.match(scan, at)
    if short is not None:
        start, end = short.span(1)
        return start, end
    whole = _LONG_AGO.search(scan[: at + FAR], at) or _WHOLE.search(scan[: at + FAR], at)
    if whole is not None:
        start, end = whole.span()
        return start, end
    end = _year_after(scan, at)
    return (at, end) if end - at > LONGEST_WORD else None


def with_article(scan: bytes, start: int) -> int:
    """Where a date begins with its article, when a message begins with it: "the 3rd of May"."""
    return 0 if start and _ARTICLE.fullmatch(scan[:start]) is not None else start


def further(scan: bytes, at: int) -> Iterator[Found]:
    """Other whole dates behind one of birth: "... and my wife's 12.03.86"."""
    yield from islice(((at + a, at + b) for a, b in places(_DAYS, scan[at : at + FAR])), _MOST_FURTHER)


def _is_part(word: bytes) -> bool:
    return _FIGURES.fullmatch(word) is not None or word.decode("ascii") in _SPOKEN


def _day_before(scan: bytes, floor: int, month: int) -> int:
    """Where the day before a month begins: "the third of", "el tres de"."""
    start = month
    for a, b in reversed(list(places(_WORD, scan[floor:month]))[-_MOST_WORDS:]):
        word = scan[floor + a : floor + b]
        if _is_part(word):
            start = floor + a
        elif word.decode("ascii") not in _BETWEEN:
            break
    return start


def _year_after(scan: bytes, at: int) -> int:
    """Where the day and the year after a month end: "of nineteen eighty four", "4th, 1927"."""
    end, stop = at, min(len(scan), at + 80)
    for a, b in list(places(_WORD, scan[at:stop]))[:_MOST_WORDS]:
        word = scan[at + a : at + b]
        if _is_part(word):
            end = at + b
        elif word.decode("ascii") not in _BETWEEN:
            break
    return end


def long_ago(scan: bytes) -> Iterator[Found]:
    """Dates that can only be of birth."""
    yield from places(_LONG_AGO, scan)


def expiry_at(scan: bytes, at: int) -> Found | None:
    """A card's last month, right there."""
    match = _END.match(scan, at) or _END_NAMED.match(scan, at)
    return None if match is None else match.span()


def expiry_before(scan: bytes, at: int) -> Found | None:
    """A card's last month, with nothing but grammar up to the cue: "09/28 is the expiry"."""
    floor = max(0, at - _REACH_OF_EXPIRY)
    match = _EXPIRY_THEN_GRAMMAR.search(scan[floor:at])
    return None if match is None else (floor + match.start(1), floor + match.end(1))
