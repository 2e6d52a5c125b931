"""No word of any language stands in the code: a third one is added by data alone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatmarket.privacy import packs
from chatmarket.privacy.packs import languages, table, words
from chatmarket.privacy.segments import Kind

PRIVACY = Path(packs.__file__).parent
FINDERS = sorted(path for path in PRIVACY.rglob("*.py") if path.name != "make_lists.py")
# What is no language's: endings of sites, providers of mail, how programs are written, what standards and things are
# called all over the world, and units that everybody has.
ENDINGS = """
com net org io info biz xyz dev app example co es online store shop site blog cloud tech club live link page top vip pro
name travel mobi cat me de it uk us edu gov gob mil eu fr ai pt ch br pl nz ca cn ru ec ve cr gt pa cu hn sv ni dk fi pe
ar cl mx nl se ie au jp is cc ly gg fm tv jobs gal ee at be no in bo py uy ac
"""
PROVIDERS = (
    "gmail googlemail hotmail outlook yahoo ymail icloud proton protonmail aol gmx live msn zoho orange ono terra"
)
EVERYWHERE = {
    "web.py": f"{ENDINGS} www http https ftp",
    "mails.py": f"{ENDINGS} {PROVIDERS} telefonica movistar www period commat cloud hot mail out look ya hoo",
    "harmless.py": "mm cm in cas kb cve ddr",
    "addresses.py": "what words",  # what3words
    "documents.py": "*",  # countries as accounts begin with them
    "encoded.py": "*",  # how keys of programs begin
    "shapes.py": "*",  # style sheets
    "glances.py": "mod",
    "masking.py": "my number is",  # what is masked once, to make all ready
    "skeleton.py": "cp",
    "conjunctions.py": "*",
    "wordy.py": "live",  # how a network's names begin: live:ana
    "solicitation.py": f"{ENDINGS}",
}
_TOKEN = re.compile(r"[a-z]{2,}")
# Classes of characters, escapes, names of groups and flags: the grammar of patterns, and no text.
_GRAMMAR = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\[pP]\{\w+\}|\\x[0-9a-f]{2}|\\.|\(\?[a-zP]*[:<=!]|\{[0-9,]*\}")


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """What a module compares texts with: its patterns, and the sets and tuples of words it looks them up in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {id(part) for node in ast.walk(tree) for part in _names(node)}
    for node in (one for one in ast.walk(tree) if id(one) not in named):
        yield from ((part.lineno, _text(part)) for one in _compared(node) for part in _constants(one))


OF_TEXTS = (ast.Constant, ast.Tuple, ast.List, ast.JoinedStr, ast.Dict)


def _names(node: ast.AST) -> Iterator[ast.AST]:
    """What a module, a class or an enumeration lists of its own."""
    if isinstance(node, ast.ClassDef):
        yield from (one for one in ast.walk(node) if isinstance(one, ast.Assign))
    if isinstance(node, ast.Assign) and (
        ast.unparse(node.targets[0]) == "__all__"
        or isinstance(node.targets[0], ast.Tuple)
        or (isinstance(node.value, ast.Constant) and " " not in str(node.value.value).strip())
        or isinstance(getattr(node.value, "value", None), bytes)
    ):
        yield node


def _compared(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("pattern", "Pattern", "re.compile", "frozenset"):
        yield from node.args
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "split":
        yield node.func.value
    if isinstance(node, ast.Compare) and not any(name in ast.unparse(node.left) for name in OF_THE_CODE):
        yield from (one for one in node.comparators if isinstance(one, ast.Constant | ast.Tuple | ast.Set))
    if isinstance(node, ast.Assign) and isinstance(node.value, OF_TEXTS):
        yield node.value


def _constants(node: ast.AST) -> Iterator[ast.Constant]:
    """But for what names a list of a pack."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in CALLS:
        return
    if isinstance(node, ast.Subscript):
        yield from _constants(node.value)
        return
    if isinstance(node, ast.Dict):
        yield from (one for value in node.values for one in _constants(value))
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _constants(child)


def _text(node: ast.Constant) -> str:
    return node.value.decode("latin-1") if isinstance(node.value, bytes) else str(node.value)


CALLS = {"gathered", "combined", "sections", "table", "words", "_listed", "get", "decode", "encode", "_phrases"}
# Compared with what the code itself is called by: a cue's section, who writes, a piece's sort, a stage.
OF_THE_CODE = ("section", "author", "sort", "why", "stage", "language", "key", "kind", "name", "category", "ends_with")


def spoken() -> frozenset[str]:
    """What people say in the languages there are: the words of all packs, and their dictionaries."""
    said: set[str] = set()
    for language in languages():
        said |= words(language, "common")
        for file in (PRIVACY / "packs" / language).glob("*.toml"):
            said.update(_texts(table(language, file.stem)))
    return frozenset(said)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if "\\b" not in value:
            yield from _TOKEN.findall(value)
    elif isinstance(value, dict):
        yield from (word for one in value.values() for word in _texts(one))
    elif isinstance(value, list | tuple):
        yield from (word for one in value for word in _texts(one))


def keys() -> frozenset[str]:
    """What the lists of the packs, the cues among them, and kinds are called in the code."""
    found = {kind.value for kind in Kind} | {
        "asked",
        "short",
        "start",
        "dialogue",
        "latin",
        "expert",
        "end",
        "<end>",
        "<asked>",
        "<start>",
    }
    for language in languages():
        for file in (PRIVACY / "packs" / language).glob("*.toml"):
            found.add(file.stem)
            for section, lists in table(language, file.stem).items():
                inner = lists if isinstance(lists, dict) else ()
                found |= {part for key in (section, *inner) for part in (key, *key.split("_"))}
    return frozenset(found)


def of_a_language(path: Path, said: frozenset[str]) -> list[str]:
    allowed = frozenset(EVERYWHERE.get(path.name, "").split())
    found = []
    for line, text in literals(path):
        if text in KEYS or text.replace("-1", "") in KEYS:
            continue
        bare = _GRAMMAR.sub(" ", text)
        found += [f"{path.name}:{line} {word}" for word in _TOKEN.findall(bare) if word in said and word not in allowed]
    return [] if "*" in allowed else found


@pytest.mark.parametrize("path", FINDERS, ids=lambda path: path.name)
def test_no_word_of_a_language_stands_in_the_code(path: Path):
    assert of_a_language(path, SPOKEN) == []


SPOKEN, KEYS = spoken(), keys()


def test_a_word_in_the_code_is_found(tmp_path: Path):
    bad = tmp_path / "bad.py"
    bad.write_text(
        'A = pattern(r"[0-9]+(?:hrs|core|bit)")\nB = word in ("sn", "arroba")\nC = r"me (?:llamo|gustaria)\\b"\n'
    )
    assert {one.split()[1] for one in of_a_language(bad, SPOKEN)} >= {
        "hrs",
        "core",
        "bit",
        "arroba",
        "llamo",
        "gustaria",
    }
