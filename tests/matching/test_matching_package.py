"""The package is pure, and its docstring is its map."""

import ast
import sys
from pathlib import Path

import pytest

import matching

FILES = sorted(path for path in Path(matching.__path__[0]).glob("*.py") if path.stem != "__init__")
IMPURE = {"asyncio", "datetime", "logging", "os", "random", "secrets", "socket", "threading", "time", "uuid"}


def imported(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_matching_imports_only_itself_and_the_pure_part_of_the_standard_library(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imported(path.read_text())}
    assert roots - {"matching"} <= sys.stdlib_module_names - IMPURE


def test_the_package_names_every_file_and_no_other() -> None:
    assert matching.__doc__ is not None
    named = {word for word in matching.__doc__.split() if word.endswith(".py")}
    assert named == {path.name for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_opens_with_what_happens_in_it(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))
