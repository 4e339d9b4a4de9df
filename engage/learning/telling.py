"""What a learner tells the world about itself: quality, drift, suspicion."""

# Rules of this file: reads a learner and sets instruments; changes no model.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from engage.errors import SnapshotRejected
from engage.learning.learner import Learner
from engage.learning.publication import Check
from engage.scoring.quality import WINDOW
from engage.telemetry import Instruments, logger

log = logger()
# The shadow is solved anew for each comparison: every so many settled decisions.
_COMPARE_EVERY: Final = 200
# With fewer labels of a kind the area under the curve says what one visitor did.
_LEAST_OF_EACH: Final = 10
# What is refused for one reason is refused for it three times a second, for hours.
_AGAIN_S: Final = 60.0


@dataclass(slots=True)
class Refusals:
    """Tells why a site's candidates are refused: the same once a minute."""

    _said: str = ""
    _said_s: float = -math.inf

    def tell(
        self, error: SnapshotRejected, metrics: Instruments, site: str, *, now_s: float
    ) -> None:
        """Count a refusal, and say why unless that was just said.

        Args:
            error: with the reason.
            metrics: where it is counted.
            site: whose candidate it was.
            now_s: seconds of a clock that only goes on.
        """
        metrics.snapshot_rejected.of(site).add(error.reason)
        detail = str(error)
        if detail != self._said or now_s - self._said_s >= _AGAIN_S:
            self._said, self._said_s = detail, now_s
            log.warning(
                "snapshot.rejected", site=site, reason=error.reason, detail=detail
            )


def tell(learner: Learner, metrics: Instruments) -> None:
    """Tell all that a learner knows of itself: with each candidate."""
    tell_quality(learner, metrics)
    tell_prices(learner, metrics)
    tell_influence(learner, metrics)
    tell_watches(learner, metrics)


def tell_quality(learner: Learner, metrics: Instruments) -> None:
    """Tell the scorers' prequential figures."""
    site = learner.settings.key
    for scorer, figures in learner.scorers.quality().items():
        metrics.labels.set(site, scorer, to=figures["count"])
        if "log_loss" in figures:
            metrics.log_loss.set(site, scorer, to=figures["log_loss"])
            metrics.auc.set(site, scorer, to=_auc(figures))
            above = figures["ece"] - figures["ece_floor"]
            metrics.ece.set(site, scorer, to=above)
        for name, value in figures.items():
            if name.startswith("coverage_error_"):
                quantile = name.removeprefix("coverage_error_")
                metrics.coverage_error.set(site, quantile, to=value)


def _auc(figures: Mapping[str, float]) -> float:
    """Return the area, or NaN while there is too little of either answer to rank."""
    base = figures["base_rate"]
    rarer = min(figures["count"], WINDOW) * min(base, 1.0 - base)
    return figures["auc"] if rarer >= _LEAST_OF_EACH else math.nan


def tell_prices(learner: Learner, metrics: Instruments) -> None:
    """Tell what a slot costs, by stock."""
    for stock, euro in learner.prices.prices().items():
        metrics.shadow_price.set(learner.settings.key, stock, to=euro)


def tell_influence(learner: Learner, metrics: Instruments) -> None:
    """Tell how much was learned, and left out because one taught too much."""
    for result, count in learner.influence.take_heard().items():
        metrics.learned.add(result, by=count)


def tell_watches(learner: Learner, metrics: Instruments) -> None:
    """Tell what drifted, how far predictions are off, and whose surrogate runs ahead.

    Alarms are hints: what decides is the snapshot check and the promotion test.
    """
    site, watches = learner.settings.key, learner.watches
    for signal in watches.drift.take_found():
        metrics.drifts.add(signal)
        log.warning("drift.found", site=site, signal=signal)
    for action, euro in learner.residuals.off_eur().items():
        metrics.residual.set(site, action, to=euro)
    suspicious = watches.verified.suspicious()
    for action, euro in watches.verified.ahead_eur().items():
        metrics.surrogate_ahead.set(site, action, to=euro)
        was = metrics.suspected.values.get((site, action), 0.0)
        metrics.suspected.set(site, action, to=float(action in suspicious))
        if action in suspicious and not was:
            log.error("surrogate.suspected", site=site, action=action, ahead_eur=euro)


def compare_verified(
    learner: Learner, check: Check, metrics: Instruments, *, since_rows: int
) -> int:
    """Tell how far the policy is from one that believes verified orders only.

    Returns:
        The number of settled decisions at the last comparison.
    """
    shadow = learner.watches.verified.model
    if shadow.learned - since_rows < _COMPARE_EVERY or not check.recent:
        return since_rows
    own = learner.freeze(number=0, at_s=0.0)
    theirs = replace(own, uplift=learner.offering(shadow.freeze()))
    movement = check.movement(own, theirs)
    metrics.divergence.set(learner.settings.key, to=movement)
    return shadow.learned
