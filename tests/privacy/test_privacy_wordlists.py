"""The word lists are as their script writes them, and tell words from names."""

import pytest

from chatmarket.privacy.packs import FOLDER, WORLD, languages, words
from chatmarket.privacy.skeleton import fold
from chatmarket.privacy.wordlists import is_ordinary, stems, vocabulary

LISTS = [path for pack in (*languages(), WORLD) for path in sorted((FOLDER / pack).glob("*.txt"))]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_list_names_its_source_and_licence_and_is_folded_and_sorted(path):
    source, command, *lines = path.read_text(encoding="utf-8").splitlines()
    assert source.startswith("# From ") and ("MIT" in source or "public domain" in source or "free to use" in source)
    assert command.startswith("# Made by python ")
    assert lines == sorted(set(lines))
    assert [line for line in lines if fold(line) != line or not line.strip()] == []


@pytest.mark.parametrize("language", languages())
def test_a_pack_has_all_lists(language):
    for name in ("first_names", "surnames", "places", "common"):
        assert len(words(language, name)) > 400
    assert words(language, "familiar") < words(language, "first_names")


@pytest.mark.parametrize("word", ["table", "tables", "walked", "happily", "carries", "unfortunately", "will", "grace"])
def test_forms_of_english_words_are_ordinary(word):
    assert is_ordinary(word, "en")


@pytest.mark.parametrize("word", ["mesa", "mesas", "compramos", "quiero", "esperando", "luces", "enfadada", "cliente"])
def test_forms_of_spanish_words_are_ordinary(word):
    assert is_ordinary(word, "es")


@pytest.mark.parametrize(("word", "language"), [("katarina", "en"), ("rodriguez", "en"), ("xochitl", "es")])
def test_names_are_no_ordinary_words(word, language):
    assert not is_ordinary(word, language)


@pytest.mark.parametrize("language", languages())
def test_no_name_of_the_world_is_anything_else(language):
    spoken = vocabulary(language)
    for name in words(WORLD, "first_names") | words(WORLD, "surnames"):
        assert not is_ordinary(name, language) and name not in spoken.places and name not in spoken.never


def test_the_names_of_the_world_are_in_memory_once():
    given = [vocabulary(language).names.given for language in languages()]
    assert all(names is words(WORLD, "first_names") for names in given)


@pytest.mark.parametrize("name", ["youssef", "kwabena", "grazyna"])
def test_every_language_knows_the_names_of_the_world(name):
    assert all(name in vocabulary(language).sure and name in vocabulary(language).plain for language in languages())


def test_a_form_has_several_stems():
    assert set(stems("walked", "en")) == {"walk", "walke"}
