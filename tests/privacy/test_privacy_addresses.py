"""Addresses in English and Spanish, as people type them; and what looks like one and must stay."""

from time import thread_time

import pytest

from chatmarket.privacy.finders.addresses import find
from chatmarket.privacy.packs import languages
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import LONGEST, skeleton

ADDRESS, POSTCODE = Kind.ADDRESS, Kind.POSTCODE


def found(text: str, language: str = "en", *asked: Kind) -> list[tuple[str, Kind]]:
    reading = Reading(skeleton(text), language, frozenset(asked))
    return [(text[slice(*reading.bones.way_back(start, end))], kind) for start, end, kind in find(reading)]


# The address stands between the brackets.
ENGLISH = [
    "[48 Marigold Terrace, Westbrook]",
    "[48 marigold terrace westbrook]",
    "[2900 main st apt 7 westbrook il 60999]",
    "send it to my place: [thirty one Kookaburra Way, Sydney]",
    "[thirty one kookaburra way sydney]",
    "[3817 Willow Ave San Pedro, MI 48199]",
    "[3450 Primrose Street  Raleigh, MA 01970] thanks",
    "[17C Carter St, Flat 9, London NW1 6XE]",
    "[17c carter street london nw1 6xe] please",
    "[Flat 4, 22 Carter Street, London]",
    "[Flat 3/2, 14 Byres Rd, Glasgow G12 8AA]",
    "[The Old Rectory, Church Lane, Little Wenham CO7 6PU]",
    "[9 The Green, Richmond TW9 1PX]",
    "my address is [350 W 42nd St, Apt 5B, New York, NY 10036]",
    "it's [77 Lexington Ave Apt 4b brooklyn ny]",
    "[1455 Market Street, 4th Floor, San Francisco, CA 94103]",
    "[4512 US Highway 61 N, Memphis TN 38109]",
    "[2300 county road 12 bozeman mt]",
    "[1200 Avenue of the Americas]",
    "[12-14 High Street, Oxford OX1 4AB]",
    "[350 5th Ave]",
    "[One Marigold Loop, Cupertino, CA 95014]",
    "[98 St. Mary's Road, Cork]",
    "[545 e 15 main street seattle wa]",
    "[101 north main suite 300 greenville sc 29601]",
    "[17/4 George St, Sydney NSW 2000]",
    "[4711 Yonge St., Toronto, ON M2N 6K8]",
    "[32 Rue de la Paix, 75002 Paris]",
    "I moved from [12 Oak Lane] to [55 Elm Drive] yesterday",
    "I live on [Carter Street]",
    "i live at [22 acacia]",
    "please deliver to [56 Birch Road] by 5 pm",
    "[PO Box 1234, Austin TX 78701]",
    "[p.o. box 55]",
    "[Apt 5]",
    "[Westbrook IL 60999]",
    "[123 Calle Ocho, Miami FL 33135]",
    "[/// apple.spoon.ladder]",
    "meet me at [40.7128, -74.0060]",
    "[40°42'46\"N 74°00'21\"W]",
    "[12 MAIN STREET]",
    "my house is at [Oak Street 14, Dublin]",
    "[2nd floor 18 king street]",
    "[22 jump street los angeles california]",
    "my address is [45 main road delhi 110001]",
    "[apt 9 lakeshore towers chicago]",
    "[Alte Hauptstraße 12, 28195 Bremen]",
    "[Via Roma 5, 20121 Milano]",
    "[Rue de Rivoli 12, Paris]",
    "[8204 Vargas Underpass Suite 069, Westbrook, PW 41257]",
    "send it to [00937 tall forge west lorraine me 74220] thanks",
    "[Studio 8, Harris Inlet, West Hall, ME7 2DB]",
    "[6 josie walk new abdon lu9 3ys]",
    "[0 Glenn Park Nelsontown B9 7YR]",
    "[61 Russell Parks Apt. 669, New Chris, QC X6X7L9]",
    "[Flat 98 665 White Brow, East Marlow, SA, 2935]",
    "[95 Daly Street W24 XHP5 Carla Ville]",
    "[54 Kea Avenue Rutherford 9793] thanks",
    "[PO Box 29\nRutherford 5891]",
    "[Unit 5828 Box 2357, DPO AA 91127]",
]
SPANISH = [
    "vivo en [C/ Gran Capitán 28, 3º izq., 28013 Madrid]",
    "[calle ancha catorce tercero b, veintiocho cero trece madrid]",
    "[calle del olmo ciento veinte]",
    "[Urb. Los Rosales, bloque 3, portal 2, 4ºD, 29640]",
    "[Apartado de Correos 1234, 08080 Barcelona]",
    "[calle 45 # 12-34, Bogotá]",
    "[Carrera 39 No 47-33]",
    "[cra 7 # 71-21 torre b oficina 502 bogota]",
    "[Av. 9 de Julio 1100]",
    "[Plaza del 2 de Mayo, 5]",
    "[Avda de la Paz s/n, Getafe]",
    "Mi dirección es [Av. Insurgentes Sur 1602, Col. Crédito Constructor, 03940 Ciudad de México]",
    "[Col. Roma Norte, Calle Durango 245 int 3, CP 06700, CDMX]",
    "[Jr. Ancash 340 dpto 201, Lima]",
    "[Fracc. Las Palmas mz 4 lt 12]",
    "[barrio san josé casa 14]",
    "[sector las lomas calle 3 casa 22]",
    "[paseo de la castellana 81 3 a 28046 madrid]",
    "[ronda de toledo 3 bajo derecha]",
    "mándalo a [calle del pez 3, tercero izquierda, madrid] gracias",
    "vivo en [san bernardo 45, 3 izq]",
    "Domicilio: [Los Olmos, 10].",
    "Domicilio: [4, Piazza della Repubblica]",
    "Remite: [Teseo, 5 3-N. 29010]. Málaga",
    "[C/. Teodoro Cuesta, 13, 6.º B. 33012 Oviedo]",
    "[Gran Vía 28, Madrid]",
    "[Pº de la Castellana, 261]",
    "[Ctra. Nacional IV, Km 665]",
    "[Edificio Sol, 3º A, calle Mar 5, Benidorm]",
    "[Polígono Industrial San Cristóbal, C/ Cobalto 22, Valladolid]",
    "[Residencial El Bosque, portal 4, 2C]",
    "[rúa do franco 12 santiago de compostela]",
    "[carrer de mallorca 401 barcelona]",
    "[12 Oak Street, London NW1 6XE]",
    "vivo en el [14 de la calle del pez]",
    "[Pasadizo Bruno Abad 663, Badajoz, 30749]",
    "[Av. Belgrano N° 964\nMar del Plata 7600, Buenos Aires]",
    "[Dg. 169 # 3-20, Casa 85, 135633, Santa Catalina, Bolívar]",
    "[Privada Dominicana 330 Interior 504, San Marcos los Altos, OAX 66343-6071]",
    "es el [14 de la calle Ancha]",
]
HARMLESS_ENGLISH = """
one way
the way forward
I will be at home at 5 or 6
4x100 pack
I drive 20 miles
street food
2 people on the street
it was a 30 minute drive
3 easy ways to pay
a table for 4 at the Green Park
Wall Street Journal
order 12345 please
I live in Boston
send it to 2 friends
my galaxy s8 8gb
I have 2 Google Drive accounts and 1 Dropbox
can i get 3 tickets to the Hyde Park concert
I waited 30 minutes in your drive through
my card ends in 1234, which way should I go?
I have a 2014 Toyota parked on the street
show me 3 star hotels in the West End
Can I book the 7 pm show at Park Place
at 4pm north entrance place
I made 3 payments and 2 came back, please point me in the right way
we need 15 chairs place them outside
version 1.2345
my Renegade 2015
the Wall Street 500 index
she has 2 sisters living on the street 3 years
email address john 55
""".strip().split("\n")
HARMLESS_SPANISH = """
calle de sentido único
una calle cortada 3 dias
la calle está cortada desde hace 3 días
plaza de garaje 12
5 euros c/u
un paseo de 20 minutos
2 pasajes de avión
via email 2 veces
mi pedido 12345 no llega
cuesta 20 euros
vivo en Madrid desde hace 3 años
la carrera de medicina dura 6 años
quiero 12500 Euros
mi dirección ip 10
dirección de correo: juan 45
voy en camino, 5 minutos
tiene una AV de 10/10 en cada ojo
el sector 7G
la puerta 5 de embarque
en la plaza hay 20 personas
la villa tiene 3 habitaciones
""".strip().split("\n")


