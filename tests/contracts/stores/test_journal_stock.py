"""How every journal adds up orders, refunds, purchases, items and codes."""

import pytest

from engage.settings import RetentionSettings
from engage.stores.base import Purchase
from tests.contracts.stores.builders import (
    SITE,
    T0,
    code,
    order,
    record,
    refund,
)


def test_order_with_refunds(journal):
    """An order is found with all its refunds and their sum."""
    journal.append_now(order(), refund("R-1"), refund("R-2", refund_cents=500))
    body, refunds, refunded_cents, _ = journal.order_state(SITE, "A-1")

    assert body["value_cents"] == 12_990
    assert sorted(refunds) == ["R-1", "R-2"]
    assert refunded_cents == 2_500


def test_refund_before_its_order(journal):
    """A refund without an order is held; an id nobody used is None."""
    journal.append_now(refund())

    assert journal.order_state(SITE, "A-1").body is None
    assert journal.order_state(SITE, "A-1").refunded_cents == 2_000
    assert journal.order_state(SITE, "A-2") is None


def test_first_order_stands(journal):
    """The first body of an order is the one that is kept."""
    journal.append_now(order(), order(value_cents=1))

    assert journal.order_state(SITE, "A-1").body["value_cents"] == 12_990


def test_open_orders(journal):
    """An order is open until it is attributed."""
    journal.append_now(order("A-1"), order("A-2"), record("attributed", "A-1"))

    assert [entry.record.key for entry in journal.open_orders(SITE)] == ["A-2"]


def test_joined_order_is_not_open(journal):
    """An order that came with its visitor was never open."""
    journal.append_now(order("A-1", subject="s_1"), order("A-2"))

    assert [entry.record.key for entry in journal.open_orders(SITE)] == ["A-2"]
    assert journal.order_state(SITE, "A-1").subject == "s_1"
    assert journal.order_state(SITE, "A-2").subject is None


def test_open_orders_of_an_age(journal):
    """Open orders are found by when they were placed, the oldest first, so many."""
    journal.append_now(*(order(f"A-{i}", at_s=T0 + i) for i in range(4)))

    found = journal.open_orders(SITE, placed_by_s=T0 + 2, limit=2)
    assert [entry.record.key for entry in found] == ["A-0", "A-1"]
    assert len(journal.open_orders(SITE, placed_by_s=T0 + 2)) == 3


def test_orders_of_a_subject(journal):
    """A subject's orders of a span include both ends, whenever they were joined."""
    journal.append_now(
        *(order(f"A-{i}", at_s=T0 + i, subject="s_1") for i in range(4)),
        order("A-9", at_s=T0 + 1.5),
        record("attributed", "A-9", subject="s_1"),
        refund("R-1", "A-2"),
    )
    found = journal.orders_of(SITE, "s_1", since_s=T0 + 1, until_s=T0 + 2)

    assert [one.body["order_id"] for one in found] == ["A-1", "A-9", "A-2"]
    assert [one.refunded_cents for one in found] == [0, 0, 2_000]
    assert journal.orders_of(SITE, "s_2", since_s=0.0, until_s=T0 + 9) == []


def test_browser_purchase(journal):
    """The first browser purchase of a transaction says whose it is."""
    journal.append_now(
        record("purchase", "p", transaction_id="A-1", subject="s_1"),
        record("purchase", "p", transaction_id="A-1", subject="s_2"),
    )

    assert journal.purchase(SITE, "A-1") == Purchase("s_1", {"transaction_id": "A-1"})
    assert journal.purchase(SITE, "A-2") is None


def test_items(journal):
    """The catalogue is the last body of every item."""
    journal.append_now(
        record("item", "42", price_cents=1),
        record("item", "43", price_cents=2),
        record("item", "42", price_cents=3),
    )

    bodies = {"42": {"price_cents": 3}, "43": {"price_cents": 2}}
    assert dict(journal.items(SITE)) == bodies


def test_many_items(journal):
    """All of a large catalogue come, each once."""
    names = [f"i{number:04}" for number in range(2_001)]
    journal.append_now(*(record("item", name, price_cents=1) for name in names))

    assert [name for name, _ in journal.items(SITE)] == names


def test_old_words_about_products(journal):
    """Records of products go with behaviour; the last word about each stays."""
    journal.append_now(record("item", "42", price_cents=1), order())

    journal.prune(RetentionSettings(raw_days=1), at_s=T0 + 2 * 86_400.0)

    assert dict(journal.items(SITE)) == {"42": {"price_cents": 1}}
    assert [one.record.kind for one in journal.read(0, 10)] == ["order"]


def test_codes_move_on(journal):
    """A code takes the fields of each change and never goes back once delivered."""
    journal.append_now(
        record("codes", "autumn10", codes=["C1", "C2"]),
        code("C1", "held", decision="d_1", subject="s_1", until_s=5.0, amount_cents=9),
        code("C1", "given", until_s=None),
        code("C1", "free"),
        code("C2", "held", decision="d_2", amount_cents=7),
        code("C2", "free"),
        record("codes", "autumn10", codes=["C1", "C2"]),
    )
    first, second = sorted(journal.codes(SITE))

    assert first == ("C1", "autumn10", "given", "d_1", "s_1", None, None, 9)
    assert second == ("C2", "autumn10", "free", None, None, None, None, 0)


def test_codes_are_counted(journal):
    """Codes are counted by pool and state; given and past its time is expired."""
    journal.append_now(
        record("codes", "autumn10", codes=["C1", "C2", "C3", "C4"]),
        record("codes", "spring", codes=["S1"]),
        code("C1", "given", until_s=T0 + 60.0),
        code("C2", "given", until_s=T0 + 61.0),
        code("C3", "redeemed", order_id="A-1"),
    )

    assert journal.count_codes(SITE, at_s=T0 + 60.0) == {
        ("autumn10", "expired"): 1,
        ("autumn10", "given"): 1,
        ("autumn10", "redeemed"): 1,
        ("autumn10", "free"): 1,
        ("spring", "free"): 1,
    }
    assert journal.count_codes("pk_other", at_s=T0) == {}


@pytest.mark.parametrize(("spent", "booked"), [({}, 9), ({"amount_cents": 4}, 4)])
def test_code_redeemed_before_it_is_given(journal, spent, booked):
    """Whoever reports first, a redeemed code has its decision and its money."""
    given = {"decision": "d_1", "subject": "s_1", "until_s": 5.0, "amount_cents": 9}
    records = (
        code("C1", "given", pool="autumn10", **given),
        code("C1", "redeemed", order_id="A-1", **spent),
    )
    journal.append_now(*reversed(records))
    (row,) = journal.codes(SITE)

    assert row == ("C1", "autumn10", "redeemed", "d_1", "s_1", "A-1", 5.0, booked)
