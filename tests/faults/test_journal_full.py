"""A disk that refuses to take more does not hurt what it has."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import orjson

from engage.stores.journal.files import check
from engage.stores.journal.sqlite import SqliteJournal

ROOT = Path(__file__).parents[2]
FILLER = Path(__file__).with_name("journal_filler.py")


def test_files_that_may_not_grow(tmp_path):
    """A write that the system refuses fails alone; with room again all goes on."""
    path = tmp_path / "journal.sqlite"
    done = subprocess.run(
        [sys.executable, str(FILLER), str(path)],
        capture_output=True,
        check=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    seen = orjson.loads(done.stdout)

    assert seen["kept"] > 10
    assert seen["message"].startswith("append not kept: ")
    assert (seen["was_writable"], seen["is_writable"]) == (False, True)
    assert seen["readable"] == seen["kept"]
    assert seen["after"] == seen["kept"] + 1
    check(path)
    with closing(SqliteJournal(path)) as journal:
        assert len(journal.read(0, 10_000)) == seen["kept"] + 1
