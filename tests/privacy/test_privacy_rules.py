"""A brand's rules: what is dropped leaves only a number, what is visible hides nothing else, patterns are bounded."""

import pytest

from chatmarket.privacy.dialogue import Dialogue
from chatmarket.privacy.masking import Known, Wallet, mask
from chatmarket.privacy.rules import (
    LONGEST_PATTERN,
    MOST_ALLOWED,
    MOST_PATTERNS,
    STANDARD,
    BadRules,
    Policy,
    Rules,
)
from chatmarket.privacy.segments import Kind, Text, Token, plain
from chatmarket.privacy.spans import MOST_FINDS

EMPTY = Wallet()
LOYALTY = {"name": "loyalty card", "pattern": "LC-[0-9]{6}"}


def masked(text: str, rules: Rules, wallet: Wallet = EMPTY):
    return mask(text, wallet, Dialogue(rules=rules))


def test_a_dropped_value_leaves_its_number_and_nothing_else():
    rules = Rules({Kind.PHONE: Policy.DROP})
    first = masked("654 321 098 or 654321098", rules)
    assert first.segments == (Token(Kind.PHONE, 1), Text(" or "), Token(Kind.PHONE, 1))
    assert first.fresh == (Known(Kind.PHONE, 1, ""),)
    next_one = masked("911234567", rules, Wallet(first.fresh))
    assert next_one.fresh == (Known(Kind.PHONE, 2, ""),)


def test_of_a_card_only_the_last_four_digits_are_kept_and_known_again():
    first = masked("my card 5555 5555 5555 4444", STANDARD)
    assert first.fresh == (Known(Kind.CARD, 1, "•••• 4444"),)
    assert "5555" not in repr(first.fresh[0].value)
    again = masked("the one that ends in 4444, 5555555555554444", STANDARD, Wallet(first.fresh))
    assert plain(again.segments) == "the one that ends in [card 1], [card 1]"
    assert again.fresh == ()


def test_a_visible_kind_may_be_read_wherever_it_comes_from():
    rules = Rules({Kind.EMAIL: Policy.VISIBLE})
    wallet = Wallet((Known(Kind.EMAIL, 1, "orders77@lumen.es"),))
    assert masked("to orders77@lumen.es please", rules, wallet).spans == ()


def test_a_visible_kind_shows_nothing_of_a_hidden_one():
    rules = Rules({Kind.EMAIL: Policy.VISIBLE})
    hidden = masked("654321098@lumen.es", rules)
    wallet = Wallet((Known(Kind.NAME, 1, "Ana Ruiz"),))
    overlapping = masked("ana.ruiz@lumen.es", rules, wallet)
    assert "654321098" not in plain(hidden.segments) or hidden.spans == ()
    assert plain(overlapping.segments) == "[name 2]@lumen.es"


@pytest.mark.parametrize("kind", [Kind.CVV, Kind.PIN, Kind.CODE, Kind.PASSWORD])
@pytest.mark.parametrize("policy", ["vault", "visible"])
def test_nobody_may_keep_or_read_what_is_always_dropped(kind, policy):
    with pytest.raises(BadRules, match="always dropped"):
        Rules.from_json({"policies": {str(kind): policy}})
    assert Rules({kind: Policy(policy)}).policy(kind) is Policy.DROP
    assert Rules({kind: Policy.VISIBLE}).visible == frozenset()


def test_a_brands_pattern_reads_folded_text():
    rules = Rules.from_json({"patterns": [LOYALTY, {"name": "peña", "pattern": "peña [0-9]+"}]})
    assert plain(masked("card lc-123456, PENA 77", rules).segments) == "card [brand 1], [brand 2]"


def test_allowed_words_are_not_masked_as_such():
    rules = Rules.from_json({"patterns": [LOYALTY], "allowed": ["LC-123456", "Lumen.es", "654 321 098"]})
    text = "lc 123456 and lc-123456 at lumen.es, 654-321-098"
    assert masked(text, rules).spans == ()
    assert plain(masked("lc-123456 lc-654321", rules).segments) == "lc-123456 [brand 1]"


def test_allowed_words_show_nothing_that_is_known_or_sure():
    rules = Rules.from_json({"allowed": ["Ana Ruiz", "ana@lumen.es", "5555 5555 5555 4444"]})
    wallet = Wallet((Known(Kind.NAME, 1, "Ana Ruiz"),))
    text = masked("Ana Ruiz, ana@lumen.es, 5555555555554444, 5555 5555 5555 4444", rules, wallet)
    assert plain(text.segments) == "[name 1], [email 1], [card 1], [card 1]"


