"""Words that look like tokens part no value: whoever types or quotes them between two halves hides nothing by it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatmarket.flows import quoting
from chatmarket.privacy.alike import blotted, joined, look_alikes
from chatmarket.privacy.dialogue import Dialogue
from chatmarket.privacy.masking import Known, Wallet, mask
from chatmarket.privacy.rules import Policy, Rules
from chatmarket.privacy.segments import Kind, Text, Token, plain
from chatmarket.privacy.skeleton import skeleton

EMPTY = Wallet()
VALUES = ["612 345 678", "654321098", "4111 1111 1111 1111", "5555555555554444", "ana.ruiz@gmail.com"]
ALIKE = ["[pin 1]", "[email 12]", "[PHONE 3]", " [card 1] ", " [name 2]", "[pin 1][pin 2]"]


@st.composite
def parted(draw):
    """A value with look-alikes anywhere in it."""
    value = draw(st.sampled_from(VALUES))
    for at in sorted(draw(st.lists(st.integers(0, len(value)), min_size=1, max_size=5)), reverse=True):
        value = value[:at] + draw(st.sampled_from([one.strip() if "@" in value else one for one in ALIKE])) + value[at:]
    return value


def left(text: str, masked) -> str:
    """What can be read of a text but for its look-alikes."""
    said = "".join(segment.text for segment in masked.segments if isinstance(segment, Text))
    return joined(said, look_alikes(skeleton(said))).bones.original


@given(parted(), st.sampled_from(["customer", "expert"]), st.sampled_from(["", "it is ", "call "]))
@settings(max_examples=300, deadline=None)
def test_no_look_alike_makes_a_letter_of_a_value_readable(value, author, before):
    masked = mask(before + value, EMPTY, Dialogue(author))
    assert left(before + value, masked).strip() == before.strip()


@pytest.mark.parametrize(
    ("text", "said", "kept"),
    [
        ("reach me on 612 [pin 1] 345 [pin 1] 678", "reach me on [phone 1]", "612  345  678"),
        ("4111 1111 [pin 1] 1111 1111", "[card 1]", "•••• 1111"),
        ("4111 [pin 1] 1111 [pin 1] 1111 [pin 1] 1111", "[card 1]", "•••• 1111"),
        ("654[pin [pin 1]1]321098", "[phone 1]", "654[pin 1]321098"),
        ("ana.ruiz[pin 1]@gmail.com", "[email 1]", "ana.ruiz@gmail.com"),
        ("It is mine: 612[pin 1]345678, [name 4]", "It is mine: [phone 1], [name 4]", "612345678"),
    ],
)
def test_a_value_in_pieces_is_kept_whole_and_without_what_parted_it(text, said, kept):
    masked = mask(text, EMPTY)
    assert plain(masked.segments) == said
    assert masked.fresh[0].value == kept
    assert len(masked.fresh) == 1
    again = mask(text, Wallet(masked.fresh))
    assert (again.segments, again.fresh) == (masked.segments, ())


@pytest.mark.parametrize(
    "text",
    [
        "[pin 1]",
        "Hello [name 1], your order [account 1] comes in 3 [address 1] 4 days",
        "[email 1] is wrong",
        "my name is [name 1] and you",
        "from 10 [birthdate 1] 12",
        "[pin 1] [pin 2] [pin [pin 3] 4]",
    ],
)
def test_look_alikes_alone_stay_as_they_were_typed(text):
    assert mask(text, EMPTY).segments == (Text(text),)


def test_what_the_chat_knows_is_found_over_a_look_alike():
    wallet = Wallet((Known(Kind.PHONE, 1, "600100200"), Known(Kind.NAME, 1, "Quillon Varga")))
    assert plain(mask("600 [pin 7] 100 [pin 7] 200", wallet).segments) == "[phone 1]"
    assert plain(mask("Quil[pin 7]lon came", wallet).segments) == "[name 1] came"


def test_what_may_be_read_may_be_read_in_pieces():
    rules = Rules({Kind.PHONE: Policy.VISIBLE})
    assert mask("612 [pin 1] 345 [pin 1] 678", EMPTY, Dialogue(rules=rules)).spans == ()


def test_a_quoted_token_stays_one_and_parts_no_number():
    parts = [{"text": "612 345 "}, {"token": "email", "n": 1}, {"text": " 678, "}, {"token": "name", "n": 1}]
    text, quotes = quoting.read(parts, "parts", most=4_000)
    masked = mask(text, EMPTY, Dialogue("expert"))
    said = quoting.placed(text, masked, quotes)
    assert said == (Token(Kind.PHONE, 0), Token(Kind.EMAIL, 1), Text(", "), Token(Kind.NAME, 1))


def test_offsets_lead_back_over_what_was_taken_out():
    text = "ab [pin 1] cd[pin 2]e"
    alike = look_alikes(skeleton(text))
    whole = joined(text, alike)
    assert whole.bones.original == "ab cde"
    assert [text[at] for at in whole.origins] == list("ab cde")
    assert len(blotted(text, alike).original) == len(text)


@pytest.mark.parametrize("text", ["give me your [email 1] whatsapp", "pay[email 1]me outside[email 1]the app"])
def test_words_that_lead_away_lead_away_over_a_look_alike(text):
    assert mask(text, EMPTY, Dialogue("expert")).solicits
    assert not mask("your [email 1] is right", EMPTY, Dialogue("expert")).solicits


def test_a_code_behind_a_card_is_seen_over_look_alikes():
    said = plain(mask("5555555555554 [card 1]  [name 2]444", EMPTY).segments)
    assert said.startswith("[card 1]") and "444" not in said
