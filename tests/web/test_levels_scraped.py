"""Levels that nobody passes by, as a scrape shows them: stock, windows, the disk."""

import math

from engage.clock import ManualClock
from tests.web.serving import T0, serving


async def scrape(at):
    """Return a live scrape as text."""
    return (await at.call("GET", "/metrics", admin=True)).body.decode()


async def fill(at):
    """Set every level now, and nobody but the test from now on."""
    await at.by_hand("levels")
    levels = at.service.upkeep.levels
    levels._codes_s = levels._open_s = -math.inf
    await levels.fill()


async def test_levels_are_really_set(at):
    """Budgets, codes, agents and open decisions show what stores and journal know."""
    codes = {"pool": "autumn10", "codes": ["A", "B", "C"]}
    await at.shop("POST", "/v1/discounts/codes", codes)
    group = {"online": 2, "free": 4, "ttl_s": 60}
    await at.shop("PUT", "/v1/chat/groups/guitars", group)
    await at.beacon("ask")
    await fill(at)
    await at.until(lambda: at.service.metrics.live_sessions.values.get(()))
    text = await scrape(at)

    assert 'engage_budget_left_ratio{pool="autumn10",site="pk_demo"} 1.0' in text
    assert 'engage_codes_total{pool="autumn10",site="pk_demo",state="free"} 3.0' in text
    assert 'engage_free_agents{group="guitars",site="pk_demo"} 4.0' in text
    assert "engage_open_decisions 1.0" in text
    assert "engage_live_sessions 1.0" in text


async def test_pool_without_codes_is_a_figure(at):
    """A discount whose codes nobody has brought yet is known to have none."""
    await fill(at)
    text = await scrape(at)

    for state in ("free", "given"):
        labels = f'{{pool="autumn10",site="pk_demo",state="{state}"}}'
        assert f"engage_codes_total{labels} 0.0" in text


async def test_group_that_nobody_announced_is_a_figure(at):
    """Nobody is free for a chat that was not heard of; who is there for none is not."""
    group = {"online": 2, "free": 4, "ttl_s": 60}
    await at.shop("PUT", "/v1/chat/groups/guitras", group)
    await fill(at)
    text = await scrape(at)

    assert 'engage_free_agents{group="guitars",site="pk_demo"} 0.0' in text
    assert 'group="guitras"' not in text


async def test_open_decisions_survive_a_restart(tmp_path):
    """Decisions that were open before the start are counted after it."""
    async with serving(tmp_path) as at:
        await at.beacon("ask")
    async with serving(tmp_path) as at:
        await at.beacon("ask", visitor="v_2", session="s_2")
        await fill(at)

        assert at.service.metrics.open_decisions.values[()] == 2.0


async def test_a_refusing_disk_is_a_figure(tmp_path):
    """How long nothing has been taken is told, whether anybody asks or not."""
    clock, told = ManualClock(at_s=T0), []
    async with serving(tmp_path, clock=clock) as at:
        stalled = at.service.metrics.journal_stalled.values
        for seconds in (100.0, 0.0, 75.0):
            clock.move(seconds)
            at.service.upkeep.watch_disk()
            told.append(stalled[()])
            at.service.journal.close()

    assert [round(seconds) for seconds in told] == [0, 0, 75]
