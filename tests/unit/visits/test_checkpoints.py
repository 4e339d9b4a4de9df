import numpy as np
import pytest

from engage.errors import FeatureError, PolicyError
from engage.visits.features import describe
from engage.visits.session import (
    advance,
    discount_checkpoints,
    from_bytes,
    open_checkpoint,
    resolve_checkpoints,
    to_bytes,
)
from engage.visits.waiting import checkpoint
from tests.unit.visits.builders import NOW_S, beacon, event, ping, product_visit


def waiting(*events):
    """Return a visit with one waiting label."""
    session = product_visit(*events)
    vector = describe(session, at_s=session.last_at_s)
    return open_checkpoint(session, vector, score=0.7, at_s=session.last_at_s)


def active(session, *, seconds, seq=2):
    """Return the session after so many seconds of activity more."""
    one = beacon(ping(1_000 * seconds), seq=seq)
    return advance(session, one, at_s=session.last_at_s + seconds).session


def resolved(session, *, progress=False, ended=False):
    """Resolve with the default horizon."""
    return resolve_checkpoints(
        session, progress=progress, ended=ended, horizon_s=120, at_s=session.last_at_s
    )


def test_label_waits():
    """Without progress, and within the horizon, a label stays open."""
    session = active(waiting(), seconds=119)

    assert resolved(session) == (session, ())


def test_no_progress_within_the_horizon():
    """At the end of the horizon the label is 1."""
    after, (one,) = resolved(active(waiting(), seconds=120))

    assert (one.label, one.weight, one.score) == (1.0, 1.0, 0.7)
    assert (one.opened_at_s, one.at_s) == (NOW_S + 5, NOW_S + 125)
    assert after.checkpoints == ()


def test_progress():
    """Progress within the horizon makes the label 0, once the horizon is over."""
    after, none_yet = resolved(active(waiting(), seconds=60), progress=True)
    _, (one,) = resolved(active(after, seconds=60, seq=3))

    assert none_yet == ()
    assert one.label == 0.0


def test_progress_before_the_end():
    """A session that ends after progress keeps its label 0."""
    after, _ = resolved(active(waiting(), seconds=60), progress=True)

    _, (one,) = resolved(after, ended=True)

    assert one.label == 0.0


def test_card_after_progress():
    """A card shown after progress cannot undo or weigh what came before it."""
    after, _ = resolved(active(waiting(), seconds=60), progress=True)

    shown = discount_checkpoints(after, 0.5, shown=True)
    passed = discount_checkpoints(after, 0.5, shown=False)

    assert shown.checkpoints == passed.checkpoints == after.checkpoints


def test_progress_after_the_horizon():
    """Progress that comes when the horizon is over does not count."""
    _, (one,) = resolved(active(waiting(), seconds=121), progress=True)

    assert one.label == 1.0


def test_end_of_the_session():
    """A session that ends made no progress."""
    _, (one,) = resolved(waiting(), ended=True)

    assert one.label == 1.0


def test_features_come_back():
    """The features are those of the checkpoint, to seven digits."""
    session = product_visit(event("scroll_turn", count=3))
    vector = describe(session, at_s=session.last_at_s)

    opened = open_checkpoint(session, vector, score=0.7, at_s=NOW_S)
    _, (one,) = resolved(active(opened, seconds=120))

    assert np.allclose(one.features, vector, rtol=1e-6, atol=0)


def test_two_at_most():
    """A third label is not opened; none that waits is dropped for it."""
    session = waiting()
    vector = describe(session, at_s=NOW_S)
    second = open_checkpoint(session, vector, score=0.1, at_s=NOW_S)

    third = open_checkpoint(second, vector, score=0.2, at_s=NOW_S)

    assert [one.score for one in third.checkpoints] == [0.7, 0.1]


def test_decisions_weigh():
    """Each decision for nothing multiplies the weight by 1 / p(none)."""
    session = discount_checkpoints(waiting(), 0.5, shown=False)
    session = discount_checkpoints(session, 0.25, shown=False)

    assert session.checkpoints[0].weight == 8.0


def test_left_alone_for_certain():
    """Holdout and ghosts do not weigh."""
    session = waiting()

    assert discount_checkpoints(session, 1.0, shown=False) == session


def test_shown_card_ends_the_stretch():
    """After a shown action its labels are gone."""
    session = discount_checkpoints(waiting(), 0.5, shown=True)

    assert resolved(session, ended=True)[1] == ()


def test_nothing_waits():
    """Without labels nothing changes."""
    session = product_visit()

    assert discount_checkpoints(session, 0.5, shown=True) is session
    assert resolved(session, ended=True) == (session, ())


@pytest.mark.parametrize("propensity", [0.0, -0.1, 1.1])
def test_impossible_propensity(propensity):
    """A propensity of `none` lies in (0, 1]."""
    with pytest.raises(PolicyError, match=r"^propensity of none must be in \(0, 1\]"):
        discount_checkpoints(waiting(), propensity, shown=False)


def test_too_many_features():
    """A label keeps one bit a feature, 64 at most."""
    with pytest.raises(FeatureError, match=r"^features must be <= 64, got 65$"):
        checkpoint(np.ones(65), active_s=0.0, score=0.5, at_s=0.0)


def test_labels_survive_packing():
    """Waiting labels are packed with their session."""
    session = waiting()

    assert from_bytes(to_bytes(session)).checkpoints == session.checkpoints
