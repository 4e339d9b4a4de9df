from dataclasses import replace

from engage.interventions.base import Inputs, Reserved
from engage.wire.decision import ContentItem
from tests.unit.interventions.builders import PLENTY, intervention, visit


def test_something_to_show():
    """With a product to show it can be offered."""
    assert intervention("alternative").refusal(visit(), PLENTY) is None


def test_nothing_to_show():
    """Without one it cannot; a slate of another intervention does not count."""
    other = intervention("alternative", id="two")

    assert other.refusal(visit(), PLENTY) == "no_alternative"


def test_sold_out():
    """What would fit but cannot be bought is said to be out of stock."""
    inputs = Inputs(sold_out=frozenset({"one"}))

    assert intervention("alternative").refusal(visit(), inputs) == "no_stock"


def test_content():
    """The card carries the products, with prices in units of the currency."""
    content = intervention("alternative").content(visit(), PLENTY, "de", Reserved())

    assert content.items == (
        ContentItem(
            item_id="43",
            title="Lakewood M-32",
            link="/p/43",
            image_link="/i/43.jpg",
            price=949.0,
            currency="EUR",
        ),
    )


def test_count():
    """Never more products than stated are shown."""
    inputs = replace(PLENTY, slate={"one": PLENTY.slate["one"] * 5})
    two = intervention("alternative", options={"count": 2})

    assert len(two.content(visit(), inputs, "de", Reserved()).items) == 2
