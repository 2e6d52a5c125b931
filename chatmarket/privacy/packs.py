"""Language packs are read here: folders of data, `packs/<language>/`. A new language needs no code."""

import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "packs"
FALLBACK = "en"
# No language: the lists of all of them.
WORLD = "world"


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a pack."""
    return tuple(
        sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and path.name.isalpha() and path.name != WORLD)
    )


# Whatever a client calls its language comes here; few are remembered.
@lru_cache(maxsize=64)
def language_of(language: str) -> str:
    """The pack for a chat's language ("es-MX" has "es"), or that of FALLBACK."""
    short = language.partition("-")[0].lower()
    return short if short in languages() else FALLBACK


@cache
def table(language: str, name: str) -> Mapping[str, Any]:
    """`packs/<language>/<name>.toml`; a list, section or file that a pack lacks is an empty one."""
    path = FOLDER / language / f"{name}.toml"
    own = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return own if language == FALLBACK else _completed(own, table(FALLBACK, name))


def _completed(own: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """A pack's table with empty things for those that only the table of FALLBACK has."""
    # The numbers belong to words, which are the language's own.
    lists = {key: _emptied(value) for key, value in whole.items() if type(value) is not int}
    return {
        key: _completed(value, whole[key]) if isinstance(value, dict) and key in whole else value
        for key, value in {**lists, **own}.items()
    }


def _emptied(value: Any) -> Any:
    return {} if isinstance(value, dict) else type(value)()


@cache
def words(language: str, name: str) -> frozenset[str]:
    """`packs/<language>/<name>.txt`: one folded word or phrase a line, `#` begins a comment; empty without."""
    path = FOLDER / language / f"{name}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return frozenset(line for line in lines if line and not line.startswith("#"))
