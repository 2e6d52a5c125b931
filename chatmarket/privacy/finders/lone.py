"""A single word that nobody knows is judged here, and what stands beside a name: whether it is a person, too."""

from chatmarket.privacy.finders.people import People
from chatmarket.privacy.wordlists import LONG, SHORTEST_NAME, stands_in_a_dictionary

# From so many letters on an unknown word in lower case is a name beside another; shorter ones are typing errors.
LONG_ENOUGH = 4
_NEAR = frozenset([" ", ", ", ": ", " - ", " (", ' "'])
_JOINING = frozenset([", ", " - ", " ("])
# So many words before a comma somebody may have been spoken of.
_WITHIN = 10


def is_lone_person(people: People, i: int) -> bool:
    """Whether an unknown word is somebody by those around it: "ask Dagny", "Wojtek paid", "thats Ifeoma's"."""
    if not is_stranger(people, i):
        return False
    if not people.big(i):
        return _is_joining(people, i)
    if _is_thing(people, i):
        return False
    if i and is_initial(people, i - 1):
        return True
    if people.starts(i):
        return _does(people, i) or _is_of_names(people)
    lists, before = people.language.lists, people.texts[i - 1]
    if before in lists["surnaming"] or _is_told(people, i):
        return True
    if before in lists["beside"]:
        # "with Alexa and Zigbee", "I pay with Klarna"
        another = people.texts[i - 2] if i > 1 else ""
        deals = another in lists["dealings"] or (another in people.language.places and people.words[i - 2].capital)
        return not deals and people.gap(i - 1) in _NEAR
    if before in lists["determiners"] or (before in lists["whereto"] and not _is_of_names(people)):
        return False
    return _does(people, i) or _is_of_names(people) or people.texts[i] != people.words[i].text


def is_stranger(people: People, i: int) -> bool:
    """Whether a word is in no dictionary of ours, and not written like an acronym."""
    text = people.texts[i]
    if len(text) < SHORTEST_NAME or people.is_taken(i) or not text.replace("'", "").replace("-", "").isalpha():
        return False
    if people.words[i].shouted or text in people.language.never or people.is_word(i):
        return False
    return people.known(i) or not stands_in_a_dictionary(text)


def is_strange_pair(people: People, i: int) -> bool:
    """Two words with capitals that are no words, and one of them a name, or inside a sentence, or on their line."""
    if not people.joined(i) or people.is_body(i + 1) or not (people.strange(i) and people.strange(i + 1)):
        return False
    bare = all(stands_in_a_dictionary(people.texts[k]) for k in (i, i + 1))
    if bare and not (people.known(i) and people.known(i + 1)):
        return False  # "Black Friday" is a thing in Spanish, too
    if people.known(i) or people.known(i + 1):
        return True
    if people.starts(i):
        return i + 2 == len(people.words) or "\n" in people.gap(i + 1)
    return not people.big(i - 1) and people.texts[i - 1] not in people.language.lists["determiners"]


def is_sibling(people: People, i: int) -> bool:
    """Whether an unknown word in lower case closes its part of a list that a name began: "oisin, fiadh and tadhg"."""
    if len(people.texts[i]) < LONG_ENOUGH or not is_stranger(people, i):
        return False
    last = i + 1 == len(people.words)
    return last or bool(people.gap(i).strip()) or people.texts[i + 1] in people.language.lists["links"]


def kin_beside(people: People, behind: int) -> int:
    """The word that a list ends with in a name's place: "my mum Gülay and my brother can"; 0 for none.

    Grammar and first names only: with any other word it would tell what the brother does.
    """
    lists, at = people.language.lists, behind + 3
    if at >= len(people.words) or people.texts[behind] not in lists["links"]:
        return 0
    if people.texts[behind + 1] not in lists["owners"] or people.texts[behind + 2] not in lists["kin"]:
        return 0
    text, ends = people.texts[at], at + 1 == len(people.words) or bool(people.gap(at).strip())
    return at if ends and (text in lists["modals"] or text in people.language.firsts) else 0


def _is_thing(people: People, i: int) -> bool:
    """Whether a number, another capital or a thing's word stands beside it: "Series 6", "Wilson Hotel"."""
    if i + 1 < len(people.words) and people.joined(i):
        following = people.words[i + 1]
        if following.text[0].isdigit() or following.capital or people.is_body(i):
            return True
    led = i > 0 and people.joined(i - 1) and people.big(i - 1) and not people.starts(i - 1)
    return led and not is_initial(people, i - 1)


def with_initials(people: People, i: int) -> int:
    """The first of the initials before a name, or the name."""
    while i and is_initial(people, i - 1):
        i -= 1
    return i


def is_initial(people: People, i: int) -> bool:
    """Whether a word is the initial of the name behind it: "Z. Kowalczuk"."""
    if len(people.texts[i]) != 1 or not people.words[i].capital or not people.texts[i].isalpha():
        return False
    return people.gap(i).startswith(".") or (
        people.gap(i) == " " and people.texts[i] not in people.language.lists["stop"]
    )


def _is_told(people: People, i: int) -> bool:
    """Whether somebody was spoken of before the comma: "my son's tablet, Zephaniah uses it"."""
    if people.gap(i - 1) not in _JOINING:
        return False
    lists = people.language.lists
    return any(text in lists["somebody"] or text in lists["kin"] for text in people.texts[max(0, i - _WITHIN) : i])


def _is_of_names(people: People) -> bool:
    return not people.language.lists["naming"].isdisjoint(people.texts)


def _does(people: People, i: int) -> bool:
    lists, at = people.language.lists, i + 1
    while at < len(people.words) and at < i + 3 and people.texts[at] in lists["adverbs"]:
        at += 1
    return at < len(people.words) and people.texts[at] in lists["doings"] and people.gap(i) in (" ", ", ")


def _is_joining(people: People, i: int) -> bool:
    """The last word, behind a comma: "mine also, dilnoza"."""
    fits = i > 0 and len(people.texts[i]) >= LONG and i + 1 == len(people.words)
    return fits and people.gap(i - 1) in _JOINING and people.texts[i - 1] in people.language.lists["joining"]
