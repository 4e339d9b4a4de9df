"""How connections come in: all at once, and in a rush not everybody."""

import asyncio
import os
import resource

import pytest

from tests.web.serving import ORIGIN, beacon, request

CALLERS = 300
GOOD = request(beacon(), f"Origin: {ORIGIN}")


@pytest.fixture
def behind(at, monkeypatch):
    """Lets the service be behind with its beacons."""
    monkeypatch.setattr(at.service.crowd, "is_behind", lambda _: True)
    return at


async def test_rush_at_the_door(behind):
    """Who comes with a beacon while it is behind is told so, and read no further."""
    raw = await behind.raw(GOOD)
    answer = await raw.answer()

    assert (answer.status, await raw.rest()) == (503, b"")
    assert answer.json()["type"] == "/problems/crowded"
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["Connection"] == "close"
    # Nobody has looked whose page it is.
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert behind.service.metrics.dropped.sums["crowded",] == 1
    metrics = behind.service.metrics
    assert metrics.beacons.sums == {("refused",): 1.0}
    assert metrics.http_requests.sums["beacons", "POST", "503"] == 1


async def test_who_is_in_stays(at, monkeypatch):
    """A connection that is in is answered while others are turned away."""
    raw = await at.raw(GOOD)
    first = await raw.answer()
    monkeypatch.setattr(at.service.crowd, "is_behind", lambda _: True)
    away = await (await at.raw(GOOD)).answer()
    await raw.send(request(beacon(seq=1)))

    assert [first.status, away.status] == [204, 503]
    assert (await raw.answer()).status == 204


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: engage\r\n\r\n", 200),
        (request(b"{}", path="/v1/orders"), 401),
    ],
)
async def test_no_beacon(behind, sent, status):
    """Orders, and whoever asks how the service is, get in at any time."""
    assert (await (await behind.raw(sent)).answer()).status == status


async def test_many_at_once(at):
    """Hundreds that knock in the same moment all get in."""
    callers = [await at.raw() for _ in range(CALLERS)]
    for number, caller in enumerate(callers):
        await caller.send(request(beacon(session=f"s_{number}"), f"Origin: {ORIGIN}"))
    answers = [await caller.answer() for caller in callers]

    # Some may have come too late in their turn, on a slow machine.
    assert {one.status for one in answers} <= {204, 503}
    taken = sum(one.status == 204 for one in answers)
    assert at.service.metrics.beacons.sums["applied",] == taken > 0


async def test_no_file_left(at, capsys):
    """Without a free file nobody gets in; once there is one, who waited is answered."""
    # More than files that other threads may close meanwhile.
    callers = [await at.raw() for _ in range(20)]
    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    told = ""
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, files[1]))
        for number, caller in enumerate(callers):
            asked = request(beacon(session=f"s_{number}"), f"Origin: {ORIGIN}")
            await caller.send(asked)
        async with asyncio.timeout(60):
            while "connections.postponed" not in told:
                await asyncio.sleep(0)
                told += "".join(capsys.readouterr())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, files)

    assert {(await caller.answer()).status for caller in callers} == {204}
