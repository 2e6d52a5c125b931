"""Experts' words that lead away from here are found, and honest support is left alone."""

from pathlib import Path

import pytest

from chatmarket.privacy.dialogue import Dialogue
from chatmarket.privacy.masking import Wallet, mask
from chatmarket.privacy.rules import STANDARD, Rules
from chatmarket.privacy.segments import Kind

AWAY = [
    "give me your whatsapp and I fix it faster", "pásame tu wasap y lo vemos por ahí", "hablamos mejor por telegram",
    "what is the e-mail on your account? write it with spaces so the system doesn't hide it", "add me on instagram",
    "mándame una foto de la tarjeta por las dos caras", "contact me directly at expert.ana@example.com, I charge less",
    "soy Ana, mi número personal es 6 1 2 3 4 5 6 7 8", "pay me by bizum to 612 345 678", "hazme un bizum",
    "quítale el asterisco y dime los dígitos en letras", "read [card 1] back to me in words", "let's move to WhatsApp",
    "fuera de la app te sale mejor", "let us talk outside the platform", "contact me directly", "write it with spaces",
    "dímelo en letras", "send a photo of the card", "do you have telegram?", "I'll text you", "te llamo yo luego",
    "my personal number is", "send me a picture of your ID", "spell it digit by digit", "escríbelo con espacios",
    "escríbeme por privado", "I can do it cheaper if you pay me directly", "te cobro menos", "what's your insta?",
    "don't tell the company", "así el sistema no lo oculta",
]  # fmt: skip
HONEST = [
    "you can contact us by e-mail in the app", "send a photo of the damaged jacket",
    "what is the e-mail on your account?",
    "Could I get your name, please?", "Please enter the number without spaces", "That option is not in the app",
    "si lo compraste fuera de la web no podemos cambiarlo", "mándame una captura de la pantalla", "You can call me Ana",
    "¿me das tu número de pedido?", "What is your phone number?", "you can pay with PayPal at checkout",
    "send me a screenshot of the PayPal receipt", "elige una contraseña con letras y números", "I have the same phone",
    "guarda el archivo para que no se borre", "envíame la foto por este chat", "open Settings in WhatsApp.",
    "send us a photo of the SIM card tray", "What is your home address?", "If you bought it outside the app, ask there",
    "write me again here if anything is left", "¿Has pagado con Bizum o con tarjeta?", "la funda protege tu tarjeta",
]  # fmt: skip

SAID = Path(__file__).parent / "said"


def said(name: str) -> list[str]:
    return (SAID / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def solicits(text: str, author: str = "expert", rules: Rules = STANDARD):
    return mask(text, Wallet(), Dialogue(author, "es", rules=rules)).solicits


@pytest.mark.parametrize("text", AWAY)
def test_an_expert_who_leads_away_is_found(text):
    spans = solicits(text)
    assert spans
    assert all(span.kind is Kind.SOLICITATION and 0 <= span.start < span.end <= len(text) for span in spans)
    assert all(span.why.split()[0] in ("en", "es") for span in spans)


@pytest.mark.parametrize("text", HONEST)
def test_honest_support_is_left_alone(text):
    assert solicits(text) == ()


@pytest.mark.parametrize("language", ["en", "es"])
def test_whoever_leads_away_in_any_of_many_words_is_found(language):
    texts = said(f"away_{language}")
    assert len(texts) >= 300
    assert [text for text in texts if not solicits(text)] == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_support_says_all_day_is_left_alone(language):
    texts = said(f"support_{language}")
    assert len(texts) >= 300
    assert [text for text in texts if solicits(text)] == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_another_place_may_be_mentioned_and_nobody_invited_there(language):
    assert [text for text in said(f"mentions_{language}") if solicits(text)] == []
    assert [text for text in said(f"moves_{language}") if not solicits(text)] == []


def by_idea(name: str) -> dict[str, list[str]]:
    ideas: dict[str, list[str]] = {}
    for line in said(name):
        if line.startswith("# "):
            texts = ideas.setdefault(line, [])
        else:
            texts.append(line)
    return ideas


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_way_to_lure_somebody_away_is_found_in_many_words(language):
    ideas = by_idea(f"lures_{language}")
    assert ideas.keys() == by_idea(f"harmless_{language}").keys() and len(ideas) == 11
    assert min(len(texts) for texts in ideas.values()) >= 15
    assert [text for texts in ideas.values() for text in texts if not solicits(text)] == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_same_words_of_support_are_left_alone(language):
    ideas = by_idea(f"harmless_{language}")
    assert min(len(texts) for texts in ideas.values()) >= 15
    assert [text for texts in ideas.values() for text in texts if solicits(text)] == []


def test_experts_may_talk_of_what_their_brand_sells():
    desk, cards = (
        Rules.from_json({"allowed": ["AnyDesk"]}),
        Rules.from_json({"allowed": ["gift card", "tarjeta regalo"]}),
    )
    for text in ("Install AnyDesk and tell me which version you have", "abre AnyDesk y dime qué sale"):
        assert solicits(text) and not solicits(text, rules=desk)
    for text in ("Tell me the number of the gift card", "dime el número de la tarjeta regalo"):
        assert solicits(text) and not solicits(text, rules=cards)
    assert solicits("install TeamViewer, AnyDesk is slow", rules=desk)
    assert solicits("install AnyDesk and give me your whatsapp", rules=desk)
    assert solicits("get me a steam card, not a gift card", rules=cards)


@pytest.mark.parametrize(
    "text",
    [
        "it is lucalights dot com", "lucalights punto es", "on lucalights. com", "see lucalights .es",
        "lucalights dot e s", "luca lights dot c o m", "luca punto shop",
    ],
)  # fmt: skip
def test_a_site_that_is_spelled_out_is_found(text):
    assert [span.why.split()[-1] for span in solicits(text)][:1] == ["site"]


def test_no_excuse_stands_for_a_threat():
    assert not solicits("I don't need your PIN")
    assert solicits("if you don't give me your PIN, nothing will happen")
    assert not solicits("no me digas tu pin")
    assert solicits("si no me dices tu pin no sigo")


def test_ideas_count_in_any_order_within_one_sentence():
    assert solicits("in the number two dots, put them there")
    assert not solicits("Put it on the table. The number has two dots")
    assert not solicits("in the serial number two dots, put them there")


@pytest.mark.parametrize("text", AWAY)
def test_a_customer_may_say_what_they_like(text):
    assert solicits(text, "customer") == ()


def test_disguises_of_spelling_do_not_help():
    assert solicits("GIVE ME YOUR  Whats-App!!")
    assert solicits("ｐａｙ ｍｅ")
    assert solicits("so the system doesnt hide it")


def test_an_experts_own_contact_details_are_masked_too():
    masked = mask("contact me at ana@lumen.es", Wallet(), Dialogue("expert", "en"))
    assert masked.kinds == (Kind.EMAIL,)
    assert masked.solicits
