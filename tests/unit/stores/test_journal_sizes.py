"""How large files are, and who may read and write them."""

import sqlite3
from contextlib import closing

import pytest

from engage.errors import StoreError
from engage.settings import RetentionSettings
from engage.stores.journal.files import JOURNAL_FILE, backup, restore
from engage.stores.journal.sqlite import SqliteJournal, read_journal
from tests.contracts.stores.builders import SITE, T0, decision, record


def test_models_are_packed(path, journal):
    """Models take a fraction of their size on disk and come back byte by byte."""
    body = b'{"weights":[' + b"0.25," * 20_000 + b"0]}"
    journal.put_snapshot(SITE, 1, offset=1, body=body)
    journal.put_snapshot(SITE, 1, offset=1, body=body)
    journal.put_checkpoint(SITE, offset=2, body=body)
    with closing(sqlite3.connect(path)) as file:
        questions = ("SELECT body FROM snapshots", "SELECT body FROM checkpoints")
        kept = [file.execute(one).fetchall() for one in questions]

    assert [len(row) < len(body) / 10 for rows in kept for (row,) in rows] == [True] * 2
    assert journal.snapshot(SITE, 1).body == journal.checkpoint(SITE)[1] == body
    with pytest.raises(StoreError, match="must be new, got 1"):
        journal.put_snapshot(SITE, 1, offset=1, body=body + b" ")


def test_models_that_were_kept_plainly(path, journal):
    """What an earlier release kept is read as it is, and may be kept again."""
    body = b'{"weights":[' + b"0.25," * 20_000 + b"0]}"
    with closing(sqlite3.connect(path)) as former:
        former.execute("INSERT INTO snapshots VALUES(?,1,1,?)", (SITE, body))
        former.execute("INSERT INTO checkpoints VALUES(?,2,?)", (SITE, body))
        former.commit()
    journal.put_snapshot(SITE, 1, offset=1, body=body)

    assert journal.snapshot(SITE).body == journal.checkpoint(SITE)[1] == body


def test_backup_leaves_behind_what_retention_emptied(tmp_path, path, journal):
    """Of a file that never shrinks a backup is as large as what it still holds."""
    rows = [record("example", str(n), text="x" * 2_000) for n in range(1_000)]
    journal.append_now(*rows, decision("d_1"))
    journal.prune(RetentionSettings(raw_days=1), at_s=T0 + 2 * 86_400.0)
    journal.backup(tmp_path / "copy" / JOURNAL_FILE)
    restored = restore(tmp_path / "copy" / JOURNAL_FILE, tmp_path / "data 2")

    assert path.stat().st_size > 2_000_000
    assert restored.stat().st_size < 400_000
    with closing(SqliteJournal(restored)) as again:
        assert again.decision(SITE, "d_1")["decision"] == "d_1"
        assert again.append_now(decision("d_2")) == journal.last_offset() + 1


def test_backup_tells_how_far_it_is(tmp_path, path, journal, monkeypatch):
    """Somebody waits for it: of how many bytes, and how many there are by now."""
    monkeypatch.setattr("engage.stores.journal.files._STEPS", 1_000)
    journal.append_now(
        *(record("example", str(n), text="x" * 2_000) for n in range(500))
    )
    seen = []
    backup(
        path,
        tmp_path / "copy.sqlite",
        told=lambda done, whole: seen.append((done, whole)),
    )

    (whole,) = {of for _, of in seen}
    assert 1_000_000 < whole <= (tmp_path / "copy.sqlite").stat().st_size * 1.1
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len({done for done, _ in seen}) > 3


def test_failed_backup_leaves_nothing(tmp_path, journal, path):
    """Half a copy is removed: it may be what fills the disk."""
    journal.append_now(decision("d_1"))
    journal.close()
    with path.open("rb+") as file:
        file.truncate(path.stat().st_size // 2)
    target = tmp_path / "copy" / JOURNAL_FILE

    with pytest.raises(StoreError, match=r"backup .* failed|no sound journal"):
        backup(path, target)
    assert list(target.parent.iterdir()) == []


def test_reading_what_nobody_may_write(path, journal, monkeypatch):
    """A journal that was closed well is read on a disk that takes nothing."""
    journal.append_now(decision("d_1"))
    journal.close()
    monkeypatch.setattr("os.access", lambda *_: False)
    with closing(read_journal(path)) as read:
        assert read.decision(SITE, "d_1")["decision"] == "d_1"
    assert sorted(one.name for one in path.parent.iterdir()) == [
        JOURNAL_FILE,
        JOURNAL_FILE + ".lock",
    ]


def test_directory_of_somebody_else(path, monkeypatch):
    """Whose directory it has to be is told: a volume of another user is usual."""
    path.with_name(f"{path.name}.lock").mkdir(parents=True)
    monkeypatch.setattr("os.access", lambda *_: False)

    with pytest.raises(StoreError, match=r"; user \d+ must be able to write to .*a$"):
        SqliteJournal(path)
