"""Shoppers at ordinary rates, and what every look at them would see; for `lift_aa`."""

# Rules of this file: one seed is one run. Sums at a look are cumulated, not counted
# anew: a run has hundreds of looks.

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engage.evidence.lift.adjust import COVARIATES, expected
from engage.evidence.lift.contrast import left_alone
from engage.evidence.lift.early import early_bounds
from engage.evidence.lift.many import discoveries
from engage.evidence.lift.report import Plan
from engage.evidence.lift.rows import Visitors
from engage.evidence.sequences.means import (
    LEAST_ORDERS,
    Arm,
    Difference,
    between,
    compare,
)
from engage.evidence.sequences.radius import ALPHA
from engage.evidence.sequences.ratio import check_ratio

VISITORS = 40_000
LOOK_EVERY = 100
ORDER_RATE = 0.03
# Mean 30 EUR, coefficient of variation 1.
MARGIN_EUR, LOG_MEAN, LOG_SD = 30.0, -0.3466, 0.8326
# How much more those with intent order: a fifth of conversion's variance at most.
INTENT_SD = 0.9
NONE_P = 0.3

SHARES = (0.05, 0.1, 0.5)
EFFECT_EUR = 10.0
LEAK = 0.51
LEAK_VISITORS = 60_000
SEGMENTS = 10

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Looks = Iterator[tuple[Arm, Arm]]


def shoppers(
    seed: int, *, share: float, effect: float = 0.0, n: int = VISITORS
) -> Visitors:
    """Return visitors whose margin rises by `effect` EUR an order where treated."""
    rng = np.random.default_rng(seed)
    intent = ORDER_RATE * np.exp(rng.normal(0, INTENT_SD, n) - INTENT_SD**2 / 2)
    orders = rng.random(n) < intent.clip(0, 1)
    margins = np.where(orders, MARGIN_EUR * rng.lognormal(LOG_MEAN, LOG_SD, n), 0.0)
    is_holdout = rng.random(n) < share
    covariates = np.zeros((n, len(COVARIATES)))
    covariates[:, COVARIATES.index("intent")] = intent
    margins = margins + effect * (~is_holdout & orders)
    return Visitors(
        at_s=np.arange(n) * 60.0,
        is_holdout=is_holdout,
        share=np.full(n, share),
        orders=orders.astype(np.float64),
        revenue=margins * 3,
        margin=margins,
        is_over=np.ones(n, dtype=bool),
        is_shown=~is_holdout,
        action=np.where(rng.random(n) < NONE_P, "none", "chat"),
        moment=np.full(n, "lingering"),
        segment=np.full(n, "new"),
        none_p=np.full(n, NONE_P),
        covariates=covariates,
        margin_alone=margins,
        ordered_alone=orders,
    )


def groups(
    values: Floats, ordered: Flags, is_holdout: Flags, *, share: float
) -> tuple[Arm, Arm]:
    """Return both groups' sums over all visitors."""
    ends = np.array([len(values) - 1])
    treated, held = (
        next(_arms(values, ordered, group, weight=weight, ends=ends))
        for group, weight in ((~is_holdout, 1 / (1 - share)), (is_holdout, 1 / share))
    )
    return treated, held


def looks(values: Floats, ordered: Flags, visitors: Visitors) -> Looks:
    """Yield both groups' sums at every look."""
    ends = np.arange(LOOK_EVERY - 1, len(values), LOOK_EVERY)
    held, share = visitors.is_holdout, float(visitors.share[0])
    return zip(
        _arms(values, ordered, ~held, weight=1 / (1 - share), ends=ends),
        _arms(values, ordered, held, weight=1 / share, ends=ends),
        strict=True,
    )


