"""After a question about a street, a house, a town or a postcode the bare answer is hidden whole."""

import pytest

from chatmarket.privacy.conversation import converse
from chatmarket.privacy.segments import plain


def answered(question: str, answer: str, language: str = "en") -> str:
    return plain(converse([("expert", question), ("customer", answer)], (), language)[1].segments)


@pytest.mark.parametrize(
    ("question", "answers", "language"),
    [
        ("Which street?", ["lansdowne 44", "Lansdowne", "rose", "rose hill", "the strand", "44 lansdowne"], "en"),
        ("What street do you live on?", ["it's lansdowne", "lansdowne road", "harbour view"], "en"),
        ("What's the street name?", ["lansdowne", "orchard"], "en"),
        ("And the street?", ["it is lansdowne", "Orchard"], "en"),
        ("House number?", ["44b", "44", "it's 44", "no 7"], "en"),
        ("What is your door number?", ["12", "12a please"], "en"),
        ("Which town?", ["Croydon", "croydon", "it's croydon", "reading", "new york", "bath please"], "en"),
        ("What town are you in?", ["madrid", "in croydon", "Wells"], "en"),
        ("Which county?", ["surrey", "Kent"], "en"),
        ("Which village do you live in?", ["wendover", "little wenham"], "en"),
        ("Postcode?", ["CR0", "cr0 2ab", "60614", "it's w1u"], "en"),
        ("¿Calle?", ["hortaleza", "Hortaleza", "alcala 14", "gran via", "es hortaleza"], "es"),
        ("¿En qué calle vives?", ["mi calle es Serrano, el 14, tercero b", "hortaleza 3", "en hortaleza"], "es"),
        ("¿Número de la casa?", ["44", "es el 44", "14 bis"], "es"),
        ("¿Qué ciudad?", ["madrid", "Getafe", "en getafe", "es toledo"], "es"),
        ("¿En qué pueblo vive?", ["almagro", "en Almagro", "la granja"], "es"),
        ("¿Y la provincia?", ["soria", "Ciudad Real"], "es"),
        ("¿Qué piso?", ["tercero b", "3 b", "el tercero b"], "es"),
        ("¿Código postal?", ["28013", "es el 28013"], "es"),
    ],
)
def test_the_whole_bare_answer_is_hidden(question: str, answers: list[str], language: str) -> None:
    for answer in answers:
        shown = answered(question, answer, language)
        left = shown[: shown.index("[")] + shown[shown.index("]") + 1 :] if "[" in shown else shown
        assert left.strip(" '").lower() in ("", "it's", "it is", "in", "es", "en", "please", "the", "es el", "el", "la",
                                           "no", "mi calle es", "it", "  please"), (answer, shown)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "answer", "language"),
    [
        ("Which town?", "why do you need that?", "en"),
        ("Which town?", "I don't know", "en"),
        ("Which street?", "one moment", "en"),
        ("Which street?", "no thanks", "en"),
        ("House number?", "sorry, I don't remember", "en"),
        ("Which city is the hotel in?", "tulsa", "en"),
        ("¿Qué ciudad?", "¿para qué?", "es"),
        ("¿Calle?", "no lo recuerdo", "es"),
        ("¿Calle?", "un momento", "es"),
        ("¿En qué calle vives?", "prefiero no decirlo", "es"),
    ],
)
def test_what_is_said_instead_of_an_answer_may_be_read(question: str, answer: str, language: str) -> None:
    assert answered(question, answer, language) == answer


def test_the_word_for_a_street_is_no_value() -> None:
    said = [
        ("expert", "¿En qué calle vives?"),
        ("customer", "mi calle es Serrano, 14"),
        ("expert", "¿Esa calle es larga?"),
    ]
    assert "calle" in plain(converse(said, (), "es")[2].segments)
