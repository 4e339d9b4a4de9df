"""A snapshot whose numbers no shop could have is refused, whatever it would decide."""

import math
from dataclasses import replace

import numpy as np
import pytest

from engage.errors import SnapshotRejected
from engage.learning.publication import check_form
from engage.learning.snapshots import Snapshot
from tests.unit.learning.builders import weighed

TERMS = {"kind:chat": 1.0}


def reason(candidate, **more):
    """Return why the candidate is refused."""
    with pytest.raises(SnapshotRejected) as refused:
        check_form(candidate, **more)
    return refused.value.reason


def with_weights(snapshot, name, change):
    """Return the snapshot with other weights of a scorer."""
    scorers = snapshot.scorers
    one = getattr(scorers, name)
    other = replace(one, weights=change(one.weights.copy()))
    return replace(snapshot, scorers=replace(scorers, **{name: other}))


def test_sound():
    """Ordinary numbers pass, and so do the largest ones that are allowed."""
    check_form(weighed(TERMS, prices={"guitars": 0.0}))
    check_form(weighed({"kind:chat": -10_000.0}, prices={"guitars": 10_000.0}))


@pytest.mark.parametrize(
    ("eur", "why"),
    [(-0.01, "unbounded"), (10_001.0, "unbounded"), (math.inf, "not_finite")],
)
def test_prices(eur, why):
    """A slot costs nothing at least and a basket at most."""
    assert reason(weighed(TERMS, prices={"guitars": eur})) == why


@pytest.mark.parametrize("eur", [-10_001.0, 10_001.0])
def test_terms(eur):
    """No uplift is beyond any basket, up or down."""
    assert reason(weighed({"kind:chat": eur})) == "unbounded"


def test_cheap_shop():
    """Where an order earns 3 EUR the bound is that of a usual shop, not a tenth."""
    check_form(weighed({"kind:chat": 9_000.0}), margin_cents=300)


def test_threshold():
    """A threshold that is no number asks nobody, or everybody."""
    assert reason(weighed(TERMS, threshold=math.nan)) == "not_finite"


@pytest.mark.parametrize("name", ["hesitation", "intent"])
@pytest.mark.parametrize("weight", [51.0, -51.0])
def test_weights_too_large(name, weight):
    """No sound weight is beyond 50 logits; the message says how large it is."""

    def change(weights):
        weights[3] = weight
        return weights

    with pytest.raises(SnapshotRejected, match=r"^weights must be within 50, got 51$"):
        check_form(with_weights(weighed(TERMS), name, change))


def test_weights_that_are_none():
    """A weight that is no number never gets into a snapshot."""
    with pytest.raises(SnapshotRejected) as refused:
        with_weights(weighed(TERMS), "intent", lambda one: np.full_like(one, np.nan))
    assert refused.value.reason == "not_finite"


@pytest.mark.parametrize("name", ["hesitation", "intent"])
def test_golden_vectors(name, monkeypatch):
    """What scores otherwise when it is read back is refused."""
    other = with_weights(weighed(TERMS), name, lambda one: one + 0.001)
    monkeypatch.setattr(Snapshot, "decode", classmethod(lambda _, __: other))

    assert reason(weighed(TERMS)) == "golden"
