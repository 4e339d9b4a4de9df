"""Files: migrations, locks, backup and restore, damage, and erasure on disk."""

import sqlite3
from contextlib import closing

import pytest

from engage.errors import StoreError
from engage.stores.journal.files import check, restore
from engage.stores.journal.schema import MIGRATIONS, READABLE
from engage.stores.journal.sqlite import SqliteJournal, read_journal
from tests.contracts.stores.builders import SITE, decision, order, record


def write_version_1(path):
    """Write a file as the first schema had it, with one decision in it."""
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as old:
        old.executescript(MIGRATIONS[0])
        old.executescript(
            "PRAGMA user_version=1;"
            "INSERT INTO journal VALUES(1,'decision','pk_demo','s_1','d_1',5.0,"
            "CAST('{\"decision\":\"d_1\"}' AS BLOB),780076413,'d_1');"
            "INSERT INTO decisions(site, id, at_s, pos, subject)"
            " VALUES('pk_demo','d_1',5.0,1,'s_1');"
        )


def test_first_schema_is_upgraded(path):
    """A file of the first schema opens with everything in it, and takes more."""
    write_version_1(path)
    with closing(SqliteJournal(path)) as journal:
        journal.put_snapshot(SITE, 1, offset=1, body=b"x")

        assert journal.decision(SITE, "d_1")["decision"] == "d_1"
        assert [entry.record.subject for entry in journal.read(0, 9)] == ["s_1"]
        assert journal.append_now(decision("d_2")) == 2
        assert journal.append_now(decision("d_1")) == 1


def test_newer_schema_is_refused(path):
    """A file of a newer release is refused and left as it is."""
    SqliteJournal(path).close()
    with closing(sqlite3.connect(path)) as later:
        later.execute("PRAGMA user_version=99")

    with pytest.raises(StoreError, match=r"^journal schema must be <= 3, got 99"):
        SqliteJournal(path)
    with pytest.raises(StoreError, match=r"must be 2 to 3, got 99: read it with"):
        read_journal(path)


