"""What gets into the log: whole lines, ids that match, and nobody's name."""

from __future__ import annotations

import io

import orjson
import pytest

from engage.clock import ManualClock
from engage.errors import StoreError
from engage.telemetry import Instruments, configure_logging, logger
from engage.web.answered import REQUEST_ID, Answered
from engage.web.errors import problem_of
from tests.web.serving import ORIGIN, Raw, request, serving

SECRET = "hunter2"
HOSTILE = [
    'a"}\n{"event":"order.settled","value":1e9}',
    "\x1b[31mred\x1b[0m",
    "\r\nevent: forged",
    "\u2028\u2029\x00\x7f",
    "{" * 1_000,
]


@pytest.fixture
def log():
    """Everything that is logged, as text."""
    stream = io.StringIO()
    configure_logging(stream)
    return stream


def lines_of(log):
    """Return every line as plain data; fails on one that is not JSON."""
    return [orjson.loads(line) for line in log.getvalue().splitlines()]


@pytest.mark.parametrize("value", HOSTILE)
def test_one_event_is_one_line(log, value):
    """No value forges a second line, nor reaches a terminal as a command."""
    logger().info("request.refused", detail=value, **{"key\nkey": 1})
    [line] = log.getvalue().rstrip("\n").split("\n")

    assert orjson.loads(line)["detail"] == value
    assert not any(ord(char) < 32 for char in line)


def test_every_line_says_when_and_what(log):
    """A line has an event, a level and a time in UTC."""
    logger().warning("upkeep.postponed", task="ticks")
    [line] = lines_of(log)

    assert (line["event"], line["level"], line["task"]) == (
        "upkeep.postponed",
        "warning",
        "ticks",
    )
    assert line["at"].endswith("Z")


async def test_refused_request_is_found_by_its_id(tmp_path, log):
    """The id in a problem's headers is that of its line in the log."""
    async with serving(tmp_path, access_log_every=0) as at:
        answer = await at.shop("GET", "/v1/visitors/v_nobody")
    [line] = [one for one in lines_of(log) if one["event"] == "request.refused"]

    assert answer.status == 404
    assert line["request"] == answer.headers[REQUEST_ID]


async def test_store_that_is_away(tmp_path, log):
    """What every request meets then is a sentence in the log, no traceback."""
    async with serving(tmp_path) as at:
        error = StoreError("redis does not answer")
        answer = problem_of(error, route="orders", service=at.service)
    [line] = [one for one in lines_of(log) if one["event"] == "store.failed"]

    assert (answer.status, line["error"]) == (503, "redis does not answer")
    assert "exception" not in line


async def test_a_flood_of_refusals_is_sampled(tmp_path, log):
    """Ten of a kind have a line each minute, then one in so many; each has an id."""
    clock = ManualClock()
    async with serving(tmp_path, clock=clock, access_log_every=5) as at:
        for _ in range(30):
            answer = await at.beacon({"name": "ping", "age_ms": -1})
        await at.shop("GET", "/v1/visitors/v_nobody")
        clock.move(60)
        await at.beacon({"name": "ping", "age_ms": -1})
    lines = [one for one in lines_of(log) if one["event"] == "request.refused"]

    assert answer.headers[REQUEST_ID]
    assert [(one["kind"], one.get("one_in", 1)) for one in lines] == [
        *[("bad-beacon", 1)] * 10,
        *[("bad-beacon", 5)] * 4,
        ("not-found", 1),
        ("bad-beacon", 1),
    ]


async def test_a_flood_of_failures_is_sampled(tmp_path, log):
    """A store that fails for everybody does not fill the disk with lines, either."""
    async with serving(tmp_path, clock=ManualClock(), access_log_every=0) as at:
        for _ in range(30):
            problem_of(StoreError("full"), route="orders", service=at.service)
    lines = [one for one in lines_of(log) if one["event"] == "store.failed"]

    assert len(lines) == 10


async def test_no_two_requests_share_an_id(tmp_path):
    """Every problem has an id of its own."""
    async with serving(tmp_path) as at:
        answers = [await at.shop("GET", "/v1/visitors/v_nobody") for _ in range(5)]

    assert len({answer.headers[REQUEST_ID] for answer in answers}) == 5


async def test_a_sample_is_logged(tmp_path, log):
    """Of ten requests the first and each fifth after it have a line."""
    async with serving(tmp_path, access_log_every=5) as at:
        for n in range(10):
            await at.beacon("page_view", seq=n)
    lines = [one for one in lines_of(log) if one["event"] == "request.answered"]

    assert len(lines) == 2
    assert {(one["route"], one["status"], one["one_in"]) for one in lines} == {
        ("beacons", 204, 5)
    }


async def test_nobody_is_named(tmp_path, log):
    """No visitor, session, address, agent, path, query or body gets into any line."""
    personal = {"visitor": SECRET, "session": SECRET}
    headers = {"User-Agent": SECRET, "Origin": ORIGIN, "X-Forwarded-For": "10.9.8.7"}
    async with serving(tmp_path, access_log_every=1) as at:
        await at.beacon("page_view", "ask", headers=headers, **personal)
        await at.beacon({"name": SECRET, "age_ms": -1}, headers=headers, **personal)
        await at.call("GET", f"/{SECRET}?{SECRET}")
        await at.shop("GET", f"/v1/visitors/{SECRET}")
        await at.shop("POST", "/v1/orders", {"order_id": SECRET})
        raw: Raw = await at.raw(request(SECRET.encode(), f"Cookie: {SECRET}"))
        await raw.answer()
        await at.shop("DELETE", f"/v1/visitors/{SECRET}")
    # The service's own address is nobody's.
    lines = [one for one in lines_of(log) if one["event"] != "service.started"]
    told = str(lines)

    assert "request.answered" in {one["event"] for one in lines}
    assert [one for one in (SECRET, "127.0.0.1", "10.9.8.7") if one in told] == []


def test_silence():
    """With 0 no request is logged, and all are counted."""
    metrics = Instruments()
    answered = Answered(metrics, every=0)
    for _ in range(300):
        answered.note("beacons", "POST", status=204, seconds=0.001)

    assert metrics.http_requests.total() == 300