def own_none(visitors: Visitors) -> Iterator[Difference]:
    """Yield, at every look, the treated against what their own `none` tells."""
    treated = visitors.where(~visitors.is_holdout)
    gaps = treated.margin - left_alone(treated)
    ordered = (treated.orders > 0) & (treated.action == "none")
    everybody = np.ones(len(gaps), dtype=bool)
    ends = np.arange(LOOK_EVERY - 1, len(gaps), LOOK_EVERY)
    for arm in _arms(gaps, ordered, everybody, weight=1.0, ends=ends):
        yield between(
            arm.mean,
            0.0,
            n=arm.n,
            fewest=arm.n,
            sd=(arm.spread / arm.n) ** 0.5,
            base=MARGIN_EUR * ORDER_RATE,
            tuned_to=VISITORS,
            alpha=ALPHA,
            is_early=arm.orders < LEAST_ORDERS,
        )


def bets(visitors: Visitors) -> tuple[float, float, bool]:
    """Return the bounds by betting, and whether the ratio alarm was ever raised."""
    early = early_bounds(visitors, plan=Plan())
    assert early is not None
    ratio = check_ratio(visitors.is_holdout, visitors.share)
    return early.low, early.high, ratio.is_broken


def _arms(
    values: Floats, ordered: Flags, group: Flags, *, weight: float, ends: Floats
) -> Iterator[Arm]:
    own = np.where(group, values, 0.0)
    columns = (group, group & ordered, own, own * own)
    for n, orders, total, squares in zip(
        *(np.cumsum(column)[ends].tolist() for column in columns), strict=True
    ):
        yield Arm(
            n=int(n),
            orders=int(orders),
            total=total,
            squares=squares,
            w=n * weight,
            wy=total * weight,
            ww=n * weight**2,
            wwy=total * weight**2,
            wwyy=squares * weight**2,
        )


def alarms(seed: int, *, share: float, effect: float = 0.0) -> dict[str, bool]:
    """Return which intervals of one run ever left the truth out."""
    it = shoppers(seed, share=share, effect=effect)
    truth, margins = effect * ORDER_RATE, it.margin
    rest = margins - expected(it.covariates, margins)
    ordered = it.orders > 0
    found = {
        "plain": _ever_misses(looks(margins, ordered, it), truth),
        "adjusted": _ever_misses(looks(rest, ordered, it), truth),
        "conversion": effect == 0.0
        and _ever_misses(looks(ordered * 1.0, ordered, it), 0.0),
    }
    if effect == 0.0:
        low, high, ratio = bets(it)
        found |= {
            "bets": not low <= 0.0 <= high,
            "own none": any(one.is_found for one in own_none(it)),
            "ten segments": _any_segment(it.margin, it.is_holdout, share=share),
            "sample ratio": ratio,
            "z-test": any(map(_is_fooled, looks(margins, ordered, it))),
        }
    return found


def _ever_misses(seen: Looks, truth: float) -> bool:
    for treated, held in seen:
        gap = compare(treated, held, tuned_to=VISITORS)
        if gap.low is not None and not gap.low <= truth <= gap.high:
            return True
    return False


def _is_fooled(pair: tuple[Arm, Arm]) -> bool:
    """Tell whether a test that is made for one look alone would cry out."""
    if min(arm.orders for arm in pair) < 2:
        return False
    error = sum(
        (arm.squares / arm.n - (arm.total / arm.n) ** 2) / arm.n for arm in pair
    )
    return bool(abs(pair[0].mean - pair[1].mean) > 1.96 * error**0.5)


def _any_segment(margins: Floats, is_holdout: Flags, *, share: float) -> bool:
    """Tell whether any of ten segments is said to stand out at the last look."""
    segment = np.arange(len(margins)) % SEGMENTS
    gaps = [
        compare(
            *groups(margins[rows], margins[rows] > 0, is_holdout[rows], share=share),
            tuned_to=VISITORS / SEGMENTS,
        )
        for rows in (segment == one for one in range(SEGMENTS))
    ]
    return any(discoveries([gap.e_value for gap in gaps], alpha=0.05))


def leaks(seed: int, *, share: float) -> int | None:
    """Return after how many visitors the ratio alarm is raised, None if never."""
    rng = np.random.default_rng([seed, 2])
    held = rng.random(LEAK_VISITORS) < share
    return check_ratio(held, np.full(LEAK_VISITORS, 0.5)).broken_after
