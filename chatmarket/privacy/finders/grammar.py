"""How a language writes addresses is read here from its pack: what each word may be in one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from chatmarket.privacy.finders.vocabulary import gathered
from chatmarket.privacy.packs import languages, table
from chatmarket.privacy.patterns import NEVER, pattern

# What a word may be. One word may be several: "no" is a marker in "nº 5" and an ordinary word.
SURE = 1  # a kind of street, and hardly anything else
PLAIN = 2  # a kind of street, and an ordinary word
SLASHED = 4  # a kind of street before a stroke only: "c/"
NUMBERED = 8  # a kind of street that may have a number for its name: "highway 61"
LEADING = 16  # a kind of street that may stand before its name where others stand behind
PARTICLE = 32
DIRECTION = 64
UNIT = 128
SIDE = 256
MARKER = 512
PLACE = 1024  # a state or country
WORDED = 2048  # the code of one, and an ordinary word
NUMBER = 4096  # a number word
ORDINAL = 8192
COUNTED = 16384  # after a number: what is counted
STOP = 32768  # no part of any name of a street or town
IN_STREETS = 65536  # except of some streets
RARE = 131072  # a kind of street, and mostly something else
STREET = SURE | PLAIN | SLASHED | RARE

# "nº 5", and "s/n" of a house without a number, as the skeleton spells them; the raised letters of "3º" and "2ª".
NUMBER_SIGNS = frozenset(gathered("inside", "number_signs", "addresses"))
UNNUMBERED = frozenset(gathered("inside", "unnumbered", "addresses"))
OF_UNNUMBERED = frozenset(word for phrase in UNNUMBERED if " " in phrase for word in phrase.split())
RAISED = frozenset(gathered("inside", "raised", "addresses"))

_ROLES = {
    ("street", "sure"): SURE,
    ("street", "plain"): PLAIN,
    ("street", "slashed"): SLASHED,
    ("street", "rare"): RARE,
    ("street", "numbered"): NUMBERED,
    ("street", "leading"): LEADING,
    ("inside", "particles"): PARTICLE,
    ("inside", "directions"): DIRECTION,
    ("inside", "units"): UNIT,
    ("inside", "sides"): SIDE,
    ("inside", "markers"): MARKER,
    ("places", "codes"): PLACE,
    ("places", "worded"): WORDED,
    ("numbers", "words"): NUMBER,
    ("numbers", "ordinals"): ORDINAL,
    ("numbers", "counted"): COUNTED,
    ("stop", "words"): STOP,
    ("stop", "but_in_streets"): IN_STREETS,
}
# What a stranger's address keeps in a chat of another language: "Calle Ocho 123, Apt 5, Miami, FL 33135".
_SHARED = SURE | UNIT | SIDE | PLACE | MARKER
Phrases = dict[str, tuple[tuple[str, ...], ...]]


@dataclass(frozen=True, slots=True)
class Grammar:
    """One pack's way to write addresses. `roles` gives a word's roles, `places` the phrases that are states."""

    roles: dict[str, int]
    number_after: bool  # the house number stands after the street's name
    word_before: bool  # the kind of street stands before it
    town_after: bool  # the town stands after the postcode
    cues: Phrases
    weak: Phrases  # cues after which a number and any word may be something else: "it went to 2 shops"
    homes: Phrases  # what leads up to a town or a house that somebody lives in
    called: Phrases  # what leads up to the name of a house
    boxes: Phrases
    postcode_cues: Phrases
    places: Phrases
    not_after: frozenset[str]  # a cue after one of these is none: "email address"
    chains: frozenset[str]  # what stands between one address and another
    spatial: frozenset[str]  # what a village stands behind: "behind the church in"
    living: frozenset[str]
    between: tuple[str, str]  # "between" and "and"
    articles: frozenset[str]  # before what is any house, and no name
    naming: frozenset[str]  # "a village called"
    lone: frozenset[str]
    home_words: frozenset[str]  # one of these stands in every home without a street that has no door
    houses: frozenset[str]  # kinds of houses that stand beside their names
    buildings: frozenset[str]  # what numbered buildings are called at the end: "19 Kingsland Basin"
    abroad: frozenset[str]  # kinds of streets of other countries, before their names
    relatives: frozenset[str]  # whose house it may be
    attached: tuple[str, ...]  # kinds of streets that words end in
    sure_code: Any  # a postcode that needs nothing beside it
    beside: Any  # a postcode that needs something beside it
    spots: frozenset[str]  # without one of these words there is nothing to read


@cache
def grammar(language: str, chat: str) -> Grammar:
    """The grammar of a pack in a chat of the pack `chat`. Where they differ, only what is sure is a street."""
    pack = table(language, "addresses")
    roles = _roles(language)
    if language != chat:
        roles = {word: role & ~(PLAIN | RARE | NUMBERED | LEADING) for word, role in roles.items()}
    for other in languages():
        for word, role in _roles(other).items():
            if other == chat and word not in roles:
                roles[word] = role & (STOP | COUNTED | _SHARED & ~SURE)
            elif word not in roles:
                roles[word] = role & _SHARED & ~SURE
    cues, boxes = _phrases(pack["cues"]["before"]), _phrases(pack["cues"]["boxes"])
    weak = _phrases(pack["cues"]["weak"])
    homes, called = _phrases(pack["cues"]["homes"]), _phrases(pack["cues"]["called"])
    postcode_cues = _phrases(pack["postcodes"]["cues"])
    return Grammar(
        roles=roles,
        number_after=pack["number"] == "after",
        word_before=pack["word"] == "before",
        town_after=pack["postcodes"]["town_after"] and language == chat,
        cues=cues,
        weak=weak,
        homes=homes,
        called=called,
        boxes=boxes,
        postcode_cues=postcode_cues,
        places=_phrases([place for other in languages() for place in table(other, "addresses")["places"]["names"]]),
        not_after=frozenset(pack["cues"]["unless_after"].split()),
        chains=frozenset(pack["cues"]["chains"].split()),
        spatial=frozenset(pack["cues"]["spatial"].split()),
        naming=frozenset(pack["cues"]["naming"].split()),
        articles=frozenset(pack["inside"]["articles"].split()),
        between=_pair(pack["cues"]["between"]),
        living=frozenset(pack["cues"]["living"].split()),
        lone=frozenset(pack["inside"]["lone"].split()),
        home_words=frozenset({*homes, *called, *pack["inside"]["houses"].split(), *pack["cues"]["living"].split()}),
        houses=frozenset(pack["inside"]["houses"].split()),
        buildings=frozenset(pack["inside"]["buildings"].split()),
        abroad=frozenset(pack["street"]["abroad"].split()),
        relatives=frozenset(table(language, "names")["kin"].split()),
        attached=tuple(pack["street"]["attached"].split()),
        sure_code=pattern("|".join(pack["postcodes"]["sure"]) or NEVER),
        beside=pattern("|".join(pack["postcodes"]["beside"]) or NEVER),
        spots=_spots(pack, roles, own=language == chat).union(cues, boxes, postcode_cues),
    )


def _spots(pack: Mapping[str, Any], roles: dict[str, int], *, own: bool) -> frozenset[str]:
    streets = frozenset(word for word, role in roles.items() if role & (STREET | NUMBERED | LEADING))
    beside = f"{pack['inside']['buildings']} {pack['street']['abroad']}".split() if own else []
    return streets.union(pack["inside"]["lone"].split(), beside)


@cache
def grammars(chat: str) -> tuple[Grammar, ...]:
    """The grammars to read a chat with: its own language's first."""
    others = [language for language in languages() if language != chat]
    return tuple(grammar(language, chat) for language in (chat, *others))


