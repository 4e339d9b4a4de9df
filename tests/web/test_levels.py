"""What is seen of a Redis that is away: who goes on without it says so."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace

from engage.errors import StoreError
from engage.street.redis_opening import patient_link
from engage.web.console.levels import levels
from engage.web.operations import away
from engage.web.redis_learner import build_learner
from engage.web.redis_worker import build_worker
from tests.redis_server import redis_server, standing_still
from tests.web.console_shop import settings


@contextmanager
def standing(tmp_path):
    """A Redis that can be stopped for a while, and the settings of a shop with it."""
    data, folder = tmp_path / "data", tmp_path / "redis"
    data.mkdir()
    folder.mkdir()
    told = settings(data)
    with redis_server(folder) as running:
        shared = replace(told.server, store="redis", redis_url=running.url)
        yield running, replace(told, server=shared)


async def test_degraded_while_redis_stands_still(tmp_path):
    """Metric and `/readyz` say so while Redis does not answer, and not before."""
    with standing(tmp_path) as (running, told):
        service = await build_worker(told, index=0)
        degraded, levels = service.metrics.degraded.values, service.upkeep.levels
        await levels.fill()
        found = [(degraded[()], away(service))]
        with standing_still(running, service.store._redis._link):
            with suppress(StoreError):
                await levels.fill()
            found.append((degraded[()], away(service)))
        await service.stop()

    assert found == [(0.0, ["learner"]), (1.0, ["redis"])]


async def test_console_while_redis_stands_still(tmp_path):
    """The learner's console goes on, and says nothing of what only Redis knows."""
    with standing(tmp_path) as (running, told):
        link = patient_link(told)
        service = await build_learner(told, link=link)
        site = service.engine("pk_demo").site
        before = await levels(service, site)
        with standing_still(running, service.store._link):
            after = await levels(service, site)
        await service.stop()
        await link.close()

    assert [seen["is_degraded"] for seen in (before, after)] == [False, True]
    assert (before["pulse"]["live_sessions"], before["groups"][0]["left"]) == (0, 0.0)
    assert (after["pulse"]["live_sessions"], after["groups"]) == (None, None)
    pools = [one["budget"] for one in after["interventions"] if "budget" in one]
    unknown = {"total_cents": 50_000, "left_cents": None, "codes_left": None}
    assert pools == [unknown]
