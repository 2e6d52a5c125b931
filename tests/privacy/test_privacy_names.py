"""Names are found by what leads up to them and by the lists; words that look like names are left alone."""

import pytest

from chatmarket.privacy.finders.names import find
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import skeleton


def found(text, language="en", author="customer"):
    reading = Reading(skeleton(text), language, author=author)
    return [text[slice(*reading.bones.way_back(start, end))] for start, end, _ in find(reading)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("hello, my name is Oluwaseun and my order is late", ["Oluwaseun"]),
        ("my name's siobhan o'callaghan and i need help", ["siobhan o'callaghan"]),
        ("Hi, this is Xavier Ntombela-Dube", ["Xavier Ntombela-Dube"]),
        ("im katarina", ["katarina"]),
        ("I'm Jean-Luc de la Tour, captain", ["Jean-Luc de la Tour"]),
        ("I am Mark.", ["Mark"]),
        ("im will, will smith", ["will", "will smith"]),
        ("MY NAME IS JOHN SMITH AND I WANT A REFUND", ["JOHN SMITH"]),
        ("Name: Wanjiru Kamau", ["Wanjiru Kamau"]),
        ("Full name - Li Wei Zhang", ["Li Wei Zhang"]),
        ("Patient: J. Q. Public", ["J. Q. Public"]),
        ("booked under the name Van der Merwe", ["Van der Merwe"]),
        ("it is under Kowalczyk", ["Kowalczyk"]),
        ("Mrs. Featherstonehaugh told me to write", ["Featherstonehaugh"]),
        ("dr patel prescribed it", ["patel"]),
        ("My daughter Mei-Ling has the same problem", ["Mei-Ling"]),
        ("my brother Arunkumar placed it", ["Arunkumar"]),
        ("can you ask Gunther to call me", ["Gunther"]),
        ("Ravi here, where is it?", ["Ravi"]),
        ("May Grace Young speaking", ["May Grace Young"]),
        ("White is my last name", ["White"]),
        ("kind regards,\nK. Ndlovu", ["K. Ndlovu"]),
        ("Thanks\nBartholomew", ["Bartholomew"]),
        ("Regards,\nGrace", ["Grace"]),
        ("John's order never arrived", ["John"]),
        ("Alexis and Jordan both ordered", ["Alexis", "Jordan"]),
        ("I spoke to Daniel yesterday", ["Daniel"]),
        ("please send it to jennifer instead", ["jennifer"]),
        ("it belongs to rodrigo garcia", ["rodrigo garcia"]),
        ("the parcel for Rajesh Koothrappali", ["Rajesh Koothrappali"]),
        ("Jane Doe. My card is lost", ["Jane Doe"]),
        ("My name is Paris", ["Paris"]),
        ("im wang wei", ["wang wei"]),
        ("i'm xiu ying and my order is late", ["xiu ying"]),
        ("tamsin h. here", ["tamsin h"]),
        ("tamsin h here", ["tamsin h"]),
        ("priyanka r. here, any news?", ["priyanka r"]),
        ("this is thandi m speaking", ["thandi"]),
        ("jessica thorvaldsen", ["jessica thorvaldsen"]),
        ("it's for daniel okonkwu", ["daniel okonkwu"]),
        ("change the name from Anna Lindqvist to Anna Berg", ["Anna Lindqvist", "Anna Berg"]),
    ],
)
def test_names_in_english(text, names):
    assert found(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "I am happy, this is great",
        "im tired of this",
        "I'm frank about it",
        "this is ridiculous",
        "my name is wrong on the bill",
        "call me maybe",
        "you can call me on Monday",
        "Will the May sale mark down the Grace dress?",
        "Will I get a refund?",
        "May I ask something",
        "Mark my words",
        "my husband ordered it",
        "I live in Paris and work near Austin",
        "does Apple Pay work with Chase?",
        "we stay at the Wilson Hotel",
        "weather in San Francisco please",
        "let me grab my bill",
        "I don't want Monday deliveries",
        "thanks, bye",
        "Thank you.\nBest",
        "I can hear you here",
        "plan b here",
        "hepatitis b here",
        "im gonna wait",
    ],
)
def test_words_like_names_in_english_are_left_alone(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("hola, me llamo Xóchitl y tengo una duda", ["Xóchitl"]),
        ("hola soy maria del mar garcia", ["maria del mar garcia"]),
        ("Me llamo Dolores Fuertes Barriga", ["Dolores Fuertes Barriga"]),
        ("soy Ángel León Cruz, de Mercedes", ["Ángel León Cruz"]),
        ("Soy Iker Goikoetxea Urrutia", ["Iker Goikoetxea Urrutia"]),
        ("el pedido está a nombre de Nerea Etxeberria", ["Nerea Etxeberria"]),
        ("mi mujer encarna lo pidió", ["encarna"]),
        ("mi hijo Unax no puede entrar", ["Unax"]),
        ("la Sra. Domínguez me lo dijo", ["Domínguez"]),
        ("don Anselmo me atendió", ["Anselmo"]),
        ("señor 王小明 aquí", ["王小明"]),
        ("Nombre: Yolanda", ["Yolanda"]),
        ("Apellidos: de la Fuente Ortiz", ["de la Fuente Ortiz"]),
        ("Apellidos: Mercado Puebla.", ["Mercado Puebla"]),
        ("Médico: M.ª Luisa Blanco Torre   NºCol: 12", ["M.ª Luisa Blanco Torre"]),
        ("Titular: Kofi Mensah", ["Kofi Mensah"]),
        ("un saludo,\nBegoña", ["Begoña"]),
        ("Atentamente,\nM. J. Etxegarai", ["M. J. Etxegarai"]),
        ("los pedidos de Marta y Jordi no llegan", ["Marta", "Jordi"]),
        ("dile a Encarni que me llame", ["Encarni"]),
        ("soy wang wei", ["wang wei"]),
        ("hola soy wang wei y tengo un problema", ["wang wei"]),
        ("soy nguyen thi", ["nguyen thi"]),
        ("soy itziar goikoetxea", ["itziar goikoetxea"]),
        ("itziar goikoetxea", ["itziar goikoetxea"]),
        ("el pedido de carmen etxandi", ["carmen etxandi"]),
        ("ME LLAMO PEDRO SÁNCHEZ", ["PEDRO SÁNCHEZ"]),
    ],
)
def test_names_in_spanish(text, names):
    spans = [name for whole in found(text, "es") for name in whole.split(" y ")]
    assert spans == names