@pytest.mark.parametrize(
    ("marked", "language"), [*((text, "en") for text in ENGLISH), *((text, "es") for text in SPANISH)]
)
def test_an_address_is_found_whole(marked: str, language: str) -> None:
    whole = [part.partition("]")[0] for part in marked.split("[")[1:]]
    assert found(marked.replace("[", "").replace("]", ""), language) == [(address, ADDRESS) for address in whole]


@pytest.mark.parametrize(
    ("text", "language"),
    [*((text, "en") for text in HARMLESS_ENGLISH), *((text, "es") for text in HARMLESS_SPANISH)],
)
def test_what_is_no_address_stays(text: str, language: str) -> None:
    assert found(text, language) == []


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("my zip is 60999", "en", "60999"),
        ("zip code: 90210-1234", "en", "90210-1234"),
        ("it is SW1A 2AA", "en", "SW1A 2AA"),
        ("K1A 0B1", "en", "K1A 0B1"),
        ("mi código postal es el 41001", "es", "41001"),
        ("CP 46001 Valencia", "es", "46001"),
        ("41001 Sevilla", "es", "41001"),
    ],
)
def test_a_postcode_is_found_by_its_shape_a_cue_or_its_town(text: str, language: str, code: str) -> None:
    assert found(text, language) == [(code, POSTCODE)]


