"""What comes again, and what is packed to hurt: harmless, and cheap to refuse."""

import time
import zlib

import orjson
import pytest

from tests.web.refusing import (
    BOMB,
    GZIP,
    SEQ,
    Sent,
    answered,
    call,
    head,
    report,
    state,
    text,
)
from tests.web.serving import ORIGIN
from tests.web.test_shop_routes import ORDER

in_one_loop = pytest.mark.asyncio(loop_scope="module")


@in_one_loop
@pytest.mark.parametrize("path", ["/v1/orders", "/v1/beacons"])
async def test_repeat(primed, path):
    """An exact repeat is no error, and changes nothing."""
    body = orjson.dumps(ORDER) if path == "/v1/orders" else text(SEQ, b'"seq":7').body
    sent = call(path, body, Origin=ORIGIN)
    await answered(primed, sent)
    before = await state(primed[0])

    assert (await answered(primed, sent)).status in {200, 204}
    assert await state(primed[0]) == before


@in_one_loop
async def test_replayed_report(primed):
    """A report that comes again, under another number, is counted once."""
    for seq in (60, 61, 62):
        sent = report({"name": "action_clicked"})
        again = Sent(sent.body.replace(b'"seq":50', b'"seq":%d' % seq))
        assert (await answered(primed, again)).status == 204
    at, names = primed
    row = at.service.journal.decision("pk_demo", names["$DECISION"])

    assert [one["name"] for one in row["outcomes"]].count("clicked") == 1


@in_one_loop
async def test_bombs_cost_little(primed):
    """Refusing a bomb takes less CPU than a quarter of unpacking it would.

    Of 20 the cheapest, on the thread that does both: whatever else is done costs more.
    """
    unpacking_s, refusing_s = [], []
    for _ in range(20):
        begun_s = time.thread_time()
        zlib.decompress(BOMB, wbits=31)
        unpacked_s = time.thread_time()
        answer = await answered(primed, head(BOMB, **GZIP))
        refusing_s.append(time.thread_time() - unpacked_s)
        unpacking_s.append(unpacked_s - begun_s)

        assert answer.status == 413
    assert min(refusing_s) < 0.25 * min(unpacking_s)
