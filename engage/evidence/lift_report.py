"""What a lift report says, as values."""

# Rules of this file: values only; money in units of the site's currency.

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from engage.evidence.sequences import ALPHA, LEAST_ORDERS, Difference, RatioCheck

Verdict = Literal[
    "no_holdout", "broken_ratio", "collecting", "undecided", "better", "worse"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How lift is measured.

    Attributes:
        horizon_s: seconds from the first moment in which money counts.
        effect: relative effect whose decidability is foretold, as a share.
        tuned_to: visitors at which the interval is narrowest; None: see `tuned_to`.
    """

    horizon_s: float = 7 * 86_400.0
    effect: float = 0.2
    alpha: float = ALPHA
    least_orders: int = LEAST_ORDERS
    tuned_to: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One group: visitors whose horizon is over, and those among them who ordered."""

    visitors: int
    ordering: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When an effect of `effect` (a share of the mean) can be told from none.

    Attributes:
        visitors: needed in all; None if that cannot be said yet.
        days_left: from now on, at the rate so far.
        per_day: visitors with a first moment a day, so far.
    """

    effect: float
    visitors: int | None
    days_left: float | None
    per_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """One action where it was drawn, against where it would have been. Descriptive.

    Attributes:
        treatment, holdout: visitors whose first draw was this action.
        margin: treatment minus holdout, mean per visitor; None without both.
        shown_share: of the treated, who really saw it; None for `none`.
    """

    action: str
    treatment: int
    holdout: int
    margin: float | None
    conversion: float | None
    shown_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """The whole report; money in units of the site's currency.

    Attributes:
        waiting: visitors whose horizon is not over yet; they do not count.
        metrics: by name; intervals are withheld while the ratio is broken.
        by_action: ghost-matched, most frequent first.
    """

    verdict: Verdict
    since_s: float | None
    horizon_s: float
    treatment: Side
    holdout: Side
    waiting: int
    left_out: int
    metrics: dict[str, Difference]
    ratio: RatioCheck
    forecast: Forecast
    by_action: tuple[Matched, ...]

    def plain(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return asdict(self)
