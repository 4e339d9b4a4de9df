import numpy as np
import orjson
import pytest

from engage.deciding.policies.magnitudes import clip
from engage.deciding.policies.stakes import scale_of
from engage.deciding.policies.uplift import Row, UpliftModel, UpliftSettings

MOMENTS = ("lingering", "leaving", "hesitating")
NAMES = ("none", "chat_a", "chat_b", "deal")
KINDS = {"chat_a": "chat", "chat_b": "chat", "deal": "discount"}
# A strong discount, so that sums are scaled back several times within a test.
SETTINGS = UpliftSettings(
    context=("price", "dwell", "intent"),
    interactions=("price", "intent"),
    discount=0.99,
    winsor_quantile=0.95,
    usual_stake_eur=30.0,
)


def rows_of(n, *, seed, versions=lambda _: "1", deltas=True):
    """Build rows with varying eligible sets and clipping, and their corrections."""
    rng = np.random.default_rng(seed)
    for i in range(n):
        eligible = ("none", *rng.permutation(NAMES[1:])[: rng.integers(1, 4)].tolist())
        p = rng.dirichlet(np.ones(len(eligible)))
        p[0] += 1.0 - p.sum()
        delta = float(rng.normal(0.2, 5.0))
        yield (
            Row(
                decision=f"d_{i}",
                context=rng.normal(0, 1, 3),
                moment=MOMENTS[i % 3],
                action=eligible[int(rng.integers(len(eligible)))],
                distribution=dict(zip(eligible, p.tolist(), strict=True)),
                kinds=KINDS,
                versions={a: versions(i) for a in KINDS},
                target_eur=float(rng.normal(1.0, 2.0)),
                stake_eur=(None, 24.0, 12.0, 90.0)[i % 4],
                proposed=eligible[-1],
                clip_eur=None if i < 100 else 6.0,
                delta_eur=None if deltas else delta,
            ),
            delta,
        )


def at_once(n, *, seed, **fields):
    """Return the model to which every value was known at once."""
    model = UpliftModel(SETTINGS)
    for row, _ in rows_of(n, seed=seed, deltas=False, **fields):
        model.learn(row)
    return model


def late(n, *, seed, delay, **fields):
    """Return the model whose rows were corrected `delay` rows later, in odd order."""
    model = UpliftModel(SETTINGS)
    waiting = []
    rng = np.random.default_rng(seed + 1)
    for row, delta in rows_of(n, seed=seed, **fields):
        model.learn(row)
        waiting.append((row.decision, delta))
        if len(waiting) > delay:
            model.correct(*waiting.pop(int(rng.integers(len(waiting)))))
    for decision, delta in waiting:
        model.correct(decision, delta)
    return model


def assert_same(one, other):
    """Assert that two models agree in everything they publish, within 1e-9."""
    a, b = one.freeze(), other.freeze()
    assert a.terms.keys() == b.terms.keys()
    for term, value in a.terms.items():
        assert b.terms[term] == pytest.approx(value, abs=1e-9)
    assert b.sigma == pytest.approx(a.sigma, abs=1e-9)
    assert b.n_eff == pytest.approx(a.n_eff, abs=1e-9)
    assert b.clip_eur == a.clip_eur
    assert b.counts == a.counts
    assert one.clipped_share() == other.clipped_share()
    for action, mean in one.mean_corrections().items():
        assert other.mean_corrections()[action] == pytest.approx(mean, abs=1e-9)


@pytest.mark.parametrize("delay", [1, 70, 900])
def test_late_correction_is_exact(delay):
    """A value that comes late leaves everything as if it had been known at once.

    Seed 11, 1,500 rows at discount .99: weights span 3e6. Baseline, sigma, threshold
    and clipped shares are compared as well.
    """
    assert_same(at_once(1_500, seed=11), late(1_500, seed=11, delay=delay))


def test_sums_are_scaled_back_in_between():
    """The exactness holds across scaling back: at .99, 40 bits last 2,759 rows."""
    assert_same(at_once(3_200, seed=12), late(3_200, seed=12, delay=2_900))


def test_correction_adds_the_weighted_regressor():
    """A correction of row i adds `lambda ** (n - i) * z_i * dy` and nothing else.

    Seen through linearity: the move of the corrected coefficients is proportional
    to the correction (one scale of the prior, clipping off).
    """
    models = [UpliftModel(SETTINGS) for _ in range(3)]
    for model, dy in zip(models, (0.0, 1.0, 2.0), strict=True):
        for row, _ in rows_of(90, seed=13):
            model.learn(row)
        for i in range(90):
            model.correct(f"d_{i}", dy if i == 40 else 0.0)
    b = [m._corrections.totals(m._regressor.table.width, growth=1.0).b for m in models]

    assert np.abs(b[0]).max() == 0.0
    assert np.abs(b[2] - 2.0 * b[1]).max() <= 1e-12
    assert np.abs(b[1]).max() > 0.1


