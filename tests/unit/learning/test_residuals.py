"""Is any action's mean residual off? Said when it is, hardly ever when not."""

from dataclasses import replace

import numpy as np
import pytest

from engage.deciding.policies.terms import Row, UpliftPriors, UpliftSettings
from engage.deciding.policies.uplift import UpliftModel
from engage.errors import SnapshotRejected
from engage.learning.publication import check_residuals
from engage.learning.residuals import LEAST, ResidualWatch

ACTIONS = ("none", "chat", "help")
SHARES = {"none": 0.4, "chat": 0.3, "help": 0.3}


def row(number, luck, *, effect):
    """Return a decision whose chat earns `effect` EUR more than nothing does."""
    action = ACTIONS[int(luck.choice(3, p=list(SHARES.values())))]
    earned = luck.exponential(4.0) + (effect if action == "chat" else 0.0)
    return Row(
        decision=f"d_{number}",
        context=luck.normal(size=1),
        moment="lingering",
        action=action,
        distribution=SHARES,
        kinds={"chat": "chat", "help": "help"},
        versions={"chat": "1", "help": "1"},
        target_eur=float(earned),
    )


def model_of(chat_eur):
    """Return a model that knows nothing but what a chat is believed to be worth."""
    plain = UpliftSettings(context=("price",))
    return UpliftModel(plain.believing({"kind:chat": chat_eur}, has_rules=False))


def watched(n, *, believed, effect, seed, watch=None, start=0):
    """Return a watch over n decisions, by a model that never learns from them."""
    watch, model = watch or ResidualWatch(), model_of(believed)
    luck = np.random.default_rng(seed)
    for number in range(start, start + n):
        watch.take(watch.look(row(number, luck, effect=effect), model))
    return watch


def test_right_predictions():
    """Predictions that are right are never called off, at 4,000 looks (seed 1)."""
    watch = watched(4_000, believed=0.5, effect=0.5, seed=1)

    assert watch.off() == ()
    assert abs(watch.off_eur()["chat"]) < 0.5
    assert abs(watch.off_eur()["help"]) < 0.5


def test_wrong_prediction_is_named():
    """A chat believed to earn 3 EUR that costs 1 is found; the help is not blamed."""
    watch = watched(1_500, believed=3.0, effect=-1.0, seed=2)

    assert watch.off() == ("chat",)
    assert watch.off_eur()["chat"] == pytest.approx(-4.0, abs=0.8)


def test_slack():
    """The longer a standstill, the more is tolerated."""
    watch = watched(1_500, believed=3.0, effect=-1.0, seed=2)

    assert watch.off(slack=64.0) == ()


def test_no_word_before_enough():
    """Nothing is said of an action that was eligible fewer than 500 times."""
    watch = watched(LEAST - 1, believed=50.0, effect=0.0, seed=3)

    assert watch.off() == ()
    assert watch.off_eur() == {}


def test_recovered():
    """What was wrong once is forgotten two spans later."""
    watch = watched(3_000, believed=3.0, effect=-1.0, seed=4)
    assert watch.off() == ("chat",)
    watch.weights = None

    watched(4_000, believed=-1.0, effect=-1.0, seed=5, watch=watch, start=3_000)
    assert watch.off() == ()


def test_restored():
    """A watch goes on bit for bit where its state was taken."""
    watch, other = watched(700, believed=1.0, effect=0.0, seed=6), ResidualWatch()
    other.restore(watch.state())
    for one in (watch, other):
        watched(50, believed=1.0, effect=0.0, seed=7, watch=one, start=700)

    assert other == watch
    assert other.off_eur() == watch.off_eur()


def test_a_learning_model_is_not_off():
    """A model that learns what it did not believe is never called off once grown."""
    watch, model = ResidualWatch(), model_of(0.0)
    luck = np.random.default_rng(8)
    for number in range(2_500):
        one = row(number, luck, effect=1.0)
        look = watch.look(one, model)
        model.learn(one)
        watch.take(look)
        if number > 1_000:
            assert watch.off() == ()
    assert model.learned == 2_500


def test_corrections_count_in_the_shops_scale():
    """A shop a hundred times dearer is watched alike: all of it is as much larger."""
    left = []
    for scale in (1.0, 100.0):
        luck, watch = np.random.default_rng(6), ResidualWatch(0.1 * scale)
        priors = UpliftPriors().times(scale)
        settings = UpliftSettings(
            context=("price",), priors=priors, sigma_eur=2.0 * scale
        )
        model = UpliftModel(settings)
        for number in range(60):
            plain = row(number, luck, effect=0.5)
            one = replace(plain, target_eur=scale * plain.target_eur)
            look = watch.look(one, model)
            model.learn(replace(one, delta_eur=scale * luck.normal(3.0, 5.0)))
        left.append(look.left_eur / scale)

    assert left[0] == pytest.approx(left[1], rel=1e-6)


def test_check():
    """The snapshot check refuses with the reason `residual`, and names the action."""
    check_residuals(())
    with pytest.raises(SnapshotRejected, match=r"^mean residual is off: chat$") as no:
        check_residuals(["chat"])
    assert no.value.reason == "residual"
