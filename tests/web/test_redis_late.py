"""A Redis that answers late while a learner starts."""

from __future__ import annotations

import asyncio
from contextlib import closing

from structlog.testing import capture_logs

from engage.clock import SystemClock
from engage.stores.journal.ledger import LedgerJournal
from engage.street.opening import journal_path, open_site
from engage.street.redis_opening import ledger_store
from engage.street.shared_metrics import SharedInstruments
from tests.redis_server import standing_still
from tests.web.test_levels import standing


def _was_asked_again(logs):
    return any(one["event"] == "store.asked_again" for one in logs)


async def test_a_late_answer_ends_no_learner(tmp_path):
    """What the ledger brings back to Redis at its start is brought again."""
    with (
        standing(tmp_path) as (running, told),
        closing(LedgerJournal(journal_path(told))) as journal,
        capture_logs() as logs,
    ):
        (settings,) = told.sites
        store = ledger_store(told)
        opening = open_site(
            settings,
            told.secrets[settings.key],
            journal=journal,
            store=store,
            clock=SystemClock(),
            metrics=SharedInstruments(),
        )
        with standing_still(running, store._link):
            task = asyncio.create_task(opening)
            while not (task.done() or _was_asked_again(logs)):  # noqa: ASYNC110 - a log line sets no event
                await asyncio.sleep(0)
        site, _ = await task
        stock = await store.codes.stock(settings.key, at_s=site.now_s())
        await store.close()

    assert _was_asked_again(logs)
    assert stock
