"""Third persons are found here: by what they are to who writes, by what they did, and by a letter of their name."""

from chatmarket.privacy.finders.people import Cue, People

# An unknown word in lower case is a name from so many letters on; shorter ones are mostly typing errors.
LONG_ENOUGH = 4
# "my late father": so many words may part the two.
OWNED_WITHIN = 2
_LIGHT = frozenset(["", ",", '"', "'", "(", ":", "-"])
_BEHIND_LETTER = frozenset(["", ",", ":", "-", '"', "'", "("])

Place = tuple[int, int]  # the first word and the one behind the last
NOBODY: Place = (0, 0)


def mentioned(people: People, i: int, at: int, cue: Cue) -> Place:
    """The name beside the cue that is the words from `i` up to `at`."""
    if cue is Cue.KIN:
        return _kin(people, i, at)
    if cue is Cue.LETTER:
        return _lettered(people, i, at)
    if cue is Cue.RESUMED:
        resumed = i > 0 and people.gap(i - 1) == ", " and people.starts(i - 1) and people.big(i - 1)
        return _around(people, i - 1) if resumed and _is_somebody(people, i - 1) else NOBODY
    return _around(people, i - 1) if i and people.joined(i - 1) and _is_somebody(people, i - 1) else NOBODY


def _kin(people: People, i: int, at: int) -> Place:
    """ "my husband Teodor", "our neighbour is Wiktoria", "Teodor is my husband", "Wioletta, la vecina"."""
    owned = _is_owned(people, i)
    if at < len(people.words):
        first, cue = _past(people, at), Cue.OWN if owned else Cue.KIN
        behind = first
        if first < len(people.words) and people.gap(first - 1).strip() in _LIGHT:
            first = _past_titles(people, first)
            if people.texts[i] in people.language.ranks and people.texts[i - 1] in people.language.lists["articles"]:
                owned = first < len(people.words) and people.big(first)
                cue = Cue.OWN if owned else cue  # "la señora Petra"
            cue = Cue.KIN if people.texts[first - 1] in people.language.lists["copulas"] else cue
            behind = people.reach(first, cue)
        if behind > first:
            return first, behind
    return _before_kin(people, i) if i > 1 else NOBODY


def _past(people: People, at: int) -> int:
    """Behind what parts kin and name: "my eldest son is ..."."""
    lists = people.language.lists
    for _ in range(OWNED_WITHIN):
        between = people.texts[at] in lists["copulas"] or people.texts[at] in lists["qualities"]
        if not between or at + 1 == len(people.words) or people.gap(at - 1) != " ":
            break
        at += 1
    return at


def _past_titles(people: People, at: int) -> int:
    titles = people.language.lists["titles"]
    while at + 1 < len(people.words) and people.texts[at] in titles and people.gap(at).strip() in ("", "."):
        at += 1
    return at


def _is_owned(people: People, i: int) -> bool:
    owners = people.language.lists["owners"]
    return any(people.texts[k] in owners for k in range(max(0, i - OWNED_WITHIN - 1), i))


def _before_kin(people: People, i: int) -> Place:
    """A name that what somebody is follows: "Teodor is my husband", "Candela la portera"."""
    j = i - 2
    lists = people.language.lists
    if people.texts[i - 1] not in lists["owners"] and people.texts[i - 1] not in lists["articles"]:
        return NOBODY
    gap = people.gap(j).strip()
    if gap == "" and j and people.texts[j] in lists["copulas"] and people.joined(j - 1):
        j -= 1
    elif gap not in ("", ","):
        return NOBODY
    if gap == "," and _is_set_off(people, i, j):
        return j, j + 1
    small = people.starts(j) and not people.words[j].capital
    return _around(people, j) if _is_somebody(people, j) or (small and _is_unknown(people, j)) else NOBODY


def _is_set_off(people: People, i: int, j: int) -> bool:
    """Whether commas stand around what somebody is: "Chayo, mi hermana, ..." names them with any word there is."""
    owned = people.texts[i - 1] in people.language.lists["owners"] and people.gap(i).startswith(",")
    return owned and people.big(j) and not people.is_taken(j) and people.texts[j] not in people.language.never


def _lettered(people: People, i: int, at: int) -> Place:
    """ "no, with a K: Katarzyna", "Sinead with an S"."""
    behind = at + 1
    if behind < len(people.words) and people.gap(at).strip() in _BEHIND_LETTER:
        end = people.reach(behind, Cue.OWN)
        if end > behind:
            return behind, end
    j = i - 1
    if j >= 0 and people.gap(j).strip() in ("", ",") and (_is_somebody(people, j) or _is_unknown(people, j)):
        return _around(people, j)
    return NOBODY


def _is_somebody(people: People, j: int) -> bool:
    """Whether a word is somebody's name by how it is written, or by the lists."""
    if people.is_taken(j) or people.texts[j] in people.language.never or len(people.texts[j]) < LONG_ENOUGH - 1:
        return False
    if people.sure(j):
        return people.big(j) or people.texts[j] in people.language.plain
    large = people.big(j) and people.texts[j].replace("-", "").replace("'", "").isalpha()
    if not large or people.is_acronym(j):
        return False
    return not people.is_word(j) or (people.texts[j] in people.language.firsts and not people.starts(j))


def _is_unknown(people: People, j: int) -> bool:
    text = people.texts[j]
    fits = len(text) >= LONG_ENOUGH and text.isalpha() and not people.is_taken(j)
    return fits and text not in people.language.never and not people.is_word(j)


def _around(people: People, j: int) -> Place:
    """The name that ends with word j, with the first name before it."""
    first = j
    if j and people.joined(j - 1) and people.known(j - 1) and _is_somebody(people, j - 1):
        first -= 1
    return first, j + 1
