"""E-mail addresses written to pass for words are found here: "ana at gmail dot com", "ana, gmail", "a n a @ ..."."""

from collections.abc import Iterator

from chatmarket.privacy.finders.cues import STATES
from chatmarket.privacy.finders.vocabulary import alternation, gathered
from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.skeleton import Skeleton

# Where most people have their mail: these need no ending to be told.
_PROVIDER_NAMES = """
gmail googlemail hotmail outlook yahoo ymail icloud protonmail proton aol gmx live msn zoho yandex terra telefonica
movistar orange wanadoo ono
"""
# Endings that are no words: after "at" and "dot" in words only these, for "at this point in time" is no address.
_SURE_ENDINGS = (
    "com|net|org|edu|gov|info|io|mx|ar|cl|uk|eu|fr|example|biz|xyz|dev|app|gob|cat|ie|nl|pl|au|ca|nz|ch|dk|br|jp|pt"
)
_PROVIDERS = _PROVIDER_NAMES.split()
_IN_TWO_WORDS = ["g mail", "hot mail", "out look", "i cloud", "ya hoo"]
# Providers that are no words: beside these a name needs no "at".
_SURE_PROVIDERS = ["gmail", "googlemail", "hotmail", "ymail", "icloud", "protonmail"]
_ENDING_NAMES = """
com net org es edu gov io co uk mx ar cl pe info eu de fr it pt in nl be ch br pl jp au nz ie se no dk fi ai tv xyz
online store gob mil cat me dev app biz us ca example
"""
_AT_WORDS = gathered("mail", "at")
_SURE_AT = [*gathered("mail", "sure_at"), *gathered("mail", "sign_names", "disguises")]
_DOT_WORDS = [*gathered("mail", "dot"), *(word.replace("o", "0") for word in gathered("mail", "dot"))]
_DOT_WORDS += gathered("mail", "dot_names", "disguises")
# What leads on to the next piece of what is spelled.
_FILL = alternation(gathered("letters", "fill", "disguises"))
_HYPHENS = [*gathered("mail", "underscore"), *gathered("mail", "hyphen"), *gathered("mail", "plus")]

