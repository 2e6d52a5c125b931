"""Values made of words are read here, after a cue: passwords, user names, answers to security questions."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from chatmarket.privacy.finders.cues import STATES, Cue
from chatmarket.privacy.finders.vocabulary import alternation, gathered
from chatmarket.privacy.packs import languages
from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import Skeleton
from chatmarket.privacy.wordlists import is_anybodys, vocabulary

_TOKEN = pattern(r"[^ \t\r\n]+")
_QUOTED = pattern(r"[\"'`\xfe]([^\"`\xfe\r\n]{2,60})[\"'`\xfe]")
_WORD = pattern(r"[a-z\xff][a-z\xff'-]*")
_CLAUSE = pattern(r"[^.,;:!?()\r\n]*")
_HANDLE = pattern(r"(?:live:\.?)?@?[a-z0-9_\xff][a-z0-9_.\xff-]{1,31}(?:#[0-9]{4})?")
_TELLING = pattern(r"[0-9_@#]|[a-z]\.[a-z]|[!$%&*+=?^~]")
_NEW_SENTENCE = pattern(r"^\. |[a-z]{4,}\. ")
_LEADS = pattern(rf"(?:(?:{alternation(gathered('secrets', 'leads'))})\b[^a-z0-9\xff]{{1,3}})*")
_COPULA = alternation(gathered("grammar", "copulas"))
PURPOSE = pattern(
    rf" (?:{alternation(gathered('secrets', 'purposes'))})(?: [a-z\xff]+){{1,3}}(?:[:=] ?| (?:{_COPULA})[ :]{{1,2}})",
)
_NAMING = pattern(
    r"(?:[^a-z0-9\xff]{1,3}[a-z\xff]+){0,2}[^a-z0-9\xff]{1,3}"
    rf"(?:{alternation(gathered('secrets', 'naming'))})[^a-z0-9\xff]{{1,3}}",
)
_OWNED = pattern(rf"\b(?:{alternation(gathered('grammar', 'owners'))}) $")
_AFTER = pattern(rf"\b(?:{alternation(gathered('secrets', 'after'))})\b")
# "riley 543": the space crept in.
_DIGITS_AFTER = pattern(r"(?: [0-9]{1,6}\b)?")
_DIGIT_GROUPS = pattern(r"(?: [0-9]{1,6}\b){0,6}")
_HALVES = pattern(r" (?:/ )?")
_KNOWN_AS = pattern(rf" (?:{alternation(gathered('secrets', 'known_as'))}) ")
_EVERYBODYS = frozenset(word.encode() for word in gathered("talk", "words"))
_COPULAS = frozenset(word.encode() for word in gathered("grammar", "copulas"))
_PURPOSES = frozenset(word.encode() for word in gathered("secrets", "purposes"))
_LOGINS = frozenset({"handle", "platform"})
_JOINTS = frozenset(gathered("grammar", "alternatives"))
_BETWEEN = _JOINTS.union(gathered("secrets", "between"))
# Nothing but a space, "@" or the like between a network's name and somebody's there.
_NEXT = 2
_DIRECT = pattern(r"[ ]?[:=][ ]?")
_LEAST_HANDLE = 5
_SHORT_HALF = 4
_SOFT = b",;:)]}'\""
# A passphrase of common words has three at least; fewer are more often what is said of a password.
_FEWEST_WORDS = 3
_MOST_WORDS = 26
_BACK = 30
_MOST_OF_ANSWER = 4
# "Long" may be a name; "No" is none.
_LEAST_NAME = 4


def password_at(bones: Skeleton, cue: Cue) -> Found | None:
    """What follows "password": one token that no word is, or a phrase after "is"."""
    scan, at = bones.scan, cue.value
    purpose = PURPOSE.match(scan, cue.end)
    if purpose is not None:
        at = purpose.end()
    quoted = _QUOTED.match(scan, max(cue.end, at - 1))
    if quoted is not None:
        start, end = quoted.span(1)
        return start, end
    token = _TOKEN.match(scan, at)
    if token is None:
        return None
    end = closed(scan, at, token.end())
    if end - at < 2 or (not cue.told and is_everybodys(scan[at:end])):
        return None
    if _is_telling(bones, at, end):
        return at, _with_second_half(bones, end)
    # "Passwords are hashed": of several of them one speaks in general.
    cued = scan[cue.start : cue.end]
    several = cued.endswith(b"s") and not cued.endswith((b"pass", b"'s"))
    if several or _tells_where(scan[cue.end : at]):
        return None
    return _phrase(scan, at, end) if cue.told or purpose is not None else None


def _tells_where(lead: bytes) -> bool:
    """Whether it is said where a password stands: "the key is on the box"."""
    words = lead.split()
    spoken = [i for i, word in enumerate(words) if word in _COPULAS]
    return bool(spoken) and not _PURPOSES.isdisjoint(words[spoken[-1] :])


def is_everybodys(token: bytes) -> bool:
    """Whether a word with digits is one that everybody says: "WPA2"."""
    return token.rstrip(b"!") in _EVERYBODYS


def _with_second_half(bones: Skeleton, end: int) -> int:
    """A password that a space has crept into: "P@ss w0rd", "12 ab"."""
    gap = _HALVES.match(bones.scan, end)
    following = _TOKEN.match(bones.scan, gap.end()) if gap is not None else None
    if following is None:
        return end
    after = closed(bones.scan, *following.span())
    digits = bones.scan[following.start() : after]
    if digits.isdigit() and bones.scan[gap.start() - 1 : gap.start()].isdigit():
        more = _DIGIT_GROUPS.match(bones.scan, after)
        return more.end() if more is not None else after  # "612 34"
    short = after - following.start() <= _SHORT_HALF and _ends_there(bones.scan, after)
    known = bones.scan[following.start() : after].decode("latin-1") in STATES
    return after if not known and (short or _is_telling(bones, following.start(), after)) else end


def username_at(bones: Skeleton, cue: Cue, *, sure: bool) -> Found | None:
    """What follows "username" (`sure`) or the name of a platform, which needs a colon or a telling sign."""
    known_as = _KNOWN_AS.match(bones.scan, cue.end)
    match = _HANDLE.match(bones.scan, known_as.end() if known_as is not None else cue.value)
    if match is None:
        return None
    start, end = match.span()
    while bones.scan[end - 1 : end] in (b".", b"-"):
        end -= 1
    token = bones.scan[start:end]
    if token.isdigit() or token.decode("latin-1") in STATES or len(token) < 3:
        return None
    if _is_telling(bones, start, end):
        return start, end
    direct = _DIRECT.fullmatch(bones.scan[cue.end : start]) is not None
    if sure and bones.scan[end : end + 1] == b" ":
        end = _DIGITS_AFTER.match(bones.scan, end).end()
    if (cue.told and (direct or sure)) or (sure and start - cue.end <= 2 and _ends_there(bones.scan, end)):
        return start, end
    long = len(token) >= _LEAST_HANDLE
    ends = long and _ends_there(bones.scan, end)
    if long and cue.told and _is_owned(bones, cue) and (ends or _goes_on_with_another(bones.scan, end)):
        return start, end
    # "reach me on telegram rosemarlowe": a word of no language behind a network's name is somebody there.
    return (
        (start, end)
        if ends and (known_as or start - cue.end <= _NEXT) and is_no_word(token.decode("latin-1"))
        else None
    )


def _goes_on_with_another(scan: bytes, end: int) -> bool:
    """ "My user name is pepillo and the password is ...": what follows is joined to it."""
    match = _WORD.match(scan, end + 1)
    return scan[end : end + 1] == b" " and match is not None and match.group().decode("latin-1") in _JOINTS


def is_no_word(token: str) -> bool:
    """Whether a folded word is in no language's dictionary, and none of its forms is."""
    return token.isalpha() and not is_anybodys(token)


