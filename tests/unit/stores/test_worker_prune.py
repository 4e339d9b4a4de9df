"""Retention at a worker: what the ledger has not got yet stays, however old."""

from contextlib import closing

import pytest

from engage.settings import RetentionSettings
from engage.stores.journal.worker import WorkerJournal
from tests.contracts.stores.builders import SITE, decision

EVER_S = 5_000_000_000.0


@pytest.fixture
def worker(tmp_path):
    """A worker's journal with three decisions and a visitor's behaviour, all old."""
    with closing(WorkerJournal(tmp_path / "worker.sqlite")) as one:
        for number in range(3):
            one.append_now(
                decision(f"d_{number}", subject=f"u_{number}", visitor=f"v_{number}")
            )
        yield one


def left(worker):
    """Return (key, visitor id) of what could still be shipped."""
    return [(e.record.key, e.record.visitor) for e in worker.shippable(0, 100)]


def test_unshipped_records_stay(worker):
    """Nothing that was not merged is removed, and its visitors stay known."""
    worker.prune(RetentionSettings(), at_s=EVER_S)

    assert left(worker) == [(f"d_{n}", f"v_{n}") for n in range(3)]


def test_merged_records_go(worker):
    """What the ledger has goes with its time, and with it the visitor."""
    first = worker.shippable(0, 1)[0].offset
    worker.put_merged_to(first)
    worker.prune(RetentionSettings(), at_s=EVER_S)

    assert left(worker) == [("d_1", "v_1"), ("d_2", "v_2")]
    assert worker.find_visitor(SITE, "v_0") is None


def test_young_records_stay(worker):
    """What the ledger has stays until its time has come."""
    worker.put_merged_to(worker.last_offset())
    at_s = worker.shippable(0, 1)[0].record.at_s
    worker.prune(RetentionSettings(), at_s=at_s + 60.0)

    assert len(left(worker)) == 3
