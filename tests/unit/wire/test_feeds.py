"""Feeds: every line counts for itself, in all three formats."""

import tracemalloc

import pytest

from engage.errors import BadRequest, UnsupportedMedia
from engage.wire.catalog import CatalogItem, Named
from engage.wire.feeds import feed_format, read_feed

TSV = (
    "id\ttitle\tprice\tavailability\timage link\n"
    "1\tM-32\t899.00 EUR\tin stock\thttps://shop.example/1.jpg\n"
    '2\t"Two ""quoted""\nlines"\t5 EUR\tout of stock\t\n'
    "3\tNo price\t\tin stock\t\n"
    "4\ttoo\tmany\tcolumns\there\tx\n"
    "\n"
    "5\tLast\t7 EUR\tin stock\n"
)
NDJSON = (
    b'\xef\xbb\xbf{"id":"1","title":"a","price":"1 EUR","availability":"in_stock"}'
    b'\n\n{"id": "2"}\r\nnonsense\n{"id": "3", "id": "4"}\n[]\n'
)
RSS = b"""<?xml version="1.0" encoding="utf-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>
<title>Shop</title><link>https://shop.example</link>
<item>
  <title>RSS title</title><g:title>Strings &amp; more</g:title>
  <link>https://shop.example/p/1</link>
  <g:id>1</g:id><g:price>12.50 EUR</g:price><g:availability>in_stock</g:availability>
  <g:shipping><g:price>4.90 EUR</g:price></g:shipping>
  <g:product_type>Strings &gt; Nylon</g:product_type>
  <g:product_type>Other</g:product_type>
</item>
<item><g:id>2</g:id></item>
</channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"
 xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>
<entry><g:id>1</g:id><title>M-32</title><link href="https://shop.example/p/1"/>
<g:price>5 EUR</g:price><g:availability>sold out</g:availability></entry></feed>"""


def lines(body, feed):
    """Return each line's number with the item's id and title, or with the sentence."""
    return [
        (number, (found.item_id, found.title) if is_item(found) else found)
        for number, found in read_feed(body, feed=feed)
    ]


def is_item(found):
    """Tell whether a line is a product, neither only a name nor a mistake."""
    return isinstance(found, CatalogItem)


def test_tsv():
    """A tab-separated feed may quote, and has old names with blanks."""
    assert lines(TSV.encode("utf-8-sig"), "tsv") == [
        (2, ("1", "M-32")),
        (3, ("2", 'Two "quoted"\nlines')),
        (5, "price is required"),
        (6, "line must have 5 columns, got 6"),
        (8, ("5", "Last")),
    ]


CUT = "line must have 5 columns, got {} and no line feed: the feed is cut off"


@pytest.mark.parametrize(
    ("end", "found"),
    [
        ("", CUT.format(3)),
        ("\tin_stock", CUT.format(4)),
        ("\tin_stock\n", ("2", "B")),
        ("\tin_stock\r\n", ("2", "B")),
        ("\tin_stock\t/b", ("2", "B")),
    ],
)
def test_tsv_that_is_cut_off(end, found):
    """A feed that ends amid a row is not whole; a row may leave out last columns."""
    feed = "id\ttitle\tprice\tavailability\tlink\n1\tA\t9 EUR\tin_stock\n"

    assert lines(f"{feed}2\tB\t9 EUR{end}".encode(), "tsv") == [
        (2, ("1", "A")),
        (3, found),
    ]


def test_tsv_image():
    """`image link` is the same column as `image_link`."""
    first = next(iter(read_feed(TSV.encode(), feed="tsv")))[1]

    assert first.image_link == "https://shop.example/1.jpg"


def test_quote_that_is_not_closed():
    """A title that begins with a quote costs its line, not all that follow it."""
    head, end = "id\ttitle\tprice\tavailability", "\t1 EUR\tin stock"
    rows = [head, f'1\t"Limited{end}', *(f"{n}\tA{end}" for n in (2, 3))]
    wrong = "line must have 4 columns, got 2, with a quote that is not closed"

    assert lines("\n".join(rows).encode() + b"\n", "tsv") == [
        (2, wrong),
        (3, ("2", "A")),
        (4, ("3", "A")),
    ]


def test_long_field_in_quotes():
    """A quote that takes in more than a field may be costs its line only, too."""
    row = "\tA\t1 EUR\tin stock"
    rows = ["id\ttitle\tprice\tavailability", f'0\t"{row}', *[f"1{row}"] * 10_000]
    found = lines("\n".join(rows).encode() + b"\n", "tsv")

    assert len(found) == 10_001
    assert [number for number, one in found if isinstance(one, str)] == [2]


def test_ndjson():
    """A line of JSON that is wrong costs that line only."""
    assert lines(NDJSON, "ndjson") == [
        (1, ("1", "a")),
        (3, Named("2")),
        (4, "body must be JSON: invalid character (byte 4)"),
        (5, "id must stand once, got it twice"),
        (6, "body must be an object, got a list"),
    ]


