"""A calibrated probability learned online: river's logistic regression and its twin.

The learning side is river's StandardScaler and LogisticRegression with the `Laplace`
optimiser over a fixed basis of terms. The serving side is the same arithmetic in numpy,
one dot product, and knows nothing of river; a test holds them within 1e-9.

Why not plain SGD or AdaGrad: `benchmarks/uci_shoppers.py` and
`benchmarks/hesitation_truth.py` print all of them beside each other, in file order,
shuffled, and after a change of the shop.
"""

# Rules of this file: only `learn` and `restore` change anything. No resampling and no
# class weights: they ruin calibration (ECE .006 -> .41) and gain nothing.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from river import linear_model, optim, preprocessing

from engage.errors import FeatureError, SnapshotRejected
from engage.scoring.base import (
    Example,
    Plain,
    Vector,
    check_label,
    check_vector,
    check_weight,
)
from engage.scoring.basis import BIAS, Basis
from engage.scoring.frozen_logistic import FrozenLogistic, clamped
from engage.scoring.optimisers import Laplace, set_weights
from engage.scoring.quality import ProbabilityQuality

# Step of the correction: it halves a wrong base rate within some 4,000 examples and
# costs .002 of the skill where nothing changes (benchmarks/hesitation_truth.py).
CORRECTION_STEP = 0.001
SLOPE = "half_logit"


