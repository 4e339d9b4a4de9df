"""CONTRACT section 1, sentence by sentence, on a running demo: browser to service."""

import json

import pytest

from tests.contracts.outside import GUITAR, LOOK, beacon, padded, zipped

# Field and value, status, and the field that a refusal names.
LIMITS = [
    ({"visitor": "v" * 64}, 204, None),
    ({"visitor": "v" * 65}, 400, "visitor"),
    ({"session": "AZaz09_.:-"}, 204, None),
    ({"session": "s" * 65}, 400, "session"),
    ({"tab": "t" * 64}, 204, None),
    ({"tab": "t" * 65}, 400, "tab"),
    ({"customer": {"id": "c" * 65}}, 400, "customer.id"),
    ({"seq": 0}, 204, None),
    ({"seq": -1}, 400, "seq"),
    ({"seq": "1"}, 400, "seq"),
    ({"events": [{"name": "ask", "age_ms": 0}] * 101}, 400, "events"),
    ({"site": "pk_nobody"}, 403, "site"),
]
REQUIRED = ["v", "site", "visitor", "session", "seq", "consent", "page", "events"]
PAGES = "home list search product cart checkout payment thanks content other"
EVENTS = [
    ("ping", "age_ms", 86_400_000, 86_400_001),
    ("ping", "active_ms", 3_600_000, 3_600_001),
    ("ping", "visible_ms", 3_600_000, 3_600_001),
    ("ping", "scroll", 1, 1.001),
    ("ping", "scroll", 0, -0.001),
    ("ping", "scroll", 0.6, "0.6"),
    ("view_cart", "value", 1e7, 10_000_000.01),
    ("view_cart", "items", [{"item_id": "1"}] * 20, [{"item_id": "1"}] * 21),
    ("view_search_results", "results", 1_000_000, 1_000_001),
    ("page_view", "referrer_kind", "mail", "letter"),
    ("hover_cta", "target", "shipping", "moon"),
    ("exit_intent", "device", "phone", "tablet"),
    ("exit_intent", "how", "return", "bored"),
    ("copy_name", "overlap", 1, 1.1),
    ("variant_toggle", "count", 2, -1),
    ("purchase", "transaction_id", "A-1", 17),
]
ITEMS = [
    ("price", 1e7, 10_000_000.01),
    ("price", 0, -0.01),
    ("price", "899.00", "899,00"),
    ("price", "1e7", "10000001"),
    ("quantity", 100_000, 100_001),
    ("quantity", "1", "0"),
    ("currency", "USD", "XXX"),
    ("currency", "EUR", "eur"),
    ("in_stock", True, "true"),
]


@pytest.mark.parametrize(("fields", "status", "field"), LIMITS)
def test_envelope_limits(demo, fields, status, field):
    """At a limit a beacon is taken; past it is 400 (403: site), and named."""
    said = demo.beacon("page_view", **fields)

    assert (said.status, (said.json or {}).get("field")) == (status, field)


@pytest.mark.parametrize("name", REQUIRED)
def test_required(demo, name):
    """Each of these must be there, and is named when it is not."""
    said = demo.beacon("page_view", **{name: ...})

    assert said.told == (400, name)
    assert said.json["detail"] == f"{name} is required"


def test_page_kinds(demo):
    """`page.kind` is required, and one of ten."""
    taken = {demo.beacon("page_view", page={"kind": k}).status for k in PAGES.split()}

    assert taken == {204}
    assert demo.beacon("page_view", page={}).told == (400, "page.kind")
    assert demo.beacon("page_view", page={"kind": "Home"}).told == (400, "page.kind")


def test_a_hundred_events(demo):
    """Up to 100 events are one beacon."""
    assert demo.beacon(*["page_view"] * 100).status == 204


@pytest.mark.parametrize(("name", "field", "good", "bad"), EVENTS)
def test_event_bounds(demo, name, field, good, bad):
    """Each bound of the event table holds exactly, and the field is named."""
    needed = {"transaction_id": "A-0"} if name == "purchase" else {}
    # A copied name or an exit is a moment; without leave no card answers it.
    quiet = {"consent": {"measure": True, "personalise": False}}
    taken = demo.beacon({"name": name, **needed, field: good}, **quiet)
    refused = demo.beacon("page_view", {"name": name, **needed, field: bad})

    assert taken.status == 204
    assert refused.told == (400, f"events[1].{field}")


