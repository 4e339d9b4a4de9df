"""Bodies are inflated within bounds, whatever was sent."""

import gzip

import pytest

from engage.errors import BadBeacon, BadRequest, TooLarge, UnsupportedMedia
from engage.wire.inflate import Inflater, read_body

SMALL = gzip.compress(b'{"v":1}', mtime=0)


@pytest.mark.parametrize("encoding", [None, "", "identity", " Identity "])
def test_plain(encoding):
    """A body without encoding is taken as it is."""
    assert read_body([b'{"v"', b":1}"], encoding) == b'{"v":1}'


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
def test_gzip_byte_by_byte(encoding):
    """A gzip body may arrive in any pieces."""
    chunks = [SMALL[index : index + 1] for index in range(len(SMALL))]

    assert read_body([*chunks, b""], encoding) == b'{"v":1}'


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_other_encodings(encoding):
    """Any other encoding is 415 and named."""
    with pytest.raises(UnsupportedMedia) as caught:
        read_body(b"", encoding)

    assert str(caught.value) == (
        f"content-encoding must be gzip or identity, got {encoding!r}"
    )


def test_limits_exactly_met():
    """A body of exactly the limits is accepted, plain and inflated."""
    body = bytes(65_536)

    assert read_body(bytes(16_384)) == bytes(16_384)
    assert read_body(gzip.compress(body, mtime=0), "gzip") == body


def test_too_large_on_the_wire():
    """One byte more than the wire limit is too large, before the rest is read."""
    inflater = Inflater(None)
    inflater.feed(bytes(16_384))

    with pytest.raises(TooLarge, match=r"^body must be <= 16384 .+ at least 16385$"):
        inflater.feed(b"x")


def test_one_byte_too_large_inflated():
    """One byte more than the inflated limit is too large."""
    with pytest.raises(TooLarge, match=r"^body must be <= 65536 bytes inflated"):
        read_body(gzip.compress(bytes(65_537), mtime=0), "gzip")


def test_a_bomb_costs_its_limit():
    """A gzip bomb never becomes more than the limit and one byte."""
    bomb = gzip.compress(bytes(15_000_000), mtime=0)
    inflater = Inflater("gzip")

    with pytest.raises(TooLarge):
        inflater.feed(bomb)

    assert len(bomb) < 16_384
    assert len(inflater._out) == 65_537


@pytest.mark.parametrize("length", [0, 1, 9, 10, len(SMALL) - 1])
def test_truncated(length):
    """A member that ends too early is refused, wherever it ends."""
    with pytest.raises(BadBeacon, match=rf"got a truncated one of {length} bytes$"):
        read_body(SMALL[:length], "gzip")


@pytest.mark.parametrize(
    "chunks", [[SMALL + SMALL], [SMALL, SMALL], [SMALL, b"", SMALL], [SMALL * 100]]
)
def test_more_than_one_member(chunks):
    """What follows the first member is refused, in whatever pieces it comes."""
    with pytest.raises(BadBeacon, match=r"^body must be one gzip member, got \d+ by"):
        read_body(chunks, "gzip")


@pytest.mark.parametrize(
    "body",
    [b'{"v":1}', b"\x1f\x8b\x08" + bytes(40), SMALL[:-6] + bytes(6), b"x\x9c" + SMALL],
)
def test_corrupt(body):
    """What is no gzip, or has a wrong check sum, is refused."""
    with pytest.raises(BadBeacon, match=r"^body must be gzip, got Error -3 "):
        read_body(body, "gzip")


def test_error_and_limits_can_be_chosen():
    """A feed has its own limits, and a shop's broken body is no bad beacon."""
    big = gzip.compress(bytes(100_000), mtime=0)

    assert len(read_body(big, "gzip", inflated_limit=100_000)) == 100_000
    with pytest.raises(BadRequest):
        read_body(b"x", "gzip", bad=BadRequest)
    with pytest.raises(TooLarge, match=r"^body must be <= 3 bytes on the wire"):
        read_body(b"four", wire_limit=3)
