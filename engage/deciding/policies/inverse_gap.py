"""Inverse-gap weighting: the further behind the best, the rarer, never zero."""

# Rules of this file: propensities in closed form. Ties share, so that no action gains
# from where it stands in a list.

from __future__ import annotations

import math

from engage.deciding.draw import Distribution
from engage.deciding.policies.base import Choice, Situation, predictions_of
from engage.deciding.policies.floors import with_floors
from engage.errors import PolicyError
from engage.settings import SiteSettings


def inverse_gap(values: list[float], *, gamma: float) -> list[float]:
    """Return the probability per action, in the order of `values`.

    An action behind the best gets `1 / (K + gamma * gap)`; the best ones share the
    rest. `gamma = 0` is uniform, a large gamma nearly greedy.

    Args:
        values: predicted uplift per action in EUR, finite, at least one.
        gamma: per EUR, >= 0.

    Reference: Foster & Rakhlin, 2020, "Beyond UCB" (SquareCB), arXiv 2002.04926;
    Abe & Long, 1999.

    >>> [round(p, 3) for p in inverse_gap([0.0, 0.8, -0.7], gamma=6.33)]
    [0.124, 0.796, 0.08]
    """
    best = max(values)
    k = len(values)
    behind = [1.0 / (k + gamma * (best - v)) if v < best else 0.0 for v in values]
    tied = values.count(best)
    share = (1.0 - math.fsum(behind)) / tied
    return [p if v < best else share for p, v in zip(behind, values, strict=True)]


class InverseGap:
    """The learned policy: inverse-gap weighting with `gamma = c sqrt(n_eff) / sigma`.

    Gamma counts *learned* decisions, discounted, so that exploration follows what is
    known (a delay of rewards never makes it greedy) and never dies out.

    Args:
        settings: of its `policy`, `gamma_c`, floors and launch quota.

    >>> import numpy as np
    >>> policy = InverseGap(SiteSettings(key="pk"))
    >>> policy.distribution(Situation(
    ...     context=np.zeros(1), moment="ask", eligible=("none", "chat"),
    ...     predictions={"none": 0.0, "chat": 1.0}, sigma=5.0, n_eff=100.0,
    ... )).distribution
    {'none': 0.1, 'chat': 0.9}
    """

    name = "inverse_gap"

    def __init__(self, settings: SiteSettings) -> None:
        self._settings = settings.policy

    def distribution(self, situation: Situation) -> Choice:
        """Return the distribution; predictions must be finite and sigma positive.

        Raises:
            PolicyError: a prediction is missing or not finite, sigma is not
                positive, or `n_eff` is negative.
        """
        settings = self._settings
        gamma = _gamma(situation, c=settings.gamma_c)
        wish: Distribution = dict(
            zip(
                situation.eligible,
                inverse_gap(predictions_of(situation), gamma=gamma),
                strict=True,
            )
        )
        mixed = with_floors(
            wish,
            floor=settings.floor,
            none_floor=settings.none_floor,
            launching=situation.launching,
            launch_share=settings.launch_share,
        )
        return Choice(
            distribution=mixed,
            exploration={
                "gamma": gamma,
                "floor": settings.floor,
                "none_floor": settings.none_floor,
                "sigma": situation.sigma,
                "n_eff": situation.n_eff,
            },
        )


def _gamma(situation: Situation, *, c: float) -> float:
    sigma, n_eff = situation.sigma, situation.n_eff
    if not 0.0 < sigma < math.inf:
        raise PolicyError(f"sigma must be finite and > 0, got {sigma!r}")
    if not 0.0 <= n_eff < math.inf:
        raise PolicyError(f"n_eff must be finite and >= 0, got {n_eff!r}")
    return c * math.sqrt(n_eff) / sigma
