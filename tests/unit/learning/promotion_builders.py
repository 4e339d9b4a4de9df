"""Evidence of a trial, as it looks after so many visitors."""

import numpy as np

from engage.learning.trials.arms import Arm
from engage.learning.trials.evidence import GUARDRAILS, Arms, Evidence
from engage.learning.trials.promotion import Rules
from engage.settings import PromotionSettings

QUICK = PromotionSettings(least_decisions=200, stage_visitors=50, settled_visitors=50)
RULES = Rules(settings=QUICK)


def arm(luck, mean, *, n=2_000, sd=1.0, name="v"):
    """Return an arm of n visitors with one decision each."""
    found = Arm()
    for number, value in enumerate(luck.normal(mean, sd, n).tolist()):
        found.add(f"{name}_{number}", value)
    return found


def shadow(gain, better, *, n=2_000):
    """Return what a trial in the shadow has seen."""
    luck = np.random.default_rng(1)
    return Evidence(gain=arm(luck, gain, n=n), better=arm(luck, better, n=n))


def arms(n=1_000, stage="half", **means):
    """Return a stage's evidence of two arms; both have mean 1 but for those named."""
    luck, found = np.random.default_rng(2), Evidence(shares=[RULES.share(stage)])
    for name in found.outcomes:
        base = 0.0 if name in GUARDRAILS else 1.0
        one = arm(luck, means.get(name, base), n=n, sd=0.3)
        found.outcomes[name] = Arms(one, arm(luck, base, n=n, sd=0.3))
    return found
