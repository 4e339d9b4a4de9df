"""Guitars: from a set of picks to a semi-hollow."""

from __future__ import annotations

from engage.demo.product import Product, both, colour

_MAKER = "Lindholm"

PRODUCTS: tuple[Product, ...] = (
    Product(
        item_id="gtr-luv",
        title=both("Lindholm Luv"),
        maker=_MAKER,
        category="guitars",
        price_cents=89_900,
        cost_cents=58_900,
        stock=4,
        variants=(
            colour("Meerblau", "Sea blue", "#2f6f8f", "#f3ead7"),
            colour("Koralle", "Coral", "#d9674f", "#f7f1e4"),
            colour("Nachtschwarz", "Night black", "#2a2c35", "#f3ead7"),
        ),
        blurb=both(
            "Drei Single Coils, ein weicher Hals und genug Glanz, um neben jeder "
            "Stimme Platz zu finden.",
            "Three single coils, a soft neck and enough sparkle to sit beside any "
            "voice.",
        ),
        facts=(
            both("Erle, geölter Ahornhals", "Alder, oiled maple neck"),
            both("Mensur 648 mm, 22 Bünde", "Scale 648 mm, 22 frets"),
            both("3,4 kg, mit Tasche", "3.4 kg, gig bag included"),
        ),
        shape="double_cut",
        backdrop="#c9d8dc",
    ),
    Product(
        item_id="gtr-lee",
        title=both("Lindholm Lee"),
        maker=_MAKER,
        category="guitars",
        price_cents=64_900,
        cost_cents=43_900,
        stock=7,
        variants=(
            colour("Butterblond", "Butter blond", "#e6c877", "#22232b"),
            colour("Salbei", "Sage", "#8fae8b", "#f3ead7"),
            colour("Ziegel", "Brick", "#b0543c", "#f3ead7"),
        ),
        blurb=both(
            "Ein Brett, zwei Tonabnehmer, keine Ausreden. Die Lee sagt, was du "
            "spielst.",
            "One slab, two pickups, no excuses. The Lee says what you play.",
        ),
        facts=(
            both("Esche, Ahornhals", "Ash, maple neck"),
            both("Dreiwegeschalter, zwei Regler", "Three-way switch, two knobs"),
            both("3,6 kg", "3.6 kg"),
        ),
        shape="plank",
        backdrop="#dfe0cb",
    ),
    Product(
        item_id="gtr-atlas",
        title=both("Lindholm Atlas"),
        maker=_MAKER,
        category="guitars",
        price_cents=184_900,
        cost_cents=122_000,
        stock=1,
        variants=(
            colour("Sonnenbrand", "Sunburst", "#c8742c", "#2a1c16"),
            colour("Weinrot", "Wine red", "#8c2b2f", "#1d1d22"),
        ),
        blurb=both(
            "Gewölbte Decke, zwei Humbucker und ein Ton, der stehen bleibt, wenn du "
            "längst weiter bist.",
            "A carved top, two humbuckers and a note that stays when you have long "
            "moved on.",
        ),
        facts=(
            both("Mahagoni mit Ahorndecke", "Mahogany with a maple top"),
            both("Eingeleimter Hals", "Set neck"),
            both("Handverlesen, mit Koffer", "Hand-picked, hard case included"),
        ),
        shape="carved",
        backdrop="#e5d3c6",
    ),
    Product(
        item_id="gtr-kontor",
        title=both("Lindholm Kontor"),
        maker=_MAKER,
        category="guitars",
        price_cents=299_000,
        cost_cents=198_000,
        stock=0,
        variants=(
            colour("Bernstein", "Amber", "#c9772f", "#22232b"),
            colour("Kirsche", "Cherry", "#9c2f2c", "#22232b"),
        ),
        blurb=both(
            "Halbakustik aus der kleinen Werkstatt: luftig, warm und nur zwölfmal im "
            "Jahr gebaut.",
            "A semi-hollow from the small workshop: airy, warm and built only twelve "
            "times a year.",
        ),
        facts=(
            both("Ahorn laminiert, Zentralblock", "Laminated maple, centre block"),
            both("Zwei Humbucker, vergoldet", "Two gold humbuckers"),
            both("Bauzeit sechs Monate", "Six months in the making"),
        ),
        shape="hollow",
        backdrop="#e6dcc4",
    ),
    Product(
        item_id="gtr-birke",
        title=both("Lindholm Birke"),
        maker=_MAKER,
        category="guitars",
        price_cents=42_900,
        cost_cents=27_900,
        stock=9,
        variants=(
            colour("Natur", "Natural", "#dfb074", "#4a2f20"),
            colour("Tabak", "Tobacco", "#a8703c", "#3a241a"),
        ),
        blurb=both(
            "Eine Westerngitarre für Küche, Lagerfeuer und Aufnahme. Spricht leise "
            "an und trägt weit.",
            "A flat-top for the kitchen, the campfire and the recording. Answers "
            "softly, carries far.",
        ),
        facts=(
            both("Massive Fichtendecke", "Solid spruce top"),
            both("Korpus aus Birke", "Birch back and sides"),
            both("Werkseitig eingestellt", "Set up before it ships"),
        ),
        shape="acoustic",
        backdrop="#d8dfd2",
    ),
    Product(
        item_id="gtr-tide",
        title=both("Lindholm Tide Bass"),
        maker=_MAKER,
        category="guitars",
        price_cents=77_900,
        cost_cents=51_900,
        stock=0,
        variants=(
            colour("Tannengrün", "Fir green", "#31584a", "#f3ead7"),
            colour("Creme", "Cream", "#e7dcc0", "#7a3b2e"),
        ),
        blurb=both(
            "Vier Saiten, langes Horn, tiefer Atem. Hängt ausgewogen und knurrt, "
            "wenn man ihn lässt.",
            "Four strings, a long horn, a deep breath. Balances well and growls if "
            "you let it.",
        ),
        facts=(
            both("Mensur 864 mm", "Scale 864 mm"),
            both("Geteilter Tonabnehmer", "Split pickup"),
            both("3,9 kg", "3.9 kg"),
        ),
        shape="bass",
        backdrop="#e0ddd2",
    ),
    Product(
        item_id="gtr-plek",
        title=both("Lindholm Plektren, 3 Stück", "Lindholm picks, set of 3"),
        maker=_MAKER,
        category="guitars",
        price_cents=900,
        cost_cents=250,
        stock=240,
        variants=(
            colour("Blau und Gelb", "Blue and yellow", "#3246c8", "#f2b134"),
            colour("Grün und Rot", "Green and red", "#2f7a5c", "#d9563f"),
        ),
        blurb=both(
            "Dünn, mittel, hart: drei Plektren, bis eines dein Lieblingsplektrum ist.",
            "Thin, medium, hard: three picks until one of them is your favourite.",
        ),
        facts=(
            both("0,5 / 0,8 / 1,2 mm", "0.5 / 0.8 / 1.2 mm"),
            both("Griffige Oberfläche", "Grippy surface"),
            both("Aus Pflanzenzellulose", "Made of plant cellulose"),
        ),
        shape="plectra",
        backdrop="#dcdff0",
    ),
)
