"""Amplifiers: from the bedroom to the hall."""

from __future__ import annotations

from engage.demo.product import Product, both, colour

_MAKER = "Brumm & Söhne"

PRODUCTS: tuple[Product, ...] = (
    Product(
        item_id="amp-kiesel",
        title=both("Brumm Kiesel"),
        maker=_MAKER,
        category="amplifiers",
        price_cents=19_900,
        cost_cents=12_400,
        stock=0,
        variants=(
            colour("Eiche", "Oak", "#c99a5e", "#4a3426"),
            colour("Nuss", "Walnut", "#80553a", "#c9b48a"),
        ),
        blurb=both(
            "Der Verstärker für unterwegs: acht Stunden Akku, Holzrahmen und ein "
            "Lederriemen.",
            "The amplifier for the road: eight hours of battery, a wooden frame and "
            "a leather strap.",
        ),
        facts=(
            both("15 Watt, 5-Zoll-Speaker", "15 watts, 5-inch speaker"),
            both("8 Stunden Akku", "8 hours of battery"),
            both("2,8 kg", "2.8 kg"),
        ),
        shape="radio",
        backdrop="#d9ddd0",
    ),
    Product(
        item_id="amp-kreisel",
        title=both("Brumm Kreisel 5"),
        maker=_MAKER,
        category="amplifiers",
        price_cents=12_900,
        cost_cents=7_900,
        stock=14,
        variants=(
            colour("Petrol", "Petrol", "#2f7080", "#efe6d2"),
            colour("Senf", "Mustard", "#d3a23b", "#2b2b31"),
            colour("Ziegel", "Brick", "#b0543c", "#efe6d2"),
        ),
        blurb=both(
            "Fünf Watt fürs Zimmer. Drei Regler, ein Kopfhörerausgang, gute "
            "Nachbarschaft.",
            "Five watts for the room. Three knobs, a headphone jack, good neighbours.",
        ),
        facts=(
            both("5 Watt, 6,5-Zoll-Speaker", "5 watts, 6.5-inch speaker"),
            both("Kopfhörerausgang", "Headphone output"),
            both("4,1 kg", "4.1 kg"),
        ),
        shape="practice",
        backdrop="#cfdbe0",
    ),
    Product(
        item_id="amp-kachel",
        title=both("Brumm Kachel 15"),
        maker=_MAKER,
        category="amplifiers",
        price_cents=38_900,
        cost_cents=24_900,
        stock=6,
        variants=(
            colour("Sand", "Sand", "#d8bf8d", "#3a2e28"),
            colour("Moosgrün", "Moss green", "#4d6a4f", "#e4d9bd"),
            colour("Schwarz", "Black", "#2c2d35", "#b9b2a2"),
        ),
        blurb=both(
            "Der Allrounder: klarer Grundton, weiche Zerre, genug Reserve für die "
            "erste Bandprobe.",
            "The all-rounder: a clear base tone, soft drive, and headroom for the "
            "first rehearsal.",
        ),
        facts=(
            both("15 Watt, 10-Zoll-Speaker", "15 watts, 10-inch speaker"),
            both("Federhall", "Spring reverb"),
            both("11 kg", "11 kg"),
        ),
        shape="combo",
        backdrop="#e0e0cd",
    ),
    Product(
        item_id="amp-kamin",
        title=both("Brumm Kamin 30"),
        maker=_MAKER,
        category="amplifiers",
        price_cents=109_000,
        cost_cents=71_000,
        stock=3,
        variants=(
            colour("Tannengrün", "Fir green", "#31584a", "#efe6d2"),
            colour("Burgund", "Burgundy", "#74303a", "#d9bd7c"),
        ),
        blurb=both(
            "Röhrenkopf, der warm glüht und noch wärmer klingt. Passt auf jedes Regal.",
            "A valve head that glows warm and sounds warmer. Fits on any shelf.",
        ),
        facts=(
            both("30 Watt, vier Röhren", "30 watts, four valves"),
            both("Einschleifweg", "Effects loop"),
            both("9,5 kg", "9.5 kg"),
        ),
        shape="lunchbox",
        backdrop="#e3dfd3",
    ),
    Product(
        item_id="amp-orgel",
        title=both("Brumm Orgel 2x12"),
        maker=_MAKER,
        category="amplifiers",
        price_cents=129_000,
        cost_cents=86_500,
        stock=2,
        variants=(
            colour("Ochsenblut", "Oxblood", "#7d2f2f", "#cdbb95"),
            colour("Nachtblau", "Night blue", "#2d3f63", "#c9ccd2"),
        ),
        blurb=both(
            "Zwei Speaker, viel Luft. Clean bleibt clean, auch wenn der Schlagzeuger "
            "ernst macht.",
            "Two speakers, plenty of air. Clean stays clean, even when the drummer "
            "means it.",
        ),
        facts=(
            both("60 Watt, 2 x 12 Zoll", "60 watts, 2 x 12 inches"),
            both("Hall und Vibrato", "Reverb and vibrato"),
            both("24 kg", "24 kg"),
        ),
        shape="twin",
        backdrop="#e5d6cf",
    ),
    Product(
        item_id="amp-hochofen",
        title=both("Brumm Hochofen 50"),
        maker=_MAKER,
        category="amplifiers",
        price_cents=169_000,
        cost_cents=112_000,
        stock=2,
        variants=(
            colour("Rost", "Rust", "#a9502c", "#2a1c16"),
            colour("Anthrazit", "Anthracite", "#34363f", "#8a7d68"),
        ),
        blurb=both(
            "Topteil und Box für die große Bühne. Der mittlere Regler heißt nicht "
            "umsonst Mut.",
            "Head and cabinet for the big stage. The middle knob is called courage "
            "for a reason.",
        ),
        facts=(
            both("50 Watt, 4 x 10 Zoll", "50 watts, 4 x 10 inches"),
            both("Zwei Kanäle", "Two channels"),
            both("36 kg, zwei Teile", "36 kg in two parts"),
        ),
        shape="stack",
        backdrop="#e8dbc0",
    ),
)