_CUES = alternation(gathered("mail", "cues"))
_AT_WORD = alternation(_AT_WORDS)
_ANY_AT = alternation([*_AT_WORDS, *_SURE_AT])
_DOT_WORD = alternation(_DOT_WORDS)
_ENDING = "|".join(_ENDING_NAMES.split())
_PROVIDER = "|".join([*_PROVIDERS, *_IN_TWO_WORDS])
_SURE_PROVIDER = "|".join(_SURE_PROVIDERS)
_OPEN, _CLOSE = r"[\[({<*]", r"[\])}>*]"
_DOT = rf"(?:[ _-]{{0,2}}{_OPEN}?(?:\.|{_DOT_WORD}){_CLOSE}?[ _-]{{0,2}}|, ?)"
_LABEL = r"[a-z0-9\xff][a-z0-9\xff-]*"
_SPACED_LABEL = r"(?:[a-z0-9\xff][ ._-]){2,}[a-z0-9\xff]"
_NAME = rf"(?:{_SPACED_LABEL}|{_LABEL})(?:{_DOT}{_LABEL}){{0,2}}{_DOT}"
_AT_PROVIDER = rf"(?:{_PROVIDER})(?:{_DOT}(?:{_ENDING})| ?(?:com|es))?(?:\b|_)"
_DOMAIN = rf"(?:{_NAME}(?:{_ENDING})(?:{_DOT}[a-z]{{2}})?(?:\b|_)|{_AT_PROVIDER})"
_SURE_DOMAIN = rf"(?:{_NAME}(?:{_SURE_ENDINGS}|co{_DOT}[a-z]{{2}})(?:{_DOT}[a-z]{{2}})?(?:\b|_)|{_AT_PROVIDER})"
# A quotation ends before the "at", and the line may, too.
_BEFORE_AT, _AFTER_AT = r"[\"']?[ _\n-]{0,2}[\[({<*\"'-]{0,2}", r"[\])}>*\"'-]{0,2}[ _\n]{0,2}[\"']?"
_LEET_AT = "|".join(word.replace("a", "[a4@]").replace("o", "[o0]") for word in _SURE_AT if word.isalpha())
_IN_BRACKETS_AT = alternation(gathered("mail", "in_brackets"))
_IN_BRACKETS = rf"(?:{_OPEN}|_)(?:{_IN_BRACKETS_AT}|{_AT_WORD}|{_LEET_AT})(?:{_CLOSE}|_)"
_AT = rf"{_BEFORE_AT}(?:@|\b(?:{alternation(_SURE_AT)})\b|(?:\b|_)(?:{_AT_WORD})(?:\b|_)|{_IN_BRACKETS}){_AFTER_AT}"
_SURELY_AT = rf"{_BEFORE_AT}(?:@ |\b(?:{alternation(_SURE_AT)})\b|{_IN_BRACKETS}){_AFTER_AT}"
SOURCE = (
    rf"\b(?:{alternation(_SURE_AT)}|{_PROVIDER}|www )|(?:{_ANY_AT})(?:{_SURE_PROVIDER})| \. (?:com|net|org)\b"
    rf"|{_IN_BRACKETS}|%40|&#64;|&#x40;|&commat;|\xfe[ a-z0-9_-]{{2,30}}\xfe ?(?:{_ENDING})\b"
    rf"|(?:\b|_)(?:{_DOT_WORD})[ _)\]}}>*-]{{1,3}}(?:{_ENDING})(?:\b|_)|\b(?:{_CUES})\b"
)
_HERE = pattern(SOURCE)
_DOMAINS = pattern(rf"{_SURELY_AT}(?:{_DOMAIN}|{_LABEL})|{_AT}{_SURE_DOMAIN}")
_GLUED = pattern(
    rf"\b[a-z0-9._-]{{2,}}(?:{_ANY_AT})(?:{_SURE_PROVIDER}|yahoo|outlook)(?:(?:{_DOT_WORD})?(?:com|es|net))?\b"
)
_LINK = pattern(
    rf"\b[a-z0-9\xff-]{{2,}}(?: (?:{_DOT_WORD}|\.) [a-z0-9\xff-]{{2,}}){{0,2}} (?:{_DOT_WORD}|\.) (?:{_SURE_ENDINGS})\b"
    rf"(?: (?:{alternation(gathered('mail', 'slash'))}|/) [a-z0-9\xff._-]+){{0,3}}"
    rf"|\bwww (?:{_DOT_WORD}|\.) [a-z0-9\xff-]+ (?:{_DOT_WORD}|\.) [a-z]{{2,}}\b",
)
_BESIDE = pattern(
    rf"(?:[,;:]| ,|[ _]?[\[(]) ?(?:{_SURE_PROVIDER})\b(?:{_DOT}(?:com|es))?"
    rf"| (?:{_PROVIDER})(?:com| com\b| (?:{_DOT_WORD}) com\b)",
)
# Dictated piece by piece: "jota, punto, ruiz, arroba, hotmail".
_WITH_COMMAS = pattern(rf", (?:{alternation([*_SURE_AT, *_DOT_WORDS])}), [a-z0-9]")
# Pictures for the signs: "ana 🅰 lumen ⚫ com".
_PICTURED = pattern(rf" ?\xfe{{1,2}} ?{_LABEL} ?(?:\xfe{{1,2}}|\.|{_DOT_WORD}) ?(?:{_ENDING})\b")
_TELLING = pattern(rf"\b[a-z]+[a-z0-9._-]*[0-9_][a-z0-9._-]* (?:{_SURE_PROVIDER})\b")
_ONE_BY_ONE = pattern(r"[a-z0-9\xff](?: [a-z0-9._+/|*~:\xff-])* @(?: [a-z0-9.\xff-]){3,}")
_ALONE = pattern(rf"\s*(?:@|(?:{_ANY_AT})\s)\s*(?:{_DOMAIN})\s*[.!]?\s*")
_STOP = r"(?:\.|&#46;|&#x2e;|&period;|%2e)"
_ESCAPED = pattern(
    rf"[a-z0-9_+-]+(?:{_STOP}[a-z0-9_+-]*)*(?:@|%40|&#64;|&#x40;|&commat;)[a-z0-9-]+(?:{_STOP}[a-z0-9-]+)*"
)
_TOKEN = pattern(r"[a-z0-9\xff]+$")
_JOIN = pattern(
    rf"(?:[._+-]{{1,2}}|[ _]{{1,2}}[\[(]?(?:{alternation([*_DOT_WORDS, *_HYPHENS])}|[._+-])[\])]?[ _]{{1,2}})$",
)
_GAP = pattern(r"[ -]$")
_CUE = pattern(rf"\b(?:{_CUES})\b")
_TOLD = pattern(
    rf"\b(?:{_CUES})\b(?: [0-9]+)?\]?[^a-z0-9\xff]{{0,3}}"
    rf"(?:[:=] ?|(?:{alternation(gathered('grammar', 'copulas'))})[ :]{{1,2}})"
    rf"([a-z0-9\xff][a-z0-9\xff._+-]*(?: [0-9]{{1,6}})?)(?:( (?:{_ANY_AT}) )([a-z0-9\xff-]{{3,}}))?\s*(?:[.,!)\n]|$)",
)
_HOST = pattern(rf"[,;]?(?:(?:{_AT})(?:{_DOMAIN})|[ ,]{{0,3}}(?:(?:{_FILL})[ ,]{{1,3}})?(?:{_AT_PROVIDER}))")
# Of more addresses in one message nobody can tell the pieces; what stands before them goes with them.
_MOST_MAILS = 40
_MOST_PIECES = 40
_BACK = 80
# From here on Unicode has arrows, shapes and pictures.
_FIRST_PICTURE = "\u2190"


