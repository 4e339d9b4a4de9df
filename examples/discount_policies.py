"""Two policies to ask the log about; `engage evaluate` calls them once a decision.

A policy is given a decision record as it was before the draw and returns a probability
for each action it wants, over the record's `eligible` ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Record = Mapping[str, Any]
Distribution = dict[str, float]

NONE_SHARE = 0.4


def generous(record: Record) -> Distribution:
    """Show nothing in two draws of five; else any card, discounts included."""
    cards = [action for action in record["eligible"] if action != "none"]
    return _shared(cards)


def thrifty(record: Record) -> Distribution:
    """Do the same, but give discounts only to who doubts the price."""
    kinds = record["versions"]["kinds"]
    cards = [
        action
        for action in record["eligible"]
        if action != "none" and (kinds[action] != "discount" or doubts_price(record))
    ]
    return _shared(cards)


def doubts_price(record: Record) -> bool:
    """Tell whether the visitor looked for a cheaper offer or for a coupon."""
    features = record["features"]
    seeks = features["coupon_touches"] + features["copies"] > 0
    return seeks or record["moment"] == "price_doubt"


def _shared(cards: list[str]) -> Distribution:
    if not cards:
        return {"none": 1.0}
    each = (1.0 - NONE_SHARE) / len(cards)
    return {"none": NONE_SHARE, **dict.fromkeys(cards, each)}
