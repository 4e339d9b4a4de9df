"""Levels of a worker: it says when it goes on without Redis."""

from __future__ import annotations

import signal
from contextlib import suppress
from dataclasses import replace

from engage.errors import StoreError
from engage.web.redis_worker import build_worker
from tests.redis_server import redis_server
from tests.web.console_shop import settings


async def test_degraded_while_redis_stands_still(tmp_path):
    """`engage_degraded` is 1 while Redis does not answer, and 0 before."""
    data, folder = tmp_path / "data", tmp_path / "redis"
    data.mkdir()
    folder.mkdir()
    told = settings(data)
    with redis_server(folder, timeout_s=0.1) as running:
        shared = replace(told.server, store="redis", redis_url=running.url)
        service = await build_worker(replace(told, server=shared), index=0)
        levels, found = service.upkeep.levels, []
        for number in (signal.SIGCONT, signal.SIGSTOP):
            running.process.send_signal(number)
            with suppress(StoreError):
                await levels.fill()
            found.append(service.metrics.degraded.values[()])
        running.process.send_signal(signal.SIGCONT)
        await service.stop()

    assert found == [0.0, 1.0]
