"""What is refused, with which status and in which words; nothing of it is applied.

A row is what was sent, the status of CONTRACT, and how the sentence begins that names
field, limit and value. A running service gets every row over its sockets; its whole
state is the same before and after.
"""

import gzip

import orjson
import pytest

from engage.cli import main
from tests.web.refusing import (
    BOMB,
    GOOD,
    GZIP,
    SEQ,
    Sent,
    agents,
    answered,
    asked,
    call,
    codes,
    event,
    field_of,
    head,
    item,
    of,
    order,
    product,
    refund,
    report,
    state,
    table,
    text,
)
from tests.web.serving import KEY, ORIGIN
from tests.web.test_shop_routes import ORDER

in_one_loop = pytest.mark.asyncio(loop_scope="module")

DEEP = b'{"a":' * 2_000 + b"1" + b"}" * 2_000
# fmt: off
NO_JSON = [
    ("nothing", Sent(b""), 400, "body must be a JSON object, got nothing"),
    ("half an object", Sent(GOOD[:-1]), 400, "body must be JSON: input data was trun"),
    ("a list", Sent(b"[]"), 400, "body must be an object, got a list"),
    ("NaN", text(SEQ, b'"seq":NaN'), 400, "body must be JSON: invalid character"),
    ("-Infinity", text(SEQ, b'"seq":-Infinity'), 400, "body must be JSON: invalid"),
    ("1e999", text(SEQ, b'"seq":1e999'), 400, "seq must be a number of double prec"),
    ("5,000 digits", text(SEQ, SEQ + b"9" * 5_000), 400, "body must be JSON"),
    ("a lone surrogate", text(b"v_1", b"\\ud800"), 400, "body must be JSON: unexpect"),
    ("a pair reversed", text(b"v_1", b"\\udc00\\ud800"), 400, "body must be JSON: inv"),
    ("a raw surrogate", text(b"v_1", b"\xed\xa0\x80"), 400, "body must be"),
    ("no UTF-8", Sent(b"\xff\xfe"), 400, "body must be JSON: invalid character"),
    ("UTF-16", Sent(GOOD.decode().encode("utf-16")), 400, "body must be JSON: invalid"),
    ("a byte order mark", Sent(b"\xef\xbb\xbf" + GOOD), 400, "body must not begin"),
    ("a key twice", text(SEQ, SEQ + b',"seq":1'), 400, "seq must stand once, got it"),
    ("2,000 objects deep", Sent(DEEP), 400, "body is nested too deeply"),
    ("15,000 lists deep", Sent(b"[" * 15_000), 400, "body is nested too deeply"),
    ("deep in what is ignored", text(SEQ, SEQ + b',"x":' + DEEP), 400, "body is neste"),
]
ENVELOPE = [*table(of, """
{"site": null} -> 400 site must be a string, got null
{"site": "pk_nobody"} -> 403 site must be a known key, got 'pk_nobody'
{"v": 2} -> 400 v must be 1, got 2
{"v": "1"} -> 400 v must be an integer, got "1"
{"seq": -1} -> 400 seq must be >= 0, got -1
{"seq": 1.5} -> 400 seq must be an integer, got 1.5
{"seq": true} -> 400 seq must be an integer, got true
{"seq": 1000000001} -> 400 seq must be <= 1000000000, got 1000000001
{"visitor": ""} -> 400 visitor must match [A-Za-z0-9_.:-]{1,64}, got ""
{"session": "s 1"} -> 400 session must match [A-Za-z0-9_.:-]{1,64}, got "s 1"
{"tab": "t\\n"} -> 400 tab must match [A-Za-z0-9_.:-]{1,64}, got "t\\n"
{"consent": "yes"} -> 400 consent must be an object, got "yes"
{"consent": {"measure": 1}} -> 400 consent.measure must be true or false, got 1
{"consent": {"measure": null}} -> 400 consent.measure must not be null
{"page": {"kind": "moon"}} -> 400 page.kind must be one of cart, checkout
{"customer": {"orders": -1}} -> 400 customer.orders must be >= 0, got -1
{"events": "ping"} -> 400 events must be a list, got "ping"
{"events": ["ping"]} -> 400 events[0] must be an object, got "ping"
"""),
    ("no events", text(b'"events"', b'"evens"'), 400, "events is required"),
    ("a visitor of 65", of({"visitor": "v" * 65}), 400, "visitor must match"),
    ("a long URL", of({"page": {"kind": "home", "url": "x" * 2_049}}), 400,
     "page.url must hold at most 2048 characters, got 2049"),
    ("101 events", of({"events": [{"name": "ping"}] * 101}), 400,
     "events must hold at most 100 entries, got 101"),
]
EVENTS = [*table(event, """
{"name": 5} -> 400 events[0].name must be a string, got 5
{"age_ms": -1} -> 400 events[0].age_ms must be >= 0, got -1
{"age_ms": 172800000} -> 400 events[0].age_ms must be <= 86400000, got 172800000
{"scroll": 1.1} -> 400 events[0].scroll must be <= 1, got 1.1
{"active_ms": null} -> 400 events[0].active_ms must not be null; leave it out
{"count": "3"} -> 400 events[0].count must be an integer, got "3"
{"name": "purchase"} -> 400 events[0].transaction_id is required for purchase
{"name": "view_item", "item": {}} -> 400 events[0].item.item_id is required
{"name": "view_item", "value": "12 EUR"} -> 400 events[0].value must be a number
"""), *table(item, """
{"price": -5} -> 400 events[0].item.price must be >= 0, got -5
{"price": 1e8} -> 400 events[0].item.price must be <= 10000000, got 100000000.0
{"price": "1e999"} -> 400 events[0].item.price must be <= 10000000, got "1e999"
{"price": "NaN"} -> 400 events[0].item.price must be a number, got "NaN"
{"price": "1.299,00"} -> 400 events[0].item.price must be a number, got "1.299,00"
{"quantity": 0} -> 400 events[0].item.quantity must be >= 1, got 0
{"currency": "XXX"} -> 400 events[0].item.currency must be an ISO 4217 currency code
"""),
    ("21 items", event({"name": "view_cart", "items": [{"item_id": "1"}] * 21}), 400,
     "events[0].items must hold at most 20 entries, got 21"),
]
TRANSPORT = [
    ("17 KiB", Sent(b"x" * 17_408), 413, "body must be <= 16384 bytes, got 17408"),
    ("a gzip bomb", head(BOMB, **GZIP), 413, "body must be <= 65536 bytes inflated"),
    ("truncated gzip", head(gzip.compress(GOOD, mtime=0)[:-9], **GZIP), 400,
     "body must be a whole gzip member, got a truncated one"),
    ("corrupt gzip", head(gzip.compress(GOOD, mtime=0)[:-8] + bytes(8), **GZIP), 400,
     "body must be gzip, got Error -3 while decompressing data: incorrect data check"),
    ("no gzip at all", head(GOOD, **GZIP), 400, "body must be gzip, got Error -3"),
    ("two members", head(gzip.compress(GOOD, mtime=0) * 2, **GZIP), 400,
     "body must be one gzip"),
    ("brotli", head(Content_Encoding="br"), 415, "content-encoding must be gzip or id"),
    ("HTML", head(Content_Type="text/html"), 415, "content-type must be application/j"),
    ("a form", head(Content_Type="multipart/form-data"), 415, "content-type must be"),
    ("null", head(Origin="null"), 403, "origin must be one of the site's own, got 'nu"),
    ("a longer one", head(Origin=ORIGIN + ".evil.com"), 403, "origin must be one of"),
    ("plain http", head(Origin="http://shop.example"), 403, "origin must be one of"),
    ("another shop", head(Origin="https://other.example"), 403, "origin must be one o"),
]
TOKENS = [*table(report, """
{"token": null} -> 400 events[0].token must not be null; leave it out
{"token": "a b"} -> 400 events[0].token must match [A-Za-z0-9_.:-]{1,256}, got "a b"
{"token": "19a0b7c3d2e.returns.AAAAAAAAAAAAAAAAAAAAAA"} -> 401 token must be the one
{"decision": "d_other"} -> 401 token must be the one given with decision d_other
{"session": "s_foreign"} -> 401 token must be the one given with decision
{"name": "chat_rated", "rating": 6} -> 400 events[0].rating must be <= 5, got 6
"""),
    ("forged", Sent(b'{"token":"x"}', "/v1/decisions/$DECISION/confirm"), 401, "token"),
    ("unknown", Sent(b'{"token":"$TOKEN"}', "/v1/decisions/d_no/confirm"), 404,
     "there is no decision 'd_no'"),
    ("no link", Sent(b"", "/v1/preview/returns?site=pk_demo&token=1.2", "GET"), 401,
     "the preview link is not valid any more"),
]
MONEY = [*table(order, """
{"value": null} -> 400 value is required
{"value": -1} -> 400 value must be >= 0, got -1
{"value": "12 EUR"} -> 400 value must be a number, got "12 EUR"
{"currency": "USD"} -> 400 currency must be one of EUR, got 'USD'
{"currency": "EURO"} -> 400 currency must be an ISO 4217 currency code, got "EURO"
{"at": "yesterday"} -> 400 at must be an RFC 3339 time with offset, got "yesterday"
{"at": "2026-02-30T10:00:00Z"} -> 400 at must be an RFC 3339 time with offset
{"at": "2026-02-20T10:00:00"} -> 400 at must be an RFC 3339 time with offset
{"items": [{"item_id": "1", "quantity": "x"}]} -> 400 items[0].quantity must be a number
{"order_id": "A-1", "value": 1} -> 409 order 'A-1' was recorded with other content: mar
"""), *table(refund, """
{"refund": -1} -> 400 refund must be >= 0, got -1
{"refund": 100.01} -> 409 refunds must sum to <= 129.90, got 129.91
{"order_id": null} -> 400 order_id is required
{"refund_id": "R-1", "refund": 5} -> 409 refund 'R-1' was recorded with other content
{"order_id": "A-8", "currency": "CHF"} -> 400 currency must be one of EUR, got 'CHF'
"""),
    ("1e999", call("/v1/orders", b'{"order_id":"A-9","value":1e999,"currency":"EUR"}'),
     400, "value must be a number of double precision, got 1e999"),
    ("a key twice", call("/v1/orders", b'{"order_id":"A-9","value":1,"value":2}'), 400,
     "value must stand once, got it twice"),
    ("1,001 items", order({"items": [{"item_id": "1"}] * 1_001}), 400,
     "items must hold at most 1000 entries, got 1001"),
]
SHOP = [*table(agents, """
{"free": -1} -> 400 free must be >= 0, got -1
{"free": 0.5} -> 400 free must be an integer, got 0.5
{"ttl_s": 86400} -> 400 ttl_s must be <= 3600, got 86400
{"ttl_s": 0} -> 400 ttl_s must be > 0, got 0
"""), *table(product, """
{"price": "899"} -> 400 price must be an amount and a currency like "899.00 EUR"
{"price": "-1 EUR"} -> 400 price must be an amount and a currency like "899.00 EUR"
{"link": "javascript:alert(1)"} -> 400 link must begin with https://, http:// or /
{"availability": "maybe"} -> 400 availability must be one of in_stock, out_of_stock
{"id": "2"} -> 400 id must be "1" as in the path, got "2"
{"cost_of_goods_sold": "1 CHF"} -> 400 cost_of_goods_sold must be in EUR as the price
"""), *table(codes, """
{"codes": "A"} -> 400 codes must be a list, got "A"
{"codes": ["A B"]} -> 400 codes[0] must match [A-Za-z0-9_.:-]{1,64}, got "A B"
{"pool": null} -> 400 pool is required
{"pool": "autum10"} -> 400 pool must be one of autumn10, got 'autum10'
"""), *table(asked, """
"/v1/decisions?limit=0" -> 400 limit must be 1 to 1000, got '0'
"/v1/decisions?limit=%D9%A1" -> 400 limit must be 1 to 1000
"/v1/decisions?since=now" -> 400 since must be an RFC 3339 time with offset, got "now"
"/v1/decisions?cursor=1e999:1" -> 400 cursor must come from an earlier page
"/v1/visitors/%00" -> 400 id must match [A-Za-z0-9_.:-]{1,64}, got "\\u0000"
"/v1/visitors/v_none" -> 404 nothing is held about visitor 'v_none'
"""),
    ("no key", Sent(orjson.dumps(ORDER), "/v1/orders"), 401, "Authorization must be"),
    ("a wrong key", call("/v1/orders", ORDER, Authorization=f"Bearer {KEY}x"), 401,
     "the server key is nobody's"),
    ("10,001 codes", codes({"codes": ["A"] * 10_001}), 400, "codes must hold at most"),
    ("an unknown code", call("/v1/discounts/NO/redeem", {"order_id": "A-9"}), 404,
     "code 'NO' is unknown"),
    ("the shop's own", call("/v1/discounts/HERBST%2010%25/redeem", {"order_id": "A-9"}),
     404, "code 'HERBST 10%' is unknown"),
    ("another's code", call("/v1/discounts/$CODE/redeem", {"order_id": "A-9"}), 409,
     "code 'C-"),
    ("no order", call("/v1/discounts/$CODE/redeem", {}), 400, "order_id is required"),
]
TSV, XML = "text/tab-separated-values", "application/xml"
FEEDS = [
    ("no ids", call("/v1/catalog", b"colour\nred\n", Content_Type=TSV), 400,
     "feed must begin with a header that has id"),
    ("an entity", call("/v1/catalog", b'<!DOCTYPE r [<!ENTITY a "b">]><rss>&a;</rss>',
     Content_Type=XML), 400, "feed must not have a document type"),
    ("no UTF-8", call("/v1/catalog", b"id\ttitle\n\xff\t1\n", Content_Type=TSV), 400,
     "feed must be UTF-8, got byte 0xff in line 2"),
    ("endless header", call("/v1/catalog", b"id" * 70_000, Content_Type=TSV), 400,
     "feed's header cannot be read: field larger than field limit (131072)"),
]
CASES = [*NO_JSON, *ENVELOPE, *EVENTS, *TRANSPORT, *TOKENS, *MONEY, *SHOP, *FEEDS]
BROKEN_FEEDS = [
    (XML, b"<rss><channel><item>", 1),
    (TSV, b"id\ttitle\tprice\tavailability\n1\tA\tcheap\tin_stock\n", 2),
    ("application/x-ndjson", b'{"id": "1"', 1),
]
TYPOS = [
    ("sever = 3", "sever: is no setting; did you mean 'server'?"),
    ("[server]\nport = 70000", "server.port: must be <= 65535, got 70000"),
    ("[server]\nport = '80'", "server.port: must be a whole number, got '80'"),
    ("[server", "is no TOML"),
]
LOGS = [
    (b'{"decision": "d_1"\n', "line 1 must be a decision record: unexpected end"),
    (b"[]\n", "line 1 must be a decision record, it names no decision"),
    (b"\xff\xfe\n", "line 1 must be a decision record: str is not valid UTF-8"),
    (b"", "holds no decisions"),
]
# fmt: on


