"""Masking costs little whatever is typed: measured against a yardstick of the same run, not against a clock."""

import random
import statistics
import time

import pytest

from chatmarket.privacy.dialogue import MEMORY, Dialogue, Turn
from chatmarket.privacy.masking import Wallet, mask, prepare
from chatmarket.privacy.rules import Policy, Rules
from chatmarket.privacy.segments import Kind, Text
from chatmarket.privacy.skeleton import LONGEST
from chatmarket.privacy.spans import MOST_FINDS

ASKED = Text(
    "Could you give me your full name, address, phone number, email, account number, order number, date of birth, "
    "pin, password, postcode and your mother's maiden name?"
)
PIECES = [
    "1-", "a ", "a@", "a@b.co ", "a.b", "x.com ", "1.", "1.1.1.1 ", "1:", "::1 ", "es91", "ES91 2100 ", "4 ",
    "4" * 14 + " ", "4 " * 38 + "a ", "12.50 612 34 56 78,", "61 2:34:56 78 ", "+3461234567,", "1/1/24 ",
    "87654321X ", "http://a ", "((1", "ﷺ1", "1\ufe0f\u20e3", "😀1", "\u200b1", "e\u0301", "\ud800",
    "one ", "uno dos ", "double ", "pin ", "pin 1234 ", "account number ", "order A-5 ", "gmail, ", "arroba ",
    "a b c ", "am9obi5zbWl0aEBleGFtcGxlLmNvbQ==", "a1b2c3d4 ", "my birthday is may ", "password is correct horse ",
    "@a1 ", "0l1 ", "Ana ", "Ana Garcia ", "Zorb ", "Qw Er ", "Calle 5 ", "calle ", "Grace Young, ", "Ana and Bob, ",
    "Dr Who ", "my name is Bob. ", "call me on whatsapp ", "[name 1] ", "born 1 May 1990 ", "1,2,", "Ωmega ",
    "n1 2sw name - ", "onto - most ", "Cee\n", "3o security my name is ",
]  # fmt: skip
# Of another language, where it costs more.
SPANISH = ["3o izda ", "\u0301 frase murcia! traje'oidor pedidos; ", "Calzada, " * 20 + "my name is ", "calle 5 "]
# Words like those of the packs: the yardstick looks them up, as masking does, all over the memory.
WORDS = {f"{first}{n}{second}": n for first in ("ka", "lo", "mi", "ru") for second in "tnse" for n in range(3_000)}
SCATTERED = random.Random(5).sample(sorted(WORDS), 2_000)
# Turns of the yardstick that take 5 ms on an idle core of the machine that the goals are set for.
TURNS_OF_BUDGET = 3
# Nothing feels a busy machine quite as masking does.
MOODS = 3
# As few tries as show it; what is too dear is so in most of them.
FEWEST_TRIES, TRIES = 3, 25


def spent(work) -> int:
    """CPU time (ns)."""
    began = time.thread_time_ns()
    work()
    return time.thread_time_ns() - began


def yardstick() -> int:
    """Work of the sort that masking is: words looked up, cut, folded, joined and looked for."""
    found = 0
    for _ in range(TURNS_OF_BUDGET):
        line = " ".join(SCATTERED).upper().lower()
        said = [(at, word, WORDS[word]) for at, word in enumerate(line.split()) if word in WORDS]
        found += sum(line.startswith(word, at) for at, word, n in said if n % 2)
    return found


def is_in_budget(work) -> bool:
    """Whether it mostly took less than the budget, each time by a yardstick measured right beside it."""
    ratios: list[float] = []
    while len(ratios) < TRIES:
        took = spent(work)
        ratios.append(took / spent(yardstick))
        if len(ratios) >= FEWEST_TRIES and statistics.median(ratios) < MOODS:
            return True
    return False


def behind(text: str) -> tuple[Turn, ...]:
    """The worst dialogue: the same again and again, and at last a question for everything."""
    said = Turn("customer", mask(text, Wallet()).segments)
    return (*(said for _ in range(MEMORY - 1)), Turn("expert", (ASKED,)))


