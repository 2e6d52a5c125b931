"""The exams of the demo's brands, in each of their languages: what a stranger sits who applies there."""

from dataclasses import dataclass

MOST, MINUTES, ATTEMPTS, PAUSE_DAYS = 8, 15, 3, 1


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with its choices; `right` is the place of the right one."""

    kind: str  # choice or language
    text: str
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True, slots=True)
class Short:
    """A question answered in a word or two, and every answer that counts."""

    text: str
    accepted: tuple[str, ...]


EXAMS: dict[str, dict[str, tuple[Choice | Short, ...]]] = {
    "kestrel": {
        "en": (
            Choice(
                "choice",
                "The charger turns green after ten minutes, but the battery shows 40 %. What helps?",
                ("A new battery", "One whole night on the charger", "Riding it until it is empty"),
                1,
            ),
            Choice(
                "choice",
                "A customer wants to charge in a garage at -5 °C. What do you say?",
                ("Go ahead", "Bring the battery indoors for an hour first", "Use a stronger charger"),
                1,
            ),
            Choice(
                "choice",
                "The front brake rubs on one side after the wheel was put back. What comes first?",
                ("Bend the disc", "Loosen both caliper bolts and tighten them with the lever held", "Oil the disc"),
                1,
            ),
            Choice(
                "choice",
                "Somebody is between two sizes on the Harrier. Which frame do you suggest?",
                ("The smaller one", "The larger one", "Neither"),
                0,
            ),
            Choice(
                "choice",
                "Which of these may touch a brake disc?",
                ("Chain oil", "Alcohol to clean it", "A bare thumb"),
                1,
            ),
            Short("Above how many degrees Celsius may the battery be charged?", ("0", "zero", "0 °C", "0 degrees")),
            Short("Seen from the saddle: on which side is the front brake disc?", ("left", "the left", "on the left")),
            Choice(
                "choice",
                "A customer writes a phone number and asks you to call. What do you do?",
                ("Call", "Answer here in the chat", "Give your own number"),
                1,
            ),
            Choice(
                "language",
                "Which sentence is written as one writes to a customer?",
                ("It don't matters.", "That does not matter, it is easily mended.", "Whatever."),
                1,
            ),
            Choice(
                "language",
                "“The bolt is worn.” What does it mean?",
                ("It is new.", "It was used until it no longer holds well.", "It is missing."),
                1,
            ),
        ),
        "es": (
            Choice(
                "choice",
                "El cargador se pone verde a los diez minutos, pero la batería marca un 40 %. ¿Qué ayuda?",
                ("Una batería nueva", "Dejarla una noche entera cargando", "Rodar hasta agotarla"),
                1,
            ),
            Choice(
                "choice",
                "Alguien quiere cargar en un garaje a -5 °C. ¿Qué le dices?",
                ("Adelante", "Que meta antes la batería en casa una hora", "Que use un cargador más potente"),
                1,
            ),
            Choice(
                "choice",
                "El freno delantero roza por un lado tras montar la rueda. ¿Qué es lo primero?",
                ("Doblar el disco", "Aflojar la pinza y apretarla con la maneta pulsada", "Engrasar el disco"),
                1,
            ),
            Choice(
                "choice",
                "Alguien está entre dos tallas de la Harrier. ¿Qué cuadro le aconsejas?",
                ("El pequeño", "El grande", "Ninguno"),
                0,
            ),
            Choice(
                "choice",
                "¿Qué puede tocar un disco de freno?",
                ("Aceite de cadena", "Alcohol para limpiarlo", "El dedo sin guante"),
                1,
            ),
            Short("¿A partir de cuántos grados se puede cargar la batería?", ("0", "cero", "0 °C", "0 grados")),
            Short(
                "Visto desde el sillín, ¿a qué lado queda el disco delantero?",
                ("izquierda", "a la izquierda", "izquierdo", "el izquierdo"),
            ),
            Choice(
                "choice",
                "Un cliente escribe un número de teléfono y pide que le llames. ¿Qué haces?",
                ("Llamar", "Responder aquí, en el chat", "Dar mi propio número"),
                1,
            ),
            Choice(
                "language",
                "¿Qué frase está escrita como se escribe a un cliente?",
                ("Haber si funciona.", "A ver si así funciona; si no, seguimos buscando.", "Pues ni idea."),
                1,
            ),
            Choice(
                "language",
                "«La maneta va floja.» ¿Qué quiere decir?",
                ("Que cuesta moverla", "Que se mueve sin apenas resistencia", "Que falta"),
                1,
            ),
        ),
    }
}
