"""Feeds, as a shop's server sends them and as `engage catalog` does."""

import asyncio
import gzip

import orjson
import pytest

from engage.cli import main
from tests.web.serving import KEY, SERVER

ITEM = {
    "title": "Stratocaster",
    "link": "https://shop.example/p/1",
    "image_link": "https://shop.example/p/1.jpg",
    "price": "899.00 EUR",
    "availability": "in_stock",
}
NDJSON = b"\n".join(
    [orjson.dumps({"id": "1", **ITEM}), b"{", orjson.dumps({"id": "2", **ITEM})]
)
TSV = (
    b"id\ttitle\tlink\timage_link\tprice\tavailability\n"
    b"1\tA\thttps://shop.example/1\thttps://shop.example/1.jpg\t9.00 EUR\tin_stock\n"
    b"2\tB\thttps://shop.example/2\thttps://shop.example/2.jpg\tcheap\tin_stock\n"
)
XML = b"""<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item>
<g:id>1</g:id><title>A</title><link>https://shop.example/1</link>
<g:image_link>https://shop.example/1.jpg</g:image_link>
<g:price>9.00 EUR</g:price><g:availability>in_stock</g:availability></item></channel>
</rss>"""
FEEDS = [
    ("application/x-ndjson", NDJSON, 2, [2]),
    ("text/tab-separated-values", TSV, 1, [3]),
    ("application/xml", XML, 1, []),
    ("text/plain", NDJSON, 2, [2]),
    ("text/plain", NDJSON.replace(b"EUR", b"USD"), 0, [1, 2, 3]),
]


async def test_file_that_is_no_feed(at):
    """Of very many refused lines the first are told, and how many more there were."""
    headers = {**SERVER, "Content-Type": "application/x-ndjson"}
    told = await at.call("POST", "/v1/catalog", data=b"x\n" * 1_500, headers=headers)
    refused = told.json()["refused"]

    assert (told.status, told.json()["accepted"]) == (202, 0)
    assert [row["line"] for row in refused] == [*range(1, 1_001), 1_000]
    assert refused[-1]["detail"] == "500 more lines after this one were refused"


@pytest.mark.parametrize(("media", "feed", "accepted", "lines"), FEEDS)
async def test_feeds(at, media, feed, accepted, lines):
    """Each format is read; lines that cannot be are told with their number."""
    headers = {"Content-Type": media, **SERVER}
    answer = await at.call("POST", "/v1/catalog", data=feed, headers=headers)

    told = answer.json()
    assert (answer.status, told["accepted"]) == (202, accepted)
    assert [row["line"] for row in told["refused"]] == lines
    assert all(row["detail"] for row in told["refused"])


async def test_whole_feed(at):
    """What a whole feed leaves out is out of stock; a broken one changes nothing."""
    headers, path = {"Content-Type": "text/plain", **SERVER}, "/v1/catalog?whole=true"
    known = at.service.engine("pk_demo").site.catalogue
    row = orjson.dumps({"id": "2", **ITEM})
    await at.call("POST", "/v1/catalog", data=NDJSON, headers=headers)
    broken = await at.call("POST", path, data=row + b"\n{", headers=headers)
    assert (broken.json()["withdrawn"], known.get("1").in_stock) == (0, True)
    told = await at.call("POST", path, data=row, headers=headers)

    assert (told.json()["accepted"], told.json()["withdrawn"]) == (1, 1)
    assert (known.get("1").in_stock, known.get("2").in_stock) == (False, True)


async def test_whole_feed_on_one_line(at):
    """All products of an XML feed without line feeds are taken, as of any other."""
    start, end = XML.index(b"<item>"), XML.index(b"</channel>")
    rows = [XML[start:end].replace(b">1<", b">%d<" % one) for one in (1, 2, 3)]
    named = b"<item><g:id>2</g:id></item>"
    feed = b"".join([XML[:start], *rows, named, XML[end:]]).replace(b"\n", b" ")
    known = at.service.engine("pk_demo").site.catalogue
    for path in ("/v1/catalog", "/v1/catalog?whole=true"):
        told = await at.call("POST", path, data=feed, headers=SERVER)

    assert told.json() == {"accepted": 4, "refused": [], "withdrawn": 0}
    assert [known.get(name).in_stock for name in ("1", "2", "3")] == [True] * 3


