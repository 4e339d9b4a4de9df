"""Which features bend and which combine, for both probabilities over sessions.

Chosen by meaning, not by search: time, depth and money bend (the first minute is not
the tenth), and what page one is on, how far in the funnel and whether one has been here
before change what the others mean.
"""

# Rules of this file: names of the feature table only; a name that is not in the table
# fails at import. Every term costs a row and a column of the learner's covariance.

from __future__ import annotations

from typing import Final

from engage.scoring.basis import Basis
from engage.visits.features import FEATURES

BENT: Final = frozenset(
    {
        "active_s",
        "view_active_s",
        "previous_view_s",
        "longest_idle_s",
        "page_views",
        "product_views",
        "scroll_deepest",
        "price_eur",
        "cart_eur",
        "rhythm_z",
    }
)
PAGES: Final = ("on_product", "on_cart", "on_checkout", "is_phone")
CHANGED_BY_PAGE: Final = (
    "active_s",
    "view_active_s",
    "product_views",
    "funnel",
    "price_eur",
)
COMBINED: Final = (
    ("visit_index", "active_s"),
    ("visit_index", "product_views"),
    ("visit_index", "funnel"),
    ("orders", "funnel"),
    ("funnel", "active_s"),
    ("funnel", "view_active_s"),
    ("active_s", "product_views"),
    ("active_s", "active_s"),
    ("view_active_s", "price_eur"),
    ("hover_cart_s", "on_product"),
)

SESSION_BASIS: Final = Basis(
    names=tuple(feature.name for feature in FEATURES),
    flags=frozenset(f.name for f in FEATURES if f.scale == "flag"),
    knots=(-1.0, 0.0, 1.0),
    pairs=(*((p, c) for p in PAGES for c in CHANGED_BY_PAGE), *COMBINED),
    bent=BENT,
)
