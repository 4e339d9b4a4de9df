"""A second `engage learn` beside the first: it waits, and goes on where that stops."""

import os
import signal

import pytest

from engage.stores.journal.files import lock
from tests.faults.fleet import Fleet, said
from tests.faults.pausing import until

# Longer than a lease lasts without being renewed.
DRAIN_S = 6.0
# Of a server that answers nobody: longer than a learner waits for an answer.
SILENT_MS = 2_500


@pytest.fixture
def pair(tmp_path, redis_url):
    """Two learners of one ledger that take their time to end; none started yet."""
    # The fixture's own patience is longer than any silence here.
    url = redis_url.partition("?")[0] + "?socket_timeout=1"
    both = [Fleet(tmp_path, url) for _ in range(2)]
    path = tmp_path / "engage.toml"
    text = path.read_text()
    path.write_text(text.replace("drain_delay_s = 0.0", f"drain_delay_s = {DRAIN_S}"))
    return both


async def test_one_that_ends(pair, redis_keys):
    """Whoever waits outlives a silent Redis, and begins once the first has ended."""
    first, second = pair
    try:
        await first.start_learner()
        await second.launch_learner()
        await said(second.learner, "waiting for the learner")
        redis_keys.execute_command("CLIENT", "PAUSE", SILENT_MS)
        os.kill(first.learner.pid, signal.SIGTERM)
        code = await first.learner.wait()
        await said(second.learner, "ready ")
    finally:
        await first.stop()
        await second.stop()

    assert code == 0


async def test_ledger_in_use(pair, redis_keys, tmp_path):
    """Who gets the lease of a learner at its last steps gives it back, and waits."""
    one = pair[0]
    (tmp_path / "data").mkdir()
    held = lock(one.ledger)
    try:
        await one.launch_learner()
        await said(one.learner, "waiting: journal")
        lapsed = redis_keys.info("stats")["expired_keys"]
        # It tries again each second, and has it for a moment each time.
        await until(
            lambda: not redis_keys.exists("engage:lease"), why="the lease is given back"
        )
        assert redis_keys.info("stats")["expired_keys"] == lapsed
        held.close()
        await said(one.learner, "ready ")
    finally:
        await one.stop()
