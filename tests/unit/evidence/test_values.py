import pytest

from engage.evidence.values import Values
from tests.unit.evidence.lift_builders import decision, entry, ghost, outcome


def told(*entries):
    """Return the values that the entries add up to."""
    values = Values()
    for one in entries:
        values.take(one)
    return values.plain()


def test_mean_reward():
    """An action's reward is the mean over its closed decisions."""
    values = told(
        decision("d_1"),
        decision("d_2"),
        entry("closed", "d_1", reward=2.0),
        entry("closed", "d_2", reward=4.0),
    )

    assert values["chat"]["reward"]["mean"] == pytest.approx(3.0)
    assert (values["chat"]["sent"], values["chat"]["reward"]["n"]) == (2, 2)


def test_correction_after_settling():
    """The long close enters the audit once; a later word about it is passed over."""
    settled = entry("settled", "d_1", value=5.0, correction=3.0)

    values = told(decision("d_1"), settled, settled)

    assert values["chat"]["correction"]["n"] == 1


def test_close_that_was_set_aside():
    """A close without a reward says nothing, and takes nothing else with it."""
    aside = entry("closed", "d_1", set_aside="why", learned=False)

    values = told(decision("d_1"), aside, entry("settled", "d_1", set_aside="why"))

    assert (values["chat"]["reward"]["n"], values["chat"]["correction"]["n"]) == (0, 0)


def test_ghosts_are_not_sent():
    """What was not carried out is nothing that was sent."""
    assert told(ghost("d_2"), entry("closed", "d_2", reward=2.0)) == {}


def test_fates():
    """What became of an action's cards is counted by name."""
    values = told(decision("d_1"), outcome("shown"), outcome("clicked"))

    assert values["chat"]["fates"] == {"shown": 1, "clicked": 1}


def test_no_reward_yet():
    """The mean of nothing is nothing, not zero."""
    assert told(decision("d_1"))["chat"]["reward"]["mean"] is None
