"""A snapshot is read as it was written, or refused with its reason."""

import hashlib
import random

import orjson
import pytest

from engage.errors import SnapshotRejected
from engage.learning.snapshots import Snapshot
from tests.unit.learning.builders import fresh, settings, traffic


@pytest.fixture
async def snapshot(opened):
    """Return a snapshot of a shop with some traffic."""
    shop = await opened(settings())
    await traffic(shop, 12, seed=1)
    return fresh(shop).freeze(number=7, at_s=1.5)


def signed(plain):
    """Return a snapshot's JSON with a checksum that fits, whatever it says."""
    digest = hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS))
    return orjson.dumps({"sha256": digest.hexdigest(), "snapshot": plain})


def reason(body):
    """Return why a snapshot is refused."""
    with pytest.raises(SnapshotRejected) as refused:
        Snapshot.decode(body)
    return refused.value.reason


async def test_round_trip(snapshot):
    """What is read back is what was written, to the last bit."""
    again = Snapshot.decode(snapshot.encode())

    assert again.plain() == snapshot.plain()
    assert again.encode() == snapshot.encode()
    assert again.uplift == snapshot.uplift
    assert (again.number, again.offset, again.at_s) == (7, snapshot.offset, 1.5)


async def test_truncated_anywhere(snapshot):
    """Cut at every fiftieth of its length it is torn."""
    body = snapshot.encode()
    for part in range(50):
        assert reason(body[: part * len(body) // 50]) == "torn"


async def test_flipped_bits(snapshot):
    """Whichever byte is damaged, it is torn (100 bytes, seed 3)."""
    body, luck = bytearray(snapshot.encode()), random.Random(3)
    for _ in range(100):
        place, flip = luck.randrange(len(body)), 1 << luck.randrange(8)
        body[place] ^= flip
        assert reason(bytes(body)) in {"torn", "schema"}
        body[place] ^= flip
    assert Snapshot.decode(bytes(body)).plain() == snapshot.plain()


@pytest.mark.parametrize(
    "body",
    [b"", b"garbage", b"null", b"[]", b"{}", b'{"snapshot": 5, "sha256": ""}'],
)
def test_garbage(body):
    """What is no snapshot at all is torn."""
    assert reason(body) == "torn"


def test_nothing_but_a_number():
    """A checksum that fits makes no snapshot of a number."""
    assert reason(signed(5)) == "torn"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": 2}, "schema"),
        ({"format": None}, "schema"),
        ({"threshold": None}, "schema"),
        ({"accepted": [1]}, "schema"),
        ({"number": "seven"}, "schema"),
        ({"uplift": {}}, "schema"),
        ({"uplift": []}, "schema"),
        ({"scorers": {"schema": "of another release"}}, "schema"),
        ({"threshold": "inf"}, "not_finite"),
        ({"prices": {"guitars": "inf"}}, "not_finite"),
    ],
)
async def test_other_contents(snapshot, changes, why):
    """A sound checksum does not make a foreign or malformed snapshot good."""
    assert reason(signed({**snapshot.plain(), **changes})) == why


@pytest.mark.parametrize("name", ["sigma", "n_eff"])
async def test_not_finite(snapshot, name):
    """Numbers that are none are refused."""
    plain = snapshot.plain()
    broken = {**plain["uplift"], name: float("inf")}
    body = signed({**plain, "uplift": broken})

    assert reason(body) in {"schema", "not_finite"}


async def test_other_context(snapshot):
    """Weights for another context are refused, not tried."""
    plain = snapshot.plain()
    other = {**plain["uplift"], "context": [*plain["uplift"]["context"], "more"]}

    assert reason(signed({**plain, "uplift": other})) == "schema"


async def test_acceptance(snapshot):
    """The prior counts as twenty cards."""
    object.__setattr__(snapshot, "accepted", {"chat_guitars": (80, 30)})

    assert snapshot.acceptance("chat_guitars", prior=0.5) == 0.4
    assert snapshot.acceptance("other", prior=0.1) == 0.1
