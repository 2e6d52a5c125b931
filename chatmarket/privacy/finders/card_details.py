"""What is told beside a card is found here: its last month, and the security code, with or without their words."""

from collections.abc import Iterator
from functools import cache

from chatmarket.privacy.finders.harmless import is_counted, is_money
from chatmarket.privacy.finders.vocabulary import alternation, combined, gathered
from chatmarket.privacy.packs import languages, table
from chatmarket.privacy.patterns import pattern
from chatmarket.privacy.reading import CardTalk
from chatmarket.privacy.segments import Kind

Find = tuple[int, int, Kind]

# Nobody says more words about them before something else begins.
MOST_WORDS = 24
SHORT_CODE = 3
_YEAR = r"(?:20)?[2-4][0-9]\b"
_MONTHS = alternation(combined("dates", "months"))
_GAP = pattern(r"[^a-z0-9\xff\xfd]{0,8}")
_MONTH = pattern(
    rf"(?:0?[1-9]|1[0-2]) ?[/.-] ?{_YEAR}|(?:0[1-9]|1[0-2]) {_YEAR}"
    rf"|(?:{_MONTHS})\b[^a-z0-9\xff]{{1,3}}(?:(?:{alternation(gathered('dates', 'links'))}) )?{_YEAR}"
)
_TOGETHER = pattern(r"(?:0[1-9]|1[0-2])[2-4][0-9]\b")
_CODE = pattern(r"[0-9]{3,4}\b")
# A longer number, or a price.
_GOES_ON = pattern(r"[.,:/]?[0-9]|[ -][0-9]{2,}")
# "The 3 on the back".
_WORD = pattern(r"[a-z\xff]+(?:'[a-z]+)?2?|[34]\b")


def told(scan: bytes, at: int, talk: CardTalk) -> Iterator[Find]:
    """The details of a card from there on, up to the first word that says something else."""
    words, security = _details()
    coded = dated = False
    for _ in range(MOST_WORDS):
        at = _GAP.match(scan, at).end()
        short = talk is CardTalk.GIVEN and not coded and not dated
        month = _MONTH.match(scan, at) or (_TOGETHER.match(scan, at) if short else None)
        if month is not None:
            dated = True
            yield at, month.end(), Kind.EXPIRY
            at = month.end()
            continue
        code = _CODE.match(scan, at)
        if code is not None:
            if not _is_code(scan, at, code.end(), talk, coded):
                return
            yield at, code.end(), Kind.CVV
            at = code.end()
            continue
        word = _WORD.match(scan, at)
        said = word.group().decode("latin-1").replace("'", "") if word is not None else ""
        if said not in words:
            return
        coded = coded or said in security
        at = word.end()


def _is_code(scan: bytes, start: int, end: int, talk: CardTalk, coded: bool) -> bool:
    if is_money(scan, start, end) or is_counted(scan, start, end):
        return False
    if _GOES_ON.match(scan, end) is not None and _MONTH.match(scan, _GAP.match(scan, end).end()) is None:
        return False
    if coded or talk is CardTalk.GIVEN:
        return True
    return end - start == SHORT_CODE and talk is not CardTalk.NAMED


@cache
def _details() -> tuple[frozenset[str], frozenset[str]]:
    """The words that may stand among the details of a card, and those that lead up to its code, of all languages."""
    security = frozenset(gathered("cards", "security"))
    fillers = [word for one in languages() for word in table(one, "dialogue").get("fillers", ())]
    words = security.union(gathered("cards", "details"), gathered("grammar", "fillers"), fillers, "34")
    return frozenset(word.replace("'", "") for word in words), security
