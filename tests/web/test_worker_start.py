"""A worker that starts: it takes over what stands, or refuses to be one of several."""

import os
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import replace

import orjson
import pytest
from aiohttp.test_utils import TestClient, TestServer

from engage.clock import ManualClock
from engage.errors import ConfigError
from engage.settings import SiteSecrets
from engage.stores.redis.board import Board
from engage.street.redis_opening import patient_link
from engage.web.app import admin_app, public_app
from engage.web.redis_worker import build_worker
from engage.web.upkeep import SWEEP_EVERY_S
from tests.web.console_shop import SECRETS, SITE, T0, settings
from tests.web.serving import JSON, beacon

URL = "http://127.0.0.1:9463"


def shared(tmp_path, redis_url, *, salt=SECRETS.salt):
    """Return the settings of a process with a Redis and a salt."""
    one = settings(tmp_path)
    server = replace(one.server, store="redis", redis_url=redis_url)
    secrets = {SITE.key: SiteSecrets(server_key="sk_demo", salt=salt)}
    return replace(one, server=server, secrets=secrets)


@asynccontextmanager
async def board_of(chosen):
    """Give the board of a Redis."""
    link = patient_link(chosen)
    try:
        yield Board(link)
    finally:
        await link.close()


async def test_standing_facts_hold_at_once(tmp_path, redis_url):
    """What an operator has paused is paused before the first beacon comes."""
    chosen = shared(tmp_path, redis_url)
    async with board_of(chosen) as board:
        await board.put_switches(SITE.key, {"all_paused": True, "paused": []})
    service = await build_worker(chosen, index=0)
    site = service.engine(SITE.key).site
    await service.stop()

    assert site.switches.all_paused


async def test_another_salt_is_refused(tmp_path, redis_url):
    """A worker with another salt does not start, and says what to do."""
    first = await build_worker(shared(tmp_path, redis_url), index=0)
    await first.stop()
    other = shared(tmp_path, redis_url, salt=b"another salt, 16")
    with pytest.raises(ConfigError, match=r"^pk_demo: salt must be the one that"):
        await build_worker(other, index=1)


async def test_found_out_late(tmp_path, redis_url, redis_keys):
    """A worker that could compare only later takes nothing once it finds out.

    Connections are dealt out to it all the same; whoever is refused comes again.
    """
    chosen = shared(tmp_path, redis_url)
    service = await build_worker(chosen, index=0)
    [salts] = [one for one in service.beside if one.name == "salts"]
    redis_keys.delete("engage:salt:{pk_demo}")
    async with board_of(chosen) as board:
        await board.claim_salt(SITE.key, "of other processes")
    async with TestClient(TestServer(public_app(service))) as client:
        before = await client.get("/readyz")
        with pytest.raises(ConfigError, match=r"^pk_demo: salt must be the one that"):
            await salts.begin()
        after = await client.get("/readyz")
        refused = await client.post("/v1/beacons", data=beacon("ask"), headers=JSON)
        missing = (await after.json())["missing"]
    await service.stop()

    assert (before.status, after.status, missing) == (200, 503, ["salt"])
    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    assert service.metrics.salt_differs.values == {(): 1.0}


async def test_console_at_a_worker(tmp_path, redis_url):
    """A worker leads to the learner's console; without one it says so: 503.

    A browser is told in words what to start, and looks again by itself.
    """
    chosen = shared(tmp_path, redis_url)
    service = await build_worker(chosen, index=0)
    async with TestClient(TestServer(admin_app(service))) as client:
        path = "/console/api/state?site=pk_demo"
        nobody = await client.get(path, allow_redirects=False)
        seen = await client.get("/console/", headers={"Accept": "text/html,*/*"})
        page = await seen.text()
        async with board_of(chosen) as board:
            await board.hold("me", url=URL, ttl_s=60.0)
        await service.ledger.find()
        there = await client.get(path, allow_redirects=False)
    await service.stop()

    assert (nobody.status, nobody.headers["Retry-After"]) == (503, "5")
    assert (seen.status, seen.content_type) == (503, "text/html")
    assert "engage learn" in page
    assert (there.status, there.headers["Location"]) == (307, URL + path)


def test_lines_of_a_worker(tmp_path, redis_url):
    """Of workers that share a log each line says whose it is."""
    config = tmp_path / "engage.toml"
    config.write_text(
        f'[server]\nstore = "redis"\nredis_url = "{redis_url}"\nport = 0\n'
        'admin = "127.0.0.1:0"\ndrain_delay_s = 0.0\n[[sites]]\nkey = "pk_demo"\n'
    )
    program = "import sys; from engage.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "serve", "--config", str(config)]
    # Told which one it is, and at once that who started it is gone.
    done = subprocess.run(
        [*command, "--worker", "--no-learner"],
        input="1\n",
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "ENGAGE_PK_DEMO_SERVER_KEY": "sk_0123456789abcdef"},
    )
    lines = [orjson.loads(line) for line in done.stderr.splitlines()]

    assert {"service.started", "service.stopped"} <= {one["event"] for one in lines}
    assert {one["worker"] for one in lines} == {1}


async def test_visits_that_are_over(tmp_path, redis_url):
    """A worker forgets visits that the learner ends; a restart brings none back."""
    clock = ManualClock(at_s=T0)
    chosen = shared(tmp_path, redis_url)
    service = await build_worker(chosen, index=0, clock=clock)
    key = (SITE.key, "v_1", "s_1")
    await service.journal.keep_visits({key: b"over"}, at_s=T0)
    clock.move(SITE.windows.session_idle_s)
    later = (SITE.key, "v_2", "s_2")
    await service.journal.keep_visits({later: b"not yet"}, at_s=clock.now_s())

    clock.move(SWEEP_EVERY_S + 1.0)
    await service.upkeep.sweep()
    left = [one.visitor for one in service.journal.kept_visits(SITE.key)]
    await service.stop()

    assert left == ["v_2"]
