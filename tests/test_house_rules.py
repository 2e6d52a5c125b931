"""The rules of the house that a machine can keep: sizes, words, who may publish, who may spell a channel."""

import ast
import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = sorted(path for name in ("chatmarket", "matching", "realtime") for path in (ROOT / name).rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FORBIDDEN = re.compile(r"(Manager|Service|Helper|Util|Handler)s?$|^(do|process|handle)_|^(data|info|stuff)$")
# uvicorn and the standard library give these their names.
GIVEN = {"handle_cont", "handle_connect", "data", "process"}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CODE, ids=shown)
def test_a_module_says_what_happens_in_it_and_is_read_in_one_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        return
    assert ast.get_docstring(tree(path)), "opens with a sentence that says what happens here"
    assert text.count("\n") <= 320, "is read in one sitting"


@pytest.mark.parametrize("path", CODE, ids=shown)
def test_functions_are_short_and_import_nothing(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 46, f"{node.name} is too long"
            hidden = [inner for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)]
            assert not hidden, f"{node.name} hides an import"


@pytest.mark.parametrize("path", CODE, ids=shown)
def test_names_are_words_of_the_house(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name not in GIVEN:
            assert not FORBIDDEN.search(node.name.lstrip("_")), f"{node.name} says nothing"


def test_only_flows_publish() -> None:
    publishing = {shown(path) for path in CODE if ".publish(" in path.read_text() and path.parts[-3:-1] != ("flows",)}
    assert {path for path in publishing if path.startswith("chatmarket/") and "/flows/" not in path} == set()


def test_only_the_settings_read_the_environment() -> None:
    reading = {shown(path) for path in CODE if re.search(r"os\.environ|getenv", path.read_text())}
    # The commands take HOST and PORT; a supervisor hands its workers their settings; simulate starts a server.
    assert reading <= {
        "chatmarket/settings.py",
        "chatmarket/__main__.py",
        "chatmarket/server.py",
        "chatmarket/simulate/spawned.py",
    }


def test_channels_are_spelt_in_one_place() -> None:
    spelt = re.compile(r"""f?["'](room|lobby|board|login):""")
    assert [shown(path) for path in CODE if spelt.search(path.read_text())] == ["realtime/channels.py"]


def test_only_keeping_asking_and_the_seeds_write_messages() -> None:
    writes = re.compile(r"Message\.(bulk_)?create\(|INSERT INTO message\b")
    writing = {shown(path) for path in CODE if writes.search(path.read_text())}
    assert writing == {"chatmarket/flows/keeping.py", "chatmarket/flows/asking.py", "chatmarket/seeds/__init__.py"}


def test_only_auditing_writes_audit_rows() -> None:
    writes = re.compile(r"Audit(Link|Head)?\.(bulk_)?create\(|INSERT INTO audit")
    assert [shown(path) for path in CODE if writes.search(path.read_text())] == ["chatmarket/flows/auditing.py"]


@pytest.mark.parametrize("path", TEMPLATES, ids=shown)
def test_a_template_escapes_everything_and_carries_no_script_or_style(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe|Markup\(|autoescape false", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=\"|javascript:", text), (
        "CSP forbids it"
    )


def test_vendored_files_are_the_recorded_ones() -> None:
    recorded = dict(
        re.findall(
            r"^\| `([^`]+)` .* `([0-9a-f]{64})` \|$", (ROOT / "static/vendor/README.md").read_text(), re.MULTILINE
        )
    )
    kept = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (ROOT / "static/vendor").glob("*.js")}
    assert kept and kept == recorded


def test_every_foreign_key_says_what_happens_on_delete() -> None:
    for path in (ROOT / "chatmarket/models").glob("*.py"):
        for call in re.findall(r"(?:ForeignKeyField|OneToOneField)\((.*?)\)\n", path.read_text(), re.DOTALL):
            assert "on_delete=" in call, f"{path.name}: {call[:60]}"


RUN = 10  # lines that say the same in two places are one thing written twice; fewer may be one signature


def test_nothing_is_written_twice() -> None:
    """No run of `RUN` telling lines stands in two places; imports, docstrings and lone brackets do not count."""
    seen: dict[tuple[str, ...], str] = {}
    twice = []
    for path in CODE:
        lines = [(number, line.strip()) for number, line in enumerate(path.read_text().splitlines(), 1)]
        telling = [
            (number, line)
            for number, line in lines
            if len(line) > 3 and not line.startswith(("#", "import ", "from ", "@", '"""', "__all__"))
        ]
        for start in range(len(telling) - RUN + 1):
            run = tuple(line for _, line in telling[start : start + RUN])
            place = f"{shown(path)}:{telling[start][0]}"
            first = seen.setdefault(run, place)
            if first != place:
                twice.append(f"{first} ~ {place}")
    assert twice == []