def test_edited_intervention_with_late_corrections():
    """Editing an intervention halfway keeps late corrections exact.

    The superseded version is integrated out once its last row is settled; when that
    is makes no difference, because later rows do not know it.
    """
    versions = {"versions": lambda i: "1" if i < 400 else "2"}

    one = at_once(1_000, seed=14, **versions)

    assert_same(one, late(1_000, seed=14, delay=300, **versions))
    assert set(one.freeze().counts) == {f"{a}@2" for a in KINDS}


def test_integrating_out_keeps_what_was_learned():
    """Forgetting a superseded version hardly moves what its kind is known to do.

    Without retirement the old columns would stay; both ways the kind's terms agree
    within a hundredth of their prior sd (the noise is assumed, not estimated).
    """
    versions = {"versions": lambda i: "1" if i < 900 else "2"}
    kept = UpliftModel(SETTINGS)
    for row, delta in rows_of(1_000, seed=15, **versions):
        kept.learn(row)
        if int(row.decision[2:]) >= 900:
            kept.correct(row.decision, delta)
    before = kept.freeze().terms
    for i in range(900):
        kept.forget(f"d_{i}")
    after = kept.freeze().terms

    assert "action:deal@1" in before
    assert "action:deal@1" not in after
    moved = [abs(after[t] - before[t]) for t in after if t.startswith("kind:")]
    assert max(moved) <= 0.02


@pytest.mark.parametrize("split", [1, 63, 64, 500])
def test_restart_continues_bit_for_bit(split):
    """A model stopped, written as JSON and restored is the model that never stopped."""
    rows = list(rows_of(700, seed=16))
    whole, first = UpliftModel(SETTINGS), UpliftModel(SETTINGS)
    for model, part in ((whole, rows), (first, rows[:split])):
        feed(model, part)
    second = UpliftModel(SETTINGS)
    second.restore(orjson.loads(orjson.dumps(first.state())))
    feed(second, rows[split:])

    assert orjson.dumps(second.state()) == orjson.dumps(whole.state())
    assert second.freeze() == whole.freeze()


def feed(model, rows):
    """Learn rows, correcting each one that is 50 rows old."""
    for row, delta in rows:
        model.learn(row)
        number = int(row.decision[2:])
        if number >= 50:
            model.correct(f"d_{number - 50}", delta)


def test_freezing_changes_nothing():
    """Publishing more often gives the same model."""
    often, once = UpliftModel(SETTINGS), UpliftModel(SETTINGS)
    for row, _ in rows_of(200, seed=17):
        often.learn(row)
        often.freeze()
        once.learn(row)

    assert orjson.dumps(often.state()) == orjson.dumps(once.state())


def test_equals_plain_ridge():
    """Sums, discount and batches give the textbook solution of weighted ridge.

    The baseline's prior hardly matters; what else differs (its shrinkage, the uplift
    terms) moves its slopes by less than .15, a prior sd being 1.
    """
    model = UpliftModel(SETTINGS)
    z, y = [], []
    for row, _ in rows_of(600, seed=18):
        model.learn(row)
        z.append(row.context)
        clipped = clip(row.target_eur, row.clip_eur)
        y.append(clipped / scale_of(row.stake_eur, usual_eur=SETTINGS.usual_stake_eur))
    w = 0.99 ** np.arange(599, -1, -1)
    one_hot = np.array([[i % 3 == k for k in range(3)] for i in range(600)], float)
    design = np.hstack([one_hot, np.array(z)])
    theta = np.linalg.lstsq(design * w[:, None] ** 0.5, np.array(y) * w**0.5)[0]
    found = model.freeze().terms

    for name, value in zip(SETTINGS.context, theta[3:], strict=True):
        assert found[f"x:{name}"] == pytest.approx(value, abs=0.15)


def test_old_versions_do_not_pile_up():
    """An intervention edited a hundred times leaves one version behind."""
    model = UpliftModel(SETTINGS)
    for row, delta in rows_of(1_000, seed=19, versions=lambda i: str(i // 10)):
        model.learn(row)
        model.correct(row.decision, delta)

    assert set(model.freeze().counts) == {f"{a}@99" for a in KINDS}
    assert model._regressor.table.width < 100


def test_removed_interventions_do_not_pile_up():
    """Of 300 interventions tried once each, at most the stated 256 are remembered."""
    model = UpliftModel(SETTINGS)
    for i in range(300):
        name = f"try_{i}"
        model.learn(
            Row(
                decision=f"d_{i}",
                context=np.zeros(3),
                moment="leaving",
                action=name,
                distribution={"none": 0.5, name: 0.5},
                kinds={name: "help"},
                versions={name: "1"},
                target_eur=1.0,
                delta_eur=0.0,
            )
        )
    weights = model.freeze()

    assert len(weights.counts) == 256
    assert "try_299@1" in weights.counts
    assert "try_0@1" not in weights.counts
    assert weights.terms["kind:help"] > 0.0
