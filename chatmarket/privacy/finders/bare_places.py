"""The bare answer to "which street?", "which town?", "house number?" is found here: a word or two, of any sort."""

from collections.abc import Iterator

from chatmarket.privacy.finders.address_parts import Reader
from chatmarket.privacy.finders.cues import STATES
from chatmarket.privacy.finders.grammar import PARTICLE, STOP, STREET, phrase_at
from chatmarket.privacy.finders.manners import Manners

# Longer messages tell something else; of those that are not that short, the words must be no ordinary ones.
LONGEST_ANSWER = 8
LONGEST_PLACE = 5
LONGEST_AROUND = 20
MOST_BETWEEN = 6
SHORT_ANSWER, SHORT_PLACE = 4, 2


def bare(reader: Reader, manners: Manners) -> Iterator[tuple[int, int]]:
    """The words of the answer, without what leads up to it ("it is in ...") or follows it ("... please")."""
    line, words, lists = reader.line, reader.words, manners.lists
    count = line.count
    if count > LONGEST_ANSWER or any("?" in gap for gap in line.gaps[: count + 1]):
        return
    if not lists["refusals"].isdisjoint(words[:count]):
        return
    first, end = 0, count
    while first < end and _leads(reader, first, lists["leads"]):
        first += 1
    while end > first and (words[end - 1] in lists["tails"] or reader.roles[end - 1] & (STOP | PARTICLE)):
        end -= 1
    if not 0 < end - first <= LONGEST_PLACE or any(line.ends(k) for k in range(first + 1, end)):
        return
    if first and count <= SHORT_ANSWER and not lists["leads"].issuperset(words[:first]):
        first = next(k for k in range(first) if words[k] not in lists["leads"] or reader.roles[k] & PARTICLE)
    parted = any(line.gaps[k] == ", " for k in range(first + 1, end))
    heads = lists["heads"] if parted else frozenset[str]()
    telling = [k for k in range(first, end) if not reader.roles[k] & (STOP | PARTICLE) or words[k] in heads]
    if not telling or any(_is_said(words[k], manners) and words[k] not in heads for k in telling):
        return
    short = end - first <= SHORT_PLACE and count <= SHORT_ANSWER
    # "The old forge, little haddow": nothing but things, in two parts.
    two = parted and len(telling) > SHORT_PLACE and end == count and all(words[k].isalpha() for k in telling)
    if short or two or all(_is_place(reader, k, manners) for k in telling):
        yield first, end


def around(reader: Reader, manners: Manners) -> Iterator[tuple[int, int]]:
    """The village or the streets that a longer answer ends with: "behind the church in Little Snoring"."""
    line, words, spatial = reader.line, reader.words, reader.grammar.spatial
    count = min(line.count, LONGEST_AROUND)
    if any("?" in gap for gap in line.gaps[: count + 1]) or not manners.lists["refusals"].isdisjoint(words[:count]):
        return
    yield from _between(reader, count)
    k = next((k for k in reversed(range(count)) if words[k] in spatial or words[k] in reader.grammar.naming), None)
    if k is None:
        return
    end = k + 1
    while end < count and end - k <= LONGEST_PLACE and line.gaps[end] == " " and not reader.roles[end] & STOP:
        end += 1
    telling = [n for n in range(k + 1, end) if not reader.roles[n] & PARTICLE]
    if telling and not any(_is_said(words[n], manners) for n in telling) and words[telling[0]].isalpha():
        known = any(_is_place(reader, n, manners) for n in telling)
        # "left in the rain"
        ends = end == line.count and telling[0] == k + 1
        if known or ends:
            yield k + 1, end


def _between(reader: Reader, count: int) -> Iterator[tuple[int, int]]:
    """The two streets that somebody lives between."""
    line, words = reader.line, reader.words
    first, joint = reader.grammar.between
    for k in range(count - 3):
        n = next((n for n in range(k + 2, min(k + MOST_BETWEEN, count - 1)) if words[n] == joint), 0)
        if words[k] == first and n:
            end = n + 1
            while end < count and end - n < MOST_BETWEEN and line.gaps[end] == " ":
                end += 1
            yield k + 1, end
            return


def _leads(reader: Reader, k: int, leads: frozenset[str]) -> bool:
    """Whether word k only leads up to a place: "it", the "s" behind its apostrophe, "in"; not the "new" of New York."""
    if phrase_at(reader.words, k, reader.grammar.places):
        return False
    glued = reader.line.gaps[k] == "'" and len(reader.words[k]) == 1
    # "Orchard" may be all there is, or be told with its village: "the forge, Haddow".
    street = reader.roles[k] & STREET > 0 and reader.line.gaps[k + 1] == " "
    return glued or street or reader.words[k] in leads or reader.roles[k] & (STOP | PARTICLE) > 0


def _is_said(word: str, manners: Manners) -> bool:
    lists = manners.lists
    other = word in manners.words.lists["stop"] or word in manners.words.lists["greetings"]
    return other or word in STATES or word in lists["joints"] or word in lists["tails"]


def _is_place(reader: Reader, k: int, manners: Manners) -> bool:
    word = reader.words[k]
    return (
        reader.line.capital(k) or word[0].isdigit() or word in manners.words.places or not manners.words.is_word(word)
    )
