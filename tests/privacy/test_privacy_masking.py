"""Messages are masked: the same value has the same number, nothing is lost, and once masked stays masked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatmarket.privacy.masking import Known, Masked, Wallet, canonical, mask
from chatmarket.privacy.rules import ALWAYS_DROPPED
from chatmarket.privacy.segments import Kind, Text, Token, plain
from chatmarket.privacy.skeleton import fold, spaced

EMPTY = Wallet()

VALUES = [
    "ana@lumen.es", "ANA@LUMEN.ES", "ana [@] lumen[.]es", "654 321 098", "654321098", "+34 654321098", "６５４321098",
    "5555 5555 5555 4444", "5555555555554444", "DE89 3704 0044 0532 0130 00", "87654321X", "87.654.321-x", "1.2.3.4",
    "https://lumen.example/a", "www.lumen.es", "lumen.es", "Ana Ruiz", "ana ruíz", "RUIZ", "Núñez", "Nu\u0301n\u0303ez",
    "4821", "48 21", "12/10/2024", "10:45", "12.50", "$1,250.00", "lumen es", "ana lumen es",
]  # fmt: skip
GLUE = [" ", ", ", "-", "", "\n", "😀", "\u200b", "ﬁ", "é", "x"]
GIVEN = (
    Known(Kind.NAME, 1, "Ana Ruiz Núñez"),
    Known(Kind.EMAIL, 1, "ana@lumen.es"),
    Known(Kind.PHONE, 3, "654 32 10 98"),
    Known(Kind.KNOWN, 1, "4821"),
)
texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(st.sampled_from(VALUES), st.sampled_from(GLUE), st.text(max_size=4)), max_size=12).map("".join),
    st.text(alphabet="0123456789 .-,:/@abes+()\u200b４é", max_size=60),
)  # fmt: skip
wallets = st.sampled_from([EMPTY, Wallet(GIVEN)])


def grown(wallet: Wallet, masked: Masked) -> Wallet:
    return Wallet((*wallet.entries, *masked.fresh))


def test_a_value_becomes_a_numbered_token_and_a_fresh_entry():
    masked = mask("write to ana@lumen.es or call 654 321 098.", EMPTY)
    assert masked.segments == (
        Text("write to "), Token(Kind.EMAIL, 1), Text(" or call "), Token(Kind.PHONE, 1), Text("."),
    )  # fmt: skip
    assert masked.fresh == (Known(Kind.EMAIL, 1, "ana@lumen.es"), Known(Kind.PHONE, 1, "654 321 098"))
    assert masked.kinds == (Kind.EMAIL, Kind.PHONE)


def test_a_message_without_values_is_one_piece_of_text():
    assert mask("hola", EMPTY) == Masked((Text("hola"),), (), ())
    assert mask("", EMPTY) == Masked((), (), ())


def test_another_spelling_of_a_value_has_the_number_of_the_first():
    first = mask("654 321 098 and 911234567", EMPTY)
    again = mask("it was 654-32-10-98", grown(EMPTY, first))
    assert again.segments == (Text("it was "), Token(Kind.PHONE, 1))
    assert again.fresh == ()
    assert mask("ANA@lumen.es ana@lumen.es", EMPTY).segments == (Token(Kind.EMAIL, 1), Text(" "), Token(Kind.EMAIL, 1))


def test_new_values_are_numbered_on_from_the_wallet():
    assert mask("911234567", Wallet(GIVEN)).fresh == (Known(Kind.PHONE, 4, "911234567"),)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("soy ana ruiz nunez", "name"),
        ("ANA RUIZ NÚÑEZ al habla", "name"),
        ("ana-ruiz  núñez", "name"),
        ("me llamo Ana", "name"),
        ("la señora ruíz", "name"),
        ("Nu\u0301n\u0303ez aquí", "name"),
        ("R\u200buiz", "name"),
        ("ana lumen es", "email"),
        ("654 32 10 98", "phone"),
        ("x654.321.098x", "phone"),
        ("the code is 4821", "known"),
        ("the code is 48 21", "known"),
        ("４８２１", "known"),
    ],
)
def test_what_is_known_is_hidden_however_it_is_spelt(text, hidden):
    assert [kind.value for kind in mask(text, Wallet(GIVEN)).kinds] == [hidden]


@pytest.mark.parametrize("text", ["la anaconda", "ruizseñor", "14821", "4821000", "24 821", "48", "lumen", "es"])
def test_a_known_value_inside_a_word_or_a_longer_number_is_left_alone(text):
    # Five digits are hidden by themselves; not as what is known.
    assert set(mask(text, Wallet(GIVEN)).kinds) <= {Kind.NUMBER}


def test_small_words_of_a_name_stay_readable():
    wallet = Wallet((Known(Kind.NAME, 1, "María del Mar Li"),))
    assert mask("el precio del abrigo de li", wallet).kinds == ()
    assert mask("MARIA DEL MAR LI", wallet).segments == (Token(Kind.NAME, 1),)


def test_what_was_known_beforehand_decides_the_kind():
    wallet = Wallet((Known(Kind.KNOWN, 1, "3348917502"),))
    assert mask("order 3348917502", wallet).segments == (Text("order "), Token(Kind.KNOWN, 1))


def test_a_value_is_found_again_in_other_words_of_the_same_message():
    masked = mask("ana@lumen.es, that is ana lumen es", EMPTY)
    assert "lumen" not in plain(masked.segments)


def test_a_token_look_alike_stays_text():
    assert mask("[email 1]", EMPTY).segments == (Text("[email 1]"),)


def test_the_values_are_in_no_repr():
    masked = mask("ana@lumen.es", EMPTY)
    assert "ana" not in repr(masked)
    assert "ana" not in repr(grown(EMPTY, masked))


def test_a_message_that_is_too_long_is_refused_and_its_text_is_not_in_the_error():
    with pytest.raises(ValueError, match="holds at most 4000") as refused:
        mask("ana@lumen.es " * 400, EMPTY)
    assert "ana" not in str(refused.value)


def _is_of(part: str, whole: str) -> bool:
    """Whether each word of a name is one of the whole name's, or an initial of one."""
    names = spaced(fold(whole)).split()
    return all(any(name == word or name[:1] == word for name in names) for word in spaced(fold(part)).split())