# River has scaled already; what is left of `standardise` is the clipping.
_ZERO: Final = np.zeros(1)
_ONE: Final = np.ones(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is believed about the weights before any example; variances in logit^2.

    Attributes:
        logit: expected constant term, the logit of the base rate.
        constant: variance of the constant term; wide, it is learned within an hour.
        linear: variance of an input's own weight: one sd of an input moves the odds
            by a factor of about 1.4 either way.
        hinge: variance of a bend.
        product: variance of a combination; tight, there are many of them.
    """

    logit: float = 0.0
    constant: float = 4.0
    linear: float = 0.1
    hinge: float = 0.03
    product: float = 0.02

    def variances(self, basis: Basis) -> Vector:
        """Return the prior variance of every term, shape (n_terms,)."""
        sizes = (self.constant, self.linear, self.hinge, self.product)
        return np.repeat(np.array(sizes, dtype=np.float64), basis.blocks)


def identity(features: Vector) -> Vector:
    """Return the features as they are: they are already the model's inputs."""
    return features


def warm_scaler(
    names: Sequence[str],
    counts: Sequence[int],
    means: Sequence[float],
    variances: Sequence[float],
) -> preprocessing.StandardScaler:
    """Return river's scaler with the statistics given for `names`."""
    columns = (
        dict(zip(names, column, strict=True)) for column in (counts, means, variances)
    )
    make = preprocessing.StandardScaler._from_state  # noqa: SLF001 # as river documents
    return make(*columns)


class LogisticScorer:
    """The learning side of a probability. One owner; not safe to share.

    Args:
        name: the scorer's name, as in `Example.scorer`.
        basis: how inputs become terms.
        prior: what is believed before the first example.
        transform: from features as logged to inputs (logarithms); pure.
        forget: kept share of certainty per example, see `Laplace`.

    >>> scorer = LogisticScorer("intent", basis=Basis(names=("views",)), prior=Prior())
    >>> scorer.predict(np.array([2.0]))
    0.5
    """

    def __init__(
        self,
        name: str,
        *,
        basis: Basis,
        prior: Prior,
        transform: Callable[[Vector], Vector] = identity,
        forget: float = 0.9998,
    ) -> None:
        self.name = name
        self.basis = basis
        self._transform = transform
        self._optimiser = Laplace(
            basis.terms, variances=prior.variances(basis), forget=forget
        )
        # The constant is a term like any other, so that its uncertainty is tracked,
        # too; river's own intercept stays 0.
        self.model: Any = linear_model.LogisticRegression(
            optimizer=self._optimiser, intercept_lr=0.0
        )
        start = dict.fromkeys(basis.terms, 0.0) | {BIAS: prior.logit}
        set_weights(self.model, start)
        # The belief over a hundred weights forgets slowly; one slope and one offset
        # (Platt 1999) follow a sudden change of the base rate. Half the logit, so that
        # the slope moves a quarter as fast as the offset.
        self.corrector: Any = linear_model.LogisticRegression(
            optimizer=optim.SGD(CORRECTION_STEP), intercept_lr=CORRECTION_STEP
        )
        set_weights(self.corrector, {SLOPE: 2.0})
        nothing = [0] * len(basis.numeric)
        self.scaler: Any = warm_scaler(basis.numeric, nothing, nothing, nothing)
        self._quality = ProbabilityQuality()

    def inputs(self, features: Vector) -> Vector:
        """Return the model's inputs of features as logged.

        Raises:
            FeatureError: wrong length or a number that is not finite.
        """
        length = len(self.basis.names)
        checked = check_vector(features, length=length)
        return check_vector(self._transform(checked), length=length)

    def terms(self, inputs: Vector) -> dict[str, float]:
        """Return the terms by name, in the form river takes; changes nothing."""
        scaled = dict(zip(self.basis.names, inputs.tolist(), strict=True))
        numeric = {name: scaled[name] for name in self.basis.numeric}
        scaled |= self.scaler.transform_one(numeric)
        standard = np.array(list(scaled.values()))
        z = self.basis.standardise(standard, means=_ZERO, inverse=_ONE)
        values = self.basis.expand(inputs, z=z)
        return dict(zip(self.basis.terms, values.tolist(), strict=True))

    def predict(self, features: Vector) -> float:
        """Return the probability for features as logged; changes nothing."""
        half = self._half_logit(self.terms(self.inputs(features)))
        return clamped(float(self.corrector.predict_proba_one(half)[True]))

    def _half_logit(self, terms: dict[str, float]) -> dict[str, float]:
        """Return the model's logit, halved, in the form the corrector takes."""
        # River's public methods give probabilities only, and those saturate.
        logit = self.model._raw_dot_one(terms)  # noqa: SLF001 # no public logit
        return {SLOPE: float(logit) / 2}

    def learn(self, example: Example) -> None:
        """Count the prediction's quality, then learn from the example.

        Raises:
            FeatureError: features, label or weight are out of bounds; then nothing
                has changed.
        """
        if example.features is None:
            raise FeatureError(f"features must be given to learn {self.name}, got None")
        label, weight = check_label(example.label), check_weight(example.weight)
        inputs = self.inputs(example.features)
        before = example.predicted
        if before is None:
            before = self.predict(example.features)
        self._quality.add(clamped(before), label, weight=weight)
        self._update(inputs, label=label, weight=weight)

    def _update(self, inputs: Vector, *, label: bool, weight: float) -> None:
        named = dict(zip(self.basis.names, inputs.tolist(), strict=True))
        self.scaler.learn_one({name: named[name] for name in self.basis.numeric})
        terms = self.terms(inputs)
        # Predict before learn, here too: the corrector sees the logit the model had.
        half = self._half_logit(terms)
        self.model.learn_one(terms, label, w=weight)
        self.corrector.learn_one(half, label, w=weight)

    def freeze(self) -> FrozenLogistic:
        """Return the serving side as of now; later learning does not change it."""
        scaler, numeric = self.scaler, set(self.basis.numeric)
        means = [scaler.means[n] if n in numeric else 0.0 for n in self.basis.names]
        spread = [scaler.vars[n] if n in numeric else 1.0 for n in self.basis.names]
        weights = self.model.weights
        slope = self.corrector.weights[SLOPE] / 2
        folded = slope * np.array([weights[term] for term in self.basis.terms])
        # The constant is the first term; the correction's offset joins it.
        folded[0] += self.corrector.intercept
        return FrozenLogistic(
            basis=self.basis,
            means=np.array(means, dtype=np.float64),
            inverse=np.array([v**-0.5 if v else 0.0 for v in spread]),
            weights=folded,
        )

    def quality(self) -> dict[str, float]:
        """Return the figures of `ProbabilityQuality` over the recent past."""
        return self._quality.figures()

    def state(self) -> Plain:
        """Return everything as plain data, so that `restore` continues bit for bit."""
        weights, scaler = self.model.weights, self.scaler
        return {
            "basis": self.basis.plain(),
            "weights": [float(weights[term]) for term in self.basis.terms],
            "counts": [int(scaler.counts[n]) for n in self.basis.numeric],
            "means": [float(scaler.means[n]) for n in self.basis.numeric],
            "vars": [float(scaler.vars[n]) for n in self.basis.numeric],
            "correction": [
                float(self.corrector.weights[SLOPE]),
                float(self.corrector.intercept),
            ],
            "optimiser": self._optimiser.state(),
            "quality": self._quality.state(),
        }

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Replace everything by what `state` returned.

        Raises:
            SnapshotRejected: it was made for another basis (`schema`).
        """
        if Basis.from_plain(plain["basis"]) != self.basis:
            raise SnapshotRejected(
                "schema", f"{self.name} must be restored to the basis it was made for"
            )
        self._optimiser.restore(plain["optimiser"])
        self._quality.restore(plain["quality"])
        self._continue(plain)

    def begin(self, plain: Mapping[str, Any]) -> None:
        """Start from warm weights, variances and scaler; terms not named stay as is.

        Unlike `restore` this is a prior, not a state: `plain` holds, by name, `weights`
        and `variances` of terms, and `count`, `means`, `vars` of inputs.
        """
        known = self.model.weights
        known.update({t: w for t, w in plain["weights"].items() if t in known})
        set_weights(self.model, known)
        for at, term in enumerate(self.basis.terms):
            variance = plain["variances"].get(term)
            if variance is not None:
                self._optimiser.prior[at] = variance
        self._optimiser.covariance = np.diag(self._optimiser.prior)
        for name in self.basis.numeric:
            if name in plain["means"]:
                self.scaler.counts[name] = int(plain["count"])
                self.scaler.means[name] = float(plain["means"][name])
                self.scaler.vars[name] = float(plain["vars"][name])

    def forget_at(self, kept: float) -> None:
        """Forget at another pace from now on: kept share of certainty per example."""
        self._optimiser.forget = kept

    def _continue(self, plain: Mapping[str, Any]) -> None:
        """Set weights, correction and scaler from what `state` wrote."""
        slope, offset = plain["correction"]
        set_weights(self.corrector, {SLOPE: slope})
        self.corrector.intercept = offset
        weights = zip(self.basis.terms, plain["weights"], strict=True)
        set_weights(self.model, dict(weights))
        columns = (plain["counts"], plain["means"], plain["vars"])
        self.scaler = warm_scaler(self.basis.numeric, *columns)
