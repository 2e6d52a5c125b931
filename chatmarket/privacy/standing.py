"""Whether a part of a known name stands as a name is judged here: "Will Marsh" must not hide every "will".

Only parts that are words before they are names are judged, and only where they are written small and alone; what leads
up to a name ("it's will again") is found by the finders all the same.
"""

from collections.abc import Iterable

from chatmarket.privacy.packs import languages
from chatmarket.privacy.skeleton import Skeleton, spaced
from chatmarket.privacy.wordlists import is_anybodys, vocabulary

# How far from a part another one of its name may stand: "will j. marsh".
_BESIDE = 24
NEXT = 2

Parts = dict[str, frozenset[str]]


def parts_of(names: Iterable[str]) -> Parts:
    """The parts of folded names that are judged, with the parts that stand beside them."""
    parts: Parts = {}
    for name in names:
        words = spaced(name).split()
        for word in words:
            # A name of one word is all there is to know somebody by: it is hidden wherever it stands.
            # Nor is it where it is grammar: a brother called Can does not take every "can" with him.
            if (len(words) > 1 and is_word_first(word)) or _is_grammar(word):
                parts[word] = parts.get(word, frozenset()) | frozenset(words) - {word}
    return parts


def is_word_first(word: str) -> bool:
    """Whether people mean something else by it: it is grammar somewhere, or ordinary and nobody's first name.

    The verdict lives as long as what asks for it: in a memory of its own names would outlive the chat.
    """
    spoken = [vocabulary(language) for language in languages()]
    if any(word in words.ranks for words in spoken):
        return False  # "Mark's son" is somebody
    if any(word in words.never or word in words.seldom for words in spoken):
        return True
    if any(word in words.firsts for words in spoken):
        return False
    return is_anybodys(word)


def _is_grammar(word: str) -> bool:
    return any(word in vocabulary(language).lists["modals"] for language in languages())


def stands(bones: Skeleton, start: int, end: int, parts: Parts) -> bool:
    """Whether what was found there may be the person: large, alone, before "here", or beside another part."""
    others = parts.get(bones.folded[start:end])
    if others is None:
        return True
    before = spaced(bones.folded[max(0, start - _BESIDE) : start]).split()[-NEXT:]
    behind = spaced(bones.folded[end : end + _BESIDE]).split()[:NEXT]
    if not others and start == 0 and len(bones.words) > 1:
        return _acts(behind)  # the capital there is a sentence's
    if not others and _acts(behind):
        return True
    return stands_alone(bones, start, behind[:1]) or not others.isdisjoint(before) or not others.isdisjoint(behind)


def _acts(behind: list[str]) -> bool:
    """Whether a finite verb follows, as behind no modal: "can just said it was him"."""
    for language in languages():
        lists = vocabulary(language).lists
        told = [word for word in behind if word not in lists["adverbs"]][:1]
        if told and told[0] in lists["finites"]:
            return True
    return False


def is_large(bones: Skeleton, start: int, end: int) -> bool:
    """Whether each word is written large: "A. Price" and "the Banks" are people, "a price" and "the banks" are not."""
    begins = [at for at in range(start, end) if at == start or not bones.folded[at - 1].isalnum()]
    return all(bones.original[bones.way_back(at, at + 1)[0]].isupper() for at in begins if bones.folded[at].isalnum())


def stands_alone(bones: Skeleton, start: int, behind: list[str]) -> bool:
    """Whether a part that is a word first may be the person with no other part beside it."""
    if bones.original[bones.way_back(start, start + 1)[0]].isupper() or len(bones.words) == 1:
        return True
    # "will here again"
    return bool(behind) and any(behind[0] in vocabulary(language).lists["after"] for language in languages())
