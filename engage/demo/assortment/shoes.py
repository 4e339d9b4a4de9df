"""Shoes: for the way to rehearsal, to work and out of town."""

from __future__ import annotations

from engage.demo.product import Product, both, colour

_MAKER = "Gangart"
_SIZES = ("37", "38", "39", "40", "41", "42", "43", "44", "45", "46")

PRODUCTS: tuple[Product, ...] = (
    Product(
        item_id="sho-pflaster",
        title=both("Gangart Pflaster"),
        maker=_MAKER,
        category="shoes",
        price_cents=11_900,
        cost_cents=5_600,
        stock=23,
        variants=(
            colour("Weiß und Blau", "White and blue", "#eef0f2", "#3246c8"),
            colour("Petrol", "Petrol", "#2f7080", "#f3ead7"),
            colour("Rosé", "Rose", "#d8a3a0", "#7d2f3a"),
        ),
        blurb=both(
            "Glattes Leder, flache Sohle, nichts zu viel. Der Schuh, der zu allem "
            "geht.",
            "Smooth leather, flat sole, nothing spare. The shoe that goes with "
            "everything.",
        ),
        facts=(
            both("Chromfrei gegerbtes Leder", "Chrome-free leather"),
            both("Genähte Schalensohle", "Stitched cup sole"),
            both("Fällt normal aus", "True to size"),
        ),
        shape="court",
        backdrop="#cfdae2",
        sizes=_SIZES,
    ),
    Product(
        item_id="sho-boee",
        title=both("Gangart Böe", "Gangart Gust"),
        maker=_MAKER,
        category="shoes",
        price_cents=13_900,
        cost_cents=6_900,
        stock=17,
        variants=(
            colour("Glut", "Ember", "#cf4a34", "#22232b"),
            colour("Minze", "Mint", "#79b8a2", "#2a4d52"),
            colour("Grau", "Grey", "#8b9099", "#e0713f"),
        ),
        blurb=both(
            "Laufschuh mit rollender Sohle: trägt über den Asphalt und federt zurück.",
            "A running shoe with a rocker sole: carries over asphalt and springs back.",
        ),
        facts=(
            both("Sprengung 8 mm", "Drop 8 mm"),
            both("Obermaterial gestrickt", "Knitted upper"),
            both("Fällt klein aus: eine Nummer größer", "Runs small: take one size up"),
        ),
        shape="runner",
        backdrop="#e6d6cf",
        sizes=_SIZES,
    ),
    Product(
        item_id="sho-kante",
        title=both("Gangart Dachkante", "Gangart Rooftop"),
        maker=_MAKER,
        category="shoes",
        price_cents=12_900,
        cost_cents=6_100,
        stock=0,
        variants=(
            colour("Senf", "Mustard", "#dba934", "#22232b"),
            colour("Tinte", "Ink", "#34405f", "#d9563f"),
        ),
        blurb=both(
            "Hoher Leinenschuh mit Gummikappe. Wird mit jedem Konzert schöner.",
            "A canvas high-top with a rubber cap. Gets better with every concert.",
        ),
        facts=(
            both("Biobaumwolle", "Organic cotton"),
            both("Naturkautschuk", "Natural rubber"),
            both("Fällt normal aus", "True to size"),
        ),
        shape="high_top",
        backdrop="#e0e2cb",
        sizes=_SIZES,
    ),
    Product(
        item_id="sho-moor",
        title=both("Gangart Moor"),
        maker=_MAKER,
        category="shoes",
        price_cents=22_900,
        cost_cents=11_800,
        stock=8,
        variants=(
            colour("Torf", "Peat", "#8a5a34", "#3a2a20"),
            colour("Schiefer", "Slate", "#4a525c", "#22262c"),
        ),
        blurb=both(
            "Geschnürter Winterstiefel mit gepolstertem Schaft. Wasser bleibt draußen.",
            "A laced winter boot with a padded collar. Water stays outside.",
        ),
        facts=(
            both("Gewachstes Rindleder", "Waxed cowhide"),
            both("Profilsohle, neu besohlbar", "Lugged sole, can be resoled"),
            both("Fällt groß aus", "Runs large"),
        ),
        shape="boot",
        backdrop="#e2dccb",
        sizes=_SIZES,
    ),
    Product(
        item_id="sho-senat",
        title=both("Gangart Senat"),
        maker=_MAKER,
        category="shoes",
        price_cents=18_900,
        cost_cents=9_700,
        stock=11,
        variants=(
            colour("Cognac", "Cognac", "#a8642f", "#4a2f20"),
            colour("Schwarz", "Black", "#33343c", "#22232b"),
        ),
        blurb=both(
            "Derby mit geschichtetem Absatz. Für Bühnen, auf denen man sitzt.",
            "A derby with a stacked heel. For stages where one sits down.",
        ),
        facts=(
            both("Kalbsleder", "Calf leather"),
            both("Rahmengenäht", "Goodyear welted"),
            both("Fällt normal aus", "True to size"),
        ),
        shape="derby",
        backdrop="#dcdcd6",
        sizes=_SIZES,
    ),
    Product(
        item_id="sho-pause",
        title=both("Gangart Pause"),
        maker=_MAKER,
        category="shoes",
        price_cents=9_900,
        cost_cents=4_500,
        stock=19,
        variants=(
            colour("Flaschengrün", "Bottle green", "#2f5a48", "#d9bd7c"),
            colour("Kastanie", "Chestnut", "#7b4630", "#d9bd7c"),
        ),
        blurb=both(
            "Hineinschlüpfen, loslaufen. Der Loafer für alle, die ungern binden.",
            "Slip in, walk off. The loafer for those who would rather not tie.",
        ),
        facts=(
            both("Weiches Veloursleder", "Soft suede"),
            both("Ledersohle mit Gummi", "Leather sole with rubber"),
            both("Fällt klein aus", "Runs small"),
        ),
        shape="loafer",
        backdrop="#d5dcd0",
        sizes=_SIZES,
    ),
)
