"""Good messages of a shop's server: money in cents, times in seconds."""

import pytest

from engage.errors import BadRequest
from engage.wire.events import id_of_name
from engage.wire.orders import OrderItem, digest_of
from engage.wire.shop import (
    Codes,
    GroupStatus,
    Order,
    Redeem,
    Refund,
    decode_codes,
    decode_group,
    decode_order,
    decode_redeem,
    read_id,
)
from tests.unit.wire.builders import ORDER, REFUND, message


def test_smallest_order():
    """Three fields make an order; what is not said stays unknown."""
    assert decode_order(message(ORDER)) == Order(
        order_id="A-1",
        value_cents=12_990,
        currency="EUR",
        visitor=None,
        session=None,
        margin_cents=None,
        discount_cents=0,
        code=None,
        items=(),
        at_s=None,
    )


def test_whole_order():
    """Everything an order may tell arrives, money in cents."""
    body = message(
        ORDER,
        visitor="v_1",
        session="s_1",
        margin=-1.005,
        discount=12.99,
        code="AUTUMN-1",
        items=[{"item_id": "42", "price": "64.95", "quantity": 2, "tax": 7}],
        at="2026-11-21T11:15:00.250+01:00",
        shop_version="5.1",
    )

    assert decode_order(body) == Order(
        order_id="A-1",
        value_cents=12_990,
        currency="EUR",
        visitor="v_1",
        session="s_1",
        margin_cents=-101,
        discount_cents=1_299,
        code="AUTUMN-1",
        items=(OrderItem(item_id="42", quantity=2.0),),
        at_s=1_795_256_100.25,
    )


def test_decimals_in_strings_and_nulls():
    """Shops keep money as decimals and write null for what there is none of."""
    body = message(ORDER, value="129.90", margin=None, code=None, items=None)

    assert decode_order(body) == decode_order(message(ORDER))


def test_what_costs_no_order():
    """Coupons of the shop's own, fields left empty and odd lines cost no order."""
    rows = [{"item_id": "SKU 12/3", "price": -5}, {"item_name": "Gift", "price": "x"}]
    found = decode_order(
        message(ORDER, code="10 % off", visitor="", session="", items=rows)
    )

    assert (found.code, found.visitor, found.session) == (None, None, None)
    assert [item.item_id for item in found.items] == ["SKU_12_3", id_of_name("Gift")]


@pytest.mark.parametrize("quantity", [0.35, 0, -1, 250_000])
def test_any_quantity(quantity):
    """Cloth by the metre, screws, what was taken out or came back cost no order."""
    rows = [{"item_id": "", "item_name": "Cloth", "quantity": quantity}]
    (item,) = decode_order(message(ORDER, items=rows)).items

    assert (item.item_id, item.quantity) == (id_of_name("Cloth"), quantity)


def test_digest_of_earlier_releases():
    """An order that an earlier release recorded is the same still when sent again."""
    rows = [{"item_id": "42", "quantity": 2}, {"item_name": "Gift"}]

    assert digest_of(decode_order(message(ORDER, items=rows))) == "a431e6f4d5b2f61f"


def test_limits_exactly_met():
    """The largest order with the most lines is still one."""
    lines = [{"item_id": str(index)} for index in range(1_000)]

    order = decode_order(message(ORDER, value=1e10, margin=-1e10, items=lines))

    assert (order.value_cents, order.margin_cents) == (10**12, -(10**12))
    assert len(order.items) == 1_000


@pytest.mark.parametrize("field", ["refund", "refund_id"])
def test_what_makes_a_refund(field):
    """A refund is known by its own fields, not by the lack of an order's."""
    refund = decode_order(message(REFUND, value=3, at="2026-11-21T10:15:00Z"))

    assert field in REFUND
    assert refund == Refund(
        order_id="A-1",
        refund_id="R-1",
        refund_cents=1_250,
        currency="EUR",
        at_s=1_795_256_100.0,
    )


@pytest.mark.parametrize(
    "at",
    ["2026-11-21T10:15:00Z", "2026-11-21t10:15:00z", "2026-11-21 12:15:00.0+02:00"],
)
def test_times(at):
    """Every spelling that RFC 3339 allows is the same moment."""
    assert decode_order(message(ORDER, at=at)).at_s == 1_795_256_100.0


@pytest.mark.parametrize(
    "at", ["9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00"]
)
def test_times_outside_of_the_calendar(at):
    """A time that is in no year of four digits once it is told in UTC is refused."""
    with pytest.raises(BadRequest, match="at must be an RFC 3339 time"):
        decode_order(message(ORDER, at=at))


def test_group():
    """More chats may be free than agents are online."""
    status = decode_group(b'{"online": 0, "free": 100000, "ttl_s": 0.5}')

    assert status == GroupStatus(online=0, free=100_000, ttl_s=0.5)


def test_codes():
    """Codes keep their order; one given twice is kept for the store to count."""
    codes = decode_codes(b'{"pool": "autumn10", "codes": ["B", "A", "B"]}')

    assert codes == Codes(pool="autumn10", codes=("B", "A", "B"))


@pytest.mark.parametrize(
    ("body", "spent_cents"),
    [
        (b'{"order_id": "A-1"}', None),
        (b'{"order_id": "A-1", "discount": "12.99"}', 1_299),
        (b'{"order_id": "A-1", "discount": 0}', 0),
    ],
)
def test_redeem(body, spent_cents):
    """A redemption may say what the code really cost."""
    assert decode_redeem(body) == Redeem(order_id="A-1", discount_cents=spent_cents)


def test_id_in_a_path():
    """A part of a path with the form of an id is taken as it is."""
    assert read_id("guitars", field="group") == "guitars"
