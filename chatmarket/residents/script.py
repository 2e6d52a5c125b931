"""What the residents of a demo say: small believable scenes in English and Spanish, and kind words for everything else.

Every personal value is invented, and of a form that masking should find.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, cycle, islice
from random import Random

from chatmarket.client import Brand, Topic

WORD = re.compile(r"\w{4,}")
MATCHING_WORDS = 2  # fewer words in common are chance


@dataclass(frozen=True, slots=True)
class Scene:
    """A question, and what each side says in turn; `topics` are beginnings of words in a topic's name."""

    language: str
    topics: tuple[str, ...]
    question: str
    expert: tuple[str, ...]
    customer: tuple[str, ...]
    known: Mapping[str, Sequence[str]] = field(default_factory=dict)


SCENES = (
    Scene(
        "es",
        ("conectar",),
        "Hola, soy Lucía Prieto. La lámpara nueva no aparece en la aplicación y parpadea todo el rato. Si hace falta, "
        "mi correo es lucia.prieto@example.com.",
        (
            "¡Hola! Si parpadea rápido está buscando la red. ¿Tu móvil está en la wifi de 2,4 GHz?",
            "Ese suele ser el problema: cámbialo a 2,4 un momento y vuelve a buscar.",
            "¡Bien! Ya puedes volver a la de 5, la lámpara se queda en la suya.",
        ),
        ("Creo que está en la de 5 GHz.", "¡Funciona! La ha encontrado a la primera.", "Genial, muchas gracias."),
        {"name": ["Lucía Prieto"]},
    ),
    Scene(
        "es",
        ("escena",),
        "Buenas. Quiero que la luz del pasillo se encienda al anochecer, pero no a una hora fija. ¿Se puede?",
        (
            "¡Buenas! Sí: en el horario cambia «a las» por «al ponerse el sol». Necesita saber dónde estás.",
            "Vale con el código postal; la calle no hace falta. Además puedes adelantarlo o retrasarlo una hora.",
            "Claro, toca la escena, «momento», y pon menos veinte minutos.",
        ),
        (
            "¿Le tengo que dar mi dirección? Vivo en la calle Mayor 12, 3.º B, de Alcalá.",
            "Hecho. ¿Y podría ser veinte minutos antes?",
            "Perfecto, esta noche lo veo. ¡Gracias!",
        ),
    ),
    Scene(
        "es",
        ("devol",),
        "Hola, quiero devolver una lámpara que compré hace diez días. Me llamo Marta Soler, teléfono 612 345 678.",
        (
            "¡Hola! Tienes treinta días, vas bien de tiempo. En tu pedido pulsa «devolver» y te da una etiqueta.",
            "No, es gratis. La dejas en cualquier punto de recogida; a mí me atendieron en cinco minutos.",
            "Entre tres y cinco días desde que llega al almacén, por donde pagaste. No hace falta que des la cuenta.",
        ),
        (
            "Ya veo el botón. ¿Tengo que pagar el envío?",
            "¿Y cuándo me devuelven el dinero? Mi cuenta es ES91 2100 0418 4502 0005 1332.",
            "Perfecto, muchísimas gracias.",
        ),
        {"name": ["Marta Soler"]},
    ),
    Scene(
        "es",
        ("pedido",),
        "Mi pedido tenía que llegar ayer y no sé nada. ¿Lo podéis mirar? Mi DNI es 12345678Z y el correo "
        "jorge.vidal@example.org.",
        (
            "¡Hola! Con el seguimiento basta, no hace falta tu DNI. ¿Dice «en reparto» o «en el centro»?",
            "Entonces sale mañana a primera hora: me pasó el mes pasado y llegó antes de las doce.",
            "Sí: en el pedido, «opciones de entrega», puedes poner a un vecino o una tienda cercana.",
        ),
        (
            "Pone «en el centro de distribución».",
            "Vale. Si no estoy en casa, ¿puede recogerlo otra persona?",
            "Hecho, gracias por la ayuda.",
        ),
    ),
    Scene(
        "en",
        ("connect",),
        "The app cannot find my new lamp. I have reset it twice and the light just keeps blinking. What am I missing?",
        (
            "Hi! Blinking quickly or slowly? Quickly means that it is looking for Wi-Fi.",
            "Then please check that the phone is on the 2.4 GHz network. Mine refused until I did that.",
            "Good! You may switch the phone back now, the lamp keeps its own network.",
        ),
        (
            "Quickly, about twice a second.",
            "Oh! It was on 5 GHz. I changed it and there it is. Must I confirm anything to emma.doyle@example.com?",
            "Brilliant, thank you!",
        ),
    ),
    Scene(
        "en",
        ("scene",),
        "Is there a way to have my reading scene fade out slowly instead of switching off? Ring me if it is easier: "
        "+44 7700 900123.",
        (
            "Hello! Yes, in the scene choose 'end' and then 'fade'. I use twenty minutes myself.",
            "Press and hold the scene first; the row appears under 'more'.",
            "Yes, it keeps working without the phone, the bridge does it.",
        ),
        ("I only see 'on' and 'off' there.", "There it is. Will it work when my phone is off?", "Lovely, thanks!"),
    ),
    Scene(
        "en",
        ("batter",),
        "My battery shows 40 % after a whole night on the charger. It is five months old. Is it broken? I'm Tom Hale.",
        (
            "Hi! Probably not. Was the charger's light green or red in the morning?",
            "Then the cells only have to balance: leave it on for another night, even if the light is green.",
            "No need. If it still shows less than 90 % on Thursday, open a warranty case with the order number.",
        ),
        (
            "Green, the whole time.",
            "OK, I'll do that. Should I send somebody my order? It went to tom.hale@example.org.",
            "Sounds good. Thanks for the help!",
        ),
        {"name": ["Tom Hale"]},
    ),
    Scene(
        "en",
        ("brake",),
        "My rear brake squeals since I washed the bike. Did I ruin the pads?",
        (
            "Hello! Almost certainly not. Did you use soap or a spray near the disc?",
            "That is it. Wipe the disc with isopropyl alcohol and brake hard ten times, downhill if you can.",
            "Yes, any chemist has it. About 70 % is fine.",
        ),
        ("A bit of degreaser on the chain, yes.", "Can I get that anywhere?", "It is already quieter. Thank you!"),
    ),
    Scene(
        "en",
        ("choos",),
        "I ride 14 km to work with one long hill. Would you take the Harrier or the Merlin? I'm 1.79 m.",
        (
            "Hi! With a long hill I would take the Harrier, its motor sits in the middle and does not get hot.",
            "At 1.79 m take the L; you would feel cramped on the M.",
            "Most shops let you ride one for an hour. Bring the shoes you will wear.",
        ),
        (
            "And which size of frame?",
            "Can I try it first? You can reach me on 07700 900456.",
            "Great advice, I will book a ride.",
        ),
    ),
    Scene(
        "en",
        (),
        "Quick question: how do I get an invoice with my company's name on it?",
        (
            "Hi! Open the order, choose 'documents' and then 'invoice for a company'. It comes by e-mail at once.",
            "Yes, up to a year back, and as often as you like.",
        ),
        ("Does that work for an order of last month as well?", "Found it. Thanks!"),
    ),
    Scene(
        "es",
        (),
        "Una duda rápida: ¿cómo consigo una factura a nombre de mi empresa?",
        (
            "¡Hola! Abre el pedido, «documentos» y «factura de empresa». Llega al correo al momento.",
            "Sí, hasta un año atrás y las veces que quieras.",
        ),
        ("¿También para un pedido del mes pasado?", "Ya la tengo, ¡gracias!"),
    ),
)

