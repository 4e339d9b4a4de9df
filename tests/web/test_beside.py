"""What runs beside requests: again after a failure, which is counted."""

import asyncio

from structlog.testing import capture_logs

from engage.errors import StoreError
from engage.instruments import Tally
from engage.web.beside import Beside
from engage.web.postponed import Postponed


async def test_a_failed_step_is_counted_and_tried_again():
    """A fault of ours is told by a metric, and does not end the task."""
    failures, went_on = Tally("engage_upkeep_failures_total", "", ("task",)), 0
    done = asyncio.Event()

    async def step():
        nonlocal went_on
        went_on += 1
        if went_on == 1:
            raise RuntimeError("our own fault")
        done.set()
        return False

    one = Beside(name="merging", step=step, pause_s=0.01)
    one.start(failures=failures)
    await asyncio.wait_for(done.wait(), 60)
    await one.stop()

    assert failures.sums == {("merging",): 1.0}


def test_an_outage_does_not_flood_the_log():
    """What waits is told at once, then once a minute, and once when it goes on."""
    one = Postponed(task="merging")
    with capture_logs() as lines:
        for now_s in (0.0, 2.0, 59.0, 61.0):
            one.tell(StoreError("no answer"), now_s=now_s)
        one.end(now_s=70.0)
        one.end(now_s=71.0)

    told = [(line["event"], line.get("for_s", line.get("after_s"))) for line in lines]
    assert told == [("step.postponed", 0), ("step.postponed", 61), ("step.resumed", 70)]
