"""The detectors of moments: one small function a kind.

Each looks at the page view on stage and says how far the behaviour has come: not
there, a near miss, or there.
"""

# Rules of this file: a detector is pure and O(1). It returns a level: 1 and more fires,
# `near_share` and more is a near miss. Whole-number signals have their near miss one
# count below; a plain fact (out of stock) has none. Thresholds are those of the
# settings, or constants with their source. A new detector is one function and one line.

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

import msgspec

from engage.settings import MomentKind, MomentSettings
from engage.visits import counters as c
from engage.visits.block import Times
from engage.visits.computing import alternations
from engage.visits.rhythm import surprise
from engage.visits.session import Session
from engage.visits.shapes import WALL_SLACK_S, held

# Two returns between two products; three changes of a variant.
ALTERNATIONS: Final = 4
TOGGLES: Final = 3
# One rage click already is three clicks; a single dead click may be a slip.
DEAD_CLICKS: Final = 2
FIELD_ERRORS: Final = 2
REFOCUSES: Final = 3
# A hover on a call to action this long without a click is hesitation.
HOVER_MS: Final = 1_500
# Five reversals within two seconds, without an exit: restless, a near miss of leaving.
REVERSALS: Final = 5
# Away for 3 s to 10 min: shorter is a slip, longer another visit.
AWAY_MS: Final = 3_000
AWAY_LONGEST_MS: Final = 600_000
# A pause so far above the visitor's own gaps has p < .01 for log-normal gaps ...
SURPRISE_SD: Final = 2.5
# ... and silences shorter than the SDK's first report are none.
SILENCE_MS: Final = 10_000


# What `struggling` looks at lies side by side.
_STRUGGLE: Final = slice(c.HERE_RAGE, c.HERE_ZERO_RESULTS + 1)


class Scored(Protocol):
    """Whatever can tell the scores of a session."""

    @property
    def dwell(self) -> float | None:
        """Percentile of the page view on stage; None before any dwell."""
        ...

    @property
    def hesitation(self) -> float:
        """Probability that nothing follows, in [0, 1]."""
        ...

    @property
    def intent(self) -> float:
        """Probability of an order, in [0, 1]."""
        ...


class Sight(msgspec.Struct, frozen=True, gc=False):
    """What a detector sees.

    Attributes:
        session: after the beacon.
        n: the session's numbers (`counters`).
        times: of the session and its view.
        scores: as of now, computed when the first detector asks.
        settings: thresholds.
        threshold: of hesitation, steered; in (0, 1).
        at_s: epoch seconds, now.
    """

    session: Session
    n: list[int]
    times: Times
    scores: Scored
    settings: MomentSettings
    threshold: float
    at_s: float


Detector = Callable[[Sight], float]


def counted(times: int, needed: int, *, near: float) -> float:
    """Return the level of a whole-number signal: one below `needed` is a near miss.

    >>> counted(3, 3, near=0.9), counted(2, 3, near=0.9), counted(1, 3, near=0.9)
    (1.0, 0.9, 0.0)
    """
    if times >= needed:
        return 1.0
    return near if times and times == needed - 1 else 0.0


def lingering(sight: Sight) -> float:
    """Return how long, among comparable views, a product is looked at, not bought."""
    session, settings = sight.session, sight.settings
    if session.page_kind != "product" or session.cart:
        return 0.0
    active_s = held(
        sight.n[c.HERE_ACTIVE_MS],
        since_s=sight.times.view_s,
        until_s=sight.times.last_s,
    )
    if settings.lingering_s is not None:
        return active_s / settings.lingering_s
    if active_s < settings.lingering_least_s or (dwell := sight.scores.dwell) is None:
        return 0.0
    return _ratio(dwell, settings.lingering_dwell)


def wavering(sight: Sight) -> float:
    """Return how undecided the visitor is: between products, variants, in and out."""
    n, near, swings = sight.n, sight.settings.near_share, 0
    if sight.session.page_kind == "product":
        looked = n[c.LOOKED_1 : c.LOOKED_4 + 1]
        swings = alternations(sight.session.recent_items, looked)
    # Nearly every beacon finds nothing of all this; so, too, in the next two.
    if not (n[c.HERE_TOGGLES] or n[c.HERE_TOGGLE_BACKS] or n[c.HERE_TAKEN_BACK]):
        return counted(swings, ALTERNATIONS, near=near)
    return max(
        counted(swings, ALTERNATIONS, near=near),
        counted(n[c.HERE_TOGGLES], TOGGLES, near=near),
        counted(n[c.HERE_TOGGLE_BACKS], 1, near=near),
        counted(n[c.HERE_TAKEN_BACK], 1, near=near),
    )


