"""A machine whose clock is wrong: it is told of, and is not taken for silent."""

import io

import orjson
import pytest

from engage.clock import ManualClock, SystemClock
from engage.stores.redis.board import Board
from engage.stores.redis.link import Link
from engage.street.shared_metrics import SharedInstruments
from engage.telemetry import configure_logging
from engage.web.clock_watch import ClockWatch
from engage.web.roll_call import Reporter, RollCall
from tests.web.console_shop import T0


@pytest.fixture
async def link(redis_url):
    """A way to an empty Redis."""
    link = Link(redis_url)
    yield link
    await link.close()


@pytest.fixture
def log():
    """What is logged; the usual place afterwards."""
    stream = io.StringIO()
    configure_logging(stream)
    yield stream
    configure_logging()


def said(log):
    """Return by how much the lines of a log say that the clock is ahead."""
    lines = [orjson.loads(line) for line in log.getvalue().splitlines()]
    return [line["ahead_s"] for line in lines if line["event"] == "clock.off"]


@pytest.mark.parametrize("wrong_s", [300.0, -300.0])
async def test_a_wrong_clock_is_told(link, log, wrong_s):
    """A clock five minutes off is a figure, and one line in the log until it is right.

    Redis runs on this machine, so the machine's own clock is the right one.
    """
    clock, metrics = ManualClock(SystemClock().now_s() + wrong_s), SharedInstruments()
    watch = ClockWatch(link=link, clock=clock, metrics=metrics)
    for _ in range(2):
        await watch.step()

    assert metrics.clock_ahead.values[()] == pytest.approx(wrong_s, abs=60.0)
    assert [round(one / 300.0) for one in said(log)] == [round(wrong_s / 300.0)]


async def test_a_right_clock_is_not_told(link, log):
    """Whoever has Redis' time is ahead by next to nothing."""
    metrics = SharedInstruments()
    await ClockWatch(link=link, clock=SystemClock(), metrics=metrics).step()

    assert abs(metrics.clock_ahead.values[()]) < 30.0
    assert said(log) == []


async def test_a_worker_that_is_late_by_its_clock_is_heard(link):
    """Five minutes or two days behind: who goes on talking is not silent."""
    board, here = Board(link), ManualClock(at_s=T0)
    roll = RollCall(board=board, clock=here)
    for name, behind_s in (("w0", 300.0), ("w1", 2 * 86_400.0)):
        there = ManualClock(at_s=T0 - behind_s)
        reporter = Reporter(
            board=board, me=name, index=0, metrics=SharedInstruments(), clock=there
        )
        for _ in range(2):
            await reporter.step()
            await roll.step()
            there.move(2.0)

    told = {one["name"]: one["silent_s"] for one in roll.plain(at_s=T0)}
    assert told == {"w0": 0.0, "w1": 0.0}


async def test_a_worker_ahead_falls_silent_all_the_same(link):
    """What its last word says when it was said keeps nobody alive."""
    board, here = Board(link), ManualClock(at_s=T0)
    ahead = ManualClock(at_s=T0 + 300.0)
    reporter = Reporter(
        board=board, me="w0", index=0, metrics=SharedInstruments(), clock=ahead
    )
    await reporter.step()
    roll = RollCall(board=board, clock=here)
    await roll.step()
    here.move(30.0)
    await roll.step()

    assert roll.plain(at_s=here.now_s())[0]["silent_s"] == 30.0
