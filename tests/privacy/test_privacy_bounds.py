"""Everything that looks further than a message has an end, which is named and told in docs/privacy.md."""

import importlib
import re
from pathlib import Path

import pytest

from chatmarket.privacy import bursts, dialogue, masking, past, pieces, secret_talk
from chatmarket.privacy.dialogue import MEMORY, Dialogue, Turn
from chatmarket.privacy.masking import Unsettled, Wallet, mask
from chatmarket.privacy.past import LOOKED_THROUGH
from chatmarket.privacy.segments import Text, plain

DOC = (Path(__file__).parents[2] / "docs/privacy.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<module>[a-z_]+)\.(?P<name>[A-Z_]+)` \| (?P<value>[\d,]+) \|", re.MULTILINE)
TOLD = {(row["module"], row["name"]): int(row["value"].replace(",", "")) for row in ROW.finditer(DOC)}


@pytest.mark.parametrize(("module", "name"), TOLD)
def test_a_bound_is_what_the_documentation_says(module: str, name: str) -> None:
    assert getattr(importlib.import_module(f"chatmarket.privacy.{module}"), name) == TOLD[module, name]


def test_every_bound_on_what_is_looked_at_is_in_the_documentation() -> None:
    numbers = {
        (module.__name__.rpartition(".")[2], name)
        for module in (masking, past, dialogue, bursts, pieces, secret_talk)
        for name, value in vars(module).items()
        if isinstance(value, int) and name.isupper() and not name.startswith("_")
    }
    defined = {one for one in numbers if _is_defined_there(*one)}
    shapes = {"LAST_DIGIT", "GUESSED_DIGITS", "GROUP_OF_CARD", "FEWEST_LOOSE"}
    speed = {"FEW"}
    assert {name for _, name in defined - TOLD.keys()} <= shapes | speed, "these limit nothing"
    assert ("past", "LOOKED_THROUGH") in defined


def _is_defined_there(module: str, name: str) -> bool:
    source = Path(masking.__file__).with_name(f"{module}.py").read_text(encoding="utf-8")
    return re.search(rf"^{name} = ", source, re.MULTILINE) is not None


def _said(*texts: str) -> Dialogue:
    return Dialogue(turns=tuple(Turn("customer", (Text(text),)) for text in texts))


def _corrected(dialogue: Dialogue) -> list[tuple[int, str]]:
    masked = mask("my name is Belinda Quorvane", Wallet(), dialogue)
    return [(one.back, plain(one.segments)) for one in masked.hindsight]


def test_a_secret_is_spoken_of_for_as_many_messages_as_it_says() -> None:
    spoken, other, told = "it wants my pin", "so it is", "I put 2580"
    near, far = ([other] * (secret_talk.SPOKEN_FOR - left) for left in (1, 0))
    assert plain(mask(told, Wallet(), _said(spoken, *near)).segments) == "I put [pin 1]"
    assert plain(mask(told, Wallet(), _said(spoken, *far)).segments) == told, "as docs/privacy.md says, in bold"


def test_what_was_told_before_its_word_is_looked_for_as_far_as_it_says() -> None:
    spoken, told, other = "it wants my pin", "I put 2580", "so it is"
    for between, amended in ((secret_talk.TOLD_BEFORE - 1, 1), (secret_talk.TOLD_BEFORE, 0)):
        assert len(mask(spoken, Wallet(), _said(told, *[other] * between)).hindsight) == amended
    long = told + " so" * secret_talk.FEW_WORDS
    assert not mask(spoken, Wallet(), _said(long)).hindsight


def test_hindsight_reaches_as_far_as_it_says_and_no_further() -> None:
    once, other = "quorvane came", "so it is"
    assert _corrected(_said(once, *[other] * (MEMORY - 1))) == [(MEMORY, "[name 1] came")]
    assert _corrected(_said(once, *[other] * MEMORY)) == []
    filling = "x" * (LOOKED_THROUGH // 2 - 2 * len(past._APART) - len(once))
    assert _corrected(_said(once, filling, filling)) == [(3, "[name 1] came")]
    full = filling + "x" * len(once)
    assert _corrected(_said(once, full, full)) == [], "as docs/privacy.md says, in bold"


def test_values_that_do_not_settle_withhold_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "ROUNDS", 0)
    with pytest.raises(Unsettled):
        mask("write to ana@example.com", Wallet())


def test_more_finds_than_are_told_apart_hide_the_whole_message_and_keep_none_of_it() -> None:
    masked = mask(" ".join(f"{n:07d}9 and" for n in range(150)), Wallet())
    assert plain(masked.segments) == "[code 1]" and [known.value for known in masked.fresh] == [""]
