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
    },
    "lumen": {
        "en": (
            Choice(
                "choice",
                "A new lamp is not found by the app. What comes first?",
                ("Reset the bridge", "Hold the lamp near the bridge and switch it off and on", "Order another lamp"),
                1,
            ),
            Choice(
                "choice",
                "The lights are offline since the Wi-Fi password was changed. What helps?",
                ("A new bridge", "Enter the new password in Settings, Network", "Waiting for a day"),
                1,
            ),
            Choice(
                "choice",
                "How many lamps does one bridge carry?",
                ("10", "50", "500"),
                1,
            ),
            Choice(
                "choice",
                "A scene is to change only the lamps that are on. Which word does one choose when saving it?",
                ("Set", "Adjust", "Replace"),
                1,
            ),
            Choice(
                "choice",
                "The garden's timer is an hour early since October. What is it?",
                ("The bridge is broken", "The bridge still has summer time", "The lamps are too old"),
                1,
            ),
            Choice(
                "choice",
                "Somebody wants to return a lamp that was unpacked. What do you say?",
                ("That is not possible", "30 days, if the inner box is kept", "Only for another lamp"),
                1,
            ),
            Short("On which radio channel does the bridge stay clear of most Wi-Fi?", ("25", "channel 25")),
            Short("How many more bridges does a second zone need?", ("1", "one", "one more", "1 more")),
            Choice(
                "choice",
                "A customer writes their e-mail address and asks for the manual. What do you do?",
                ("Write to them", "Answer here in the chat", "Ask for their name as well"),
                1,
            ),
            Choice(
                "language",
                "Which sentence is written as one writes to a customer?",
                ("Just google it.", "Let us look at the bridge first; is its light white?", "It work always."),
                1,
            ),
            Choice(
                "language",
                "“The lamp flickers.” What does it mean?",
                ("It is off.", "Its light goes on and off quickly.", "It is too bright."),
                1,
            ),
        ),
        "es": (
            Choice(
                "choice",
                "La aplicación no encuentra una lámpara nueva. ¿Qué es lo primero?",
                ("Reiniciar el puente", "Acercarla al puente, apagarla y encenderla", "Pedir otra lámpara"),
                1,
            ),
            Choice(
                "choice",
                "Las luces están sin conexión desde que se cambió la clave del wifi. ¿Qué ayuda?",
                ("Un puente nuevo", "Escribir la clave nueva en Ajustes, Red", "Esperar un día"),
                1,
            ),
            Choice(
                "choice",
                "¿Cuántas lámparas admite un puente?",
                ("10", "50", "500"),
                1,
            ),
            Choice(
                "choice",
                "Una escena debe cambiar solo las lámparas encendidas. ¿Qué se elige al guardarla?",
                ("Fijar", "Ajustar", "Sustituir"),
                1,
            ),
            Choice(
                "choice",
                "El horario del jardín se adelanta una hora desde octubre. ¿Qué pasa?",
                ("El puente está roto", "El puente sigue en horario de verano", "Las lámparas son viejas"),
                1,
            ),
            Choice(
                "choice",
                "Alguien quiere devolver una lámpara ya abierta. ¿Qué le dices?",
                ("Que no es posible", "Treinta días, si conserva la caja interior", "Solo a cambio de otra"),
                1,
            ),
            Short("¿En qué canal de radio molesta menos el wifi al puente?", ("25", "el 25", "canal 25")),
            Short("¿Cuántos puentes más necesita una segunda zona?", ("1", "uno", "uno más")),
            Choice(
                "choice",
                "Un cliente escribe su correo y pide el manual. ¿Qué haces?",
                ("Escribirle", "Responder aquí, en el chat", "Pedirle también el nombre"),
                1,
            ),
            Choice(
                "language",
                "¿Qué frase está escrita como se escribe a un cliente?",
                ("Búscalo tú.", "Miremos antes el puente: ¿tiene la luz blanca?", "Haber si va."),
                1,
            ),
            Choice(
                "language",
                "«La lámpara parpadea.» ¿Qué quiere decir?",
                ("Que está apagada", "Que se enciende y se apaga muy deprisa", "Que alumbra demasiado"),
                1,
            ),
        ),
    },
}