async def test_names_of_a_whole_feed(at):
    """An id alone says in a whole feed that nothing changed, elsewhere it is a slip."""
    headers, path = {"Content-Type": "text/plain", **SERVER}, "/v1/catalog"
    known = at.service.engine("pk_demo").site.catalogue
    rows = b"\n".join(orjson.dumps({"id": name, **ITEM}) for name in ("2", "3"))
    await at.call("POST", path, data=rows, headers=headers)
    name = b'{"id": "2"}'
    slip = await at.call("POST", path, data=name, headers=headers)
    told = await at.call("POST", f"{path}?whole=true", data=name, headers=headers)

    detail = "title is required, but for the names of a whole feed"
    assert slip.json() == {"accepted": 0, "refused": [{"line": 1, "detail": detail}]}
    assert told.json() == {"accepted": 1, "refused": [], "withdrawn": 1}
    assert (known.get("2").in_stock, known.get("3").in_stock) == (True, False)


async def test_a_full_catalogue(at):
    """What finds no room is told by its line; nothing is called out of stock for it."""
    known = at.service.engine("pk_demo").site.catalogue
    await at.shop("PUT", "/v1/catalog/items/1", ITEM)
    known.max_items = 1
    alone = await at.shop("PUT", "/v1/catalog/items/2", ITEM)
    headers, row = {"Content-Type": "text/plain", **SERVER}, {"id": "2", **ITEM}
    feed, path = orjson.dumps(row), "/v1/catalog?whole=true"
    told = (await at.call("POST", path, data=feed, headers=headers)).json()

    detail = "catalogue must hold at most 1 products, and has that many"
    assert alone.status == 409
    assert told["refused"] == [{"line": 1, "detail": detail}]
    assert (told["accepted"], told["withdrawn"], known.fed()) == (0, 0, ("1",))


async def test_hostile_xml(at):
    """Entities are not expanded and no file is read."""
    bomb = b"""<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel>
<item><id>1</id><title>&a;</title></item></channel></rss>"""
    headers = {"Content-Type": "application/xml", **SERVER}
    answer = await at.call("POST", "/v1/catalog", data=bomb, headers=headers)

    assert answer.status in {202, 400}
    assert b"root:" not in answer.body


async def ran(*arguments):
    """Run a command on a thread, as a process beside the service would."""
    return await asyncio.to_thread(main, [str(one) for one in arguments])


def products(number, *lines):
    """Return a feed of so many products, with lines of any other kind after them."""
    fields = {"title": "A", "price": "9.05 EUR", "availability": "in_stock"}
    rows = [orjson.dumps({"id": f"p{one}", **fields}) for one in range(number)]
    return b"\n".join([*rows, *lines])


async def test_a_refused_product_stops_no_other(at, tmp_path, monkeypatch, capsys):
    """What only the service can refuse is told by its line; the rest is taken."""
    monkeypatch.setenv("ENGAGE_SERVER_KEY", KEY)
    monkeypatch.setattr("engage.cli.catalog.AT_ONCE", 2)
    foreign = products(1).replace(b"p0", b"x").replace(b"EUR", b"USD")
    (tmp_path / "feed").write_bytes(b"\n".join([foreign, b"{", products(3)]))
    code = await ran("catalog", tmp_path / "feed", "--to", at.url)
    told = capsys.readouterr()
    known = at.service.engine("pk_demo").site.catalogue

    assert (code, sorted(known.fed())) == (2, ["p0", "p1", "p2"])
    assert f"{tmp_path / 'feed'}:1: price must be in EUR, " in told.err
    assert f"{tmp_path / 'feed'}:2: " in told.err
    assert "sent 3 products, 2 lines refused" in told.out


