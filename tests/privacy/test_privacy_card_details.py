"""What is told beside a card is dropped: its last month and its security code, with their words and without."""

import pytest

from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.masking import Wallet, mask
from chatmarket.privacy.segments import Kind, plain

CARD, AMEX = "5555 5555 5555 4444", "3782 822463 10005"


def told(*lines: str, language: str = "en") -> tuple[list[str], str]:
    """The messages as they read at last, and all that the vault holds; an expert's begin with `>`."""
    turns: list[Turn] = []
    wallet = Wallet()
    for line in lines:
        author = "expert" if line.startswith(">") else "customer"
        masked = mask(line.removeprefix(">"), wallet, Dialogue(author, language, tuple(turns)))
        wallet = Wallet((*wallet.entries, *masked.fresh)).emptied(masked.spent)
        turns.append(Turn(author, masked.segments))
    return [plain(turn.segments) for turn in turns], " ".join(known.value for known in wallet.entries)


@pytest.mark.parametrize("before", ["{card} ", "my card is {card}, ", "{card}\n", "{card}|", "{card} | "])
@pytest.mark.parametrize(
    ("details", "shown", "language"),
    [
        ("11/28 417", "[expiry 1] [cvv 1]", "en"),
        ("11/28, 417", "[expiry 1], [cvv 1]", "en"),
        ("11/2028 - 417", "[expiry 1] - [cvv 1]", "en"),
        ("1128 417", "[expiry 1] [cvv 1]", "en"),
        ("11-28 and 417", "[expiry 1] and [cvv 1]", "en"),
        ("nov 28 417", "[expiry 1] [cvv 1]", "en"),
        ("expires november 2028, 417", "expires [expiry 1], [cvv 1]", "en"),
        (
            "valid thru 11/28 and the security code is 417",
            "valid thru [expiry 1] and the security code is [cvv 1]",
            "en",
        ),
        ("the 3 on the back: 417", "the 3 on the back: [cvv 1]", "en"),
        ("the three digits behind: 417", "the three digits behind: [cvv 1]", "en"),
        ("code on the back is 417", "code on the back is [cvv 1]", "en"),
        ("security 4170", "security [cvv 1]", "en"),
        ("back 417", "back [cvv 1]", "en"),
        ("417", "[cvv 1]", "en"),
        ("(417)", "([cvv 1])", "en"),
        ("and 417", "and [cvv 1]", "en"),
        ("11/28, y los tres de detrás 417", "[expiry 1], y los tres de detrás [cvv 1]", "es"),
        ("caduca 11/28, cvv 417", "caduca [expiry 1], cvv [cvv 1]", "es"),
        ("caduca en noviembre de 2028 y 417", "caduca en [expiry 1] y [cvv 1]", "es"),
        ("vence 11/28 seguridad 417", "vence [expiry 1] seguridad [cvv 1]", "es"),
        ("los 3 del reverso son 417", "los 3 del reverso son [cvv 1]", "es"),
        ("y detrás pone 417", "y detrás pone [cvv 1]", "es"),
    ],
)
def test_details_behind_a_card_are_dropped(before: str, details: str, shown: str, language: str) -> None:
    read, kept = told(before.format(card=CARD) + details, language=language)
    assert read[0].endswith(shown) and kept.split() == ["••••", "4444"]


@pytest.mark.parametrize("card", [CARD, AMEX])
@pytest.mark.parametrize(
    "between", [(), (">thanks!",), (">and the rest?",), ("one second", ">sure"), (">expiry and code?",)]
)
@pytest.mark.parametrize(
    ("details", "shown"),
    [
        ("11/28 417", "[expiry 1] [cvv 1]"),
        ("11/28", "[expiry 1]"),
        ("1128", "[expiry 1]"),
        ("nov 2028", "[expiry 1]"),
        ("417", "[cvv 1]"),
        ("4170", "[cvv 1]"),
        ("security 1234", "security [cvv 1]"),
        ("the 3 on the back: 417", "the 3 on the back: [cvv 1]"),
        ("code on the back is 417", "code on the back is [cvv 1]"),
        ("11/28, y los tres de detrás 417", "[expiry 1], y los tres de detrás [cvv 1]"),
        ("exp 11/28 and 417", "exp [expiry 1] and [cvv 1]"),
    ],
)
def test_details_in_the_message_after_a_card_are_dropped(
    card: str, between: tuple[str, ...], details: str, shown: str
) -> None:
    read, kept = told(card, *between, details)
    assert read[-1] == shown and kept.split() == ["••••", card[-4:]]


@pytest.mark.parametrize(
    ("question", "details", "shown", "language"),
    [
        ("Your card details, please?", "417", "[cvv 1]", "en"),
        ("Your card details, please?", "11/28 417", "[expiry 1] [cvv 1]", "en"),
        ("The number on your card?", "11/28", "[expiry 1]", "en"),
        ("Expiry date and the three digits on the back?", "11/28 417", "[expiry 1] [cvv 1]", "en"),
        ("¿Los datos de la tarjeta?", "417", "[cvv 1]", "es"),
        ("¿Los datos de su tarjeta?", "11/28 y 417", "[expiry 1] y [cvv 1]", "es"),
        ("The last four of your card?", "1128", "[card 1]", "en"),
    ],
)
def test_details_after_the_question_for_a_card_are_dropped(
    question: str, details: str, shown: str, language: str
) -> None:
    assert told(f">{question}", details, language=language)[0][1] == shown


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ((CARD, "417 people complained"), "417 people complained"),
        ((CARD, "it was 417 euros"), "it was 417 euros"),
        ((CARD, "how much? $417"), "how much? $417"),
        ((CARD, "I waited 120 minutes"), "I waited 120 minutes"),
        ((CARD, ">How many rooms?", "we need 120 of them for the congress"), "we need 120 of them for the congress"),
        ((f"{CARD} and 120 euros",), "[card 1] and 120 euros"),
    ],
)
def test_other_numbers_after_a_card_may_be_read(lines: tuple[str, ...], shown: str) -> None:
    assert told(*lines)[0][-1] == shown


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("cvv? no, order 48291", "48291"),
        ("the cvv, order 4829", "4829"),
        ("my cvv is on the card 4929 1234 5678 9016", "4929 1234 5678 9016"),
        ("my cvv is on the card 4929123456789016", "4929123456789016"),
        ("the cvv of the card ending 4929", "4929"),
        ("cvv 48291", "48291"),
        ("I have no cvv, my phone is 612345678", "612345678"),
        ("el cvv? no, el pedido 48291", "48291"),
        ("el cvv de la tarjeta acabada en 4929", "4929"),
        ("el código de seguridad está en la tarjeta 4929 1234 5678 9016", "4929 1234 5678 9016"),
    ],
)
def test_not_every_number_after_the_word_is_a_security_code(text: str, number: str) -> None:
    spans = mask(text, Wallet()).spans
    assert [text[span.start : span.end] for span in spans if span.kind is not Kind.CVV] == [number]
    assert len(spans) == 1


@pytest.mark.parametrize("text", ["cvv 417", "cvv? 417", "cvv: 4170", "417 is the cvv", "el cvv es el 417", "cvc-417"])
def test_three_or_four_digits_with_the_word_are_a_security_code(text: str) -> None:
    assert [span.kind for span in mask(text, Wallet()).spans] == [Kind.CVV]