@pytest.mark.parametrize(
    ("text", "language", "answer"),
    [
        ("3817 Willow San Pedro, MI 48199", "en", "3817 Willow San Pedro, MI 48199"),
        ("sure, it's 12 rose cottage", "en", "12 rose cottage"),
        ("its 77 oakwood", "en", "77 oakwood"),
        ("545 e 15 maple seattle", "en", "545 e 15 maple seattle"),
        ("Westbrook", "en", "Westbrook"),
        ("mayor 14 tercero b", "es", "mayor 14 tercero b"),
        ("claro, calle mayor 3", "es", "calle mayor 3"),
        ("why do you need it?", "en", None),
        ("I don't have it", "en", None),
        ("one moment please", "en", None),
        ("no la sé", "es", None),
        ("para qué la necesitas?", "es", None),
    ],
)
def test_after_the_question_a_bare_answer_is_an_address(text: str, language: str, answer: str | None) -> None:
    assert found(text, language, ADDRESS) == ([(answer, ADDRESS)] if answer else [])


def test_after_the_question_a_bare_number_is_a_postcode() -> None:
    assert found("60999", "en", POSTCODE) == [("60999", POSTCODE)]
    assert found("es 4400", "es", POSTCODE) == [("4400", POSTCODE)]
    assert found("60999") == []


def test_more_streets_than_anybody_names_are_hidden_to_the_end() -> None:
    text = "1 street " * 70 + "22 Oak Street"
    assert found(text)[-1][0].endswith("22 Oak Street")


HOSTILE = "st /1 st /1 a st /calle /calle a 1 /Calle Bb 1, /22 Oak St, /12345 /il 12345 /po box 1 /live at 5 a /c: a "
HOSTILE += "/:::a.b.c /1.111,/domicilio 5 /Aa 12345 /a /1-/q/forty "


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("repeated", HOSTILE.split("/"))
def test_no_message_costs_much(repeated: str, language: str) -> None:
    text = repeated.replace(":", "/") * LONGEST
    reading = Reading(skeleton(text[:LONGEST]), language, frozenset({ADDRESS}))
    best = 1.0
    for _ in range(5):
        began = thread_time()
        list(find(reading))
        best = min(best, thread_time() - began)
    # Twenty times what it takes on an idle machine is still no attack.
    assert best < 0.05
