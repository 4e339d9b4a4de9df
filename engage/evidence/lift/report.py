"""What a lift report says, as values."""

# Rules of this file: values only; money in units of the site's currency.

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

from engage.evidence.sequences.means import LEAST_ORDERS, Difference
from engage.evidence.sequences.radius import ALPHA
from engage.evidence.sequences.ratio import RatioCheck

Verdict = Literal[
    "no_holdout", "broken_ratio", "collecting", "undecided", "better", "worse"
]
Warned = Literal["groups_differ", "pull_forward"]
WARNINGS: Final[tuple[Warned, ...]] = get_args(Warned)
"""What a report may warn of."""

HORIZONS_S: Final = (1_800.0, 86_400.0, 7 * 86_400.0, 30 * 86_400.0)
"""Half an hour, a day, a week and thirty days: where effects are looked at."""


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
    """One action where it was drawn first, against where it was drawn as a ghost.

    Attributes:
        treatment, holdout: visitors whose first draw was this action.
        margin: treatment minus holdout, mean per visitor; None without both. Later
            cards of the treated are in it.
        low, high: its interval, which holds at every look and for all actions that
            stand out together (see `lift/many`); None before there are enough orders.
        is_found: stands out although several actions were looked at.
        shown_share: of the treated, who really saw it; None for `none`.
    """

    action: str
    treatment: int
    holdout: int
    margin: float | None
    conversion: float | None
    shown_share: float | None
    low: float | None = None
    high: float | None = None
    is_found: bool = False

    @property
    def fewest(self) -> int:
        """Visitors in the smaller group."""
        return min(self.treatment, self.holdout)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHorizon:
    """The effect on margin up to one horizon.

    Attributes:
        horizon_s: seconds from the first moment.
        margin: of visitors whose horizon is over.
        change: how much of the effect came after the shortest horizon, per visitor;
            below 0 where later purchases only came earlier. None at the shortest.
    """

    horizon_s: float
    margin: Difference
    change: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Early:
    """What bets on clipped margins tell while there is no other interval.

    Attributes:
        low, high: bounds of the effect on the clipped margin that hold at every look.
        clipped_low, clipped_high: where margins are clipped for it; fixed by the first
            orders, which do not count, and blind to the groups.
        visitors: who counted.
    """

    low: float
    high: float
    clipped_low: float
    clipped_high: float
    visitors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """The whole report; money in units of the site's currency.

    Attributes:
        waiting: visitors whose horizon is not over yet; they do not count.
        metrics: by name, adjusted for what was known at the first moment; intervals are
            withheld while the ratio is broken. `margin` decides the verdict.
        by_action: ghost-matched, most frequent first.
        horizons: effect on margin by horizon, shortest first; empty if not asked for.
        early: of margin, before there is an interval; None afterwards.
        own_none: the treated as they were treated against what their own randomised
            `none` says of them (doubly robust): `treatment` and `holdout` are the two
            means. Needs no holdout; of the first decision only.
        aa: visitors who drew `none` first against those who drew it as a ghost, until
            their next decision: nothing was shown to either, so 0 must be in it.
        warnings: `groups_differ` when `aa` excludes 0, `pull_forward` when an effect
            shrinks with its horizon.
        is_found: in a breakdown, whether the margin stands out although several parts
            were looked at; always as the interval says for the whole.
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
    horizons: tuple[AtHorizon, ...]
    early: Early | None
    own_none: Difference
    aa: Difference
    warnings: tuple[Warned, ...]
    is_found: bool

    def plain(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return asdict(self)
