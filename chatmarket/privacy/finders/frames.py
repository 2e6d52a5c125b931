"""People are found here by a plain frame around them, listed or not: "me Ayşe her Elif", "the buzzer says Otxoa"."""

from collections.abc import Iterator
from functools import cache

from chatmarket.privacy.finders.lone import is_stranger
from chatmarket.privacy.finders.mentions import LONG_ENOUGH, mentioned
from chatmarket.privacy.finders.people import Cue, People
from chatmarket.privacy.wordlists import LONG, SHORTEST_NAME, Vocabulary, stands_in_a_dictionary, vocabulary

Place = tuple[int, int]  # the first word and the one behind the last
# "my brother instead, youssef": so many words may part what somebody is from the comma.
WITHIN = 2
# Words with a typing error are looked for so often in one message: each costs hundreds of look-ups.
MOST_MISSPELT = 6
# What somebody is has so many letters when it is known with a typing error: shorter words are near too many others.
KIN_LETTERS = 6
# So many frames are looked into in one message, and so many names are asked for another beside them.
MOST_FRAMES = 20
MOST_PAIRS = 20
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ASIDE = (", ", " - ", " (")
_LISTS = ("kin", "selves", "bells", "households", "abbreviated", "contrasts")


@cache
def framing(language: str) -> frozenset[str]:
    """Words without which no message has a frame, but for two names side by side and what is misspelt."""
    lists = vocabulary(language).lists
    return frozenset().union(*(lists[name] for name in _LISTS))


def may_stand(tokens: list[str], words: Vocabulary) -> bool:
    """Whether a message may have a frame; "me" and "not" alone are in too many."""
    found = framing(words.language).intersection(tokens)
    if not found:
        return False
    lists = words.lists
    if found - lists["selves"] - lists["contrasts"]:
        return True
    if not found.isdisjoint(lists["selves"]) and not lists["others"].isdisjoint(tokens):
        return True
    return len(tokens) > 1 and tokens[1] in lists["contrasts"] and tokens[0] not in words.never


def is_near(word: str, words: frozenset[str]) -> bool:
    """Whether a word is one letter from one of the others: another, one too many or too few, or two turned round."""
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail and (head + tail[1:] in words or (len(tail) > 1 and head + tail[1] + tail[0] + tail[2:] in words)):
            return True
        if any(head + letter + tail in words or head + letter + tail[1:] in words for letter in _LETTERS):
            return True
    return False


def misspelt(tokens: list[str], words: Vocabulary) -> list[int]:
    """Words behind "my" that nobody knows, and may be what somebody is, with a typing error: "my roomate"."""
    owners, kin = words.lists["owners"], words.lists["kin"]
    behind = [i for i, token in enumerate(tokens[1:], 1) if tokens[i - 1] in owners and len(token) >= KIN_LETTERS - 1]
    unknown = [i for i in behind if tokens[i] not in kin and tokens[i] not in words.names and tokens[i].isalpha()]
    unknown = [i for i in unknown if not words.is_word(tokens[i])][:MOST_MISSPELT]
    long = _long(words.language) if unknown else frozenset()
    return [i for i in unknown if is_near(tokens[i], long)]


@cache
def _long(language: str) -> frozenset[str]:
    return frozenset(word for word in vocabulary(language).lists["kin"] if len(word) >= KIN_LETTERS)


def framed(people: People, errors: list[int]) -> Iterator[Place]:
    """The names in the frames of a message; `errors` are the words for kin with a typing error."""
    lists, texts = people.language.lists, people.texts
    for i in errors:
        yield mentioned(people, i, i + 1, Cue.KIN)
        yield _aside(people, i)
    frames = framing(people.language.language)
    for i in [i for i, text in enumerate(texts) if text in frames][:MOST_FRAMES]:
        text = texts[i]
        if text in lists["kin"]:
            yield _aside(people, i)
            yield _dearly(people, i)
        if text in lists["selves"]:
            yield from _two(people, i)
        if text in lists["bells"]:
            yield _on_bell(people, i)
        if text in lists["households"]:
            yield _household(people, i)
        if text in lists["abbreviated"]:
            yield _abbreviated(people, i)
        if text in lists["contrasts"] and 0 < i < len(texts) - 1:
            yield from _contrasted(people, i)


def pair(people: People, i: int) -> Place:
    """Two names in lower case, the first words of what is said, one of them listed: "wei chen, still waiting"; and
    as tickets write them: "CHEN/WEI"."""
    for first in (i - 1, i):
        if first < 0 or first + 1 >= len(people.words):
            continue
        capitals = {people.words[k].capital for k in (first, first + 1)}
        begins = people.starts(first) or people.gap(first - 1) == ", " or _is_greeted(people, first)
        if people.joined(first):
            fits = begins and capitals == {False}
        else:
            fits = capitals == {True} and people.gap(first) == "/"
        if fits and _is_name(people, first) and _is_name(people, first + 1):
            return first, first + 2
    return i, i


def _is_greeted(people: People, i: int) -> bool:
    return i == 1 and people.texts[0] in people.language.lists["introduced"]


