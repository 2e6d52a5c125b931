"""What customers of the demo's brands ask about each topic: examples, by brand and the topic's place, as data."""

ASKED: dict[str, tuple[tuple[tuple[str, str], ...], ...]] = {
    "lumen": (
        (
            ("en", "The app does not find my new bulb."),
            ("en", "How do I connect a lamp to the bridge?"),
            ("en", "My lights are offline since I changed the Wi-Fi password."),
            ("en", "The bulb blinks and cannot be paired."),
            ("es", "La aplicación no encuentra la lámpara nueva."),
            ("es", "¿Cómo conecto una bombilla al puente?"),
            ("es", "Las luces están sin conexión desde que cambié el wifi."),
        ),
        (
            ("en", "The timer switches the lights off too early."),
            ("en", "How do I make a scene for the evening?"),
            ("en", "Can the lamps follow sunset and sunrise?"),
            ("es", "¿Cómo creo una escena para la noche?"),
            ("es", "Quiero que las lámparas se enciendan al anochecer."),
            ("es", "El horario no se guarda."),
        ),
        (
            ("en", "When will my order be delivered?"),
            ("en", "How do I return a lamp that I do not like?"),
            ("en", "One bulb of the package arrived broken."),
            ("en", "Where is my parcel?"),
            ("es", "¿Cuándo llega mi pedido?"),
            ("es", "¿Dónde está mi paquete?"),
            ("es", "Una bombilla del paquete llegó rota."),
            ("es", "Quiero devolver una lámpara."),
        ),
    ),
    "kestrel": (
        (
            ("en", "My battery stops charging at 80 percent."),
            ("en", "How far does one charge take me?"),
            ("en", "The charger blinks red."),
            ("en", "The display shows that the battery is empty after a few miles."),
            ("es", "La batería no carga del todo."),
            ("es", "¿Cuántos kilómetros dura una carga?"),
            ("es", "El cargador parpadea en rojo."),
        ),
        (
            ("en", "The rear brake squeals in the rain."),
            ("en", "How do I change the brake pads?"),
            ("en", "The handlebar is loose after assembly."),
            ("en", "Which tool do I need for the pedals?"),
            ("es", "El freno trasero chirría cuando llueve."),
            ("es", "¿Cómo cambio las pastillas de freno?"),
            ("es", "El manillar ha quedado flojo después del montaje."),
            ("es", "¿Cómo monto los pedales?"),
        ),
        (
            ("en", "Which bike for a commute with a steep hill?"),
            ("en", "Is the lighter model worth the price?"),
            ("en", "What size do I need?"),
            ("en", "Can I fit a child seat on it?"),
            ("es", "¿Qué bicicleta me recomiendas para ir al trabajo?"),
            ("es", "¿Qué talla necesito?"),
            ("es", "¿Se le puede poner una silla de niño?"),
        ),
    ),
}
