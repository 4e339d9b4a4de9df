"""Forward evidence: what one closed decision says of another policy and its model.

`Gamma(a) = f(x,a) + 1[A=a] (y - m - f(x,a)) / p(a)` with the predictions logged at
decision time is an unbiased score of action a, so `sum_a (pi(a) - p(a)) Gamma(a)` is
one of what policy pi would have gained. Nothing in it looks into the future.
"""

# Rules of this file: pure functions of a record, weights and a policy. Only decisions
# made after the weights had learned are evidence about them; the caller sees to that.

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engage.deciding.charges import charges_in
from engage.deciding.judge import choice_of
from engage.deciding.policies.base import Policy, RuleFacts, Situation
from engage.deciding.policies.magnitudes import clip
from engage.deciding.policies.terms import Row
from engage.deciding.policies.weights import UpliftWeights
from engage.errors import FeatureError
from engage.learning.bounds import Sums
from engage.stores.base import Body
from engage.visits.features import NAMES

Floats = NDArray[np.float64]


class Forward(NamedTuple):
    """What one decision says.

    Attributes:
        gain_eur: score of what the policy would have gained over the logged one.
        loss: squared residual of the model's predictions (R-loss), EUR^2.
        logged_loss: the same of the predictions as logged.
        change: total variation between the policy and the logged one, [0, 1].
    """

    gain_eur: float
    loss: float
    logged_loss: float
    change: float


@dataclass(slots=True)
class Baseline:
    """What a decision earns whatever is drawn: the prospect at it, plus a mean."""

    rest: Sums = field(default_factory=Sums)

    def expected(self, body: Body) -> float:
        """Return the expected target, EUR, from what was known at the decision."""
        return prospect_of(body) + self.rest.mean

    def learn(self, body: Body, target_eur: float) -> None:
        """Take a target in, after it was predicted."""
        self.rest.add(target_eur - prospect_of(body))


def prospect_of(body: Body) -> float:
    """Return intent times stake as the decision saw them, EUR."""
    return float(body["scores"]["intent"]) * float(body.get("stake", 0.0))


def features_of(body: Body) -> Floats:
    """Return the features that a decision record holds, shape (n_features,).

    Raises:
        FeatureError: one that models need is missing.
    """
    features = body["features"]
    try:
        return np.array([features[name] for name in NAMES], dtype=np.float64)
    except KeyError as error:
        raise FeatureError(f"features must hold {error}") from error


def facts_of(body: Body) -> RuleFacts:
    """Return what the shop's rules looked at when a record was made."""
    return RuleFacts(
        category=body["category"] or None,
        feed_category=(body.get("inputs") or {}).get("category") or None,
        price_cents=round(100 * body["features"]["price_eur"]) or None,
        page_kind=body["page"],
        segment=body["segment"],
    )


def forward_of(
    body: Body,
    row: Row,
    *,
    weights: UpliftWeights,
    policy: Policy,
    launch_until_n: int,
    expected_eur: float,
) -> Forward:
    """Return what a closed decision says of a policy on these weights.

    Args:
        body: the decision record.
        row: the same as the uplift model learns it, with its target.
        weights: of the model in question.
        policy: draws from the weights' predictions.
        launch_until_n: see `PolicySettings`.
        expected_eur: the baseline's word on the target.

    Raises:
        KeyError, FeatureError: the record lacks a field.
    """
    own = weights.offering(row.kinds, row.versions)
    eligible = tuple(row.distribution)
    predicted = own.predict(
        row.context,
        row.moment,
        eligible,
        proposed=row.proposed,
        stake_eur=row.stake_eur,
    )
    situation = Situation(
        context=row.context,
        moment=row.moment,
        eligible=eligible,
        predictions=predicted,
        sigma=own.sigma_at(row.stake_eur),
        n_eff=own.n_eff,
        launching=own.launching(eligible, launch_until_n),
        facts=facts_of(body),
        charges=charges_in(body),
    )
    wished, _ = choice_of(policy, situation)
    logged, said = row.distribution, body["predictions"]
    left = clip(row.target_eur, row.clip_eur) - expected_eur
    moved = {name: wished[name] - logged[name] for name in eligible}
    direct = math.fsum(moved[name] * said[name] for name in eligible)
    drawn = moved[row.action] / logged[row.action] * (left - said[row.action])
    return Forward(
        gain_eur=direct + drawn,
        loss=(left - _centred(predicted, row)) ** 2,
        logged_loss=(left - _centred(said, row)) ** 2,
        change=0.5 * math.fsum(map(abs, moved.values())),
    )


def _centred(predicted: dict[str, float], row: Row) -> float:
    expected = math.fsum(p * predicted[name] for name, p in row.distribution.items())
    return predicted[row.action] - expected