@pytest.mark.parametrize("author", ["customer", "expert"])
@pytest.mark.parametrize(
    ("piece", "language"), [*((piece, "en") for piece in PIECES), *((piece, "es") for piece in SPANISH)]
)
def test_a_hostile_message_costs_no_more_than_its_budget(piece, language, author):
    prepare()
    hostile = (piece * LONGEST)[:LONGEST]
    dialogue = Dialogue(author, language, behind(hostile))
    assert is_in_budget(lambda: mask(hostile, Wallet(), dialogue))


@pytest.mark.parametrize("author", ["customer", "expert"])
@pytest.mark.parametrize(
    "letters",
    [
        range(32, 127),
        range(32, 0x2FFF),
        range(32, 0x250),
        b"0123456789 -./,",
        b"aeiou AEIOU.",
        [32] * 100 + [*range(0x1D400, 0x1D7FF)],  # letters and digits in disguise
        [32] * 9 + [*range(97, 123)] * 3 + [*range(0x300, 0x36F)],  # marks above and below
    ],
)
def test_neither_does_a_message_of_any_letters(letters, author):
    prepare()
    chosen = random.Random(7)
    hostile = "".join(chr(chosen.choice(letters)) for _ in range(LONGEST))
    dialogue = Dialogue(author, "en", behind(hostile))
    assert is_in_budget(lambda: mask(hostile, Wallet(), dialogue))


@pytest.mark.parametrize(
    "text",
    [
        "ana.ruiz@lumen.es, " * (MOST_FINDS + 1),
        "Ana Garcia, " * 300,
        "one two three " * 280,
        "4 5 6 " * 600,
        "a " * 2_000,
        "".join(f"order A{n}-5K9 and then " for n in range(MOST_FINDS + 1)),
    ],
)
def test_of_more_values_than_anybody_types_the_whole_message_is_one(text):
    text = text[:LONGEST]
    masked = mask(text, Wallet())
    assert [(span.start, span.end, span.kind) for span in masked.spans] == [(0, len(text), Kind.CODE)]
    # Among so many there may be what nobody may keep.
    assert [known.value for known in masked.fresh] == [""]


def test_no_rule_of_a_brand_opens_such_a_message():
    rules = Rules(
        policies={kind: Policy.VISIBLE for kind in (Kind.NAME, Kind.EMAIL, Kind.NUMBER)}, allowed=frozenset({"ana"})
    )
    masked = mask("Ana Garcia, " * 300, Wallet(), Dialogue(rules=rules))
    assert not any(isinstance(segment, Text) for segment in masked.segments)


def test_a_letter_of_ordinary_words_is_none_of_these():
    text = ("I have been waiting for the delivery of my new kettle since last week and nobody has told me why. " * 40)[
        :3_900
    ]
    assert mask(text, Wallet()).spans == ()


def test_what_is_said_too_often_before_is_masked_whole():
    turns = (Turn("customer", (Text("zorbix " * 110),)), Turn("customer", (Text("nothing here"),)))
    masked = mask("my name is Zorbix", Wallet(), Dialogue(turns=turns))
    assert {hindsight.back for hindsight in masked.hindsight} >= {2}
    assert "zorbix" not in str(masked.hindsight)


@pytest.mark.parametrize(
    "letters",
    [
        [32] * 6 + [*range(0x4E00, 0x9FA5, 26)],  # 800 of Chinese, as in a long letter
        [32] * 8 + [*range(0xAC00, 0xD7A3, 16)],
        [32] * 8 + [*range(0x400, 0x460)],
        [32] * 8 + [*range(97, 123), *range(0xC0, 0x180)],
    ],
)
def test_a_letter_in_another_script_is_no_attack(letters):
    chosen = random.Random(3)
    text = "".join(chr(chosen.choice(letters)) for _ in range(1_500))
    masked = mask(text, Wallet())
    assert masked.kinds != (Kind.CODE,)


def test_but_one_in_all_scripts_is():
    chosen = random.Random(3)
    text = "".join(chr(chosen.randrange(32, 0x2FFF)) for _ in range(1_500))
    assert [(span.start, span.end, span.kind) for span in mask(text, Wallet()).spans] == [(0, 1_500, Kind.CODE)]