@in_one_loop
@pytest.mark.parametrize(
    ("sent", "status", "says"),
    [row[1:] for row in CASES],
    ids=[row[0] for row in CASES],
)
async def test_refused(primed, sent, status, says):
    """It is a problem of that status that names field, limit and value; all stays."""
    before = await state(primed[0])
    answer = await answered(primed, sent)
    problem = answer.json()

    assert (answer.status, problem["status"]) == (status, status), problem
    assert problem["detail"].startswith(says), problem
    assert problem["field"] == field_of(says)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert await state(primed[0]) == before


@in_one_loop
@pytest.mark.parametrize(("media", "feed", "line"), BROKEN_FEEDS)
async def test_broken_feed(primed, media, feed, line):
    """A feed of one broken line is taken, with nothing accepted and the line named."""
    before = await state(primed[0])
    answer = await answered(primed, call("/v1/catalog", feed, Content_Type=media))

    assert (answer.status, answer.json()["accepted"]) == (202, 0)
    assert [row["line"] for row in answer.json()["refused"]] == [line]
    assert await state(primed[0]) == before


@pytest.mark.parametrize(("typo", "said"), TYPOS)
def test_config_typo(tmp_path, capsys, typo, said):
    """A configuration is refused whole, in words, and nothing is written."""
    path = tmp_path / "engage.toml"
    path.write_text(f"{typo}\n[[sites]]\nkey = 'pk_1'\n")

    assert main(["check", str(path)]) == 2
    assert f"{path}: {said}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("log", "said"), LOGS)
def test_broken_log(tmp_path, capsys, log, said):
    """A log that is none is refused with its line; no number comes out."""
    path = tmp_path / "decisions.ndjson"
    path.write_bytes(log)
    code = main(["replay", str(path), "--verify"])
    told = capsys.readouterr()

    assert code == 2
    assert said in told.err
    assert told.out == ""