def logins(bones: Skeleton, cues: Iterable[Cue]) -> Iterator[tuple[int, int, Kind]]:
    """Users' names and passwords that stand one behind the other's word alone: "usuario marta clave tulipan"."""
    for cue, password in pairwise(cues):
        if cue.section in _LOGINS and password.section == "password":
            login = _login(bones, cue, password)
            if login is not None:
                yield (*login[0], Kind.HANDLE)
                yield (*login[1], Kind.PASSWORD)


def _login(bones: Skeleton, cue: Cue, password: Cue) -> tuple[Found, Found] | None:
    names = [place for place in places(_HANDLE, bones.scan[cue.value : password.start])]
    words = bones.scan[cue.value : password.start].split()
    secret = _TOKEN.match(bones.scan, password.value)
    if secret is None or not names or not words or any(word.decode("latin-1") not in _BETWEEN for word in words[1:]):
        return None
    start, end = cue.value + names[0][0], cue.value + names[0][1]
    name, end_of_secret = bones.scan[start:end].decode("latin-1"), closed(bones.scan, *secret.span())
    if name in STATES or bones.scan[password.value : end_of_secret].decode("latin-1") in STATES:
        return None
    made_up = is_no_word(name) or any(map(str.isdigit, name))
    if not (made_up or any(name in vocabulary(language).firsts for language in languages())):
        return None
    return ((start, end), (password.value, end_of_secret)) if _ends_there(bones.scan, end_of_secret) else None


