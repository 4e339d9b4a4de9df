import pytest

from engage.errors import ConfigError
from engage.interventions.base import Inputs, Reserved
from engage.wire.beacon import Event
from tests.unit.interventions.builders import added, intervention, visit

NOTHING = Inputs()


def refused(session, *topics):
    """Return the refusal of a help with these topics."""
    return intervention("help", options={"topics": topics}).refusal(session, NOTHING)


@pytest.mark.parametrize(
    ("topic", "event"),
    [
        ("size", Event(name="hover_cta", target="size", ms=900)),
        ("size", Event(name="variant_toggle", count=2)),
        ("price", Event(name="hover_cta", target="price", ms=900)),
        ("price", Event(name="coupon_focus", count=1)),
        ("shipping", Event(name="hover_cta", target="shipping", ms=900)),
        ("returns", Event(name="variant_toggle", count=2)),
        ("returns", added()),
        ("search", Event(name="view_search_results", results=0)),
        ("page", Event(name="rage_click", count=1)),
        ("page", Event(name="error_click", count=1)),
    ],
)
def test_doubt(topic, event):
    """Behaviour that shows the doubt makes the topic fit; without it, it does not."""
    assert refused(visit(event), topic) is None
    assert refused(visit(), topic) == "not_targeted"


def test_checkout_doubt():
    """Stumbling over a field is a doubt about the checkout, only during checkout."""
    events = (Event(name="begin_checkout"), Event(name="field_error", count=1))

    assert refused(visit(*events, page="checkout"), "checkout") is None
    assert refused(visit(events[0], page="checkout"), "checkout") == "not_targeted"


def test_one_topic_is_enough():
    """Any of the topics may fit."""
    session = visit(Event(name="coupon_focus", count=1))

    assert refused(session, "search", "price") is None


def test_without_topics():
    """Without topics it fits wherever it is targeted."""
    assert refused(visit()) is None


def test_free():
    """A page reserves nothing."""
    page = intervention("help")

    assert page.reservation(visit(), NOTHING, p_accept=1.0) is None


def test_content():
    """The card leads to the page."""
    content = intervention("help").content(visit(), NOTHING, "de", Reserved())

    assert content.href == "/size-guide"


@pytest.mark.parametrize("href", ["/", "/size?x=1", "https://shop.example/size"])
def test_good_href(href):
    """A path of the shop and https are good."""
    assert intervention("help", options={"href": href}).options.href == href


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "//evil.example", "/\\evil.example", "http://x", ""]
)
def test_bad_href(href):
    """A link that runs code, or leaves the shop unseen, is refused."""
    with pytest.raises(ConfigError, match=r"^interventions\.one\.options\.href: "):
        intervention("help", options={"href": href})


def test_unknown_topic():
    """A topic that nobody can doubt is named."""
    with pytest.raises(ConfigError) as caught:
        intervention("help", options={"topics": ["size", "weather"]})

    assert caught.value.mistakes == [
        (
            "interventions.one.options.topics: must be of size, price, shipping, "
            "returns, checkout, search, page, got 'weather'"
        )
    ]
