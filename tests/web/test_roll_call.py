"""One console for several workers: their counts are added up, their state is listed."""

import pytest
from structlog.testing import capture_logs

from engage.clock import ManualClock
from engage.stores.redis.board import Board
from engage.stores.redis.link import Link
from engage.street.shared_metrics import SharedInstruments
from engage.web.roll_call import Reporter, RollCall
from tests.web.console_shop import T0, ask, console
from tests.web.test_console import state_of

DAY_S = 86_400.0


@pytest.fixture
async def board(redis_url):
    """A board on an empty Redis."""
    link = Link(redis_url)
    yield Board(link)
    await link.close()


@pytest.fixture
def clock():
    """The time, by hand."""
    return ManualClock(at_s=T0)


async def report(board, clock, *, index, beacons):
    """Let a worker say how it stands."""
    metrics = SharedInstruments()
    metrics.beacons.of("pk_demo").add("applied", by=beacons)
    metrics.dropped.add("bad_beacon")
    metrics.decisions.of("pk_demo").add("none", "learned", "ask", by=2.0)
    metrics.snapshot_number.set("pk_demo", to=7.0)
    metrics.unshipped.set(to=3.0)
    me = f"w{index}"
    reporter = Reporter(board=board, me=me, index=index, metrics=metrics, clock=clock)
    await reporter.step()


async def test_one_account_of_all(board, clock, tmp_path):
    """The console shows what workers and learner have counted together."""
    for index in (0, 1):
        await report(board, clock, index=index, beacons=10.0)
    async with console(tmp_path) as (client, service):
        service.roll = roll = RollCall(board=board, clock=clock)
        await roll.step()
        await ask(service)
        levels = (await state_of(client))["levels"]

    assert levels["counts"]["beacons"] == {"applied": 21}
    assert levels["counts"]["dropped"] == {"bad_beacon": 2}
    assert (levels["pulse"]["beacons"], levels["pulse"]["decisions"]) == (21, 5)


async def test_how_each_stands(board, clock):
    """Each worker is listed with its last word and how long ago that was."""
    await report(board, clock, index=0, beacons=1.0)
    roll = RollCall(board=board, clock=clock)
    await roll.step()
    clock.move(30.0)
    [one] = roll.plain(at_s=clock.now_s())

    assert (one["name"], one["index"], one["silent_s"]) == ("w0", 0, 30.0)
    assert (one["snapshot"], one["unshipped"]) == (7.0, 3.0)


async def test_other_settings(board, clock):
    """A worker that was started with another file than the learner is told of, once."""
    roll = RollCall(board=board, clock=clock, settings={"pk_a": "1", "pk_b": "1"})
    told = []
    for settings in ({"pk_a": "1", "pk_b": "1"}, {"pk_a": "2", "pk_c": "1"}) * 2:
        metrics = SharedInstruments()
        reporter = Reporter(
            board=board,
            me="w",
            index=3,
            metrics=metrics,
            clock=clock,
            settings=settings,
        )
        await reporter.step()
        with capture_logs() as lines:
            await roll.step()
            await roll.step()
        told.append([(one["event"], one["worker"], one["sites"]) for one in lines])

    other = [("settings.differ", 3, ["pk_a", "pk_b", "pk_c"])]
    assert told == [[], other, [], other]


async def test_gone_for_good(board, clock):
    """Who was silent for a day is struck off, here and on the board."""
    await report(board, clock, index=0, beacons=1.0)
    clock.move(DAY_S + 1.0)
    await report(board, clock, index=1, beacons=1.0)
    roll = RollCall(board=board, clock=clock)
    await roll.step()

    assert set(roll.reports) == set(await board.reports()) == {"w1"}


async def test_stopped_on_purpose(board, clock):
    """Who ends in order leaves the list at once: nobody looks for it."""
    reporters = [
        Reporter(board=board, me=me, index=n, metrics=SharedInstruments(), clock=clock)
        for n, me in enumerate(("w0", "w1"))
    ]
    for one in reporters:
        await one.step()
    await reporters[0].sign_off()

    assert set(await board.reports()) == {"w1"}


async def test_a_single_process_has_no_workers(tmp_path):
    """Without workers the console lists none."""
    async with console(tmp_path) as (client, _):
        assert (await state_of(client))["levels"]["workers"] == []