async def test_a_whole_feed_from_a_file(at, tmp_path, monkeypatch, capsys):
    """What it leaves out is out of stock; with a refused line nothing is."""
    monkeypatch.setenv("ENGAGE_SERVER_KEY", KEY)
    feed, known = tmp_path / "feed", at.service.engine("pk_demo").site.catalogue
    foreign = products(1).replace(b"p0", b"x").replace(b"EUR", b"USD")
    sent = []
    for body in (products(3), products(2, b"{"), products(2, foreign), products(2)):
        feed.write_bytes(body)
        code = await ran("catalog", feed, "--to", at.url, "--whole")
        sent.append((code, known.get("p2").in_stock))
    out = capsys.readouterr().out.splitlines()
    told = [line.partition("; ")[2] for line in out if line.startswith("sent ")]

    assert sent == [(0, True), (2, True), (2, True), (0, False)]
    none = "none called out of stock, for --whole takes a feed without a fault"
    gone = [f"{count} called out of stock" for count in ("0 products", "1 product")]
    assert told == [gone[0], none, none, gone[1]]


async def test_a_whole_feed_larger_than_a_call(at, tmp_path, monkeypatch, capsys):
    """A shop whose products are more than one call may hold sends them whole, too."""
    monkeypatch.setenv("ENGAGE_SERVER_KEY", KEY)
    monkeypatch.setattr("engage.cli.catalog.AT_ONCE", 2)
    monkeypatch.setattr("engage.web.shop.FEED_BYTES", 500)
    feed, known = tmp_path / "feed", at.service.engine("pk_demo").site.catalogue
    for number in (21, 20):
        feed.write_bytes(products(number))
        await ran("catalog", feed, "--to", at.url, "--whole")
    out = capsys.readouterr().out

    assert "sent 20 products, 0 lines refused; 1 product called out of stock" in out
    assert [name for name in known.fed() if not known.get(name).in_stock] == ["p20"]


async def test_a_packed_feed(at, tmp_path, monkeypatch, capsys):
    """A feed is taken as shops keep it, packed; a damaged one is told."""
    monkeypatch.setenv("ENGAGE_SERVER_KEY", KEY)
    whole, cut = tmp_path / "feed.xml.gz", tmp_path / "cut.gz"
    whole.write_bytes(gzip.compress(products(2)))
    cut.write_bytes(whole.read_bytes()[:-9])
    codes = [await ran("catalog", file, "--to", at.url) for file in (whole, cut)]
    told = capsys.readouterr()

    assert codes == [0, 2]
    assert "sent 2 products, 0 lines refused" in told.out
    assert "must be a whole gzip member" in told.err


async def test_machines_are_told(at, tmp_path, monkeypatch, capsys):
    """With --json a feed's and a pool's answers are plain data, one line each."""
    monkeypatch.setenv("ENGAGE_SERVER_KEY", KEY)
    (tmp_path / "feed").write_bytes(products(2, b"{"))
    (tmp_path / "codes").write_text("A\nB\nA\n")
    options = ("--to", at.url, "--json")
    codes = [await ran("catalog", tmp_path / "feed", *options)]
    codes.append(await ran("codes", "autumn10", tmp_path / "codes", *options))
    out = capsys.readouterr().out.splitlines()
    feed, pool = [orjson.loads(line) for line in out if line.startswith("{")]

    assert codes == [2, 0]
    assert (feed["accepted"], [one["line"] for one in feed["refused"]]) == (2, [3])
    assert pool == {"pool": "autumn10", "accepted": 2, "duplicate": 1}


async def test_an_empty_feed(at, tmp_path, monkeypatch, capsys):
    """A feed without a product is a mistake: no shop sells nothing."""
    monkeypatch.setenv("ENGAGE_SERVER_KEY", KEY)
    (tmp_path / "feed").write_bytes(b"id\ttitle\tprice\tavailability\n")
    code = await ran("catalog", tmp_path / "feed", "--to", at.url, "--whole")

    assert code == 2
    assert "feed must hold a product, got none" in capsys.readouterr().err
