"""What people dictate, describe, disguise and part over messages is hidden; what only looks like it is read."""

import pytest

from chatmarket.privacy.dialogue import MEMORY, Dialogue, Turn
from chatmarket.privacy.masking import Wallet, mask
from chatmarket.privacy.segments import Text


def said(language, *texts):
    """What an expert reads of several messages, hindsight included."""
    history, wallet = [], Wallet()
    for text in texts:
        masked = mask(text, wallet, Dialogue("customer", language, tuple(history[-MEMORY:])))
        wallet = Wallet((*wallet.entries, *masked.fresh))
        history.append(Turn("customer", masked.segments))
        for seen in masked.hindsight:
            at = len(history) - 1 - seen.back
            history[at] = Turn("customer", seen.segments)
    return [segment.text for turn in history for segment in turn.segments if isinstance(segment, Text)]


def readable(language, text, value):
    """The letters and digits of a value that are not hidden."""
    spans = mask(text, Wallet(), Dialogue("customer", language)).spans
    start = text.index(value)
    places = range(start, start + len(value))
    return [text[i] for i in places if text[i].isalnum() and not any(one.start <= i < one.end for one in spans)]


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        (
            "en",
            "reach me: jay oh double u, dot, kay, then gmail dot com",
            ["jay oh double u, dot, kay, then gmail dot com"],
        ),
        (
            "en",
            "it's d for delta, a, n for november, four two at hotmail dot co dot uk",
            ["d for delta, a, n for november, four two at hotmail dot co dot uk"],
        ),
        ("en", "email: bob {4t} lumen [d0t] com", ["bob {4t} lumen [d0t] com"]),
        ("en", "try peter 📧 lumen 🔵 com", ["peter 📧 lumen 🔵 com"]),
        ("en", "karen underscore oakes at outlook", ["karen underscore oakes at outlook"]),
        ("en", "send it to priya nair, no spaces, at the gmail one", ["priya nair, no spaces, at the gmail one"]),
        (
            "en",
            "it's my first name then my last name, all one word, gmail as usual",
            ["first name then my last name, all one word, gmail"],
        ),
        ("en", "whisky for me is fine. ref is kilo lima four four nine seven", ["kilo lima four four nine seven"]),
        ("en", "passport starts with aitch em, then 4 4 oh 9 1 2", ["aitch em, then 4 4 oh 9 1 2"]),
        (
            "en",
            "NI: jay zee, twenty two, thirty one, fifty six, charlie",
            ["jay zee, twenty two, thirty one, fifty six, charlie"],
        ),
        (
            "en",
            "my member number is B as in boy, Z as in zebra, nine nine oh four",
            ["B as in boy, Z as in zebra, nine nine oh four"],
        ),
        (
            "en",
            "call o seven seven double oh, nine hundred, one two three",
            ["o seven seven double oh, nine hundred, one two three"],
        ),
        (
            "en",
            "mobile is plus four four, seven seven double oh, nine double oh, one two three",
            ["plus four four, seven seven double oh, nine double oh, one two three"],
        ),
        ("en", "O7 7OO 9OO l23", ["O7 7OO 9OO l23"]),
        ("en", "ssn 5l2-S6-789O", ["5l2-S6-789O"]),
        ("en", "account DE89 37O4 OO44 O532 O13O OO ok", ["DE89 37O4 OO44 O532 O13O OO"]),
        ("en", "wifi: ɹǝqɯnן7", ["ɹǝqɯnן7"]),
        ("en", "i log in with gr33nTractor", ["gr33nTractor"]),
        ("en", "i sign in using my dog's name followed by 88", ["my dog's name followed by 88"]),
        ("en", "the password is my birthday backwards then 77", ["my birthday backwards then 77"]),
        ("en", "password: capital B, l, u, e, hash, nine, nine", ["capital B, l, u, e, hash, nine, nine"]),
        ("en", "the pin is seven twice then nine at the end", ["seven twice then nine at the end"]),
        ("en", "insta is underscore rob underscore makes", ["underscore rob underscore makes"]),
        ("en", "discord: pinefern hash nine oh one two", ["pinefern hash nine oh one two"]),
        ("en", "im t-h-o-r-n-2-2-5 on snap", ["t-h-o-r-n-2-2-5"]),
        (
            "en",
            "three one oh first, after that five five five, and the end is oh one nine nine",
            ["three one oh", "five five five", "oh one nine nine"],
        ),
        (
            "es",
            "es la ele, a, eme de Murcia, cuatro cuatro, en gmail punto com",
            ["ele, a, eme de Murcia, cuatro cuatro, en gmail punto com"],
        ),
        ("es", "correo: lucia (4rroba) lumen (punt0) es", ["lucia (4rroba) lumen (punt0) es"]),
        ("es", "escribe a marta ruiz, todo pegado, en el de google", ["marta ruiz, todo pegado, en el de google"]),
        ("es", "ponlo a pedro 🅰️ yahoo 🔴 es", ["pedro 🅰️ yahoo 🔴 es"]),
        ("es", "es guion bajo tonio guion bajo mx", ["guion bajo tonio guion bajo mx"]),
        ("es", "mi nick es arroba luna de plata 9 todo junto", ["arroba luna de plata 9"]),
        (
            "es",
            "DNI: setenta y uno, cero cuatro, ochenta y dos, trece, zeta de Zamora",
            ["setenta y uno, cero cuatro, ochenta y dos, trece, zeta de Zamora"],
        ),
        (
            "es",
            "el NIE es i griega, un millón doscientos treinta y cuatro mil quinientos sesenta y siete, equis",
            ["i griega, un millón doscientos treinta y cuatro mil quinientos sesenta y siete, equis"],
        ),
        (
            "es",
            "pasaporte: pe, a, be de burro, uno dos tres, cuatro cinco seis",
            ["pe, a, be de burro, uno dos tres, cuatro cinco seis"],
        ),
        (
            "es",
            "mi cuit: veintisiete barra 3 1 2 2 4 5 6 7 barra nueve",
            ["veintisiete barra 3 1 2 2 4 5 6 7 barra nueve"],
        ),
        ("es", "cuenta E/S/9121.0004~1845/0200*0513-32", ["E/S/9121.0004~1845/0200*0513-32"]),
        ("es", "cel 5S 4l Z3 O9 87", ["5S 4l Z3 O9 87"]),
        (
            "es",
            "más treinta y cuatro, seis doble uno, dos tres, cuatro cinco, seis siete",
            ["más treinta y cuatro, seis doble uno, dos tres, cuatro cinco, seis siete"],
        ),
        ("es", "la clave es el nombre de mi perro, seguido de 2011", ["el nombre de mi perro, seguido de 2011"]),
        ("es", "entro con l3on4zul22 siempre", ["l3on4zul22"]),
        ("es", "pin: la edad de mi hija y luego el doce", ["la edad de mi hija y luego el doce"]),
        ("es", "el código es uve doble, siete, hache, tres, ka", ["uve doble, siete, hache, tres, ka"]),
        (
            "es",
            "primero van seis cinco cuatro, después tres dos uno y al final cero nueve ocho",
            ["seis cinco cuatro", "tres dos uno", "cero nueve ocho"],
        ),
        ("es", "socio charlie foxtrot uno uno cuatro", ["charlie foxtrot uno uno cuatro"]),
        ("es", "te paso la clave: mayúscula P, e, r, a, asterisco, 4, 4", ["mayúscula P, e, r, a, asterisco, 4, 4"]),
    ],
)
def test_what_is_dictated_described_or_disguised_is_hidden_whole(language, text, values):
    assert [readable(language, text, value) for value in values] == [[] for _ in values]


