"""What a learner tells the world about itself: quality, drift, suspicion."""

# Rules of this file: reads a learner and sets instruments; changes no model.

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engage.learning.learner import Learner
from engage.learning.publication import Check
from engage.telemetry import Instruments, logger

log = logger()
# The shadow is solved anew for each comparison: every so many settled decisions.
_COMPARE_EVERY: Final = 200


def tell_quality(learner: Learner, metrics: Instruments) -> None:
    """Tell the scorers' prequential figures."""
    levels = {
        "log_loss": metrics.log_loss,
        "auc": metrics.auc,
        "ece": metrics.ece,
    }
    for scorer, figures in learner.scorers.quality().items():
        for name, value in figures.items():
            if name in levels:
                levels[name].set(learner.settings.key, scorer, to=value)
            elif name.startswith("coverage_error_"):
                quantile = name.removeprefix("coverage_error_")
                metrics.coverage_error.set(learner.settings.key, quantile, to=value)


def tell_prices(learner: Learner, metrics: Instruments) -> None:
    """Tell what a slot costs, by stock."""
    for stock, euro in learner.prices.prices().items():
        metrics.shadow_price.set(learner.settings.key, stock, to=euro)


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
