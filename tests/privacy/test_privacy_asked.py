"""What an expert's ordinary words ask for, and what they do not."""

import pytest

from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.masking import Wallet, mask
from chatmarket.privacy.segments import Kind, Text


@pytest.mark.parametrize("asked", ["Please log in to the app.", "Could you try to log in again?", "Did you log in?"])
@pytest.mark.parametrize("said", ["opened", "nope", "same error", "it says try later"])
def test_to_be_asked_to_log_in_is_to_be_asked_for_nothing(asked, said):
    assert mask(said, Wallet(), Dialogue("customer", "en", (Turn("expert", (Text(asked),)),))).spans == ()


@pytest.mark.parametrize("asked", ["What is your login?", "Your login id, please", "And your login name?"])
def test_a_login_asked_for_by_name_is_one(asked):
    said = mask("rosem84", Wallet(), Dialogue("customer", "en", (Turn("expert", (Text(asked),)),)))
    assert said.kinds == (Kind.HANDLE,)


@pytest.mark.parametrize(
    "said",
    ["the 3 on the back are 8 8 2", "the three on back: 882", "los 3 de atrás 882", "los tres del dorso son 882"],
)
@pytest.mark.parametrize("asked", ["", "Could you try to log in again?"])
def test_the_three_on_the_back_of_a_card_are_kept_nowhere(said, asked):
    card = mask("card 4539 1488 0343 6467, sept 28", Wallet())
    turns = (Turn("customer", card.segments), *([Turn("expert", (Text(asked),))] if asked else []))
    masked = mask(said, Wallet(card.fresh), Dialogue("customer", "en", turns))
    assert masked.kinds == (Kind.CVV,) and [known.value for known in masked.fresh] == [""]
