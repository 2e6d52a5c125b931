"""A card given away in pieces keeps its end only, whatever its first pieces were taken for when they came."""

from collections.abc import Callable
from random import Random

import pytest

from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.finders.checks import is_card, is_issued
from chatmarket.privacy.masking import Known, Wallet, mask
from chatmarket.privacy.segments import Kind, plain


def told(*lines: str, language: str = "en", known: tuple[Known, ...] = ()) -> tuple[list[str], list[str]]:
    """The messages as they read at last, and the values that the vault holds then; an expert's begin with `>`."""
    turns: list[Turn] = []
    wallet = Wallet(known)
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


PHONE = "512-555-0123"


@pytest.mark.parametrize(
    "lines",
    [
        (f"my number is {PHONE}", "order 482906"),
        (f"my number is {PHONE}", "482906"),
        (f"my number is {PHONE}", ">Which order is it?", "482906"),
        (f"my number is {PHONE}", "it happened with order 482906 last week"),
        ("my number is 5125550123", "482906"),
        ("you can ring 5125550123 tonight", "482906"),
        (PHONE, "482906"),
        ("5125550123", ">ok", "482906"),
        (">What is your phone number?", "5125550123", "482906"),
        ("5125550123", "pedido 482906"),
        (PHONE, ">Thanks! Which order is it?", "it is 482906"),
    ],
)
def test_what_was_given_beforehand_is_not_emptied_by_the_next_number(lines: tuple[str, ...]) -> None:
    """They would be a card by chance: sixteen digits, and the right check digit."""
    assert is_issued(b"5125550123482906")
    shown, kept = told(*lines, known=(Known(Kind.PHONE, 1, "5125550123"),))
    assert kept[0] == "5125550123" and kept[1:] == ["482906"]
    assert sum("[phone 1]" in line for line in shown) == 1
    assert not any("[card" in line for line in shown)


@pytest.mark.parametrize(
    "lines",
    [
        ("51255501", "23482906"),
        ("51255501", ">ok", "23482906"),
        ("it is 5125 5501", "23482906"),
        ("5125 5501", "2348", "2906"),
    ],
)
def test_nor_is_one_that_looks_like_half_a_card(lines: tuple[str, ...]) -> None:
    known = Known(Kind.NUMBER, 1, "51255501", given=True)
    shown, kept = told(*lines, known=(known,))
    assert kept[0] == "51255501" and "[number 1]" in shown[0]
    again = told("23482906", "51255501", known=(known,))
    assert again[1][0] == "51255501" and again[0][1] == "[number 1]"


def _digits(random: Random, count: int) -> str:
    return "".join(random.choice("0123456789") for _ in range(count))


def _phone(random: Random) -> str:
    return f"{random.choice('45')}{_digits(random, 2)}-{_digits(random, 3)}-{_digits(random, 4)}"


@pytest.mark.parametrize(
    ("said", "language"),
    [
        (lambda r: (f"my number is {_phone(r)}", f"order {_digits(r, 6)}"), "en"),
        (lambda r: (f"my number is {_phone(r)}", ">Which order is it?", _digits(r, 6)), "en"),
        (lambda r: (f"my number is {_phone(r)}", f"it happened with order {_digits(r, 6)} last week"), "en"),
        (lambda r: (f"mi móvil es {r.choice('67')}{_digits(r, 8)}", f"pedido {_digits(r, r.randint(4, 7))}"), "es"),
        (lambda r: (f"my account is {r.choice('3456')}{_digits(r, 10)}", _digits(r, 5)), "en"),
        (lambda r: (f"order {r.choice('3456')}{_digits(r, 5)}", f"my phone is {_phone(r)}"), "en"),
        (lambda r: (f"order {r.choice('3456')}{_digits(r, 5)}", _phone(r)), "en"),
    ],
)
def test_one_number_after_another_is_no_card(said: Callable[[Random], tuple[str, ...]], language: str) -> None:
    random = Random(7)
    by_chance = 0
    for _ in range(150):
        lines = said(random)
        numbers = [digits for digits in (_only_digits(line) for line in lines) if digits]
        by_chance += is_card("".join(numbers).encode())
        shown, kept = told(*lines, language=language)
        assert not any("[card" in line for line in shown), lines
        assert [_only_digits(value) for value in kept] == numbers or not all("[" in line for line in shown)
    assert by_chance, "some of them have a card's check digit"


def _only_digits(line: str) -> str:
    return "".join(filter(str.isdigit, line))


@pytest.mark.parametrize(
    ("lines", "language"),
    [
        (("my card is 4111 1111", "and my phone is 612 345 678", "1111 1111"), "en"),
        (("4111 1111", "and my phone is 612 345 678", "1111 1111"), "en"),
        (("4111 1111", "oh and I forgot, my phone is 612345678", "1111 1111"), "en"),
        (("my card is 41111111", "the order is 7482906", "11111111"), "en"),
        (("mi tarjeta es 4111 1111", "y mi móvil es 612 345 678", "1111 1111"), "es"),
    ],
)
def test_a_number_between_the_halves_of_a_card_is_passed_over(lines: tuple[str, ...], language: str) -> None:
    shown, kept = told(*lines, language=language)
    assert "[card 1]" in shown[0] and shown[2] == "[card 1]" and "[card" not in shown[1]
    assert [_only_digits(value) for value in kept if "1111" in value] == ["1111"]
    assert _only_digits(lines[1]) in [_only_digits(value) for value in kept]


@pytest.mark.parametrize(
    "text",
    [
        "ana4111111111111111@lumen.example",
        "ana.4111-1111-1111-1111x@lumen.example",
        "ana4111111111111111.85@lumen.example",
        "ana85.4111111111111111@lumen.example",
        "https://shop.example/ana4111111111111111b",
        "https://shop.example/x4111_1111_1111_1111.pdf",
        "www.shop4111111111111111.example",
    ],
)
def test_a_card_is_told_within_links_and_addresses_whatever_stands_beside_it(text: str) -> None:
    shown, kept = told(text)
    assert "1" not in shown[0].translate(str.maketrans("", "", "[]")).replace(" 1", "")
    assert "•••• 1111" in kept and not any("4111" in value for value in kept), (shown, kept)


@pytest.mark.parametrize("text", ["ana4111111111111112@lumen.example", "https://shop.example/p-20241231/4829-12345678"])
def test_other_numbers_in_links_and_addresses_stay_with_them(text: str) -> None:
    assert told(text)[1] == [text]


def test_half_a_card_among_words_that_say_nothing_of_it_is_a_piece() -> None:
    assert told("51051051 is the beginning of it", "05105100 the rest")[1] == ["•••• 5100"]