@given(texts)
@settings(max_examples=400, deadline=None)
def test_the_vault_holds_what_stood_in_each_place(text):
    masked = mask(text, EMPTY)
    vault = {(known.kind, known.n): known.value for known in masked.fresh}
    tokens = [segment for segment in masked.segments if isinstance(segment, Token)]
    for span, token in zip(masked.spans, tokens, strict=True):
        kept = vault[token.kind, token.n]
        if kept:
            there = text[span.start : span.end]
            same = canonical(token.kind, kept) == canonical(token.kind, there)
            assert same or (token.kind is Kind.NAME and _is_of(there, kept))
        else:
            assert token.kind in ALWAYS_DROPPED
    assert all(segment.text for segment in masked.segments if isinstance(segment, Text))


@given(texts, wallets)
@settings(max_examples=400, deadline=None)
def test_putting_values_back_gives_an_equal_text(text, wallet):
    masked = mask(text, wallet)
    pieces = [segment.text for segment in masked.segments if isinstance(segment, Text)]
    at = 0
    for piece in pieces:
        at = text.index(piece, at) + len(piece)
    fresh = {(known.kind, known.n) for known in masked.fresh}
    assert all(known.value in text for known in masked.fresh if known.kind is not Kind.CARD)
    assert len(fresh) == len(masked.fresh)


@given(texts, wallets)
@settings(max_examples=600, deadline=None)
def test_masking_again_with_what_was_learnt_changes_nothing(text, wallet):
    masked = mask(text, wallet)
    again = mask(text, grown(wallet, masked))
    if any(not known.value for known in masked.fresh):  # dropped: nobody knows them the second time
        assert [(span.start, span.end) for span in again.spans] == [(span.start, span.end) for span in masked.spans]
        return
    assert again.segments == masked.segments
    assert again.fresh == ()


@given(texts, wallets)
@settings(max_examples=200, deadline=None)
def test_masking_depends_on_nothing_but_its_arguments(text, wallet):
    assert mask(text, wallet) == mask(text, Wallet(wallet.entries))


# "v 1.2.3.4" is a version.
@given(
    st.sampled_from(VALUES[:15]),
    st.text(max_size=20).filter(lambda said: said[-1:] not in ("v", "V")),
    st.text(max_size=20),
)
@settings(max_examples=300, deadline=None)
def test_a_value_between_spaces_never_stays_visible(value, before, after):
    assert value not in plain(mask(f"{before} {value} {after}", EMPTY).segments)


def test_canonical_spellings():
    assert canonical(Kind.PHONE, "+34 (654) 321-098") == "34654321098"
    assert canonical(Kind.CARD, "５555-5555 5555.4444") == canonical(Kind.CARD, "•••• 4444") == "4444"
    assert canonical(Kind.IBAN, "DE89 3704-0044") == canonical(Kind.IBAN, "de8937040044")
    assert canonical(Kind.DNI, "87.654.321-X") == canonical(Kind.DNI, "87654321x")
    assert canonical(Kind.EMAIL, "Ana[@]Lumen.ES") == canonical(Kind.EMAIL, "a\u200bna@lumen.es")
    assert canonical(Kind.EMAIL, "peña@lumen.es") != canonical(Kind.EMAIL, "pena@lumen.es")
    assert canonical(Kind.NAME, " José  NÚÑEZ ") == "jose nunez"
    assert canonical(Kind.PHONE, "none") == "none"
    assert canonical(Kind.KNOWN, "😀") == "😀"