@pytest.mark.parametrize(
    "text",
    [
        "me llamo a esto un desastre",
        "soy cliente desde 2015",
        "soy nuevo aquí",
        "soy de Madrid",
        "soy muy alérgico",
        "soy autónomo y necesito factura",
        "me duele gastar 1.250,50 € en Mercedes",
        "Los Ángeles y San José están bien",
        "quiero la rosa grande",
        "vivo en San Sebastián",
        "en abril tengo vacaciones",
        "mi nombre no aparece",
        "se llama igual",
        "tengo un problema con Movistar",
        "ESTO ES UN ROBO, DEVUELVAN EL DINERO",
        "gracias, adiós",
    ],
)
def test_words_like_names_in_spanish_are_left_alone(text):
    assert found(text, "es") == []


def test_experts_name_nobody():
    assert found("I'm Grace Young", author="expert") == []


def test_a_possessive_stays_readable():
    assert found("my name is Tom's") == ["Tom"]
    assert found("Alexis's parcel") == ["Alexis"]


@pytest.mark.parametrize("text", ["my name is " * 360, "Alexis " * 570, "J. " * 1300, "Dr de la " * 440, "a' " * 1300])
def test_a_message_of_names_takes_no_time(text):
    # What matters is that this ends: each word is read a bounded number of times.
    assert isinstance(found(text[:4000]), list)


def test_the_name_in_an_address_is_no_name_of_its_own():
    text = "soy Ana ana@lumen.example"
    reading = Reading(skeleton(text), "es", taken=[(8, len(text), Kind.EMAIL)])
    assert list(find(reading)) == [(4, 7, Kind.NAME)]
