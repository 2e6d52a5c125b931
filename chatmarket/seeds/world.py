"""The demo's brands, people and past conversations, as data."""

from dataclasses import dataclass

from chatmarket.errors import N_

PASSWORD = "chatmarket-demo"  # noqa: S105 - printed on the start page of every demo
HISTORY_DAYS = 60


@dataclass(frozen=True, slots=True)
class TopicSeed:
    en: str
    es: str
    reward: int
    past: tuple[tuple[str, str, str, str], ...]  # language, question, answer, thanks


@dataclass(frozen=True, slots=True)
class BrandSeed:
    slug: str
    name: str
    languages: tuple[str, ...]
    taglines: dict[str, str]
    topics: tuple[TopicSeed, ...]
    currency: str = "EUR"
    wait_limit_s: int = 180
    open_admission: bool = False  # who applies may answer at once; the exam is for the way back from a pause


@dataclass(frozen=True, slots=True)
class ExpertSeed:
    """`skill` is the share of chats this expert resolves; `chats` how many they have behind them."""

    email: str
    name: str
    languages: tuple[str, ...]
    skills: dict[str, tuple[int, ...]]  # brand -> positions of topics
    skill: float
    chats: int
    capacity: int = 2
    speaks: str = "en"


@dataclass(frozen=True, slots=True)
class StaffSeed:
    email: str
    name: str
    role: str
    brand: str
    speaks: str


LUMEN = BrandSeed(
    "lumen",
    "Lumen",
    ("es", "en"),
    {"es": "Luz que entiende tu casa", "en": "Light that understands your home"},
    (
        TopicSeed(
            "Connecting lights",
            "Conectar las luces",
            400,
            (
                (
                    "es",
                    "La bombilla nueva parpadea en azul y la aplicación no la encuentra.",
                    "Mantén pulsado el botón del puente cinco segundos; la bombilla entra sola en un minuto.",
                    "Ahora sí, ya aparece. Gracias.",
                ),
                (
                    "es",
                    "¿Puedo usar dos puentes en la misma casa?",
                    "Sí: crea una segunda zona en Ajustes y añade allí el segundo puente.",
                    "Perfecto, justo lo que necesitaba.",
                ),
                (
                    "en",
                    "My strip light drops off the network every evening.",
                    "Evenings are when the 2.4 GHz band is busiest. Set the bridge to channel 25 in Settings, Radio.",
                    "It has stayed on since. Thanks!",
                ),
            ),
        ),
        TopicSeed(
            "Scenes and timers",
            "Escenas y horarios",
            300,
            (
                (
                    "es",
                    "El horario de las luces del jardín se adelanta una hora.",
                    "El puente se quedó en horario de verano. Abre Ajustes, Hora, y toca Sincronizar.",
                    "Resuelto, gracias.",
                ),
                (
                    "en",
                    "Can a scene turn on only the lamps that are already on?",
                    "Yes, choose 'Adjust' instead of 'Set' when you save the scene.",
                    "Brilliant, that works.",
                ),
            ),
        ),
        TopicSeed(
            "Orders and returns",
            "Pedidos y devoluciones",
            600,
            (
                (
                    "es",
                    "Pedí el pack de cuatro y han llegado tres bombillas.",
                    "Suele viajar en dos cajas; mira en tu pedido si hay un segundo envío.",
                    "Había un segundo envío, llega mañana.",
                ),
                (
                    "es",
                    "¿Cuántos días tengo para devolver una lámpara abierta?",
                    "Treinta días, también abierta, si conservas la caja interior.",
                    "Muy claro, gracias.",
                ),
            ),
        ),
    ),
    open_admission=True,
)

