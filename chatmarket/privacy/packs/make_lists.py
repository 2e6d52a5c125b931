"""Makes the word lists of the language packs anew: names and places from Faker, ordinary words from Debian.

Run by hand when a source has news; the product never imports it and needs neither source:

    apt-get install wamerican wspanish; pip install Faker; python chatmarket/privacy/packs/make_lists.py

Both sources were made to be given away. Lists of names taken from leaked accounts are larger, and have no place here.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from subprocess import run
from typing import Any

from chatmarket.privacy.skeleton import fold
from chatmarket.privacy.wordlists import LONG, LONGEST_NAME, stems

PACKS = Path(__file__).parent
COMMAND = "python chatmarket/privacy/packs/make_lists.py"
LOCALES = {
    "en": ("en", "en_GB", "en_IE", "en_IN", "en_KE", "en_NG", "en_NZ", "en_PK", "en_US"),
    "es": ("es", "es_AR", "es_CA", "es_CL", "es_CO", "es_ES", "es_MX"),
}
DICTIONARIES = {
    "en": ("wamerican", "american-english", "SCOWL, (c) Kevin Atkinson, free to use, copy, modify and distribute"),
    "es": ("wspanish", "spanish", "public domain"),
}
FIRST = ("first_names", "first_names_female", "first_names_male")
PLACES = ("countries", "states", "provinces", "regions", "counties", "departments")
# Single letters and initials are in every sentence.
SHORTEST = 2
# Nobody asks of anything longer whether it is a word.
LONGEST = LONGEST_NAME


def main() -> None:
    """Write all lists of all packs."""
    for language, locales in LOCALES.items():
        surnames = _folded(_listed("person", locales, ("last_names",)))
        _write(language, "first_names", _folded(_listed("person", locales, FIRST)), _faker(locales))
        _write(language, "surnames", surnames, _faker(locales))
        places = [*_listed("address", locales, PLACES), *_listed("person", locales, ("language_names",))]
        _write(language, "places", _folded(places), _faker(locales))
        _write(language, "familiar", _familiar(locales), _faker(locales))
        names = _folded(_listed("person", locales, (*FIRST, "last_names")))
        package, file, licence = DICTIONARIES[language]
        words = _roots(_words(Path("/usr/share/dict") / file), names, language)
        _write(language, "common", words, f"Debian {_debian(package)} ({licence}), without forms of other words")


def _faker(locales: Iterable[str]) -> str:
    return f"Faker {version('Faker')} (MIT, (c) Daniele Faraglia and contributors), locales {' '.join(locales)}"


def _debian(package: str) -> str:
    command = ["/usr/bin/dpkg-query", "-W", "-f", "${Package} ${Version}", package]
    return run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - a constant


def _listed(kind: str, locales: Iterable[str], attributes: Iterable[str]) -> Iterator[str]:
    """The entries of a provider's lists; some locales have only some of them, and some as a property."""
    for locale in locales:
        try:
            provider: Any = import_module(f"faker.providers.{kind}.{locale}").Provider
        except ModuleNotFoundError:
            continue
        for attribute in attributes:
            entries = getattr(provider, attribute, ())
            if not isinstance(entries, property):
                yield from (entry if isinstance(entry, str) else entry[-1] for entry in entries)


def _folded(entries: Iterable[str]) -> set[str]:
    """The single words of the entries: "Ana Maria" has two. Particles and initials are no names."""
    words = {word for entry in entries for word in fold(entry).replace(".", " ").split()}
    return {word for word in words if len(word) > SHORTEST and word.replace("-", "").replace("'", "").isalpha()}


def _familiar(locales: Iterable[str]) -> set[str]:
    """The short first names that two locales list. Others are found in lower case by accident: "nan", "ora", "mira"."""
    lists = [_folded(_listed("person", [locale], FIRST)) for locale in locales]
    return {name for name in set().union(*lists) if len(name) < LONG and sum(name in names for names in lists) > 1}


def _words(path: Path) -> set[str]:
    """What a dictionary writes small: what it writes large are names already."""
    lines = path.read_text(encoding="utf-8").split()
    words = {fold(line) for line in lines if line[0].islower() and line.isalpha()}
    return {word for word in words if SHORTEST <= len(word) <= LONGEST}


def _roots(words: set[str], names: set[str], language: str) -> set[str]:
    """Without forms of other words ("walked"), which halves the list; names stay, to be known as words too."""
    roots: set[str] = set()
    for word in sorted(words, key=lambda word: (len(word), word)):
        if word in names or not any(stem in roots for stem in stems(word, language)):
            roots.add(word)
    return roots


def _write(language: str, name: str, words: set[str], source: str) -> None:
    header = f"# From {source}.\n# Made by {COMMAND}\n"
    path = PACKS / language / f"{name}.txt"
    path.write_text(header + "".join(f"{word}\n" for word in sorted(words)), encoding="utf-8")


if __name__ == "__main__":
    main()
