"""Where a hook stands: told by a figure, and kept when the service ends."""

import asyncio

import pytest

from engage.clock import ManualClock
from tests.web.hooked_shop import CHECKOUT, ended, hook_of, receiving
from tests.web.serving import SITE, T0, serving


@pytest.fixture
async def receiver():
    """Return a receiver that runs."""
    async with receiving() as one:
        yield one


async def test_figure_goes_on_while_nobody_takes(tmp_path, receiver):
    """How far a hook is behind grows while it tells in vain, and is told each time."""
    behind = []

    async def pause(_seconds):
        behind.append(at.service.metrics.hook_behind.of("pk_demo")["mail",])
        who = f"{len(behind)}"
        await at.beacon("ask", visitor=f"v_more_{who}", session=f"s_more_{who}")

    clock = ManualClock(at_s=T0)
    async with serving(tmp_path, clock=clock, sites=(SITE,)) as at:
        hook = hook_of(at, clock, receiver, pause=pause)
        await hook.begin()
        receiver.statuses = [503, 503, 503]
        await at.beacon(*CHECKOUT)
        await ended(at, clock)
        while await hook.step():
            continue
        await hook.close()

    assert behind[0] < behind[1] < behind[2]


async def test_figure_falls_to_nothing(tmp_path, receiver):
    """A hook with nothing more to tell is behind by nothing, whatever else comes."""
    clock = ManualClock(at_s=T0)
    async with serving(tmp_path, clock=clock, sites=(SITE,)) as at:
        hook = hook_of(at, clock, receiver, pause=None)
        await hook.begin()
        await at.beacon(*CHECKOUT)
        await ended(at, clock)
        await at.beacon("ask", visitor="v_2", session="s_2")
        # With what waits to be written together; then nothing comes any more.
        await at.service.journal.append()
        while await hook.step():
            continue
        await hook.close()
        behind = at.service.metrics.hook_behind.of("pk_demo")

    assert receiver.types() == ["checkout_left"]
    assert behind["mail",] == 0.0


async def test_stopped_in_between(tmp_path, receiver):
    """What was taken before the service was stopped is not told again."""
    clock, stopped = ManualClock(at_s=T0), asyncio.Event()

    async def pause(_seconds):
        stopped.set()
        await asyncio.Event().wait()

    async with serving(tmp_path, clock=clock, sites=(SITE,)) as at:
        for statuses in ([204, 503], []):
            receiver.statuses = statuses
            hook = hook_of(at, clock, receiver, pause=pause)
            await hook.begin()
            if statuses:
                await at.beacon(*CHECKOUT)
                await at.beacon(*CHECKOUT, visitor="v_2", session="s_2")
                await ended(at, clock)
            task = asyncio.create_task(hook.step())
            await (stopped.wait() if statuses else task)
            task.cancel()
            await asyncio.wait([task])
            await hook.close()

    named = [told["data"]["visitor"] for told in receiver.got]
    assert sorted(named) == ["v_1", "v_2"]


async def test_another_fact_at_the_same_place(tmp_path, receiver):
    """After an older backup came back, what happens then is no repeat of what was."""
    clock = ManualClock(at_s=T0)
    for number in range(2):
        # Of both journals nothing had been written when the backup was made.
        data = tmp_path / f"{number}"
        async with serving(data, clock=clock, sites=(SITE,)) as at:
            hook = hook_of(at, clock, receiver, pause=None)
            await hook.begin()
            await at.beacon(*CHECKOUT, visitor=f"v_{number}")
            await ended(at, clock)
            while await hook.step():
                continue
            await hook.close()

    ids = [headers["webhook-id"] for headers, _ in receiver.headers]
    assert len(ids) == len(set(ids)) == 2