def test_rules_are_kept_as_json_and_read_again():
    shape = {"policies": {"phone": "drop"}, "patterns": [LOYALTY], "allowed": ["Summer20", "Los Ángeles"]}
    rules = Rules.from_json(shape)
    assert Rules.from_json(rules.to_json()) == rules
    assert rules.policy(Kind.PHONE) is Policy.DROP
    assert Rules.from_json(None) is STANDARD
    assert Rules.from_json({}) == STANDARD


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ([], "object with policies"),
        ({"policy": {}}, "there is no 'policy'"),
        ({"policies": {"shoe": "drop"}}, "no kind 'shoe'"),
        ({"policies": {"solicitation": "visible"}}, "no kind"),
        ({"policies": {"phone": "hide"}}, "not 'hide'"),
        ({"policies": ["phone"]}, "are an object"),
        ({"patterns": "x"}, "a list"),
        ({"patterns": ["x"]}, "a list"),
        ({"patterns": [{"pattern": "x"}]}, "has a name"),
        ({"patterns": [{"name": "p"}]}, "'p' is empty"),
        ({"patterns": [{"name": "p", "pattern": " "}]}, "'p' is empty"),
        ({"patterns": [LOYALTY, LOYALTY]}, "two patterns"),
        ({"patterns": [{"name": "p", "pattern": "(x"}]}, "'p' is not one that RE2 can read: missing"),
        ({"patterns": [{"name": "p", "pattern": r"(a)\1"}]}, "RE2"),
        ({"patterns": [{"name": "p", "pattern": "(?=a)"}]}, "RE2"),
        ({"patterns": [{"name": "p", "pattern": "x*"}]}, "where nothing stands"),
        ({"patterns": [{"name": "p", "pattern": "(?:[a-z]{1,30}[0-9]{1,30}){1,30}"}]}, "too large"),
        ({"patterns": [{"name": "p", "pattern": "王"}]}, "Latin"),
        ({"patterns": [{"name": "p", "pattern": "x" * (LONGEST_PATTERN + 1)}]}, "it may have 200"),
        ({"patterns": [{"name": f"p{n}", "pattern": "x"} for n in range(MOST_PATTERNS + 1)]}, "50 patterns"),
        ({"allowed": "word"}, "a list"),
        ({"allowed": ["x"]}, "2 to 100"),
        ({"allowed": ["--"]}, "2 to 100"),
        ({"allowed": ["x" * 101]}, "2 to 100"),
        ({"allowed": ["word"] * (MOST_ALLOWED + 1)}, "2000 allowed"),
    ],
)
def test_rules_that_cannot_be_kept_say_why(shape, said):
    with pytest.raises(BadRules, match=said):
        Rules.from_json(shape)


def test_a_brands_pattern_does_not_keep_what_may_not_be_kept():
    rules = Rules.from_json({"patterns": [{"name": "all", "pattern": "[0-9 ]{4,30}"}]})
    assert masked("5555 5555 5555 4444", rules).fresh == (Known(Kind.CARD, 1, "•••• 4444"),)


def test_patterns_that_share_a_group_name_live_together():
    rules = Rules.from_json({"patterns": [{"name": n, "pattern": f"(?P<x>{n})[0-9]+"} for n in ("aa", "bb")]})
    assert plain(masked("aa1 bb2", rules).segments) == "[brand 1] [brand 2]"


@pytest.mark.parametrize("kind", [Kind.CARD, Kind.IBAN, Kind.DNI, Kind.SSN, Kind.DOCUMENT])
def test_nobody_reads_what_pays_or_proves_who_somebody_is(kind):
    with pytest.raises(BadRules, match="never visible"):
        Rules.from_json({"policies": {str(kind): "visible"}})
    assert Rules({kind: Policy.VISIBLE}).policy(kind) is Policy.VAULT
    assert Rules({kind: Policy.VISIBLE}).visible == frozenset()
    assert Rules.from_json({"policies": {str(kind): "drop"}}).policy(kind) is Policy.DROP


def _named(*sources: str) -> list[dict[str, str]]:
    return [{"name": f"p{n}", "pattern": source} for n, source in enumerate(sources)]


@pytest.mark.parametrize(
    "sources",
    [
        [f"l{chr(97 + n % 26)}-[0-9]{{6}}" for n in range(MOST_PATTERNS)],
        [f"[a-z]{{2}}{n}[0-9]{{7}}" for n in range(MOST_PATTERNS - 10)],
        ["[a-z]{2}[0-9]{20}", "merlin frame number [0-9]{5}", "(?:lc|ld)-[0-9]{6}"],
        ["[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[0-9]{4}-?[0-9]{4}-?[0-9]{4}"],
        [r"\b(?:po|inv)[0-9]{6,12}\b", r"order #?\d+", "[a-z]{3}[0-9]{8}", "[a-z][a-z0-9]{5}"],
    ],
)
def test_as_many_plain_patterns_as_there_is_room_for(sources):
    assert len(Rules.from_json({"patterns": _named(*sources)}).patterns) == len(sources)


@pytest.mark.parametrize(
    "sources",
    [
        ["a[ab]{150}q"],
        ["a[ab]{20}q"],
        ["a?b[ab]{20}q"],
        ["[a-f][a-c][a-f]{20}"],
        ["[a-f]{4}-?[a-c][a-f]{20}"],
        ["(?:ab|b)[abc]{20}"],
        [f"{letter}[a-z]{{4}}0" for letter in "abcdefghij"],
        [f"[{letter}-z]{{8}}0" for letter in "abcdefghij"],
        [f"a[ab]{{{20 + n}}}q" for n in range(10)],
        ["." * 100 + "q"],
        ["a lot of words of no use to anybody here " * 4 + str(n) for n in range(10)],
    ],
)
def test_patterns_that_are_slow_together_are_refused(sources):
    with pytest.raises(BadRules, match="too slow"):
        Rules.from_json({"patterns": _named(*sources)})


def test_more_finds_of_a_brand_than_are_looked_at_hide_all():
    rules = Rules.from_json({"patterns": [{"name": "n", "pattern": "qv[0-9]"}], "allowed": ["qv1"]})
    text = "qv1 " * (MOST_FINDS + 1) + "qv2"
    assert [span.kind for span in masked(text, rules).spans] == [Kind.CODE]