@pytest.mark.parametrize(("field", "good", "bad"), ITEMS)
def test_item_bounds(demo, field, good, bad):
    """GA4 numbers may be strings; bounds and types hold, and the path is named."""
    sent = [{"name": "view_item", "item": {**GUITAR, field: it}} for it in (good, bad)]

    assert demo.beacon(sent[0]).status == 204
    assert demo.beacon(sent[1]).told == (400, f"events[0].item.{field}")


def test_item_or_items(demo):
    """`item` is short for `items` of one; an id or a name is all it needs."""
    named = {"name": "view_item", "item": {"item_name": "Lakewood M-32"}}
    several = {"name": "view_item", "items": [{"item_id": "1"}]}
    neither = {"name": "view_item", "item": {"price": 5}}

    assert [demo.beacon(one).status for one in (named, several)] == [204, 204]
    assert demo.beacon(neither).told == (400, "events[0].item.item_id")


def test_purchase_names_its_transaction(demo):
    """A `purchase` needs `transaction_id`."""
    said = demo.beacon({"name": "purchase", "value": 5, "currency": "EUR"})

    assert said.told == (400, "events[0].transaction_id")


def test_sizes(demo):
    """16 KiB on the wire and 64 KiB inflated are taken, a byte more is 413."""
    packed = {"Content_Encoding": "gzip"}
    told = [
        demo.send(padded(16_384)),
        demo.send(padded(16_385)),
        demo.send(zipped(padded(65_536)), **packed),
        demo.send(zipped(padded(65_537)), **packed),
    ]

    assert [one.status for one in told] == [204, 413, 204, 413]


def test_media(demo):
    """JSON and plain text are read; other types and encodings are 415."""
    body = json.dumps(beacon("page_view"))
    kinds = ["text/plain", "text/plain;charset=UTF-8", "text/html", "image/png"]
    told = [demo.send(body, Content_Type=kind).status for kind in kinds]

    assert told == [204, 204, 415, 415]
    assert demo.send(body, Content_Encoding="br").status == 415


def test_problem_form(demo):
    """A problem says type, title, status, detail with field, limit and value."""
    item = {"name": "view_item", "item": {"item_id": "42", "price": -5}}
    said = demo.beacon("page_view", "ping", item)

    assert said.headers["content-type"] == "application/problem+json"
    assert said.json.pop("title")
    assert {k: v for k, v in said.json.items() if k != "title"} == {
        "type": "/problems/bad-beacon",
        "status": 400,
        "detail": "events[2].item.price must be >= 0, got -5",
        "field": "events[2].item.price",
    }


def test_nothing_of_a_bad_beacon(demo):
    """Of a refused beacon nothing is applied: nobody is known afterwards."""
    sent = beacon(LOOK, {"name": "ping", "scroll": 7})

    assert demo.send(sent).status == 400
    assert demo.shop("GET", f"/v1/visitors/{sent['visitor']}").status == 404


def test_unknown_is_counted_and_ignored(demo):
    """Unknown events and fields harm nobody and are counted."""
    before = demo.series()
    said = demo.beacon("teleport", {"name": "ping", "mood": "good"}, colour="red")
    after = demo.series()

    assert said.status == 204
    grown = {
        reason: after[f'engage_dropped_total{{reason="{reason}"}}']
        - before.get(f'engage_dropped_total{{reason="{reason}"}}', 0)
        for reason in ("unknown_event", "unknown_field")
    }
    assert grown["unknown_event"] == 1
    assert grown["unknown_field"] >= 1


def test_repeat(demo):
    """A repeat changes nothing; that of the latest decision gets it again."""
    sent, card = demo.card()
    repeated = demo.send(sent).card

    same = {"id", "token", "action", "kind", "moment", "content"}
    assert {k: repeated[k] for k in same} == {k: card[k] for k in same}
    assert 0 < repeated["expires_in_ms"] <= card["expires_in_ms"]
    assert len(demo.records(sent["visitor"])) == 1


def test_sequence_counts_per_tab(demo):
    """The same number in another tab is another beacon; `tab` defaults to "0"."""
    sent = beacon("page_view")
    results = [
        demo.send(one, Prefer="engage-result").headers["engage-result"]
        for one in (
            sent,
            sent,
            {**sent, "tab": "t_2"},
            {k: v for k, v in sent.items() if k != "tab"},
            {**sent, "tab": "0"},
        )
    ]

    assert results == ["applied", "duplicate", "applied", "applied", "duplicate"]
