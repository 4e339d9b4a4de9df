"""What an outcome model may learn from a log, and from when on."""

from engage.clock import epoch_s
from engage.evidence.offpolicy.rows import rows_of
from tests.unit.evidence.test_evaluation import choice, target


def test_labels_are_what_was_known_first(bodies):
    """The short close's reward, at the short close; the value where there is no reward.

    A model that learned the value from the short close on would know the future.
    """
    both, late = choice(bodies), choice(bodies, reward=None, closed_at=None)
    rows = rows_of([both, late], target("uniform"))

    assert rows.outcome.tolist() == [both["value"]] * 2
    assert rows.label.tolist() == [both["reward"], both["value"]]
    assert rows.known_s.tolist() == [
        epoch_s(both["closed_at"]),
        epoch_s(both["settled_at"]),
    ]


def test_log_of_one_snapshot(bodies):
    """What decided changed along the log if more than one snapshot did."""
    one, other = choice(bodies, snapshot=3), choice(bodies, snapshot=4)

    assert not rows_of([one, one], target("uniform")).is_adaptive
    assert rows_of([one, other], target("uniform")).is_adaptive
