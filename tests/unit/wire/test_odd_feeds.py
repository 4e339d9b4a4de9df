"""Feeds as shops' systems really write them: what is odd is read, or told."""

import pytest

from engage.errors import BadRequest
from engage.wire.feeds import read_feed

HEAD = "id\ttitle\tprice\tavailability"
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry>
<id>1</id><title>M-32</title><link rel="self" href="https://shop.example/feed/1"/>
<link rel="alternate" href="https://shop.example/p/1"/>
<price>5 EUR</price><availability>in stock</availability></entry></feed>"""


def lines(text, feed):
    """Return each line's number with the item's id, or with the sentence."""
    return [
        (number, found if isinstance(found, str) else found.item_id)
        for number, found in read_feed(text.encode(), feed=feed)
    ]


def test_rows_that_nobody_filled_in():
    """A spreadsheet's rows of tabs and blanks are no products, and no mistakes."""
    row = "1\tA\t1 EUR\tin stock\n"

    assert lines(f"{HEAD}\n\t\t\t\n{row} \t\t\n\t\t\t\t\t\n", "tsv") == [(3, "1")]


def test_column_named_twice():
    """Of two prices nobody knows which is meant; a category may be one of several."""
    head = f"{HEAD}\tproduct type\tproduct_type"
    row = "1\tA\t1 EUR\tin stock\tGuitars\tGuitars\n"
    twice = r"^feed's header must have price once, got it twice$"

    assert lines(f"{head}\n{row}", "tsv") == [(2, "1")]
    with pytest.raises(BadRequest, match=twice):
        read_feed(f"{head}\tg:Price\n{row}".encode(), feed="tsv")


def test_links_of_an_atom_entry():
    """Of an entry's addresses the page counts, not where the entry itself lies."""
    ((_, item),) = read_feed(ATOM, feed="xml")

    assert item.link == "https://shop.example/p/1"


def test_xml_on_one_line():
    """A line's number says little of a feed that is one: the product is named."""
    row = "<item><id>{}</id><title>A</title><price>{}</price></item>"
    rows = row.format(1, "9.99 EUR") + row.format(2, "")

    assert lines(f"<rss>{rows}<item/></rss>", "xml") == [
        (1, 'availability is required, in item "1"'),
        (1, 'price is required, in item "2"'),
        (1, "id is required"),
    ]
