"""What uplifts depend on, and what all interventions teach each other."""

import numpy as np
import pytest

from engage.deciding.context import CONTEXT, EFFECTS, INTERACTIONS
from engage.deciding.policies.effects import Effects
from engage.deciding.policies.uplift import Row, UpliftModel, UpliftSettings
from engage.deciding.policies.weights import UpliftWeights
from engage.errors import FeatureError


def weights(terms, interactions=("price", "undecided", "undecided*price")):
    """Return weights of one chat over a context of price and intent."""
    return UpliftWeights(
        terms=terms,
        context=("price", "intent"),
        interactions=interactions,
        offered={"c": ("chat", "1")},
        counts={},
        sigma=1.0,
        n_eff=0.0,
    )


def uplift(found, price, intent):
    """Return the chat's uplift for a price and an intent."""
    context = np.array([price, intent])
    return found.predict(context, "ask", ("none", "c"))["c"]


def test_effects_that_ship_can_be_read():
    """What ships reads every plain entry as it is and the derived ones by intent."""
    context = np.linspace(0.0, 1.0, len(CONTEXT))
    read = dict(zip(EFFECTS, Effects(CONTEXT, EFFECTS).of(context), strict=True))
    p = context[CONTEXT.index("intent")]

    assert [read[n] for n in INTERACTIONS] == [
        context[CONTEXT.index(n)] for n in INTERACTIONS
    ]
    assert read["undecided"] == pytest.approx(4 * p * (1 - p))
    assert read["undecided*dwell"] == pytest.approx(read["undecided"] * read["dwell"])


@pytest.mark.parametrize("name", ["intent", "undecided", "undecided*x", "y"])
def test_unknown_names(name):
    """A name that is not in the context, or needs an intent that is not, is refused."""
    with pytest.raises(ValueError, match="not in tuple"):
        Effects(("x",), (name,))


def test_wrong_length():
    """A context of another length is refused."""
    with pytest.raises(FeatureError, match=r"shape \(1,\), got \(2,\)"):
        Effects(("x",), ("x",)).of(np.zeros(2))


@pytest.mark.parametrize("intent", [0.0, 1.0])
def test_who_is_decided_is_not_moved(intent):
    """A term of the undecided is nothing for who surely buys or surely does not."""
    found = weights({"any|x:undecided": 8.0, "kind:chat|x:undecided*price": 2.0})

    assert uplift(found, 3.0, intent) == 0.0
    assert uplift(found, 3.0, 0.5) == 8.0 + 2.0 * 3.0


def test_prediction_adds_up_all_levels():
    """The kind's, the own and the shared terms add up, and explain says how."""
    terms = {
        "kind:chat": 1.0,
        "action:c@1|moment:ask": 10.0,
        "kind:chat|x:undecided": 100.0,
        "action:c@1|x:undecided": 1_000.0,
        "any|x:undecided": 10_000.0,
    }
    found = weights(terms)
    told = found.explain(np.array([0.0, 0.5]), "ask", "c")

    assert uplift(found, 0.0, 0.5) == 11_111.0
    assert dict(told) == terms


def test_interventions_teach_each_other_who_is_moved():
    """Whom no other moves will not be moved by a kind that was never tried."""
    settings = UpliftSettings(
        context=("intent",), interactions=("intent",), sigma_eur=0.5
    )
    model = UpliftModel(settings)
    p = dict.fromkeys(("none", "chat", "deal"), 1 / 3)
    for number in range(1_200):
        drawn, intent = tuple(p)[number % 3], number // 3 % 3 / 2
        model.learn(
            Row(
                decision=f"d_{number}",
                context=np.array([intent]),
                moment="ask",
                action=drawn,
                distribution=p,
                kinds={"chat": "chat", "deal": "discount"},
                versions={"chat": "1", "deal": "1"},
                target_eur=0.0 if drawn == "none" else -0.4 * intent,
            )
        )
    known = {"chat": "chat", "deal": "discount", "guide": "help"}
    found = model.freeze().offering(known, dict.fromkeys(known, "1"))
    low, high = (
        found.predict(np.array([x]), "ask", ("none", *known)) for x in (0.0, 1.0)
    )

    assert high["chat"] - low["chat"] == pytest.approx(-0.4, abs=0.06)
    assert -0.4 < high["guide"] - low["guide"] < -0.1
