"""Whoever guesses learns nothing: in what an expert reads of their own words right and wrong guesses look alike."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chatmarket.privacy.conversation import converse
from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.masking import Known, Wallet, mask
from chatmarket.privacy.segments import Kind, Text, Token, plain
from tests.privacy.test_privacy_properties import dialogues, texts

KNOWN = (
    Known(Kind.NAME, 1, "Zoraida Quintanar"),
    Known(Kind.EMAIL, 1, "zoraida@heronmail.example"),
    Known(Kind.PHONE, 1, "612 345 678"),
    Known(Kind.CARD, 1, "•••• 1111"),
    Known(Kind.BIRTHDATE, 1, "1984-05-03"),
    Known(Kind.ADDRESS, 1, "Mayor 14"),
    Known(Kind.KNOWN, 1, "Wren Cottage"),
)
EXPERT = Dialogue("expert")


def read(text, known=KNOWN, dialogue=EXPERT):
    """What an expert reads of their own words."""
    masked = mask(text, Wallet(tuple(known)), dialogue)
    return plain(masked.segments), masked.kinds


def test_a_right_guess_looks_like_a_wrong_one():
    for text in (
        "are you zoraida? quorvane? Ana? Bob?",
        "does it end in 1111, 2222 or 3333?",
        "is it wren cottage or elm cottage?",
        "is it 612345678 or 612345679?",
        "zoraida@heronmail.example or bruno@heronmail.example?",
        "mayor 14, or mayor 15?",
    ):
        assert read(text) == read(text, ())


def test_what_an_expert_names_has_no_number_that_could_be_compared():
    assert (
        read("I am at zoraida@heronmail.example, or at other@heronmail.example")[0] == "I am at [email], or at [email]"
    )


def test_a_value_the_customer_gives_later_changes_nothing_in_the_guesses():
    said = [
        ("expert", "is it quorvane or quelvane?"),
        ("customer", "my e-mail is quorvane77@heronmail.example"),
        ("customer", "my name is Quorvane Tessaly"),
    ]
    assert plain(converse(said)[0].segments) == "is it quorvane or quelvane?"
    for said in (Text("quorvane, quelvane?"), Text("is it 612 34 or")):
        masked = mask("56 78, I am Quorvane", Wallet(), Dialogue(turns=(Turn("expert", (said,)),)))
        assert masked.hindsight == ()


def test_a_quoted_number_does_not_go_on_in_what_an_expert_types():
    """A card is told by its check digit: with a hidden beginning put back, one ending of ten would be masked."""
    known = Known(Kind.NUMBER, 1, "555555555555")
    turns = (Turn("expert", (Token(Kind.NUMBER, 1),)),)
    for end in ("4444", "4445", "4446"):
        dialogue = Dialogue("expert", turns=turns)
        assert read(end, (known,), dialogue) == read(end, (Known(Kind.NUMBER, 1, "555555555554"),), dialogue)


def test_what_was_said_by_the_customer_stays_the_customers_when_an_expert_names_it():
    turns = (Turn("customer", (Text("it is about kochtrczki"),)),)
    masked = mask("Then your user name is kochtrczki?", Wallet(), Dialogue("expert", turns=turns))
    assert plain(masked.segments) == "Then your user name is [handle]?"
    (hindsight,) = masked.hindsight
    assert plain(hindsight.segments) == "it is about [handle 1]"
    assert [(known.kind, known.n, known.value) for known in masked.fresh] == [(Kind.HANDLE, 1, "kochtrczki")]


@given(texts, dialogues)
@settings(max_examples=250, deadline=None)
def test_what_an_expert_reads_depends_on_nothing_that_is_known_of_the_customer(text, dialogue):
    dialogue = Dialogue("expert", dialogue.language, dialogue.turns, dialogue.rules)
    known, unknown = (mask(text, Wallet(given), dialogue) for given in (KNOWN, ()))
    assert (known.segments, known.kinds, known.spans) == (unknown.segments, unknown.kinds, unknown.spans)
    assert (known.solicits, known.asks, known.pending) == (unknown.solicits, unknown.asks, unknown.pending)


@given(st.lists(texts, max_size=4), texts)
@settings(max_examples=100, deadline=None)
def test_nothing_an_expert_said_is_masked_anew_for_what_a_customer_says(said, text):
    turns = tuple(Turn("expert", (Text(one),)) for one in said if one)
    assert mask(text, Wallet(KNOWN), Dialogue(turns=turns)).hindsight == ()
