"""Which products an alternative proposes to this visitor, now.

What people compare comes first, learned from co-views; where nothing is learned yet,
the nearest prices of the same category.
"""

# Rules of this file: pure. Never out of stock, never what is on the page, in the cart
# or was looked at already.

from __future__ import annotations

from itertools import islice
from typing import Final, NamedTuple

from engage.interventions.base import Suggestion
from engage.interventions.catalogue import Catalogue
from engage.interventions.coview import CoView
from engage.visits.session import Session
from engage.wire.catalog import category_of

# Ranked products per wanted one, so that the same category has a chance to come first.
WIDER: Final = 4


class Slate(NamedTuple):
    """What is proposed.

    Attributes:
        items: products to propose, best first.
        is_sold_out: products that fit are known, and none can be bought now.
    """

    items: tuple[Suggestion, ...]
    is_sold_out: bool


def suggest(
    session: Session,
    *,
    learner: CoView,
    catalogue: Catalogue,
    count: int,
    at_s: float,
) -> Slate:
    """Return at most `count` products in stock that fit what the visitor looked at.

    When the product on the page is known to be out of stock, products of its own
    category come first: its replacement is wanted, not what goes with it.
    """
    shown = () if session.item_id is None else (session.item_id,)
    history = (*session.recent_items, *shown)
    carted = tuple(line.item_id for line in session.cart)
    taken = {*history, *carted}

    def fits(item_id: str) -> bool:
        return item_id not in taken and catalogue.is_offered(item_id, at_s=at_s)

    anchors = history or carted
    fitting = learner.rank(anchors)
    ranked = tuple(islice(filter(fits, fitting), count * WIDER))
    if session.item_in_stock is False:
        ranked = _same_category_first(ranked, session, catalogue)
    chosen = list(ranked[:count])
    taken.update(chosen)
    for anchor in reversed(anchors):
        missing = count - len(chosen)
        if missing == 0:
            break
        near = catalogue.neighbours(anchor, count=missing, allowed=fits)
        chosen += near
        taken.update(near)
    items = tuple(catalogue.suggestion(item_id, at_s=at_s) for item_id in chosen)
    is_sold_out = not items and _has_any(anchors, fitting, catalogue)
    return Slate(items, is_sold_out)


def _same_category_first(
    ranked: tuple[str, ...], session: Session, catalogue: Catalogue
) -> tuple[str, ...]:
    """Return `ranked` with the category of the product on the page in front."""
    wanted = category_of(session.item_category)

    def is_other(item_id: str) -> bool:
        known = catalogue.get(item_id)
        return known is None or known.category != wanted

    return tuple(sorted(ranked, key=is_other))


def _has_any(
    anchors: tuple[str, ...], fitting: list[str], catalogue: Catalogue
) -> bool:
    """Tell whether anything at all would fit, whatever the stock."""
    seen = set(anchors)

    def is_known(item_id: str) -> bool:
        return item_id not in seen and catalogue.get(item_id) is not None

    return any(map(is_known, fitting)) or any(
        catalogue.neighbours(anchor, count=1, allowed=is_known) for anchor in anchors
    )
