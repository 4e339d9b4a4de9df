"""What runs beside requests: again after a failure, which is counted."""

import asyncio

from engage.instruments import Tally
from engage.web.beside import Beside


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
    await asyncio.wait_for(done.wait(), 10)
    await one.stop()

    assert failures.sums == {("merging",): 1.0}
