"""Whom an intervention is meant for, where page and feed both know of the product."""

from msgspec.structs import replace

from engage.evidence.replay.recompute import facts_in
from engage.learning.trials.forward import facts_of
from engage.settings import RuleSettings
from engage.wire.beacon import Item
from engage.wire.catalog import CatalogItem
from tests.unit.street.builders import ASK, HELP, NOW_S, event, intervention, settings

GUITAR = CatalogItem(
    item_id="gtr-1",
    title="Guitar",
    price_cents=89_900,
    currency="EUR",
    availability="in_stock",
)
MEANT = intervention("g", "help", options={"href": "/g"}, categories=("Guitars",))
RULE = RuleSettings(action="size_guide", categories=("guitars",))


async def offered(opened, *, feed_category="guitars", **told):
    """Return the record of an ask on the guitar's page, which tells this of it."""
    guitar = replace(GUITAR, category=feed_category)
    shop = await opened(settings(interventions=(MEANT, HELP), rules=(RULE,)))
    shop.site.catalogue.put(guitar, at_s=NOW_S)
    view = event("view_item", item=Item(item_id="gtr-1", price=899.0, **told))
    await shop.send(event("page_view"), view, ASK)
    return shop.last()


async def test_category_of_the_feed(opened):
    """The feed's category counts, for targets and rules alike."""
    body = await offered(opened)

    assert (body["refused"], body["proposed"]) == ({}, "size_guide")
    assert facts_of(body) == facts_in(body)
    assert body["category"] == "", "what the page said, which scores are made of"


async def test_page_names_the_category(opened):
    """A page may name another category, a wider one say: each of both counts."""
    body = await offered(opened, item_category="Instruments")

    assert (body["refused"], body["proposed"]) == ({}, "size_guide")
    assert facts_of(body) == facts_in(body)


async def test_neither_names_the_category(opened):
    """What neither page nor feed calls so is not meant."""
    body = await offered(opened, item_category="Sale", feed_category="amps")

    assert (body["refused"], body["proposed"]) == ({"g": "not_targeted"}, "none")
