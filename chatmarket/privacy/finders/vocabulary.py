"""The words of all language packs become patterns here: cues are sure in whatever language a chat is held."""

from collections.abc import Iterable, Mapping
from typing import Any

from chatmarket.privacy.packs import languages, table
from chatmarket.privacy.skeleton import spaced

PACK = "values"


def gathered(section: str, key: str, pack: str = PACK) -> list[str]:
    """The words of one list, in all packs."""
    found: dict[str, None] = {}
    for language in languages():
        found |= dict.fromkeys(table(language, pack).get(section, {}).get(key, ()))
    return list(found)


def combined(section: str, key: str) -> dict[str, Any]:
    """One table of words, in all packs."""
    found: dict[str, Any] = {}
    for language in languages():
        found |= table(language, PACK).get(section, {}).get(key, {})
    return found


def sections(section: str) -> dict[str, list[str]]:
    """Every list of a section, each gathered from all packs."""
    keys = {key for language in languages() for key in table(language, PACK).get(section, {})}
    return {key: gathered(section, key) for key in sorted(keys)}


def alternation(words: Iterable[str] | Mapping[str, Any], between: str = r"[^a-z0-9]{1,3}") -> str:
    """A pattern for any of the phrases, longest first; `between` stands between their words."""
    ordered = sorted(set(words), key=lambda phrase: (-len(phrase), phrase))
    return "|".join(between.join(_word(word) for word in phrase.split()) for phrase in ordered)


def _word(word: str) -> str:
    # People leave out the apostrophe, and the point of an abbreviation is a sign like others.
    return word.replace(".", r"\.?").replace("'", "'?")


def spelling(phrase: bytes) -> str:
    """A phrase as the packs spell it, without apostrophes and with single spaces."""
    letters = phrase.decode("latin-1").replace("'", "").replace(".", "")
    return " ".join(spaced(letters).split())
