"""A brand's pattern that fits what everybody says is found here, before it hides the language from its experts."""

from typing import Any

from chatmarket.privacy.packs import languages, table, words

# A pattern that names a thing may be a word of the language too; one that fits more of them names none.
FEW = 5
# What is in every other message, and in no list of words.
_EVERYDAY = ("2", "10", "12.50", "10:45")


def hides(pattern: Any) -> str | None:
    """An ordinary word that this pattern, as `rules.compiled` gives it, would hide among many others; None if it
    would not. Time is linear in the packs' lists."""
    spoken: list[str] = [word for language in languages() for word in table(language, "dialogue")["everyday"]]
    for word in (*_EVERYDAY, *spoken):
        if pattern.search(word.encode()) is not None:
            return word
    for language in languages():
        listed = sorted(words(language, "common"))
        found: list[str] = []
        # All at once first: most patterns fit none of them.
        if pattern.search("\n".join(listed).encode("latin-1", "replace")) is None:
            continue
        for word in listed:
            if pattern.search(word.encode("latin-1", "replace")) is not None:
                found.append(word)
                if len(found) > FEW:
                    return found[0]
    return None