@pytest.mark.parametrize(
    ("language", "texts", "values"),
    [
        ("en", ["my pin, one at a time", "4", "9", "0", "2"], ["4", "9", "0", "2"]),
        ("en", ["the code they sent is 41", "77", "02 be quick"], ["41", "77", "02"]),
        ("es", ["te paso el código", "55", "01", "38"], ["55", "01", "38"]),
        ("es", ["el cvv te lo doy", "9", "1", "4"], ["9", "1", "4"]),
        ("en", ["passport is KD1102", "X99B end of it"], ["KD1102", "X99B"]),
        ("es", ["la contraseña empieza por Tigre", "luego #Azul", "y termina 77!"], ["Tigre", "#Azul", "77!"]),
    ],
)
def test_a_secret_that_goes_on_message_by_message_is_hidden(language, texts, values):
    left = " ".join(said(language, *texts))
    assert [value for value in values if value in left] == []


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ["I forgot my pin", "3 days ago I asked for a new one"]),
        ("en", ["the code never comes", "2 hours now"]),
        ("es", ["no me llega el código", "4 veces lo pedí"]),
    ],
)
def test_what_follows_the_word_for_a_secret_is_no_piece_of_it(language, texts):
    assert said(language, *texts) == texts


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "see you in two, three or four days"),
        ("en", "are you open at one, two or three"),
        ("en", "the underscore key on my keyboard is stuck"),
        ("en", "do i need a dash or an underscore in the name"),
        ("en", "is it one word or two words, all one word on your site"),
        ("en", "my surname is wrong on the bill, then 2 days later it was fixed"),
        ("en", "I forgot my pin, then after three tries it locked"),
        ("en", "my first name then last name order is swapped on the ticket"),
        ("en", "the password must have a capital letter and a number"),
        ("en", "press the star key, then hash, then 2"),
        ("en", "A, B, C or D, which plan"),
        ("en", "vitamins b1 b6 b12 and d3 in one pill"),
        ("en", "my son plays the S8 S9 and S10 phones"),
        ("en", "does it take 5l 3l or 2l bottles"),
        ("en", "my LG F4WV510S0E washer is stuck on error 5"),
        ("en", "the HP 15s-fq5020 laptop is slow"),
        ("en", "bought a Samsung QE55Q70C tv last week"),
        ("en", "driver 546.33.0.2 update broke it"),
        ("en", "firmware 1.4.10.2057 on my router"),
        ("en", "we won 3-1, 2-0 and 4-2 this season"),
        ("en", "Spain beat them 6-3 6-4 6-7 (5-7) 6-1 in tennis"),
        ("en", "12 packs of 30 at 4.25 each is 1530 not 11530"),
        ("en", "needs to meet EN 12277:2015"),
        ("en", "iso 9001:2015 certified?"),
        ("en", "chance is 1 in 13,983,816"),
        ("en", "I'm 4521 of 60000 in the queue"),
        ("en", "KB5034441 failed again"),
        ("en", "CVE-2024-30942 fixed?"),
        ("en", "i7-13700 or i5-12400 for games"),
        ("en", "the router is at 192.168.0.1 right"),
        ("en", "8.8.8.8 pings ok"),
        ("en", "Apple said 17.6.1 (21G93)"),
        ("en", "my kid got an A, a B and a C"),
        ("en", "the at sign on my keyboard types a quote"),
        ("en", "two thousand and one, a space odyssey"),
        ("en", "I like to play golf, tango, and echo games"),
        ("en", "plus two or three more boxes please"),
        ("en", "page says 404 not found then 502 then 503"),
        ("en", "check in at 3 and check out at 11, two adults and three kids, four nights"),
        ("en", "I type my password and it says wrong"),
        ("en", "I press start and nothing happens then it dies"),
        ("en", "one in four fails, then one in two"),
        ("en", "love ❤ your app, 5 stars"),
        ("en", "it's a 3 in 1, five stars"),
        ("es", "quiero dos, tres o cuatro, no sé"),
        ("es", "te digo una cosa y te pido dos"),
        ("es", "tengo una impresora HP 6960 que no imprime"),
        ("es", "la caldera Junkers ZWC24-3MFA marca error"),
        ("es", "el portátil Lenovo 82XB0044SP va lento"),
        ("es", "actualicé al firmware 2.1.7.4021 y nada"),
        ("es", "perdimos 3-1, 2-0 y luego 0-0 esta temporada"),
        ("es", "ganó 7-5 6-4 4-6 (3-7) el partido"),
        ("es", "la probabilidad es 1 entre 140.000"),
        ("es", "voy el 3512 de 40000 en la cola"),
        ("es", "el guion bajo no me sale en el teclado"),
        ("es", "dónde está el punto en este teclado"),
        ("es", "mi apellido sale mal y luego 2 días después bien"),
        ("es", "olvidé mi pin y después de tres intentos se bloqueó"),
        ("es", "la contraseña lleva mayúscula y un número"),
        ("es", "se me olvidó la clave, luego probé 3 veces"),
        ("es", "fuimos papa, mama y la tía en el hotel tango"),
        ("es", "uno de cada cuatro falla, luego dos de tres"),
        ("es", "eso de uno en uno no, de dos en dos"),
        ("es", "tres cajas de seis a 4,50 cada una serían 13500"),
        ("es", "la ley 39/2015 y el real decreto 1/2007"),
        ("es", "hace diez años, y te cuento dos"),
        ("es", "ni uno ni dos ni tres"),
        ("es", "plan A, plan B y plan C"),
        ("es", "te de menta y te de tila, dos de cada"),
        ("es", "el modelo 303, el 390 y el 347"),
        ("es", "el N14, el C03 y el 27"),
        ("es", "la a y la e se me borraron del teclado"),
        ("es", "entrar con la app no funciona"),
        ("es", "no puedo entrar con mi cuenta"),
        ("es", "marco la casilla y no pasa nada"),
        ("es", "la arroba sale mal"),
        ("es", "todo junto son 45 euros"),
        ("es", "llevo 205/55 R16"),
        ("es", "la letra ese y la letra te"),
    ],
)
def test_what_only_looks_like_a_disguise_is_read(language, text):
    assert mask(text, Wallet(), Dialogue("customer", language)).spans == ()
