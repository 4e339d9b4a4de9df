import json

import pytest

from engage.errors import StoreError
from engage.visits.visitor import Visitor

DAY_S = 86_400.0
ADA = Visitor(subject="k_1", group="holdout", holdout_share=0.2, first_at_s=100.0)


def test_visits():
    """A new session is a new visit; one known already changes nothing."""
    twice = ADA.with_visit("s_1", at_s=100).with_visit("s_2", at_s=200)

    assert (twice.visit_index, twice.sessions) == (2, ("s_1", "s_2"))
    assert twice.with_visit("s_1", at_s=300) is twice


def test_first_moment():
    """Only the first moment is kept."""
    assert ADA.with_moment(at_s=5).with_moment(at_s=9).first_moment_at_s == 5


def test_orders_never_fall():
    """The number of orders known only grows."""
    assert ADA.with_orders(3).with_orders(1).orders == 3


def test_shown_is_bounded():
    """Cards shown are kept for a week, sixteen at most."""
    old = ADA.with_shown("a", "chat", at_s=0.0)

    assert len(old.with_shown("b", "chat", at_s=8 * DAY_S).shown) == 1
    later = ADA.with_shown("a", "chat", at_s=100 * DAY_S)
    assert len(later.with_shown("b", "chat", at_s=107 * DAY_S).shown) == 2
    for number in range(20):
        old = old.with_shown(f"x{number}", "chat", at_s=float(number))
    assert (len(old.shown), old.shown[-1][0]) == (16, "x19")


def test_dismissed_is_bounded():
    """Of each intervention the latest dismissal is kept, sixteen at most."""
    twice = ADA.with_dismissed("a", at_s=1).with_dismissed("a", at_s=2)
    assert twice.dismissed == (("a", 2),)

    for number in range(20):
        twice = twice.with_dismissed(f"x{number}", at_s=3)
    assert len(twice.dismissed) == 16


def test_decisions():
    """Decisions are counted, and the latest sixteen remembered by session."""
    many = ADA
    for number in range(20):
        session = f"s_{number % 2}"
        many = many.with_decision().with_recent(
            f"d_{number}", session=session, at_s=1.0
        )

    assert (many.decisions, len(many.recent)) == (20, 16)
    assert [name for name, _ in many.recent_in("s_1")] == [
        f"d_{number}" for number in range(5, 20, 2)
    ]


def test_draw():
    """A draw starts the cool-down and changes no group."""
    changed = ADA.with_draw(at_s=7.5)

    assert (changed.last_draw_at_s, changed.group) == (7.5, "holdout")


def test_row_of_a_former_release():
    """A ledger row with fields that are none any more is still read."""
    plain = {**ADA.to_plain(), "conflicted": True}

    assert Visitor.from_plain(plain) == ADA


def test_round_trip():
    """A visitor survives JSON exactly."""
    full = ADA.with_visit("s", at_s=0.1 + 0.2).with_shown("a", "chat", at_s=1 / 3)
    full = full.with_dismissed("a", at_s=2.5).with_recent("d", session="s", at_s=0.1)

    assert Visitor.from_plain(json.loads(json.dumps(full.to_plain()))) == full


def test_not_a_visitor():
    """Data that is no visitor is refused with the field."""
    with pytest.raises(StoreError, match=r"subject"):
        Visitor.from_plain({"group": "holdout"})
