"""Questions find their topics by what was asked before, and what is about none of them is told apart."""

from hypothesis import given
from hypothesis import strategies as st

from matching.topics import (
    KEPT_IN,
    LEAST_CERTAIN,
    MOST_WORDS,
    NOTHING,
    Ranker,
    count,
    features,
    least_certain,
    words,
)

BATTERY, BRAKES = 1, 2
EXAMPLES = [
    (BATTERY, "My battery stops charging at 80 percent"),
    (BATTERY, "The charger shows a red light and the battery stays empty"),
    (BATTERY, "How long does one charge of the battery last?"),
    (BRAKES, "The rear brake squeals in the rain"),
    (BRAKES, "How do I change the brake pads?"),
    (BRAKES, "My front brakes are loose after a fall"),
]
RANKER = Ranker(count(EXAMPLES))


def test_a_question_is_given_to_the_topic_whose_examples_it_is_like() -> None:
    assert RANKER.judge("the battery does not charge").topics == (BATTERY, BRAKES)
    assert RANKER.judge("squealing when I brake").topics == (BRAKES, BATTERY)


def test_a_word_of_another_form_is_known_by_its_pieces() -> None:
    judged = RANKER.judge("Recharging")
    assert judged.topics[0] == BATTERY
    assert judged.shares[0] > 0.6


def test_accents_capitals_and_apostrophes_make_no_difference() -> None:
    spanish = Ranker(count([(BATTERY, "¿Cuánto dura la batería?"), (BRAKES, "El freno está flojo")]))
    assert spanish.judge("CUANTO DURA LA BATERIA") == spanish.judge("cuánto dura la batería")
    assert words("I don't") == words("i DON’T") == ["i", "dont"]


def test_long_numbers_say_nothing() -> None:
    assert words("order 4711 of 2 bikes, AB12345X") == ["order", "of", "2", "bikes"]


def test_only_so_many_words_are_looked_at() -> None:
    assert len(words("word " * 4000)) == MOST_WORDS


def test_features_are_words_pairs_and_pieces_each_once() -> None:
    pairs, pieces = ["my card", "card cards", "cards my"], ["#card", "#ards"]
    assert features(["my", "card", "cards", "my"]) == ["my", "card", "cards", *pairs, *pieces]


def test_a_text_of_unknown_words_is_judged_to_be_nothing() -> None:
    assert RANKER.judge("zzz qqq") is NOTHING
    assert RANKER.judge("") is NOTHING
    assert Ranker(count([])).judge("battery") is NOTHING


def test_what_is_about_something_else_is_less_certain() -> None:
    threshold = least_certain(RANKER, EXAMPLES)
    assert RANKER.judge("my battery is empty").certainty > threshold
    assert RANKER.judge("Where do you sell my invoices to companies in Portugal").certainty < 0.3


def test_an_example_judged_as_if_it_were_none_is_judged_as_by_the_others() -> None:
    """Removing it from the counts by hand gives the same order, and nearly the same shares."""
    crowd = [(topic, f"{text} number {n % 7}") for n in range(30) for topic, text in EXAMPLES]
    topic, text = BRAKES, "The rear brake squeals in the rain quietly"
    ours = Ranker(count([*crowd, (topic, text)])).judge_without(text, topic)
    theirs = Ranker(count(crowd)).judge(text)
    assert ours.topics == theirs.topics
    assert abs(ours.shares[0] - theirs.shares[0]) < 0.02
    assert abs(ours.certainty - theirs.certainty) < 0.02


def test_nearly_all_examples_reach_the_threshold_that_they_set() -> None:
    examples = [(topic, f"{text} again and {n}") for n in range(20) for topic, text in EXAMPLES]
    ranker = Ranker(count(examples))
    threshold = least_certain(ranker, examples)
    reached = sum(ranker.judge_without(text, topic).certainty >= threshold for topic, text in examples)
    assert reached >= KEPT_IN * len(examples)


def test_without_examples_the_threshold_is_the_least_and_more_of_few_topics() -> None:
    assert least_certain(RANKER, []) == 0.125
    assert least_certain(Ranker(count([(n, "word") for n in range(50)])), []) == LEAST_CERTAIN


@given(st.text(max_size=300))
def test_every_text_is_judged(text: str) -> None:
    judged = RANKER.judge(text)
    assert 0 <= judged.certainty <= 1
    assert judged is NOTHING or abs(sum(judged.shares) - 1) < 1e-9
    assert list(judged.shares) == sorted(judged.shares, reverse=True)


@given(st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.text(max_size=40)), max_size=12))
def test_any_examples_can_be_counted_and_asked(examples: list[tuple[int, str]]) -> None:
    ranker = Ranker(count(examples))
    assert ranker.topics == tuple(sorted({topic for topic, _ in examples}))
    assert LEAST_CERTAIN <= least_certain(ranker, examples) <= 1