@cache
def spots(chat: str, digits: bool) -> frozenset[str]:
    """The words one of which every address has that is known by its words.

    Without a digit in the message that is a street's surest word, or a number word beside any other, for which the
    number words stand here.
    """
    if digits:
        return frozenset().union(*(one.spots for one in grammars(chat)))
    telling = SURE | SLASHED | NUMBER
    return frozenset(word for one in grammars(chat) for word, role in one.roles.items() if role & telling)


@cache
def openings(chat: str, digits: bool) -> tuple[frozenset[str], tuple[str, ...]]:
    """The phrases that lead up to a home without a street: a word of each, and all of them."""
    cues = table(chat, "addresses")["cues"]
    parts = ("homes", "called", "weak") if digits else ("homes", "called")
    phrases = [phrase for part in parts for phrase in cues[part]] + cues["living"].split()
    # Of "the address is" only one word is in few sentences.
    return frozenset(max(phrase.split(), key=len) for phrase in phrases), tuple(f" {phrase} " for phrase in phrases)


@cache
def floors(chat: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The words for floors, for their doors, and for what has a number in a house.

    "Tercero izquierda" is an address without any digit.
    """
    own = grammar(chat, chat)
    units = frozenset(word for word, role in own.roles.items() if role & UNIT)
    if not own.number_after:
        return frozenset(), frozenset(), units
    ordinals = frozenset(word for word, role in own.roles.items() if role & ORDINAL or (role & UNIT and role & SIDE))
    return ordinals, frozenset(word for word, role in own.roles.items() if role & SIDE), units


def attached_kinds() -> str:
    """One pattern for the kinds of streets of all packs that words end in."""
    return "|".join(
        kind for language in languages() for kind in table(language, "addresses")["street"]["attached"].split()
    )


def postcodes(sort: str) -> str:
    """One pattern for the postcodes of all packs: those "sure", that need nothing beside them, or those "within"."""
    return "|".join(shape for language in languages() for shape in table(language, "addresses")["postcodes"][sort])


@cache
def _roles_of(language: str) -> tuple[tuple[str, int], ...]:
    pack, roles = table(language, "addresses"), dict[str, int]()
    for (part, name), role in _ROLES.items():
        for word in pack[part].get(name, "").split():
            roles[word] = roles.get(word, 0) | role
    return tuple(roles.items())


def _roles(language: str) -> dict[str, int]:
    return dict(_roles_of(language))


def _pair(words: str) -> tuple[str, str]:
    first, _, second = words.partition(" ")
    return first, second


def _phrases(listed: list[str]) -> Phrases:
    """Phrases by their first word, the longest first."""
    phrases: Phrases = {}
    for words in sorted((tuple(phrase.split()) for phrase in listed), key=len, reverse=True):
        phrases[words[0]] = (*phrases.get(words[0], ()), words)
    return phrases


def phrase_at(words: list[str], k: int, phrases: Phrases) -> int:
    """How many words of a line from k on are one of the phrases; 0 when none is."""
    for phrase in phrases.get(words[k], ()):
        if tuple(words[k : k + len(phrase)]) == phrase:
            return len(phrase)
    return 0
