"""What is bet on before there is an interval, put together visitor by visitor."""

from dataclasses import replace

import numpy as np
import pytest

from engage.evidence.lift.early import early_bounds
from engage.evidence.lift.report import Plan
from engage.evidence.sequences.betting import bounds
from tests.unit.evidence.test_lift_parts import even

PLAN = Plan(horizon_s=3_600.0)


def early_by_the_book(shop, *, bottom, top):
    """Return scores, and the least and the greatest that each might have been."""
    found, before = [], []
    for margin, is_held, p in zip(
        shop.margin, shop.is_holdout, shop.share, strict=True
    ):
        so_far = sum(before) / len(before) if before else 0.0
        clipped = min(max(margin, bottom), top)
        weight = {True: -1 / p, False: 1 / (1 - p)}
        might = [(m - so_far) * w for m in (bottom, top) for w in weight.values()]
        found.append(
            ((clipped - so_far) * weight[bool(is_held)], min(might), max(might))
        )
        before.append(clipped)
    return np.array(found).T


def test_early_bounds_by_the_book():
    """Bets are on what follows the tenth order, within what could have come of each."""
    shop = even(200, treated=50.0, held=40.0)
    shop = replace(shop, share=np.linspace(0.9, 0.03, 200))
    later = shop.where(np.arange(200) > np.flatnonzero(shop.orders)[9])
    early = early_bounds(shop, plan=PLAN)
    # Five times the first ten margins' mean; costs of cards are a twentieth of it.
    top = 5.0 * shop.margin[shop.orders > 0][:10].mean()
    scores, low, high = early_by_the_book(later, bottom=-0.05 * top, top=top)

    assert early.visitors == len(later)
    assert (early.clipped_low, early.clipped_high) == pytest.approx((-0.05 * top, top))
    assert (early.low, early.high) == pytest.approx(
        bounds(scores, low=low, high=high, within=1.05 * top, alpha=PLAN.alpha)
    )