def _is_name(people: People, i: int) -> bool:
    """Whether a word is a name, or may be one, and is nothing else in any language of ours."""
    text, language = people.texts[i], people.language
    if len(text) < SHORTEST_NAME or not text.isalpha() or people.is_taken(i) or text in language.never:
        return False
    if people.sure(i):
        return True
    other = people.is_word(i) or stands_in_a_dictionary(text) or text in language.places
    return not other and not is_near(text, _said(language.language))


@cache
def _said(language: str) -> frozenset[str]:
    """What people say all the time; one letter from it is a typing error."""
    lists = vocabulary(language).lists
    said = lists["stop"] | lists["irregular"] | lists["greetings"] | lists["kin"] | lists["behind"]
    return frozenset(word for word in said if len(word) >= LONG_ENOUGH)


def _is_somebody(people: People, i: int) -> bool:
    """Whether a word that a frame leads to is a name: one of the lists, or one that nobody knows."""
    if i >= len(people.words) or people.is_body(i):
        return False
    if people.words[i].shouted and not people.known(i):
        return False
    return _is_name(people, i) and (len(people.texts[i]) >= LONG_ENOUGH or people.known(i))


def _name(people: People, i: int) -> Place:
    """The name that begins with a word that is somebody."""
    if not _is_somebody(people, i):
        return i, i
    return i, max(people.reach(i, Cue.WEAK), i + 1)


def _aside(people: People, i: int) -> Place:
    """ "my brother instead, youssef", "my roommate, hunter": behind the comma nothing else is said."""
    lists = people.language.lists
    if not i or people.texts[i - 1] not in lists["owners"]:
        return i, i
    at = i
    while at < i + WITHIN and at + 1 < len(people.words) and people.gap(at) == " ":
        at += 1
    if at + 1 >= len(people.words) or people.gap(at) not in _ASIDE or not people.closed(at + 1):
        return i, i
    return _name(people, at + 1)


def _dearly(people: People, i: int) -> Place:
    """ "love from auntie bisi xx"."""
    lists, texts = people.language.lists, people.texts
    fond = not lists["fondly"].isdisjoint(texts[max(0, i - WITHIN - 1) : i])
    if not fond or not people.joined(i) or i + 1 >= len(texts):
        return i, i
    first, behind = _name(people, i + 1)
    ends = behind == len(texts) or bool(people.gap(behind - 1).strip()) or texts[behind] in lists["kisses"]
    return (first, behind) if ends else (i, i)


def _two(people: People, i: int) -> Iterator[Place]:
    """ "me ayşe demir her elif": who writes, and somebody with them."""
    lists, texts = people.language.lists, people.texts
    if not (people.starts(i) or people.gap(i - 1).strip()) or i + 3 >= len(texts):
        return
    first = behind = i + 1
    while behind < min(i + 1 + LONG_ENOUGH, len(texts)) and _is_name(people, behind):
        behind += 1
    at = behind
    while at < min(behind + WITHIN, len(texts)) and texts[at] in lists["links"]:
        at += 1
    other = at + 1 if at + 1 < len(texts) and texts[at] in lists["others"] else 0
    if behind > first and other and _is_name(people, other):
        yield first, behind
        yield other, max(people.reach(other, Cue.WEAK), other + 1)


def _on_bell(people: People, i: int) -> Place:
    """ "the buzzer says Achterberg", "timbre Otxoa"."""
    lists, at = people.language.lists, i + 1
    while at < len(people.words) and people.texts[at] in lists["reads"]:
        at += 1
    if at == i + 1 or at >= len(people.words) or people.gap(at - 1).strip(" :\"'"):
        return i, i
    listed = people.big(at) and people.known(at) and people.texts[at] not in people.language.never
    return (at, max(people.reach(at, Cue.KIN), at + 1)) if listed else _name(people, at)


def _household(people: People, i: int) -> Place:
    """ "Familia Rincón", "the Achterberg family"."""
    language, behind = people.language, i + 1
    led = i > 1 and people.texts[i - 2] in language.lists["determiners"] and people.joined(i - 1)
    if led and people.big(i - 1) and _is_somebody(people, i - 1):
        return i - 1, i
    if behind >= len(people.words) or not people.joined(i):
        return i, i
    listed = people.words[i].capital and people.big(behind) and people.known(behind)
    if listed and people.texts[behind] not in language.never:
        return behind, max(people.reach(behind, Cue.KIN), behind + 1)
    strange = people.big(behind) or (len(people.texts[behind]) >= LONG and people.closed(behind))
    return _name(people, behind) if strange and not people.starts(behind) else (i, i)


def _abbreviated(people: People, i: int) -> Place:
    """ "Ma. Guadalupe", "Fco. Javier": a first name that is written short before another one."""
    behind = i + 1
    fits = behind < len(people.words) and people.words[i].capital and people.words[behind].capital
    if not fits or people.gap(i) not in (". ", ".") or not people.known(behind):
        return i, i
    end = people.reach(behind, Cue.KIN)
    return (i, end) if end > behind else (i, i)


def _contrasted(people: People, i: int) -> Iterator[Place]:
    """ "Joseba no Jokin": two whom nobody knows, at the beginning, one for the other."""
    names = people.starts(i - 1) and people.joined(i - 1) and people.joined(i)
    if names and all(people.big(k) and is_stranger(people, k) and not people.is_acronym(k) for k in (i - 1, i + 1)):
        yield i - 1, i
        yield i + 1, i + 2
