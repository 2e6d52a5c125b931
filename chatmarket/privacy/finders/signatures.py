"""Who signs a message is found here: behind its last dash, on a line of their own, beside a number they leave."""

from collections.abc import Iterable

from chatmarket.privacy.finders.people import Cue, People
from chatmarket.privacy.segments import Kind

Place = tuple[int, int]  # the first word and the one behind the last
NOBODY: Place = (0, 0)
# Whoever leaves one of these may sign with a name behind it.
_WAYS_BACK = frozenset({Kind.PHONE, Kind.EMAIL, Kind.NUMBER})
# An unknown word in lower case is a name from so many letters on.
LONG_ENOUGH = 4
# Words of a message that may be nothing but an unknown name behind a dash: longer ones are items of a list.
FEW = 3
# Words before a name that is told last.
SHORT = 12


def signed(people: People, at: int) -> Place:
    """The name that begins with word `at`, which ends a letter, or begins a message with a dash before it."""
    if not at:
        return _alone(people)
    lists, texts = people.language.lists, people.texts
    if " ".join(texts[at:]) in lists["closings"]:
        return NOBODY
    gap = people.gap(at - 1)
    own_line = "\n" in gap
    closed = any(" ".join(texts[max(0, at - n) : at]) in lists["closings"] for n in (1, 2))
    dashed = "-" in gap or "~" in gap
    person = _past_initial(people, at)
    if not (own_line or closed) and not (people.big(at) or people.sure(person) or person > at):
        return NOBODY  # "still broken - agian"
    behind = people.reach(person, Cue.STRONG if own_line or (dashed and person > at) else Cue.WEAK)
    if behind > person and all(text in lists["kisses"] for text in texts[behind:]):
        return at, behind
    return NOBODY


def _past_initial(people: People, at: int) -> int:
    """The word behind "r." in "r. okafor"."""
    initial = len(people.texts[at]) == 1 and at + 1 < len(people.words) and people.gap(at).strip() == "."
    return at + 1 if initial and people.texts[at].isalpha() else at


def _alone(people: People) -> Place:
    """A message that begins with a dash and a name: "- kit", "- R. Okafor, since 2019"."""
    at = _past_initial(people, 0)
    text, language = people.texts[at], people.language
    if people.is_taken(at) or text in language.never:
        return NOBODY
    few = len(people.words) - at <= FEW and ":" not in people.folded
    person = people.sure(at) or (few and people.strange(at)) or (at > 0 and people.known(at))
    if not person and at + 1 == len(people.words) and text.isalpha():
        person = text in language.firsts or (len(text) >= LONG_ENOUGH and not people.is_word(at))
    return (0, max(people.reach(at, Cue.STRONG), at + 1)) if person else NOBODY


def is_told_last(people: People, taken: Iterable[tuple[int, int, Kind]]) -> bool:
    """Whether the last word is a name that nobody knows: behind a comma, where somebody leaves a number ("text me on
    07700 900123, Revathi"), or behind a colon, where a name is spoken of ("my name has two l's: Phillippa")."""
    last = len(people.words) - 1
    if not last or not people.strange(last):
        return False
    gap = people.gap(last - 1)
    if gap.startswith(":"):
        return last <= SHORT and not people.language.lists["labels"].isdisjoint(people.texts[:last])
    return last >= LONG_ENOUGH - 1 and gap in (", ", " - ") and any(kind in _WAYS_BACK for _, _, kind in taken)
