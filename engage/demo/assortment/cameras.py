"""Cameras: with film, with a sensor, with a print in your hand."""

from __future__ import annotations

from engage.demo.product import Product, both, colour

_MAKER = "Obskura"

PRODUCTS: tuple[Product, ...] = (
    Product(
        item_id="cam-gleich",
        title=both("Obskura Gleich", "Obskura Instant"),
        maker=_MAKER,
        category="cameras",
        price_cents=12_900,
        cost_cents=8_600,
        stock=16,
        variants=(
            colour("Vanille", "Vanilla", "#ead9b4", "#b0543c"),
            colour("Lagune", "Lagoon", "#6fb0b0", "#2c4f57"),
            colour("Koralle", "Coral", "#e08a73", "#7a2f35"),
        ),
        blurb=both(
            "Auslösen, warten, in der Hand halten. Zehn Bilder pro Film.",
            "Press, wait, hold it in your hand. Ten pictures a pack.",
        ),
        facts=(
            both("Bildformat 62 x 46 mm", "Picture 62 x 46 mm"),
            both("Automatischer Blitz", "Automatic flash"),
            both("Mit einem Film", "One pack included"),
        ),
        shape="instant",
        backdrop="#d6e0da",
    ),
    Product(
        item_id="cam-spiegel",
        title=both("Obskura Taschenspiegel", "Obskura Pocket"),
        maker=_MAKER,
        category="cameras",
        price_cents=34_900,
        cost_cents=23_900,
        stock=12,
        variants=(
            colour("Orange", "Orange", "#d8662f", "#2a1c16"),
            colour("Silber", "Silver", "#b9bec6", "#3a3d46"),
        ),
        blurb=both(
            "Passt in jede Jacke und sieht im Dunkeln mehr als du.",
            "Fits in any jacket and sees more in the dark than you do.",
        ),
        facts=(
            both("1-Zoll-Sensor", "1-inch sensor"),
            both("24 bis 70 mm, f/1.8", "24 to 70 mm, f/1.8"),
            both("290 g", "290 g"),
        ),
        shape="compact",
        backdrop="#e5dcc6",
    ),
    Product(
        item_id="cam-ei",
        title=both("Obskura Spiegelei", "Obskura Sunny Side"),
        maker=_MAKER,
        category="cameras",
        price_cents=59_900,
        cost_cents=41_500,
        stock=5,
        variants=(
            colour("Silber", "Silver", "#c3c7cd", "#2a2b32"),
            colour("Rot", "Red", "#a83a2c", "#22232b"),
        ),
        blurb=both(
            "Spiegelreflex für Film, neu gebaut. Mechanisch bis auf den "
            "Belichtungsmesser.",
            "A reflex for film, newly built. Mechanical but for its light meter.",
        ),
        facts=(
            both("Kleinbild 35 mm", "35 mm film"),
            both("Verschluss bis 1/1000 s", "Shutter to 1/1000 s"),
            both("Mit Objektiv 50 mm f/1.8", "With 50 mm f/1.8 lens"),
        ),
        shape="reflex",
        backdrop="#e6d3cc",
    ),
    Product(
        item_id="cam-zwei",
        title=both("Obskura Zweiauge", "Obskura Two Eyes"),
        maker=_MAKER,
        category="cameras",
        price_cents=89_000,
        cost_cents=61_000,
        stock=0,
        variants=(
            colour("Schwarz", "Black", "#3a3c45", "#23242b"),
            colour("Grün", "Green", "#3d6553", "#e9e2d0"),
        ),
        blurb=both(
            "Zweiäugig, mit Lichtschacht: Man sieht nach unten und fotografiert nach "
            "vorn.",
            "Twin lens, waist level: you look down and photograph ahead.",
        ),
        facts=(
            both("Mittelformat 6 x 6", "Medium format 6 x 6"),
            both("Zwei Objektive 80 mm", "Two 80 mm lenses"),
            both("Kleine Serie", "Small batch"),
        ),
        shape="twin_lens",
        backdrop="#dfdbd0",
    ),
    Product(
        item_id="cam-rand",
        title=both("Obskura Rand", "Obskura Edge"),
        maker=_MAKER,
        category="cameras",
        price_cents=149_000,
        cost_cents=104_000,
        stock=3,
        variants=(
            colour("Silber und Blau", "Silver and blue", "#b7bec8", "#33466f"),
            colour("Schwarz", "Black", "#42444e", "#22232b"),
            colour("Silber und Sand", "Silver and sand", "#c6c8cb", "#b79c72"),
        ),
        blurb=both(
            "Messsucher mit Vollformatsensor. Langsam bedienen, schnell sehen.",
            "A rangefinder with a full-frame sensor. Slow to handle, quick to see.",
        ),
        facts=(
            both("24 Megapixel Vollformat", "24 megapixel full frame"),
            both("Leiser Verschluss", "Quiet shutter"),
            both("Ohne Objektiv", "Body only"),
        ),
        shape="rangefinder",
        backdrop="#cfd8de",
    ),
    Product(
        item_id="cam-null",
        title=both("Obskura Null", "Obskura Zero"),
        maker=_MAKER,
        category="cameras",
        price_cents=219_900,
        cost_cents=156_000,
        stock=4,
        variants=(
            colour("Graphit", "Graphite", "#4b4e59", "#26272f"),
            colour("Sand", "Sand", "#c7ae83", "#3a3028"),
        ),
        blurb=both(
            "Spiegellos, stabilisiert und wetterfest. Für alle, die nachts um vier "
            "noch fotografieren.",
            "Mirrorless, stabilised and sealed. For those still taking pictures at "
            "four in the morning.",
        ),
        facts=(
            both("45 Megapixel, stabilisiert", "45 megapixels, stabilised"),
            both("Zwei Kartenfächer", "Two card slots"),
            both("Mit Objektiv 24 bis 105 mm", "With 24 to 105 mm lens"),
        ),
        shape="mirrorless",
        backdrop="#d9d9de",
    ),
)