def test_rss():
    """Merchant's names win over RSS's; nested and repeated ones do not disturb."""
    (number, item), second = list(read_feed(RSS, feed="xml"))

    assert (number, item.item_id, item.title) == (4, "1", "Strings & more")
    assert (item.price_cents, item.category) == (1_250, "nylon")
    assert item.link == "https://shop.example/p/1"
    assert second == (12, Named("2"))


def test_atom():
    """An Atom feed keeps its addresses in attributes."""
    ((_, item),) = read_feed(ATOM, feed="xml")

    assert (item.link, item.availability) == (
        "https://shop.example/p/1",
        "out_of_stock",
    )


def test_xml_in_pieces():
    """Wherever a long feed is cut for reading, the same is found in it."""
    start = RSS.index(b"<item>")
    plain = [found for _, found in read_feed(RSS, feed="xml")]

    for inside in range(0, len(RSS) - start, 17):
        note = b"<!--" + b"x" * (65_536 - 7 - start - inside) + b"-->"
        long = RSS[:start] + note + RSS[start:]
        assert [found for _, found in read_feed(long, feed="xml")] == plain


def test_rows_are_passed_on():
    """Very many rows of XML are not held together: memory stays some times the feed."""
    feed = b"<rss>" + b"<item/>" * 20_000 + b"</rss>"
    tracemalloc.start()
    count = sum(1 for _ in read_feed(feed, feed="xml"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 20_000
    assert most < 20 * len(feed)


def test_broken_xml():
    """XML that breaks off yields what came before, and where it broke."""
    found = lines(RSS[: RSS.index(b"<item><g:id>2")] + b"<item></oops>", "xml")

    assert found == [
        (4, ("1", "Strings & more")),
        (12, "feed is no XML from here on: mismatched tag"),
    ]


@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        b"<!DOCTYPE rss>",
    ],
)
def test_document_types(doctype):
    """A document type could expand without end or read our files; none is read."""
    with pytest.raises(BadRequest, match=r"^feed must not have a document type$"):
        list(read_feed(doctype + b"<rss></rss>", feed="xml"))


@pytest.mark.parametrize(
    "feed",
    [
        b"<html><body>No such file</body></html>",
        b"<products><product><id>1</id></product></products>",
        b'<rss version="2.0"><channel><title>Shop</title></channel></rss>',
    ],
)
def test_xml_without_products(feed):
    """A page of an error, or another dialect of feeds, is not taken in silence."""
    assert lines(feed, "xml") == [(1, "feed must have an item (RSS) or entry (Atom)")]


def test_undeclared_entity():
    """An entity that nobody declared is a broken feed."""
    assert lines(b"<rss>&boom;</rss>", "xml") == [
        (1, "feed is no XML from here on: undefined entity")
    ]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "feed must begin with a header that has id"),
        (b"title\tprice\n", "feed must begin with a header that has id"),
        (b"id\ttitle\nx\t\xff\n", "feed must be UTF-8, got byte 0xff in line 2"),
        (
            b"id" * 70_000,
            "feed's header cannot be read: field larger than field limit (131072)",
        ),
    ],
)
def test_unreadable_tsv(body, sentence):
    """A table without ids, or in another encoding, is refused as a whole."""
    with pytest.raises(BadRequest) as caught:
        read_feed(body, feed="tsv")

    assert (str(caught.value), caught.value.field) == (sentence, "feed")


@pytest.mark.parametrize("body", [b"", b"\n\n"])
def test_empty_ndjson(body):
    """A feed without lines has no items."""
    assert lines(body, "ndjson") == []


def test_endless_column():
    """A column longer than any product's is refused like any other wrong line."""
    body = b"id\ttitle\n1\t" + b"x" * 200_000 + b"\n2\tb\n"

    found = lines(body, "tsv")

    assert found[0][1].startswith("line is no tab-separated row: field larger than")


@pytest.mark.parametrize(
    ("media_type", "body", "expected"),
    [
        ("application/x-ndjson", b"", "ndjson"),
        ("text/xml; charset=utf-8", b"", "xml"),
        ("application/rss+xml", b"", "xml"),
        ("Text/Tab-Separated-Values", b"", "tsv"),
        ("", b" <rss>", "xml"),
        ("", b"", "tsv"),
        # No line of it is a product; this reader can say why.
        ("application/json", b' [{"id"', "ndjson"),
        ("text/plain", b'\xef\xbb\xbf{"id"', "ndjson"),
        ("application/octet-stream", b"id\ttitle", "tsv"),
    ],
)
def test_format(media_type, body, expected):
    """The media type decides; where it says nothing, the first character does."""
    assert feed_format(media_type, body) == expected


def test_other_formats():
    """A type that is no feed's is 415, with those that are."""
    with pytest.raises(UnsupportedMedia, match=r"got 'application/pdf'$"):
        feed_format("application/pdf", b"%PDF")
