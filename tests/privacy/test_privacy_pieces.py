"""A card given away in pieces keeps its end only, whatever its first pieces were taken for when they came."""

import pytest

from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.finders.checks import is_issued
from chatmarket.privacy.masking import Wallet, mask
from chatmarket.privacy.segments import plain


def told(*lines: str, language: str = "en") -> tuple[list[str], list[str]]:
    """The messages as they read at last, and the values that the vault holds then; an expert's begin with `>`."""
    turns: list[Turn] = []
    wallet = Wallet()
    for line in lines:
        author = "expert" if line.startswith(">") else "customer"
        masked = mask(line.removeprefix(">"), wallet, Dialogue(author, language, tuple(turns)))
        wallet = Wallet((*wallet.entries, *masked.fresh)).emptied(masked.spent)
        turns.append(Turn(author, masked.segments))
        for seen in masked.hindsight:
            turns[-1 - seen.back] = Turn(turns[-1 - seen.back].author, seen.segments)
    return [plain(turn.segments) for turn in turns], [known.value for known in wallet.entries if known.value]


@pytest.mark.parametrize(
    "lines",
    [
        ("5105", "1051", "0510", "5100"),
        ("5105 1051", "0510 5100"),
        ("51051051", "05105100"),
        ("510510", "5105105100"),
        ("51051051051", "05100"),
        ("5105 1051", ">yes?", "0510 5100"),
        ("5105", ">yes", "1051", ">and then?", "0510", ">go on", "5100"),
        ("5105", "hold on", "1051", ">ok", "wait, the dog", "0510", "5100"),
        ("the first part is 5105 1051", ">got it, and the rest?", "it goes on 0510 5100"),
        ("so I have it here in my hand, it begins 5105", "then 1051", "then 0510", "and it ends 5100"),
        ("5105 1051", ">sorry, what is the rest of it?", "0510 5100"),
        ("5105-1051", "0510-5100"),
        ("4222 2222", "22222"),
        ("3782 822463", "10005"),
        ("3782", ">aha?", "822463", "10005"),
        ("6011", "0009", "9013", "9424"),
    ],
)
def test_a_card_in_pieces_is_one_card_and_its_end_is_kept(lines: tuple[str, ...]) -> None:
    shown, kept = told(*lines)
    said = "".join(letter for line in lines if not line.startswith(">") for letter in line if letter.isdigit())
    assert kept == [f"•••• {said[-4:]}"]
    assert not any(letter in "02345" for line in shown for letter in line)
    assert len({line[line.index("[") :] for line in shown if "[" in line}) == 1, shown


@pytest.mark.parametrize(
    "lines",
    [
        ("5105", "1051", ">¿sí?", "0510", "5100"),
        ("la primera mitad es 5105 1051", ">vale, ¿y el resto?", "0510 5100"),
        ("empieza por 5105 1051", ">dime", "y acaba en 0510 5100"),
        ("mira, a ver si te sirve: 5105", "luego 1051", "luego 0510", ">sigue", "y 5100 que es lo último"),
    ],
)
def test_a_card_in_pieces_is_one_card_in_spanish(lines: tuple[str, ...]) -> None:
    shown, kept = told(*lines, language="es")
    assert kept == ["•••• 5100"]
    assert not any(letter.isdigit() and letter != "1" for line in shown for letter in line)


@pytest.mark.parametrize(
    ("lines", "language"),
    [
        (("my card is 5105", "1051", "0510"), "en"),
        (("my card is 5105 1051", "0510"), "en"),
        (("my visa starts with 4929 1234", ">yes?", "5678", "9017"), "en"),
        (("mi tarjeta es 4929", "1234", ">¿sí?", "5678", "9017"), "es"),
        (("la visa 4929 1234", ">vale, ¿y?", "5678 9017"), "es"),
    ],
)
def test_of_what_was_called_a_card_no_more_than_an_end_is_kept(lines: tuple[str, ...], language: str) -> None:
    shown, kept = told(*lines, language=language)
    assert sum(letter.isdigit() for value in kept for letter in value) <= 4, kept
    assert all("[card" in line for line in shown if not line.startswith(("yes", "¿", "vale")))


@pytest.mark.parametrize(
    "lines",
    [
        ("612345678", "655123409"),
        ("my order is 48291034", "and the other one 55512345"),
        ("5105 1051", ">and your phone number?", "0510 5100"),
        ("5105 1051", ">And your order number?", "0510 5100"),
        ("2019", "2020", "2021", "2022"),
        ("my card ends in 5100", "and my phone is 612345678"),
    ],
)
def test_two_numbers_are_no_card(lines: tuple[str, ...]) -> None:
    shown, kept = told(*lines)
    assert not any("•" in value for value in kept), (shown, kept)


@pytest.mark.parametrize(
    ("digits", "issued"),
    [
        (b"4111111111111111", True),
        (b"378282246310005", True),
        (b"30569309025904", True),
        (b"3530111333300000", True),
        (b"4111111111111112", False),
        (b"8111111111111116", False),
        (b"612345678655123400", False),
    ],
)
def test_a_card_begins_as_cards_do(digits: bytes, issued: bool) -> None:
    assert is_issued(digits) is issued


@pytest.mark.parametrize(
    ("lines", "language"),
    [
        (("hi i'm new here and my number is 612", "345678"), "en"),
        (("hello, the app is broken again, you can call 612", "345 678"), "en"),
        (("thanks for helping me out, anyway it's 612", "345", "678"), "en"),
        (("hola soy nuevo y mi número es el 612", "345 678"), "es"),
        (("buenas, llevo esperando un rato, es el 612", "345678"), "es"),
    ],
)
def test_digits_that_end_a_longer_message_begin_a_number(lines: tuple[str, ...], language: str) -> None:
    shown, _ = told(*lines, language=language)
    assert not any(group in " ".join(shown) for group in ("612", "345", "678")), shown


@pytest.mark.parametrize("first", ["we are still waiting since 2019", "I paid $612", "it is at 10:45", "call it 12:30"])
def test_what_explains_itself_begins_no_number(first: str) -> None:
    assert told(first, "345678")[0][0] == first
