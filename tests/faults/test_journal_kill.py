"""A process that is killed while it appends loses nothing it acknowledged."""

import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from engage.stores.journal.schema import PROJECTIONS
from engage.stores.journal.sqlite import SqliteJournal
from tests.faults.journal_appender import SITE, unit

ROOT = Path(__file__).parents[2]
APPENDER = Path(__file__).with_name("journal_appender.py")


def append_and_kill(path, *, first, after, spare):
    """Run the appender, kill it after so many acknowledgements, return them all."""
    command = [sys.executable, str(APPENDER), str(path), str(first)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}
    ) as process:
        lines = [process.stdout.readline() for _ in range(after)]
        # So many bytes more, and the kill falls anywhere between two commits.
        lines.append(process.stdout.read(spare))
        process.send_signal(signal.SIGKILL)
        lines.append(process.stdout.read())
    assert process.returncode == -signal.SIGKILL
    whole = b"".join(lines).rpartition(b"\n")[0]
    return {int(line) for line in whole.split()}


def once_only(journal):
    """Return how often each record that may happen once stands in the journal."""
    return Counter(
        (entry.record.kind, entry.record.key)
        for entry in journal.read(0, 10**9)
        if entry.record.kind in ("decision", "outcome", "order", "refund", "closed")
    )


def dump(journal):
    """Return all rows of all projections."""
    return journal._writer.run(
        "dump",
        lambda c: {
            table: sorted(map(repr, c.execute(f"SELECT * FROM {table}")))  # noqa: S608 - our own table names
            for table in PROJECTIONS
        },
    )


def expected(numbers):
    """Return the keys that must be there for the units that were acknowledged."""
    return {
        (one.kind, one.key)
        for number in numbers
        for one in unit(number)
        if one.kind in ("decision", "outcome", "order", "refund", "closed")
    }


@pytest.mark.parametrize("seed", range(6))
def test_killed_while_appending(tmp_path, seed):
    """Every acknowledged record is there, none twice, the projections are a refold."""
    luck = random.Random(seed)
    path = tmp_path / "journal.sqlite"
    acknowledged = set()
    for _ in range(2):
        # The second run repeats what the first may have left half done.
        acknowledged |= append_and_kill(
            path, first=0, after=luck.randrange(1, 300), spare=luck.randrange(1, 40)
        )
    with closing(SqliteJournal(path)) as journal:
        found = once_only(journal)
        folded = dump(journal)
        journal.refold()

        assert expected(acknowledged) <= set(found)
        assert set(found.values()) == {1}
        assert dump(journal) == folded


def test_unit_in_one_piece_is_all_or_nothing(tmp_path):
    """Records appended in one call are all there after a kill, or none is."""
    path = tmp_path / "journal.sqlite"
    append_and_kill(path, first=0, after=random.Random(7).randrange(50, 200), spare=1)
    with closing(SqliteJournal(path)) as journal:
        keys = set(once_only(journal))
        odd = {key for kind, key in keys if kind == "decision" and int(key[2:]) % 2}

        assert odd
        for decision in odd:
            assert expected([int(decision[2:])]) <= keys


def test_torn_log_keeps_what_came_before(tmp_path):
    """A write-ahead log cut anywhere opens with a prefix of the records, in order."""
    path = tmp_path / "journal.sqlite"
    append_and_kill(path, first=0, after=60, spare=1)
    log = path.with_name(path.name + "-wal")
    luck = random.Random(11)
    with closing(
        SqliteJournal(_copy(path, tmp_path / "whole", log.stat().st_size))
    ) as j:
        whole = [entry.record.key for entry in j.read(0, 10**9)]
    for number in range(8):
        cut = luck.randrange(log.stat().st_size)
        copy = _copy(path, tmp_path / str(number), cut)
        with closing(SqliteJournal(copy)) as journal:
            found = [entry.record.key for entry in journal.read(0, 10**9)]
            assert found == whole[: len(found)]
            assert journal.append_now(*unit(10**6)) > 0
            assert journal.decision(SITE, "d_1000000") is not None


def _copy(path, folder, log_bytes):
    """Copy a journal with so many bytes of its log, as a sick disk might leave it."""
    folder.mkdir()
    copy = Path(shutil.copy(path, folder))
    log = path.with_name(path.name + "-wal").read_bytes()[:log_bytes]
    copy.with_name(copy.name + "-wal").write_bytes(log)
    return copy
