import orjson
import pytest

from engage.evidence.simulation.acts import Place
from engage.evidence.simulation.truth import SEGMENTS, Response
from engage.wire.beacon import decode_beacon, encode_beacon
from engage.wire.decision import ContentItem
from engage.wire.orders import decode_order
from tests.unit.simulation.builders import (
    GONE,
    GUITAR,
    SHOE,
    beacons,
    card,
    events,
    live,
    names,
    shopper,
    truth,
    world,
)


def crowd_of(count, **changes):
    """Return all acts of the first visits of `count` shoppers."""
    one = world(**changes)
    return [
        act
        for number in range(count)
        for act in live(one.shopper(number, response=Response()))
    ]


def test_same_seed_same_visit():
    """Two shoppers of one number do exactly the same."""
    assert live(shopper(5)) == live(shopper(5))


def test_other_number_other_visit():
    """Two numbers are two shoppers."""
    assert live(shopper(5)) != live(shopper(6))


def test_every_beacon_passes_the_door():
    """All beacons of 60 visits are read on the strict path and come back equal."""
    for beacon in beacons(crowd_of(60)):
        read, ignored = decode_beacon(encode_beacon(beacon))
        assert (read, ignored.fields, ignored.events) == (beacon, 0, 0)


def test_signals_of_every_moment():
    """Two hundred visits show what each kind of moment is detected by."""
    seen = set(names(crowd_of(200)))

    assert seen >= {
        "ping",
        "variant_toggle",
        "rage_click",
        "dead_click",
        "field_error",
        "coupon_focus",
        "copy_name",
        "hover_cta",
        "exit_intent",
        "tab_visible",
        "checkout_back",
        "idle",
        "ask",
        "remove_from_cart",
        "purchase",
    }


def test_silent_shopper_sends_nothing():
    """Without consent there is no beacon; an order names nobody."""
    acts = crowd_of(120, silent=1.0, bots=0.0)

    assert beacons(acts) == []
    assert {"visitor" in act.order for act in acts if isinstance(act, Place)} == {False}


def test_measured_only():
    """Who consents to be measured only never allows a decision."""
    acts = crowd_of(10, measured_only=1.0, silent=0.0, bots=0.0)

    assert {beacon.consent.personalise for beacon in beacons(acts)} == {False}


def test_bots_are_faster_than_people():
    """A bot turns more than 30 pages a minute and touches nothing."""
    acts = live(shopper(bots=1.0))

    pages = names(acts).count("page_view")
    assert pages / (sum(act.wait_s for act in acts) / 60) > 30
    assert not {"hover_cta", "add_to_cart", "exit_intent"} & set(names(acts))


def test_purchase_and_order_agree():
    """The browser's purchase and the shop's order carry the same id and value."""
    buyer = shopper(given=truth("sure_thing", doubt="none", luck=0.0))
    buyer.visits = 1

    acts = live(buyer)

    (order,) = [act.order for act in acts if isinstance(act, Place)]
    (purchase,) = [event for event in events(acts) if event.name == "purchase"]
    assert (purchase.transaction_id, purchase.value) == (
        order["order_id"],
        order["value"],
    )
    assert order["visitor"] == buyer.visitor


def test_order_with_a_code():
    """A code takes its share off the price and off the margin, once."""
    buyer = shopper(given=truth("sure_thing", doubt="none", luck=0.0))
    buyer.conclude(card(code="X-1").decision, "click")

    order = buyer.order()

    assert (order["value"], order["discount"], order["code"]) == (809.1, 89.9, "X-1")
    assert order["margin"] == pytest.approx(310.0 - 89.9)


def test_order_is_one_the_service_reads():
    """An order passes the door of `POST /v1/orders`."""
    buyer = shopper(given=truth("sure_thing", doubt="none", luck=0.0))

    read = decode_order(orjson.dumps(buyer.order()))

    assert (read.value_cents, read.margin_cents) == (89_900, 31_000)


def test_dismissed_card_leaves_no_code():
    """Only an accepted card gives its code."""
    one = shopper()

    one.conclude(card(code="X-1").decision, "dismiss")

    assert (one.code, one.accepted) == (None, set())


def test_alternative_leads_somewhere_else():
    """Who accepts an alternative to something sold out buys what it led to."""
    one = shopper(given=truth("sure_thing", wish=GONE, doubt="stock", luck=0.0))
    offered = ContentItem(item_id=SHOE.item_id, title="Shoe")
    assert not one.buys()

    one.conclude(card("alternative", items=(offered,)).decision, "click")

    assert one.goal == SHOE
    assert one.buys()


def test_buyer_comes_again_until_bought():
    """Who will buy and has not yet comes again; who has bought does not."""
    one = shopper(given=truth("sure_thing", doubt="none", luck=0.0, wish=GUITAR))

    one.plan()
    assert one.next_visit_s >= 3_600
    one.order()
    one.plan()

    assert one.next_visit_s is None


def test_nobody_comes_for_ever():
    """After three visits a shopper stays away."""
    one = shopper(given=truth("sure_thing", doubt="none", luck=0.0))
    one.visits = 3

    one.plan()

    assert one.next_visit_s is None


def test_truth_of_a_shopper():
    """The plain truth names segment, value of each card, and the oracle's choice."""
    plain = shopper(given=truth("sure_thing", doubt="none")).as_plain()

    assert plain["segment"] in SEGMENTS
    assert plain["oracle"]["kind"] == "none"
    assert plain["oracle"]["value"] == max(plain["values"].values())
