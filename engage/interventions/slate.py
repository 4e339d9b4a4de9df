"""Which products an alternative proposes to this visitor, now.

What people compare comes first, learned from co-views; where nothing is learned yet,
the nearest prices of the same category.
"""

# Rules of this file: pure. Never out of stock, never what is on the page, in the cart,
# bought or looked at already, nor another size of it; of what is new one size.

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
    taken = set(map(catalogue.group_of, (*history, *carted, *session.bought)))

    def take(item_id: str) -> bool:
        """Take a product if it fits; from then on nothing else of its group does."""
        group = catalogue.group_of(item_id)
        if group in taken or not catalogue.is_offered(item_id, at_s=at_s):
            return False
        taken.add(group)
        return True

    anchors = history or carted
    fitting = learner.rank(anchors)
    ranked = list(islice(filter(take, fitting), count * WIDER))
    chosen: list[str] = []
    if shown and _is_gone(session, catalogue):
        chosen, ranked = _by_category(ranked, session, catalogue)
        missing = max(0, count - len(chosen))
        chosen += catalogue.neighbours(*shown, count=missing, allowed=take)
    chosen = [*chosen, *ranked][:count]
    for anchor in reversed(anchors):
        missing = count - len(chosen)
        if missing == 0:
            break
        chosen += catalogue.neighbours(anchor, count=missing, allowed=take)
    items = tuple(catalogue.suggestion(item_id, at_s=at_s) for item_id in chosen)
    is_sold_out = not items and _has_any(anchors, fitting, catalogue)
    return Slate(items, is_sold_out)


def _is_gone(session: Session, catalogue: Catalogue) -> bool:
    """Tell whether the product on the page cannot be bought; its page knows best."""
    if session.item_in_stock is not None:
        return not session.item_in_stock
    known = catalogue.get(session.item_id or "")
    return known is not None and known.in_stock is False


def _by_category(
    ranked: list[str], session: Session, catalogue: Catalogue
) -> tuple[list[str], list[str]]:
    """Return those of the category of the product on the page, and the others.

    In the words of the feed, if it has any: pages may call categories otherwise.
    """
    shown = catalogue.get(session.item_id or "")
    wanted = shown.category if shown else category_of(session.item_category)
    own: list[str] = []
    others: list[str] = []
    for item_id in ranked:
        known = catalogue.get(item_id)
        (own if known and known.category == wanted else others).append(item_id)
    return own, others


def _has_any(
    anchors: tuple[str, ...], fitting: list[str], catalogue: Catalogue
) -> bool:
    """Tell whether anything at all would fit, whatever the stock."""
    seen = set(map(catalogue.group_of, anchors))

    def is_known(item_id: str) -> bool:
        is_other = catalogue.group_of(item_id) not in seen
        return is_other and catalogue.get(item_id) is not None

    return any(map(is_known, fitting)) or any(
        catalogue.neighbours(anchor, count=1, allowed=is_known) for anchor in anchors
    )
