"""Foreign recordings become beacons: by time, with dwell, and no wrong line silent."""

import gzip

import pytest

from engage.clock import epoch_s
from engage.wire.beacon import (
    Beacon,
    Consent,
    Event,
    Item,
    Page,
    decode_beacon,
    encode_beacon,
)
from engage.wire.formats import FORMATS, Refused, TimedBeacon
from engage.wire.formats.clicks import LONGEST_GAP_MS
from tests.unit.wire.builders import beacon

CLICKS = b"SessionId\tItemId\tTime\n"
REES46 = (
    b"event_time,event_type,product_id,category_id,category_code,brand,price,"
    b"user_id,user_session\n"
)
AT = "2019-10-01 00:00:"
KINDS = "view, cart, remove_from_cart, purchase"
GZIP = b"\x1f\x8b"


@pytest.fixture
def ingest(tmp_path):
    """Return a function that writes files and reads them in one format."""

    def read(name, *bodies, **options):
        paths = []
        for index, body in enumerate(bodies):
            packed = body.startswith(GZIP)
            paths.append(tmp_path / f"{index}.{'gz' if packed else 'x'}")
            paths[-1].write_bytes(body)
        return list(FORMATS[name](paths, **options))

    return read


def events_of(found):
    """Return the names of each beacon's events."""
    return [[event.name for event in timed.beacon.events] for timed in found]


def details(found):
    """Return line and sentence of each refused line."""
    return [(one.line, one.detail) for one in found if isinstance(one, Refused)]


def shop_line(second, kind, product=1, *, price="9.90", session="abc"):
    """Return a line of a REES46 file."""
    time = f"{AT}{second:02d} UTC"
    return f"{time},{kind},{product},2,a.b_c,x,{price},7,{session}\n".encode()


def test_a_click_after_another(ingest):
    """A later click is a beacon with the dwell on the page left, then the new view."""
    first, second = ingest("yoochoose", CLICKS + b"3\t214\t100.5\n3\t215\t145.125\n")
    ms = 44_625

    assert first.at_s == 100.5
    assert [event.name for event in first.beacon.events] == ["page_view", "view_item"]
    assert second == TimedBeacon(
        145.125,
        Beacon(
            v=1,
            site="pk_demo",
            visitor="v_3",
            session="s_3",
            seq=1,
            consent=Consent(measure=True, personalise=True, explicit=True),
            page=Page(kind="product"),
            events=(
                Event(name="ping", active_ms=ms, visible_ms=ms),
                Event(name="page_view"),
                Event(name="view_item", items=(Item(item_id="215"),)),
            ),
        ),
    )


def test_the_longest_gap(ingest):
    """Nobody looks at one page for more than 30 minutes."""
    rows = CLICKS + b"3\t1\t0\n3\t2\t1800\n3\t3\t3600.001\n3\t4\t99999\n"

    pings = [timed.beacon.events[0].active_ms for timed in ingest("yoochoose", rows)]

    assert pings[1:] == [LONGEST_GAP_MS, LONGEST_GAP_MS, LONGEST_GAP_MS]
    assert LONGEST_GAP_MS == 1_800_000


def test_files_are_merged_by_time(ingest):
    """Several files are one stream in order of time; equal times keep their order."""
    one = CLICKS + b"1\t1\t10\n1\t2\t30\n9\t9\t20\n"
    two = gzip.compress(CLICKS + b"2\t1\t20\r\n2\t2\t5\n")

    found = ingest("yoochoose", one, two, site="pk_other")

    assert [(t.at_s, t.beacon.session, t.beacon.seq) for t in found] == [
        (5.0, "s_2", 0),
        (10.0, "s_1", 0),
        (20.0, "s_9", 0),
        (20.0, "s_2", 1),
        (30.0, "s_1", 1),
    ]
    assert {timed.beacon.site for timed in found} == {"pk_other"}


def test_bad_clicks(ingest):
    """A wrong line costs that line, and says which it was and why."""
    found = ingest(
        "yoochoose",
        CLICKS + b"1\t1\n1\t1\tnoon\n1\t1\tnan\n1\t1\t-5\n1\t1\tinf\n1\t\t5\n"
        b"a b\t1\t5\n\xff\t1\t5\n\n1\t1\t5\n",
    )

    assert details(found) == [
        (2, "line must have 3 columns, got 2"),
        (3, 'Time must be epoch seconds, got "noon"'),
        (4, 'Time must be epoch seconds, got "nan"'),
        (5, 'Time must be a time from 1970 to 2100, got "-5"'),
        (6, 'Time must be a time from 1970 to 2100, got "inf"'),
        (7, 'ItemId must match [A-Za-z0-9_.:-]{1,64}, got ""'),
        (8, 'SessionId must match [A-Za-z0-9_.:-]{1,62}, got "a b"'),
        (9, "line must be UTF-8"),
    ]
    assert len(found) == 9


@pytest.mark.parametrize("body", [b"", b"a,b\n1,2\n", b"\xff\xfe\n"])
@pytest.mark.parametrize("name", ["yoochoose", "rees46"])
def test_another_header(ingest, name, body):
    """A file of another kind is refused in its first line, once."""
    (refused,) = ingest(name, body)

    assert refused.line == 1
    assert refused.detail.startswith("header must be '")
    assert str(refused) == f"{refused.path}:1: {refused.detail}"