KESTREL = BrandSeed(
    "kestrel",
    "Kestrel Bikes",
    ("en", "es"),
    {"en": "Electric bikes for real roads", "es": "Bicicletas eléctricas para calles de verdad"},
    (
        TopicSeed(
            "Battery and charging",
            "Batería y carga",
            600,
            (
                (
                    "en",
                    "The charger light is green after ten minutes but the battery shows 40 %.",
                    "The cells are out of balance. Leave it on the charger overnight once; the gauge corrects itself.",
                    "Full this morning. Thank you!",
                ),
                (
                    "en",
                    "Is it safe to charge in a cold garage?",
                    "Above 0 °C yes. Below that bring the battery indoors for an hour first.",
                    "Good to know.",
                ),
                (
                    "es",
                    "¿La batería aguanta si la dejo cargando toda la noche?",
                    "Sí, el cargador corta solo al llegar al cien por cien.",
                    "Gracias, me quedo tranquila.",
                ),
            ),
        ),
        TopicSeed(
            "Assembly and brakes",
            "Montaje y frenos",
            800,
            (
                (
                    "en",
                    "The front brake rubs on one side after I put the wheel back.",
                    "Loosen both caliper bolts a turn, squeeze the lever, and tighten while holding it.",
                    "Silent now!",
                ),
                (
                    "en",
                    "Which way round does the front fork go?",
                    "The disc side is always on your left when you sit on the bike.",
                    "Of course. Thanks!",
                ),
            ),
        ),
        TopicSeed(
            "Choosing a bike",
            "Elegir una bicicleta",
            200,
            (
                (
                    "en",
                    "I am 1.62 m, should I take the S or the M frame of the Harrier?",
                    "Between sizes on the Harrier, take the S: the top tube is long.",
                    "The S feels right.",
                ),
                (
                    "es",
                    "¿Cuál sube mejor una cuesta del doce por ciento?",
                    "La Harrier con motor central; la Merlin llega, pero más despacio.",
                    "Me decido por la Harrier.",
                ),
            ),
        ),
    ),
)

BRANDS = (LUMEN, KESTREL)

STAFF = (
    StaffSeed("nora@lumen.example", "Nora Vidal", "moderator", "lumen", "es"),
    StaffSeed("martin@kestrel.example", "Martin Hale", "moderator", "kestrel", "en"),
    StaffSeed("ines@lumen.example", "Inés Roca", "staff", "lumen", "es"),
    StaffSeed("sara@kestrel.example", "Sara Doyle", "staff", "kestrel", "en"),
)

EXPERTS = (
    ExpertSeed("ida@demo.example", "Ida", ("es", "en"), {"lumen": (0, 1, 2), "kestrel": (0, 1, 2)}, 0.95, 62, 3, "en"),
    ExpertSeed("bruno@demo.example", "Bruno", ("es",), {"lumen": (0, 1, 2)}, 0.92, 58, 2, "es"),
    ExpertSeed("carla@demo.example", "Carla", ("es", "en"), {"lumen": (0, 1)}, 0.90, 44, 2, "es"),
    ExpertSeed("diego@demo.example", "Diego", ("es",), {"lumen": (1, 2)}, 0.87, 40, 2, "es"),
    ExpertSeed("elena@demo.example", "Elena", ("es", "en"), {"lumen": (0, 2), "kestrel": (2,)}, 0.88, 36, 2, "es"),
    ExpertSeed("felix@demo.example", "Felix", ("en",), {"kestrel": (0, 1, 2)}, 0.93, 60, 3, "en"),
    ExpertSeed("grace@demo.example", "Grace", ("en",), {"kestrel": (0, 1)}, 0.90, 50, 2, "en"),
    ExpertSeed("hugo@demo.example", "Hugo", ("en", "es"), {"kestrel": (1, 2), "lumen": (0,)}, 0.86, 44, 2, "en"),
    ExpertSeed("iris@demo.example", "Iris", ("en",), {"kestrel": (0, 2)}, 0.89, 40, 2, "en"),
    ExpertSeed("jonas@demo.example", "Jonas", ("en",), {"kestrel": (0, 1, 2)}, 0.72, 16, 2, "en"),
    ExpertSeed("kira@demo.example", "Kira", ("es",), {"lumen": (0, 1, 2)}, 0.45, 12, 2, "es"),
    ExpertSeed("luca@demo.example", "Luca", ("es", "en"), {"lumen": (0, 1), "kestrel": (0,)}, 1.0, 0, 1, "en"),
)

# Who the start page offers to be, one press each. The others are lived in by the demo itself.
PEOPLE = tuple(
    {"email": email, "password": PASSWORD, "brand": brand, "note": note}
    for email, brand, note in (
        (
            "ida@demo.example",
            "Lumen, Kestrel Bikes",
            N_("The best of Lumen: three chats at once there, else two"),
        ),
        ("luca@demo.example", "Lumen, Kestrel Bikes", N_("A newcomer, one chat at once")),
        ("kira@demo.example", "Lumen", N_("Paused: sees why no offers come")),
        ("nora@lumen.example", "Lumen", N_("Speaks Spanish")),
        ("martin@kestrel.example", "Kestrel Bikes", N_("Speaks English")),
        ("ines@lumen.example", "Lumen", N_("Speaks Spanish")),
        ("sara@kestrel.example", "Kestrel Bikes", N_("Speaks English")),
    )
)
RESIDENTS = ("bruno@demo.example", "carla@demo.example", "felix@demo.example", "grace@demo.example")
