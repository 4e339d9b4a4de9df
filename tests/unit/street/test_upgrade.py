"""What another release kept and this one cannot read is no reason not to start."""

import pytest
from structlog.testing import capture_logs

from engage.stores.records import Record
from engage.street.goods import put_items
from engage.street.opening import coview_name
from engage.wire.catalog import CatalogItem
from tests.unit.street.builders import NOW_S, SITE

GUITAR = CatalogItem(
    item_id="gtr-1",
    title="Guitar",
    price_cents=89_900,
    currency="EUR",
    availability="in_stock",
)


@pytest.mark.parametrize(
    "kept",
    [b'{"settings": {"of_another_release": 1}}', b"[]", b'{"rows', b'{"settings": []}'],
)
async def test_coviews_of_another_release(opened, kept):
    """Products seen together are learned anew where they cannot be read."""
    shop = await opened()
    shop.journal.put_checkpoint(coview_name(SITE), offset=0, body=kept)

    with capture_logs() as lines:
        again = await shop.crash()
    again.close()

    assert [one["event"] for one in lines] == ["coviews.refused"]
    assert again.site.coviews.rank(("gtr-1",)) == []


async def test_product_of_another_release(opened):
    """A product that this release does not take is left out, and the others stay."""
    shop = await opened()
    await put_items(shop.site, GUITAR)
    body = {"item_id": "gtr-2", "at_s": NOW_S}
    other = Record(kind="item", site=SITE, key="gtr-2", at_s=NOW_S, body=body)
    await shop.journal.append(other)

    with capture_logs() as lines:
        again = await shop.crash()
    again.close()

    assert [(one["event"], one["items"]) for one in lines] == [("catalogue.refused", 1)]
    assert again.site.catalogue.get("gtr-1").price_cents == 89_900
    assert again.site.catalogue.get("gtr-2") is None