def struggling(sight: Sight) -> float:
    """Return how much the page resists: clicks in vain, form errors, no results."""
    n, near = sight.n, sight.settings.near_share
    if not any(n[_STRUGGLE]):
        return 0.0
    return max(
        counted(n[c.HERE_RAGE], 1, near=near),
        counted(n[c.HERE_DEAD], DEAD_CLICKS, near=near),
        counted(n[c.HERE_FIELD_ERRORS], FIELD_ERRORS, near=near),
        counted(n[c.HERE_REFOCUSES], REFOCUSES, near=near),
        counted(n[c.HERE_ZERO_RESULTS], 1, near=near),
    )


def price_doubt(sight: Sight) -> float:
    """Return how much the price is weighed: coupon, copied name, hover on price."""
    n, near = sight.n, sight.settings.near_share
    hovered = n[c.HERE_DOUBT_MS] / HOVER_MS
    if not (n[c.HERE_COUPON] or n[c.HERE_COPIES]):
        return hovered
    return max(
        counted(n[c.HERE_COUPON], 1, near=near),
        counted(n[c.HERE_COPIES], 1, near=near),
        hovered,
    )


def leaving(sight: Sight) -> float:
    """Return whether the visitor is about to go; a restless cursor is a near miss."""
    n = sight.n
    if n[c.HERE_EXITS]:
        return 1.0
    return sight.settings.near_share if n[c.HERE_REVERSALS] >= REVERSALS else 0.0


def returning_tab(sight: Sight) -> float:
    """Return whether the visitor came back to this page from somewhere else."""
    away_ms = sight.n[c.HERE_RETURN_MS]
    return away_ms / AWAY_MS if away_ms <= AWAY_LONGEST_MS else 0.0


def out_of_stock(sight: Sight) -> float:
    """Return whether the product shown cannot be bought: a fact, never nearly."""
    is_gone = sight.session.page_kind == "product" and sight.n[c.STOCK] == 1
    return 1.0 if is_gone else 0.0


def stalled_checkout(sight: Sight) -> float:
    """Return how long the checkout has stood still, or whether it went back."""
    if sight.session.page_kind not in ("checkout", "payment"):
        return 0.0
    stall_s = sight.n[c.HERE_STALL_MS] / 1000
    went_back = 1.0 if sight.n[c.HERE_CHECKOUT_BACKS] else 0.0
    return max(_ratio(stall_s, sight.settings.stalled_checkout_s), went_back)


def paused(sight: Sight) -> float:
    """Return how odd a silence is against the visitor's own rhythm."""
    n = sight.n
    if n[c.HERE_IDLE_MS] < SILENCE_MS:
        return 0.0
    # No silence is longer than the server's own time since the last sign of life.
    limit_s = sight.at_s - sight.times.event_s + WALL_SLACK_S
    odd = surprise(
        max(min(n[c.HERE_IDLE_MS] / 1000, limit_s), 0.0),
        gaps=n[c.GAPS],
        mean=n[c.GAP_MEAN],
        variance=n[c.GAP_VARIANCE],
    )
    return max(odd, 0.0) / SURPRISE_SD


def hesitating(sight: Sight) -> float:
    """Return how hesitant a visitor with interest is, by the score alone.

    High hesitation without interest is a passer-by: so it takes a product view and
    intent above a floor.
    """
    if not sight.n[c.PRODUCT_VIEWS]:
        return 0.0
    level = _ratio(sight.scores.hesitation, sight.threshold)
    if level < sight.settings.near_share:
        # Whatever the intent, it is not even nearly there: a score less to compute.
        return level
    return level if sight.scores.intent >= sight.settings.intent_floor else 0.0


def _ratio(value: float, threshold: float) -> float:
    """Return value / threshold; a threshold of 0 is always reached."""
    return value / threshold if threshold > 0 else 1.0


# In the order of their precedence, the most telling first: a fact about the product,
# then what blocks a purchase, then the last chance, then doubts from the concrete to
# the general. `ask` comes before all of them and needs no detector.
DETECTORS: Final[Mapping[MomentKind, Detector]] = MappingProxyType(
    {
        "out_of_stock": out_of_stock,
        "stalled_checkout": stalled_checkout,
        "struggling": struggling,
        "leaving": leaving,
        "price_doubt": price_doubt,
        "wavering": wavering,
        "lingering": lingering,
        "returning_tab": returning_tab,
        "paused": paused,
        "hesitating": hesitating,
    }
)

# Kinds that are over with the instant. They are let pass in the cool-down: what was a
# visitor about to leave is something else a minute later. All others are states, which
# a later beacon still finds, or finds gone.
FLEETING: Final[Mapping[MomentKind, Detector]] = MappingProxyType(
    {kind: DETECTORS[kind] for kind in ("leaving", "returning_tab", "paused")}
)