KIND = {
    "en": (
        "Hello, thanks for asking! I have used these for years. Could you tell me a little more, when did it start?",
        "I see. In my experience the quickest way is your order page: choose the product and then 'get help'.",
        "That should do it. Shall we go through it together, step by step?",
        "Good question. I would try once more after switching it off for a minute; that helped with mine.",
        "Happy to help! If that solved it you can end the chat and rate it; otherwise just write on.",
    ),
    "es": (
        "¡Hola, gracias por preguntar! Llevo años usándolos. ¿Me cuentas un poco más, cuándo empezó?",
        "Entiendo. Por mi experiencia lo más rápido es tu página de pedido: elige el producto y luego «ayuda».",
        "Con eso debería bastar. ¿Lo hacemos juntos, paso a paso?",
        "Buena pregunta. Yo lo apagaría un minuto y probaría otra vez; con el mío funcionó.",
        "¡Un placer! Si está resuelto, puedes terminar el chat y valorarlo; si no, sigue escribiendo.",
    ),
}


def fitting(brand: Brand, topic: Topic, rng: Random) -> Scene | None:
    """A scene that fits the topic in a language of the brand, else one that fits anywhere."""
    names = " ".join(topic.names.values()).casefold()
    spoken = [scene for scene in SCENES if scene.language in brand.languages]
    about = [scene for scene in spoken if any(word in names for word in scene.topics)]
    anywhere = [scene for scene in spoken if not scene.topics]
    choice = about or anywhere
    return rng.choice(choice) if choice else None


def answers(question: str, language: str) -> list[str]:
    """What to answer a stranger: first what the script knows of such a question, then kind words, bounded."""
    kind = KIND.get(language, KIND["en"])
    words = set(WORD.findall(question.casefold()))
    scenes = [scene for scene in SCENES if scene.language == language]
    best = max(scenes, key=lambda scene: len(words & set(WORD.findall(scene.question.casefold()))), default=None)
    if best is None or len(words & set(WORD.findall(best.question.casefold()))) < MATCHING_WORDS:
        return list(islice(chain(kind, cycle(kind[1:])), 50))
    return list(islice(chain(best.expert, cycle(kind[1:])), 50))