def mails(bones: Skeleton) -> Iterator[Found]:
    """Every spelled address: from the first piece of its name to the end of its domain."""
    scan = bones.scan
    if _HERE.search(scan) is None and b"@" not in scan:
        return
    if _WITH_COMMAS.search(scan) is not None:
        scan = scan.replace(b", ", b"  ")
    yield from places(_ESCAPED, scan)
    yield from places(_ONE_BY_ONE, scan)
    yield from places(_TELLING, scan)
    yield from places(_GLUED, scan)
    if _ALONE.fullmatch(scan) is not None:
        yield 0, len(scan)
    for compiled in (_DOMAINS, _BESIDE, _PICTURED):
        for count, (start, end) in enumerate(places(compiled, scan)):
            if compiled is _PICTURED and not _has_picture(bones.folded[start:end]):
                continue
            begin = _name_before(scan, start) if count < _MOST_MAILS else max(0, start - _BACK)
            if begin < start:
                yield begin, end
    if _CUE.search(scan) is not None:
        yield from _told(scan)


def _has_picture(written: str) -> bool:
    """Whether its signs are no quotation marks."""
    return any(letter >= _FIRST_PICTURE for letter in written)


def host_at(scan: bytes, at: int) -> int:
    """Where the domain ends that goes on from a name dictated up to there: ", at yahoo dot com"; 0 without one."""
    match = _HOST.match(scan, at)
    return match.end() if match is not None else 0


def provider() -> str:
    """A pattern for the names under which people know where they have their mail."""
    return _PROVIDER


def goes_on(scan: bytes) -> bool:
    """Whether a message is nothing but the second half of an address: "at gmail dot com"."""
    return len(scan) <= _BACK and _ALONE.fullmatch(scan) is not None


def spelled_links(scan: bytes) -> Iterator[Found]:
    """Bare names of sites in words: "ana dot com slash shop"."""
    if _HERE.search(scan) is None:
        return
    for start, end in places(_LINK, scan):
        if scan[start:end].split(b" ")[0].decode("latin-1") not in STATES:
            yield start, end


def _told(scan: bytes) -> Iterator[Found]:
    """ "My e-mail is ana" and "my e-mail is ana at lumen", with nothing after it."""
    for match in _TOLD.finditer(scan):
        end = match.end(3) if match.group(3) else match.end(1)
        words = [group for group in (match.group(1), match.group(3)) if group]
        if not any(word.decode("latin-1") in STATES for word in words) and len(words[0]) > 2:
            yield match.start(1), end


def _name_before(scan: bytes, at: int) -> int:
    """Where the local part that ends at `at` begins: one token, or pieces that joiners tie together."""
    floor = max(0, at - _BACK)
    begin = at
    match = _TOKEN.search(scan[floor:at])
    if match is None:
        return at
    begin = floor + match.start()
    first = match.group()
    if (len(first) > 1 and first.decode("latin-1") in STATES) or first.decode("latin-1") in _PROVIDERS:
        return at
    for _ in range(_MOST_PIECES):
        before = _piece_before(scan, floor, begin)
        if before is None:
            break
        begin = before
    return begin


def _piece_before(scan: bytes, floor: int, begin: int) -> int | None:
    join = _JOIN.search(scan[floor:begin])
    if join is not None:
        token = _TOKEN.search(scan[floor : floor + join.start()])
        return None if token is None else floor + token.start()
    gap = _GAP.search(scan[floor:begin])
    if gap is None:
        return None
    token = _TOKEN.search(scan[floor : floor + gap.start()])
    if token is None:
        return None
    # Letters one by one, and digits after a word ("riley 543 gmail com"): other words are not the address.
    now = _token_at(scan, begin)
    letters = len(token.group()) == 1 and (len(now) == 1 or now.isdigit() or _is_join(now))
    return floor + token.start() if letters or (now.isdigit() and not token.group().isdigit()) else None


def _token_at(scan: bytes, at: int) -> bytes:
    end = at
    while end < len(scan) and (scan[end : end + 1].isalnum() or scan[end] == 255):
        end += 1
    return scan[at:end]


def _is_join(token: bytes) -> bool:
    return token.decode("latin-1") in _JOINING


_JOINING = frozenset(word.split()[0] for word in (*_DOT_WORDS, *_HYPHENS))
