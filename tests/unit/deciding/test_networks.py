"""Which bucket a network falls into, and what it may have of anything."""

import pytest

from engage.deciding.networks import BUCKETS, SPAN, Lately, bucket_of


def test_bucket_of_a_day():
    """A network keeps its bucket for a day, and has another one the day after."""
    names = [f"9.9.{n}.0/24" for n in range(200)]
    today, later, tomorrow, other = (
        [bucket_of(salt, name, at_s=at_s) for name in names]
        for salt, at_s in ((b"a", 0.0), (b"a", 86_399.0), (b"a", 86_400.0), (b"b", 0.0))
    )

    assert today == later
    assert len(set(today)) > 195
    assert {0 < one <= BUCKETS for one in today} == {True}
    assert sum(a == b for a, b in zip(today, tomorrow, strict=True)) <= 2
    assert sum(a == b for a, b in zip(today, other, strict=True)) <= 2


def test_nobodys_bucket_is_nobodys():
    """No network falls into bucket 0, which has no limit: the first one is 1."""
    assert bucket_of(b"a", "9.9.4672", at_s=0.0) == 1
    assert bucket_of(b"a", "9.9.53656", at_s=0.0) == BUCKETS
    assert bucket_of(b"a", "", at_s=0.0) == 0


def test_lately():
    """A bucket has room again once enough others had something after it."""
    given = Lately()
    given.add(7)
    for number in range(SPAN - 1):
        given.add(100 + number)
    before = given.has_room(7, share=0.002)
    given.add(99)

    assert (before, given.has_room(7, share=0.002)) == (False, True)
    assert given.plain() == [*range(100, 100 + SPAN - 1), 99]


@pytest.mark.parametrize("share", [1e-9, 0.001])
def test_least_share(share):
    """However small the share, a network may have one."""
    given = Lately()
    before = given.has_room(7, share=share)
    given.add(7)

    assert (before, given.has_room(7, share=share)) == (True, False)