def test_a_purchase(ingest):
    """View, cart and purchase: the cart is filled on the page, the thanks are new."""
    found = ingest(
        "rees46",
        REES46
        + shop_line(0, "view")
        + shop_line(4, "cart")
        + shop_line(9, "purchase")
        + shop_line(9, "purchase", 2, price=""),
    )

    assert events_of(found) == [
        ["page_view", "view_item"],
        ["ping", "add_to_cart"],
        ["ping", "page_view", "purchase"],
        ["ping", "purchase"],
    ]
    assert [t.beacon.page.kind for t in found] == ["product"] * 2 + ["thanks"] * 2
    item = Item(item_id="1", price=9.9, item_brand="x", item_category="b_c")
    assert found[2].beacon.events[-1] == Event(
        name="purchase", items=(item,), value=9.9, transaction_id="abc-1"
    )
    assert found[3].beacon.events[-1].transaction_id == "abc-2"
    assert found[0].at_s == epoch_s("2019-10-01T00:00:00Z")
    assert (found[0].beacon.visitor, found[0].beacon.session) == ("v_7", "s_abc")


def test_cart_without_a_view(ingest):
    """What goes into the cart unseen was on a page all the same."""
    rows = shop_line(1, "cart", 5) + shop_line(2, "cart", 6)
    rows += shop_line(3, "remove_from_cart", 6) + shop_line(4, "view", 6)

    assert events_of(ingest("rees46", REES46 + rows + shop_line(5, "view", 6))) == [
        ["page_view", "add_to_cart"],
        ["ping", "page_view", "add_to_cart"],
        ["ping", "page_view", "remove_from_cart"],
        ["ping", "page_view", "view_item"],
        ["ping", "page_view", "view_item"],
    ]


def test_bad_shop_lines(ingest):
    """Wrong kinds, times, prices and ids are refused with their line."""
    rows = [
        shop_line(0, "peek"),
        shop_line(61, "view"),
        shop_line(0, "view").replace(b" UTC", b" CET"),
        shop_line(0, "view", price="cheap"),
        shop_line(0, "view", price="-1"),
        shop_line(0, "view", session=""),
    ]

    assert details(ingest("rees46", REES46 + b"".join(rows))) == [
        (
            2,
            f'event_type must be one of {KINDS}, got "peek"',
        ),
        (3, f'event_time must be a time from 1970 to 2100, got "{AT}61 UTC"'),
        (4, f'event_time must be a time from 1970 to 2100, got "{AT}00 CET"'),
        (5, 'price must be a number, got "cheap"'),
        (6, 'price must be 0 to 10000000, got "-1"'),
        (7, 'user_session must match [A-Za-z0-9_.:-]{1,62}, got ""'),
    ]


def recorded(at, **changes):
    """Return a line of a recording; `at` may stand anywhere in the object."""
    return b'{"at":"' + at.encode() + b'",' + beacon(**changes)[1:] + b"\n"


def test_recordings_are_merged(ingest):
    """Recorded beacons come back as they were sent, merged by time."""
    one = recorded("2026-11-21T10:00:00Z", seq=1) + recorded(
        "2026-11-21T10:00:02Z", seq=3
    )
    two = recorded("2026-11-21T11:00:01+01:00", seq=2)

    found = ingest("ndjson", one, b"\n" + two)

    assert [timed.beacon.seq for timed in found] == [1, 2, 3]
    assert found[0] == TimedBeacon(
        epoch_s("2026-11-21T10:00:00Z"), decode_beacon(beacon(seq=1))[0]
    )


def test_bad_recordings(ingest):
    """A wrong line of a recording is named, and the rest is used."""
    good = recorded("2026-11-21T10:00:00Z")
    lines = [
        good,
        b"{",
        beacon(),
        recorded("noon"),
        recorded("2026-11-21T10:00:00Z", seq=-1),
        good.replace(b'{"at"', b'{"at":"x","at"'),
        b"x" * 70_000,
        good,
    ]

    found = ingest("ndjson", b"\n".join(line.rstrip() for line in lines))

    assert details(found) == [
        (2, "body must be JSON: input data was truncated"),
        (3, "at is required, an RFC 3339 time"),
        (4, 'at must be an RFC 3339 time with offset, got "noon"'),
        (5, "seq must be >= 0, got -1"),
        (6, "at must stand once, got it twice"),
        (7, "body must be <= 65536 bytes, got 70001"),
    ]
    assert isinstance(found[0], TimedBeacon)
    assert isinstance(found[-1], TimedBeacon)


@pytest.mark.parametrize(
    ("name", "head", "line"),
    [
        ("yoochoose", CLICKS, b"1\t1\t5\n"),
        ("rees46", REES46, shop_line(0, "view")),
        ("ndjson", b"", recorded("2026-11-21T10:00:00Z")),
    ],
)
def test_torn_gzip(ingest, name, head, line):
    """A gzip file that ends too early is the world's fault, and says so."""
    with pytest.raises(OSError, match="must be a whole gzip file"):
        ingest(name, gzip.compress(head + line * 1_000)[:-9])


def test_the_beacons_are_good(ingest):
    """What an adapter makes is what a browser could have sent."""
    rows = [shop_line(0, "view"), shop_line(4, "cart"), shop_line(9, "purchase")]

    for timed in ingest("rees46", REES46 + b"".join(rows)):
        assert decode_beacon(encode_beacon(timed.beacon))[0] == timed.beacon
