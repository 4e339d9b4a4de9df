import msgspec
import pytest

from engage.errors import StoreError
from engage.visits.packing import VERSION
from engage.visits.session import from_bytes, to_bytes, with_decision, with_draw
from tests.unit.visits.builders import NOW_S, beacon, event, first, item, walked


def rich():
    """Return a session with something in every field."""
    session = walked(
        first(event("view_item", item=item()), event("add_to_cart", item=item())),
        first(event("view_item", item=item("43")), tab="t_2"),
        beacon(seq=5, tab="t_2"),
    ).session
    session = with_draw(session, at_s=NOW_S)
    return with_decision(session, "d_1", tab="t_2", seq=5, until_s=NOW_S + 60)


def test_round_trip():
    """A session comes back equal, and goes on as if it had never left."""
    session = rich()
    after = from_bytes(to_bytes(session))

    assert after == session
    assert after.skips[0].low == session.skips[0].low


def test_small():
    """A packed session takes less than a kilobyte."""
    assert len(to_bytes(rich())) < 1_024


def test_other_version():
    """Another version is refused, never guessed at."""
    packed = bytes((VERSION + 1,)) + to_bytes(rich())[1:]

    with pytest.raises(StoreError, match=rf"must have version {VERSION}, got"):
        from_bytes(packed)


@pytest.mark.parametrize("packed", [b"", bytes((VERSION,)), bytes((VERSION, 0xC1))])
def test_not_a_session(packed):
    """Bytes that are no session are an error of ours."""
    with pytest.raises(StoreError, match=r"^packed session"):
        from_bytes(packed)


def test_flipped_bits():
    """Whichever bit flips on a disk: it is a session, or an error of ours."""
    packed = to_bytes(rich())
    refused = 0
    for bit in range(8 * len(packed)):
        damaged = bytearray(packed)
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            from_bytes(bytes(damaged))
        except StoreError:
            refused += 1

    assert refused > len(packed) / 2


def test_short_block():
    """A block of another length is refused."""
    session = msgspec.structs.replace(rich(), block=b"1234")

    with pytest.raises(StoreError, match=r"bytes of numbers, got 4$"):
        from_bytes(to_bytes(session))