def secret_at(bones: Skeleton, cue: Cue) -> Found | None:
    """The answer after "mother's maiden name was", "first pet, a dog called", "maiden name Smith"."""
    scan = bones.scan
    naming = _NAMING.match(scan, cue.end)
    at = naming.end() if naming is not None else _LEADS.match(scan, cue.value).end()
    between = scan[cue.end : at]
    match = _WORD.match(scan, at)
    if match is None or not between or _NEW_SENTENCE.search(between) is not None:
        return None
    if b"?" in between and not cue.told:
        return None
    capital = bones.original[bones.way_back(*match.span())[0]].isupper()
    if match.group().decode("latin-1") in STATES and not (capital and len(match.group()) >= _LEAST_NAME):
        return None
    told = cue.told or naming is not None or b"," in between or b":" in between
    whole = b" " in scan[cue.start : cue.end]
    if (told and (whole or capital)) or (
        at == cue.value and whole and (capital or (at - cue.end <= 2 and _ends_there(scan, match.end())))
    ):
        end = _clause_end(scan, match.start()) if told and whole else 0
        return match.start(), end or _capitals(bones, match.end(), lone=whole)
    return None


def _clause_end(scan: bytes, start: int) -> int:
    """The end of an answer of few words that are all a clause has: "st bedes primary"; 0 for others."""
    clause = _CLAUSE.match(scan, start).group()
    words = clause.decode("latin-1").split()
    return start + len(clause.rstrip()) if len(words) <= _MOST_OF_ANSWER and STATES.isdisjoint(words) else 0


def secrets_before(bones: Skeleton) -> list[Found]:
    """The answer before: "Poppy was my first cat"."""
    found = []
    for start, _ in places(_AFTER, bones.scan):
        words = list(places(_WORD, bones.scan[max(0, start - _BACK) : start]))
        if not words:
            continue
        a, b = (max(0, start - _BACK) + end for end in words[-1])
        if bones.scan[a:b].decode("latin-1") not in STATES:
            found.append((a, b))
    return found


def _capitals(bones: Skeleton, end: int, *, lone: bool) -> int:
    """The answer goes on while capitals follow ("Santa Rosa"), or with a `lone` last word ("blue whale")."""
    for _ in range(3):
        if bones.scan[end : end + 1] != b" ":
            break
        match = _WORD.match(bones.scan, end + 1)
        if match is None:
            break
        known = match.group().decode("latin-1") in STATES
        last = lone and not known and _ends_there(bones.scan, match.end())
        capital = bones.original[bones.way_back(*match.span())[0]].isupper()
        if not last and (not capital or (known and len(match.group()) < _LEAST_NAME)):
            break
        end = match.end()
    return end


def _phrase(scan: bytes, at: int, end: int) -> Found | None:
    """A password of plain words: one that is no state, or several of which none is grammar."""
    clause = _CLAUSE.match(scan, at)
    words = clause.group().split()[: _MOST_WORDS + 1]
    states = sum(word.decode("latin-1") in STATES for word in words)
    if len(words) == 1:
        return None if states else (at, end)
    if len(words) >= _FEWEST_WORDS and len(words) <= _MOST_WORDS and states <= max(1, len(words) // 5):
        return at, at + len(clause.group().rstrip())
    if words and words[0].decode("latin-1") not in STATES:
        follows = words[1].decode("latin-1") in STATES
        return (at, end) if follows else (at, at + len(clause.group().rstrip()))
    return None


def _is_telling(bones: Skeleton, start: int, end: int) -> bool:
    """Digits, signs or a capital inside: no plain word is written so."""
    written = bones.original[slice(*bones.way_back(start, end))]
    inner = any(letter.isupper() for letter in written[1:]) and not written.isupper()
    return inner or _TELLING.search(bones.scan[start:end]) is not None


def closed(scan: bytes, start: int, end: int) -> int:
    """Without the sentence's own signs; a password may well end in "!"."""
    while end > start and scan[end - 1] in _SOFT:
        end -= 1
    if scan[end - 1 : end] in (b".", b"?"):
        end -= 1
    return end


def _ends_there(scan: bytes, end: int) -> bool:
    return not scan[end:].strip() or scan[end] in b".,;!)\n"


def _is_owned(bones: Skeleton, cue: Cue) -> bool:
    """Whether it is somebody's own: "my insta is", "mi nick es"."""
    return _OWNED.search(bones.scan[max(0, cue.start - 4) : cue.start]) is not None
