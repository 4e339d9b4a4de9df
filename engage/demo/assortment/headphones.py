"""Headphones: for listening alone, among people."""

from __future__ import annotations

from engage.demo.product import Product, both, colour

_MAKER = "Ohrbit"

PRODUCTS: tuple[Product, ...] = (
    Product(
        item_id="hph-punkt",
        title=both("Ohrbit Punkt"),
        maker=_MAKER,
        category="headphones",
        price_cents=3_900,
        cost_cents=1_500,
        stock=64,
        variants=(
            colour("Kupfer", "Copper", "#c98a52", "#4a2f20"),
            colour("Himmel", "Sky", "#7ea6c9", "#2d3f63"),
            colour("Graphit", "Graphite", "#565964", "#22232b"),
        ),
        blurb=both(
            "Kleine Hörer am Kabel. Kein Akku, kein Koppeln, nur Musik.",
            "Small phones on a cable. No battery, no pairing, just music.",
        ),
        facts=(
            both("Dynamisch, 10 mm", "Dynamic, 10 mm"),
            both("Klinke 3,5 mm", "3.5 mm jack"),
            both("Drei Größen Aufsätze", "Three sizes of tips"),
        ),
        shape="wired",
        backdrop="#dbe0d4",
    ),
    Product(
        item_id="hph-klammer",
        title=both("Ohrbit Klammer"),
        maker=_MAKER,
        category="headphones",
        price_cents=8_900,
        cost_cents=4_300,
        stock=21,
        variants=(
            colour("Rot", "Red", "#b3402e", "#22232b"),
            colour("Salbei", "Sage", "#86a184", "#3d4a3d"),
        ),
        blurb=both(
            "Ein Stahlbügel, zwei Polster, sechzig Gramm. Man vergisst sie gern.",
            "A steel band, two pads, sixty grams. Easily forgotten on the head.",
        ),
        facts=(
            both("60 g", "60 g"),
            both("Offen, 32 Ohm", "Open, 32 ohms"),
            both("Faltbar", "Folds flat"),
        ),
        shape="on_ear",
        backdrop="#e8d8d2",
    ),
    Product(
        item_id="hph-bohne",
        title=both("Ohrbit Bohne"),
        maker=_MAKER,
        category="headphones",
        price_cents=14_900,
        cost_cents=8_200,
        stock=33,
        variants=(
            colour("Tannengrün", "Fir green", "#31584a", "#e9e2d0"),
            colour("Perle", "Pearl", "#d9d6cf", "#8a8f99"),
            colour("Lila", "Lilac", "#8b7fb8", "#e4def2"),
        ),
        blurb=both(
            "Kabellos, mit Geräuschdämpfung und einem Etui, das in der Hand liegt "
            "wie ein Kiesel.",
            "Wireless, with noise cancelling and a case that sits in the hand like a "
            "pebble.",
        ),
        facts=(
            both("7 Stunden, Etui 28", "7 hours, case 28"),
            both("Geräuschdämpfung", "Noise cancelling"),
            both("Spritzwasserfest", "Splash proof"),
        ),
        shape="wireless",
        backdrop="#e3e0d8",
    ),
    Product(
        item_id="hph-weite",
        title=both("Ohrbit Weite"),
        maker=_MAKER,
        category="headphones",
        price_cents=24_900,
        cost_cents=14_500,
        stock=10,
        variants=(
            colour("Messing", "Brass", "#c9a24e", "#22232b"),
            colour("Rauch", "Smoke", "#767a85", "#2b2d36"),
        ),
        blurb=both(
            "Offener Studiohörer: Der Raum klingt mit, und du hörst, wo wer steht.",
            "An open studio headphone: the room sounds along and you hear who stands "
            "where.",
        ),
        facts=(
            both("Offen, 150 Ohm", "Open, 150 ohms"),
            both("Velourspolster", "Velour pads"),
            both("Kabel 3 m, steckbar", "3 m cable, detachable"),
        ),
        shape="open_back",
        backdrop="#dfe1d2",
    ),
    Product(
        item_id="hph-halle",
        title=both("Ohrbit Halle"),
        maker=_MAKER,
        category="headphones",
        price_cents=42_900,
        cost_cents=25_400,
        stock=7,
        variants=(
            colour("Meerblau", "Sea blue", "#2f6f8f", "#e6dcc8"),
            colour("Ton", "Clay", "#b5694a", "#e8dccb"),
            colour("Schwarz", "Black", "#34363f", "#5a5d68"),
        ),
        blurb=both(
            "Geschlossen, kabellos, vierzig Stunden. Macht aus dem Großraumbüro "
            "einen Saal.",
            "Closed, wireless, forty hours. Turns the open-plan office into a hall.",
        ),
        facts=(
            both("40 Stunden Akku", "40 hours of battery"),
            both("Geräuschdämpfung", "Noise cancelling"),
            both("Zwei Geräte zugleich", "Two devices at once"),
        ),
        shape="over_ear",
        backdrop="#ccd9e0",
    ),
    Product(
        item_id="hph-stille",
        title=both("Ohrbit Stille"),
        maker=_MAKER,
        category="headphones",
        price_cents=54_900,
        cost_cents=33_000,
        stock=0,
        variants=(
            colour("Rost", "Rust", "#b5502c", "#2a1c16"),
            colour("Nebel", "Fog", "#c9ccd2", "#4b4e59"),
        ),
        blurb=both(
            "Das Spitzenmodell. So leise, dass man die eigenen Gedanken hört.",
            "The flagship. So quiet that you hear yourself think.",
        ),
        facts=(
            both("Planare Wandler", "Planar drivers"),
            both("60 Stunden Akku", "60 hours of battery"),
            both("Echtes Leder", "Real leather"),
        ),
        shape="studio_set",
        backdrop="#e7d9c8",
    ),
)