def test_newer_backup_is_refused(path, tmp_path):
    """What this release cannot open is not put in the place of what it can."""
    SqliteJournal(path).close()
    with closing(sqlite3.connect(path)) as later:
        later.execute("PRAGMA user_version=99")

    with pytest.raises(StoreError, match=r"^journal schema must be <= 3, got 99"):
        restore(path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_older_schema_is_left_to_the_service(path):
    """Tools that only read say who upgrades a file of an earlier release."""
    write_version_1(path)

    with pytest.raises(StoreError, match=r"got 1: let this release's .* on a copy"):
        read_journal(path)


def test_older_schema_is_read(path):
    """A log of the schema before is read as it is: a service would thin it out."""
    with closing(SqliteJournal(path)) as journal:
        journal.append_now(decision("d_1"))
    with closing(sqlite3.connect(path)) as old:
        old.execute("PRAGMA user_version=2")

    with closing(read_journal(path)) as journal:
        assert journal.decision(SITE, "d_1")["decision"] == "d_1"
    with closing(sqlite3.connect(path)) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (2,)


def test_readable_schemas_have_the_same_tables():
    """What may be read as it is has the tables of today."""
    assert tables_of(MIGRATIONS[:READABLE]) == tables_of(MIGRATIONS)


def tables_of(migrations):
    """Return every table and index that these migrations make."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript("".join(migrations))
        return made.execute("SELECT name, sql FROM sqlite_master").fetchall()


def test_file_that_is_no_journal(tmp_path):
    """A file that is no database is refused, not overwritten."""
    other = tmp_path / "notes.txt"
    other.write_text("not a database, " * 100)

    with pytest.raises(StoreError, match="cannot be opened"):
        SqliteJournal(other)
    assert other.read_text().startswith("not a database")


def test_journal_has_one_writer(journal, path):
    """A second writer is refused while the first one runs, and fine afterwards."""
    with pytest.raises(StoreError, match="is in use by another process"):
        SqliteJournal(path)
    journal.close()

    SqliteJournal(path).close()


def test_nobody_else_looks(tmp_path, journal):
    """A data directory that the journal makes, or a restore, is its owner's alone."""
    made = tmp_path / "made"
    SqliteJournal(made / "journal.sqlite").close()
    journal.backup(tmp_path / "backup.sqlite")
    restore(tmp_path / "backup.sqlite", tmp_path / "restored")

    assert [one.stat().st_mode & 0o777 for one in (made, tmp_path / "restored")] == [
        0o700,
        0o700,
    ]


async def test_nobody_else_reads(tmp_path):
    """In a directory that others may enter, journal and backup are their owner's."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    with closing(SqliteJournal(shared / "journal.sqlite")) as one:
        await one.append(record("a"))
        one.backup(shared / "backup.sqlite")
        found = {path.name: path.stat().st_mode & 0o077 for path in shared.iterdir()}
    restored = restore(shared / "backup.sqlite", tmp_path / "restored")
    others = {name for name, mode in found.items() if mode}

    assert {"journal.sqlite", "journal.sqlite-wal", "backup.sqlite"} <= found.keys()
    # The lock holds nothing.
    assert {name for name in others if ".lock" not in name} == set()
    assert restored.stat().st_mode & 0o077 == 0


def test_directory_that_lets_nobody_write(path):
    """What stands in the way of a journal's lock is told as it is, as our own error."""
    path.with_name(f"{path.name}.lock").mkdir(parents=True)

    with pytest.raises(StoreError, match="cannot be locked: unable to open"):
        SqliteJournal(path)


def test_tools_read_beside_the_service(journal, path):
    """A tool reads what a running service has written, and needs a file to read."""
    journal.append_now(decision())

    with closing(read_journal(path)) as reads:
        assert reads.decision(SITE, "d_1") is not None
    with pytest.raises(StoreError, match="does not exist"):
        read_journal(path.with_name("other.sqlite"))


def test_backup_and_restore(journal, tmp_path):
    """A backup taken in use is one sound file that restores to the same records."""
    journal.append_now(decision(visitor="v_1"), order(visitor="v_1"))
    saved = tmp_path / "saved.sqlite"
    journal.backup(saved)
    restored = restore(saved, tmp_path / "elsewhere")

    assert not list(tmp_path.glob("saved.sqlite-*"))
    with closing(SqliteJournal(restored)) as copy:
        assert copy.read(0, 10) == journal.read(0, 10)
        assert copy.visitor(SITE, "v_1") == journal.visitor(SITE, "v_1")
        assert copy.append_now(record("a")) == 3


def test_backup_overwrites_nothing(journal, tmp_path):
    """A backup is refused where a file lies already."""
    target = tmp_path / "saved.sqlite"
    target.write_bytes(b"mine")

    with pytest.raises(StoreError, match="exists already"):
        journal.backup(target)
    assert target.read_bytes() == b"mine"


def test_restore_into_a_used_directory(journal, path, tmp_path):
    """A directory with something in it is restored into only when told."""
    journal.append_now(record("old"))
    saved = tmp_path / "saved.sqlite"
    journal.backup(saved)
    journal.append_now(record("later"))
    journal.close()

    with pytest.raises(StoreError, match="must be empty"):
        restore(saved, path.parent)
    restore(saved, path.parent, force=True)
    with closing(SqliteJournal(path)) as back:
        assert [entry.record.kind for entry in back.read(0, 9)] == ["old"]


def test_restore_under_a_running_service(journal, path, tmp_path):
    """A journal that is being written is never replaced, told or not."""
    journal.append_now(record("a"))
    saved = tmp_path / "saved.sqlite"
    journal.backup(saved)

    with pytest.raises(StoreError, match="is in use"):
        restore(saved, path.parent, force=True)


@pytest.mark.parametrize("damage", ["torn", "garbage", "missing"])
def test_damaged_backup(journal, tmp_path, damage):
    """A backup that is not sound is refused before anything is touched."""
    journal.append_now(*(decision(f"d_{i}") for i in range(200)))
    saved = tmp_path / "saved.sqlite"
    journal.backup(saved)
    whole = saved.read_bytes()
    if damage == "torn":
        saved.write_bytes(whole[: len(whole) // 2])
    elif damage == "garbage":
        saved.write_bytes(b"\xff" * 5_000)
    else:
        saved.unlink()

    with pytest.raises(StoreError, match=r"no sound journal|does not exist"):
        restore(saved, tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


def test_database_without_a_journal(tmp_path):
    """A sound database that holds no journal is no backup."""
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as other:
        other.execute("CREATE TABLE t(x)")

    with pytest.raises(StoreError, match="no sound journal"):
        check(tmp_path / "other.sqlite")


def test_changed_byte_is_noticed(journal):
    """A record whose bytes are not those that were written is not read as true."""
    journal.append_now(record("a", label=1.0))
    journal._writer.run(
        "damage", lambda c: c.execute("UPDATE journal SET body=CAST('{}' AS BLOB)")
    )

    with pytest.raises(StoreError, match=r"^record at offset 1 is damaged"):
        journal.read(0, 1)


def test_erased_visitor_is_in_no_file(journal, path):
    """After erasure no file of the data directory holds the visitor's id."""
    visitor = "v_gone_from_every_byte"
    for number in range(50):
        journal.append_now(
            decision(f"d_{number}", visitor=visitor), record("visitor", visitor=visitor)
        )
    before = b"".join(file.read_bytes() for file in path.parent.iterdir())
    journal.erase_now(SITE, visitor)
    after = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert visitor.encode() in before
    assert visitor.encode() not in after
