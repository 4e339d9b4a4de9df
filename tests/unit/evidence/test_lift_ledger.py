import numpy as np

from engage.evidence.lift.ledger import Costs, Ledger
from tests.unit.evidence.lift_builders import (
    HOUR_S,
    T0,
    decision,
    entry,
    ghost,
    order,
    outcome,
)


def folded(*entries, horizon_s=24 * HOUR_S, at_s=T0 + 48 * HOUR_S, **options):
    """Return the visitors that the entries add up to."""
    ledger = Ledger(Costs(chat_cents=400, dismissal_cents=10), **options)
    for one in entries:
        ledger.take(one)
    return ledger.visitors(horizon_s=horizon_s, at_s=at_s)


def test_margin_after_the_moment():
    """An order after the first moment counts with margin and revenue."""
    seen = folded(decision(), order(at_s=T0 + HOUR_S))

    assert (seen.margin[0], seen.revenue[0], seen.orders[0]) == (40.0, 100.0, 1.0)


def test_order_before_the_moment():
    """An order from before the first moment is nobody's doing."""
    seen = folded(decision(), order(at_s=T0 - 1))

    assert seen.orders.tolist() == [0.0]


def test_order_after_the_horizon():
    """An order after the horizon does not count."""
    seen = folded(decision(), order(at_s=T0 + 25 * HOUR_S))

    assert seen.margin.tolist() == [0.0]


def test_repeated_order():
    """An order that is told twice counts once."""
    seen = folded(decision(), order(at_s=T0 + 1), order(at_s=T0 + 1))

    assert seen.orders.tolist() == [1.0]


def test_refund_takes_its_share():
    """A refund of a quarter takes a quarter of the margin."""
    refund = entry("refund", "A-1", refund_id="R-1", refund_cents=2_500)

    seen = folded(decision(), order(at_s=T0 + 1), refund)

    assert (seen.margin[0], seen.revenue[0]) == (30.0, 75.0)


def test_refund_before_its_order():
    """A refund that came before its order is taken off all the same."""
    refund = entry("refund", "A-1", refund_id="R-1", refund_cents=10_000)

    seen = folded(decision(), refund, order(at_s=T0 + 1))

    assert seen.margin.tolist() == [0.0]


def test_costs_of_interventions():
    """Chats that started and cards dismissed lower the margin."""
    seen = folded(
        decision(),
        outcome("chat_started", at_s=T0 + 5),
        outcome("dismissed", of="d_9", at_s=T0 + 60),
    )

    assert np.allclose(seen.margin, [-4.10])


def test_order_joined_later():
    """An order whose visitor is found later counts from then on."""
    late = order(at_s=T0 + 1, subject=None)

    seen = folded(decision(), late, entry("attributed", "A-1", by="purchase"))

    assert seen.margin.tolist() == [40.0]


def test_first_moment_heard_of_last():
    """What another worker told before the first moment counts, unless it was before."""
    seen = folded(
        order(at_s=T0 + 1),
        order("A-0", at_s=T0 - 1),
        entry("refund", "A-1", refund_id="R-1", refund_cents=2_500),
        outcome("shown", at_s=T0 + 1),
        outcome("chat_started", at_s=T0 + 2),
        decision("d_3", at_s=T0 + HOUR_S, first_ever=False),
        order("A-2", at_s=T0 + 2 * HOUR_S, subject=None),
        entry("attributed", "A-2", by="purchase"),
        decision(),
        order(at_s=T0 + 1),
    )

    assert (seen.orders.tolist(), seen.margin.tolist()) == ([2.0], [30.0 + 40.0 - 4.0])
    assert (seen.is_shown.tolist(), seen.margin_alone.tolist()) == ([True], [26.0])
    assert seen.ordered_alone.tolist() == [True]


def test_what_waits_is_bounded():
    """Of a visitor whose first moment has not come only so much is remembered."""
    ledger = Ledger()
    for number in range(100):
        ledger.take(order(f"A-{number}", at_s=T0 + 1))
    ledger.take(decision())

    assert ledger.visitors(horizon_s=HOUR_S, at_s=T0 + HOUR_S).orders.tolist() == [20.0]


def test_what_waits_is_plain():
    """Nothing of it is looked through for garbage, which holds up every visitor."""
    ledger = Ledger()
    for number in range(50):
        one = {"subject": f"u_{number}", "at_s": T0 + number}
        ledger.take(outcome("shown", of=f"d_{number}", **one))
        ledger.take(order(f"A-{number}", **one))
    waiting = ledger._early.values()
    known = [one for early in waiting for one in early]

    assert {type(one) for one in (*waiting, *known)} == {tuple}
    assert {type(part) for one in known for part in one} == {str, float, bytes}


def test_nobody_waits_after_the_first_moment():
    """Of a visitor who is no evidence nothing is remembered that comes later."""
    ledger = Ledger()
    ledger.take(decision(refused={"chat": "bot"}))
    ledger.take(decision("d_3", at_s=T0 + HOUR_S, first_ever=False))
    ledger.take(order(at_s=T0 + HOUR_S))

    assert ledger._early == {}
    assert len(ledger.visitors(horizon_s=HOUR_S, at_s=T0 + 3 * HOUR_S)) == 0


def test_order_of_nobody():
    """An order whose visitor is given up counts for nobody."""
    late = order(at_s=T0 + 1, subject=None)

    seen = folded(decision(), late, entry("attributed", "A-1", subject=None))

    assert seen.margin.tolist() == [0.0]


def test_only_first_moments():
    """A visitor enters once, with the first moment."""
    later = decision("d_3", at_s=T0 + HOUR_S, first_ever=False, moment="leaving")

    seen = folded(decision(), later)

    assert seen.moment.tolist() == ["lingering"]


def test_unserved_is_no_evidence():
    """A record that was never carried out is passed over."""
    assert len(folded(decision(served=False))) == 0


def test_machines_are_no_evidence():
    """Machines and visitors without consent enter neither group."""
    bot = decision(refused={"chat": "bot"})
    silent = ghost(subject="u_2", refused={"chat": "no_consent"})

    assert len(folded(bot, silent)) == 0


def test_ghost_keeps_its_action():
    """A visitor of the holdout is filed under the action the dice said."""
    seen = folded(ghost(action="discount"))

    assert (seen.action.tolist(), seen.is_holdout.tolist()) == (["discount"], [True])


def test_shown_is_of_the_first():
    """Only the first decision's own card makes a visitor one who was shown it."""
    other = outcome("shown", of="d_7", subject="u_2")

    seen = folded(decision(), decision("d_2", subject="u_2"), outcome("shown"), other)

    assert seen.is_shown.tolist() == [True, False]


def test_horizon_that_is_not_over():
    """A visitor whose horizon has not passed is marked so."""
    seen = folded(decision(), at_s=T0 + HOUR_S)

    assert seen.is_over.tolist() == [False]


def test_more_visitors_than_fit():
    """Visitors beyond the bound are counted, not kept."""
    seen = folded(decision(), decision("d_2", subject="u_2"), most=1)

    assert (len(seen), seen.left_out) == (1, 1)
