"""Bodies, feeds and a shop's messages: whatever arrives, a value or a refusal."""

import gzip
import zlib
from decimal import ROUND_HALF_UP, Decimal

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engage.errors import BadBeacon, BadRequest, CallerError, TooLarge
from engage.wire.feeds import read_feed
from engage.wire.inflate import read_body
from engage.wire.messages import epoch_of
from engage.wire.money import cents
from engage.wire.shop import (
    decode_catalog_item,
    decode_codes,
    decode_group,
    decode_order,
    decode_redeem,
)
from tests.unit.wire.builders import ORDER, PRODUCT, REFUND

# The same examples each time, however busy the machine.
calm = settings(deadline=None, derandomize=True)
TEXTS = st.text(max_size=20)
SHOP_FIELDS = st.sampled_from([*ORDER, *REFUND, *PRODUCT, "items", "at", "ttl_s"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXTS | st.sampled_from(["item", "name", "seq"]), inner)
    ),
    max_leaves=8,
)


def outcome_of(read, *given, **options):
    """Return what `read` returns and None, or None and the refusal it raised."""
    try:
        return read(*given, **options), None
    except CallerError as error:
        return None, error


@calm
@given(body=st.binary(max_size=300), cut=st.integers(0, 40), pieces=st.integers(1, 9))
def test_inflating_never_breaks(body, cut, pieces):
    """Any prefix of a gzip body, in any pieces, is the body or a clear refusal."""
    packed = gzip.compress(body)
    sent = packed[: len(packed) - cut]
    chunks = [sent[start : start + pieces] for start in range(0, len(sent), pieces)]

    found, error = outcome_of(read_body, chunks, "gzip")

    assert (found == body and cut == 0) or (type(error) is BadBeacon and cut > 0)


@calm
@given(body=st.binary(max_size=300))
def test_any_bytes_as_gzip(body):
    """No bytes raise anything but a refusal, whatever they claim to be."""
    for chunks in (body, zlib.compress(body, wbits=31) + body):
        _, error = outcome_of(read_body, chunks, "gzip")
        assert error is None or type(error) in {BadBeacon, TooLarge}


@pytest.mark.parametrize(
    "decode",
    [
        decode_order,
        decode_group,
        decode_codes,
        decode_redeem,
        lambda body: decode_catalog_item(body, item_id="42"),
    ],
)
@calm
@given(data=st.data())
def test_any_message_of_a_shop(decode, data):
    """No message of a shop raises anything but BadRequest."""
    plain = data.draw(st.dictionaries(SHOP_FIELDS, JSON, min_size=1) | JSON)

    _, error = outcome_of(decode, orjson.dumps(plain))

    assert error is None or (type(error) is BadRequest and error.field)


@pytest.mark.parametrize("feed", ["ndjson", "xml", "tsv"])
@calm
@given(body=st.binary(max_size=200) | st.text('<>/gid:&;\t\n"{}, ').map(str.encode))
def test_any_feed(feed, body):
    """No feed raises anything but BadRequest, and every line is accounted for."""
    found, error = outcome_of(lambda: list(read_feed(body, feed=feed)))

    assert (error is None) != (found is None)
    assert all(number >= 1 for number, _ in found or ())


@calm
@given(amount=st.decimals(-(10**10), 10**10, places=4))
def test_cents_are_exact(amount):
    """Cents of what was written with four places are those of decimal arithmetic."""
    expected = int(amount.quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)

    assert cents(float(amount)) == expected


@calm
@given(text=st.text(max_size=40) | st.datetimes().map(lambda at: f"{at:%FT%TZ}"))
def test_any_time(text):
    """A time is seconds or a refusal."""
    seconds, error = outcome_of(epoch_of, text, field="at")

    assert isinstance(seconds, float) or error.field == "at"
