import asyncio
import errno
import os

import pytest

from engage.cli.ingest_to import send_all
from engage.web.client import Client
from engage.wire.formats import FORMATS
from tests.unit.cli.builders import T0, beacon_line, ndjson, service, yoochoose


async def send(path, client, *, form="yoochoose", is_paced=False):
    """Send a recording and return the account."""
    stream = FORMATS[form]([path], site="pk_demo")
    return await send_all(stream, client, is_paced=is_paced, advance=lambda _: None)


async def test_account_balances(tmp_path):
    """What was sent was applied, each beacon once."""
    async with service(tmp_path / "data") as client:
        account = await send(yoochoose(tmp_path), client)

    assert account.text() == "sent 5 = applied 5 + duplicate 0 + late 0 + refused 0"


async def test_second_time_is_duplicate(tmp_path):
    """The same file again changes nothing: the service says that it knows it all."""
    async with service(tmp_path / "data") as client:
        await send(yoochoose(tmp_path), client)
        account = await send(yoochoose(tmp_path), client)

    assert account.text() == "sent 5 = applied 0 + duplicate 5 + late 0 + refused 0"


async def test_refused_by_reason(tmp_path):
    """A stranger's beacon is refused with the service's own word for it."""
    path = ndjson(
        tmp_path,
        beacon_line(0, at_s=T0),
        beacon_line(1, at_s=T0, site="pk_other", session="s_2"),
    )
    async with service(tmp_path / "data") as client:
        account = await send(path, client, form="ndjson")

    assert account.text() == (
        "sent 2 = applied 1 + duplicate 0 + late 0 + refused 1 (forbidden 1)"
    )


async def test_rate_limits_are_waited_for(tmp_path):
    """A session over its rate is sent later, not lost."""
    lines = [beacon_line(seq, at_s=T0 + seq) for seq in range(5)]
    limits = {"session_beacons_per_s": 20.0, "session_burst": 2.0}
    async with service(tmp_path / "data", **limits) as client:
        account = await send(ndjson(tmp_path, *lines), client, form="ndjson")

    assert account.fates["applied"] == 5


async def test_pace_of_the_file(tmp_path):
    """With its own pace half a second of the file is half a second of ours."""
    clicks = [("1", "100", T0), ("1", "101", T0 + 0.5)]
    path, loop = yoochoose(tmp_path, clicks), asyncio.get_running_loop()
    async with service(tmp_path / "data") as client:
        began_s = loop.time()
        await send(path, client, is_paced=True)
        took_s = loop.time() - began_s

    assert took_s >= 0.5


async def test_refusal_is_a_reply(tmp_path):
    """A refusal comes back with its kind and its sentence."""
    async with service(tmp_path / "data") as client:
        reply = await client.order({"order_id": "A-1"})

    assert (reply.status, reply.reason) == (400, "bad-request")
    assert "value is required" in reply.detail


async def test_order_needs_the_key(tmp_path):
    """Without the server key an order is refused; with it, it is taken."""
    order = {"order_id": "A-1", "value": 10.0, "currency": "EUR"}
    async with service(tmp_path / "data") as client:
        async with Client(client.url) as stranger:
            refused = await stranger.order(order)
        taken = await client.order(order)

    assert (refused.status, refused.reason) == (401, "unauthorised")
    assert taken.status == 202


async def test_nobody_there_is_a_reply():
    """A service that is not there is status 0, worth another try."""
    async with Client("http://127.0.0.1:9", timeout_s=2.0) as client:
        reply = await client.shop("POST", "/v1/orders", {})

    assert (reply.status, reply.reason) == (0, "unreachable")
    assert reply.detail == os.strerror(errno.ECONNREFUSED)
    assert reply.is_worth_repeating


async def test_closed_client_says_so():
    """A client outside its context is a mistake of ours, said plainly."""
    with pytest.raises(RuntimeError, match=r"^use the client as an async context"):
        await Client("http://127.0.0.1:9").confirm("d_1", "t")
