"""What is written for users is held against the code: settings, frames, codes, routes."""

import re
from pathlib import Path

import pytest

from chatmarket import settings, sockets
from chatmarket.errors import REFUSALS
from chatmarket.routes import API, ROUTES

ROOT = Path(__file__).parents[1]
PROTOCOL = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", settings.table(), ids=lambda row: row[0])
def test_the_readme_lists_every_setting_with_its_default_and_reason(row: tuple[str, str, str]) -> None:
    name, default, why = row
    line = next((line for line in README.splitlines() if line.startswith(f"| `{name}` |")), "")
    assert line, f"{name} is missing from the README's table"
    assert f"`{default}`" in line or not default
    assert why in line


def test_the_protocol_names_every_socket_and_every_api_call() -> None:
    told = set(re.findall(r"\| `(?:GET|POST) (/[^`]*)`", PROTOCOL))
    served = {re.sub("{(chat|case):id}", "<id>", route.path).replace("{brand:slug}", "<slug>") for route in API}
    assert served == told
    live = {route.path.replace("{chat:id}", "<id>") for route in ROUTES if route.path.endswith("/live")}
    assert live == set(re.findall(r"^\| `(/[^`]*live)` \|", PROTOCOL, re.MULTILINE))


def test_the_protocol_names_every_close_code_and_refusal() -> None:
    for code in sockets.CODES.values():
        assert f"| {code} |" in PROTOCOL
    for refusal in REFUSALS:
        assert f"`{refusal}`" in PROTOCOL


def test_the_protocol_names_every_frame_the_server_sends() -> None:
    code = "\n".join(
        path.read_text()
        for folder in ("chatmarket/flows", "chatmarket", "realtime")
        for path in (ROOT / folder).glob("*.py")
    )
    sent = set(re.findall(r"\bframe\(\s*\"([a-z]+)\"", code))
    assert sent >= {"ack", "message", "state", "offer"}
    for kind in sent | {"error"}:
        assert f'{{"type":"{kind}"' in PROTOCOL, f"{kind} has no example"


def test_the_protocol_names_every_code_of_an_error_frame() -> None:
    listed = PROTOCOL.split("### Error codes of frames")[1].split("###")[0]
    for code in (
        "bad_json",
        "binary",
        "unknown_type",
        "bad_field",
        "empty",
        "too_long",
        "bad_text",
        "cid_reused",
        "not_live",
        "not_yours",
        "too_fast",
        "withheld",
        "retry",
    ):
        assert f"`{code}`" in listed
