import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from engage.errors import BadRequest, Conflict
from engage.evidence.decision_log import open_log
from engage.evidence.export.columns import EXPORTED
from engage.evidence.export.entries import rows_in_export
from engage.evidence.export.manifest import MANIFEST, Manifest
from engage.evidence.export.write import Wanted, export
from engage.evidence.lift.log import read_log
from engage.stores.base import Record
from engage.stores.journal.days import DayReads
from engage.stores.journal.sqlite import SqliteJournal, read_journal

ROOT = Path(__file__).parents[3]
FORMATS = ("parquet", "ndjson")


@pytest.fixture(scope="module", params=FORMATS)
def exported(request, simulated, tmp_path_factory):
    """Return an export of the simulated data directory, in each format."""
    out = tmp_path_factory.mktemp(request.param)
    export(simulated, out, form=request.param)
    return out


@pytest.fixture
def copied(simulated, tmp_path):
    """Return a copy of the simulated data directory that may be changed."""
    return Path(shutil.copytree(simulated, tmp_path / "data"))


def contents(out):
    """Return every exported row, by table."""
    return {table: list(rows_in_export(out, table)) for table in EXPORTED}


def in_journal(data, sql):
    """Return the rows of a question to a journal's file."""
    with sqlite3.connect(data / "journal.sqlite") as connection:
        return connection.execute(sql).fetchall()


def without_who(body):
    """Return a record without what an export changes: who, and the code."""
    plain = orjson.loads(orjson.dumps(body))
    plain.pop("visitor")
    plain.get("card", {}).get("content", {}).pop("code", None)
    return plain


def test_decisions_come_back_as_they_were(exported, simulated):
    """A decision read from an export is its record, but for visitor and code."""
    logged = [without_who(body) for body in open_log(simulated).bodies()]

    assert [without_who(body) for body in open_log(exported).bodies()] == logged


def test_subject_tells_visitors_apart(exported, simulated):
    """Decisions of one visitor, and only those, share what stands for the visitor."""
    pairs = {
        (one["visitor"], other["visitor"])
        for one, other in zip(
            open_log(simulated).bodies(), open_log(exported).bodies(), strict=True
        )
    }

    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) > 1


def test_lift_is_the_same(exported, simulated):
    """Margins by visitor from an export are those from its journal, at any horizon."""
    margins = []
    for log in (exported, simulated):
        (evidence,) = read_log(log).values()
        visitors = evidence.ledger.visitors(horizon_s=86_400.0, at_s=evidence.until_s)
        margins.append(visitors.margin.tolist())

    assert margins[0] == margins[1]


def test_every_row_is_exported(exported, simulated):
    """Each table holds what the journal holds, once."""
    found = {table: len(rows) for table, rows in contents(exported).items()}

    kinds = dict(in_journal(simulated, "SELECT kind, count(*) FROM journal GROUP BY 1"))
    assert found == {
        "decisions": kinds["decision"],
        "outcomes": kinds["outcome"],
        "orders": kinds["order"],
        "refunds": 0,
        "scores": kinds["example"],
        "visitor_days": in_journal(simulated, "SELECT count(*) FROM visitor_days")[0][
            0
        ],
    }


def test_rows_lie_in_their_day(exported):
    """A row lies in the directory of the UTC day that its table is partitioned by."""
    for table in EXPORTED.values():
        days = {row[table.by][:10] for row in rows_in_export(exported, table.name)}
        folders = {one.name for one in (exported / table.name).glob("day=*")}
        assert folders == {f"day={day}" for day in days}


def test_tables_are_read_as_a_whole(simulated, tmp_path):
    """`day=` is a partition to readers, also of the table that has a column `day`."""
    export(simulated, tmp_path, form="parquet")
    for table in ("decisions", "visitor_days"):
        days = {path.name for path in (tmp_path / table).iterdir()}
        read = pq.read_table(tmp_path / table).column("day").to_pylist()

        assert {f"day={day}" for day in read} == days


def test_nobody_is_named(simulated, tmp_path):
    """No visitor id and no discount code is in any file."""
    export(simulated, tmp_path, form="ndjson")
    text = b"\n".join(path.read_bytes() for path in tmp_path.rglob("*.ndjson"))

    names = in_journal(simulated, "SELECT visitor FROM subjects")
    codes = in_journal(simulated, "SELECT code FROM codes")
    told = [name for (name,) in names + codes if b'"%s"' % name.encode() in text]
    assert (told, len(names) > 10, len(codes) > 10) == ([], True, True)


def test_second_export_writes_nothing(simulated, exported):
    """An export that is up to date is left as it is."""
    form = "parquet" if list(exported.rglob("*.parquet")) else "ndjson"

    done = export(simulated, exported, form=form)

    assert (done.written, done.unchanged > 5, done.kept) == (0, True, 0)


@pytest.mark.parametrize("form", FORMATS)
def test_stopped_export_goes_on(simulated, tmp_path, form):
    """An export stopped in the middle of a file continues and doubles nothing."""

    def stop(done, _total):
        if done >= 250:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(simulated, tmp_path / "stopped", form=form, progress=stop)
    begun = len(Manifest(tmp_path / "stopped", ending=form).parts)
    done = export(simulated, tmp_path / "stopped", form=form)
    export(simulated, tmp_path / "whole", form=form)

    assert (done.unchanged, done.written > 0) == (begun, True)
    assert contents(tmp_path / "stopped") == contents(tmp_path / "whole")
    assert list((tmp_path / "stopped").rglob("*.partial")) == []


def test_torn_manifest(simulated, tmp_path):
    """A line that a crash cut off is passed over; its day is written again."""
    export(simulated, tmp_path, form="ndjson")
    path = tmp_path / MANIFEST
    path.write_bytes(path.read_bytes()[:-20])

    done = export(simulated, tmp_path, form="ndjson")

    assert done.written == 1


@pytest.mark.parametrize("form", FORMATS)
def test_goods_without_a_quantity(form, copied, tmp_path):
    """An order's item that says no quantity is one piece, as GA4 has it."""
    journal = SqliteJournal(copied / "journal.sqlite")
    (entry,) = journal.read(0, 1, kinds={"order"})
    goods = [{"item_id": "42", "quantity": None}]
    body = {**entry.record.body, "order_id": "bare", "items": goods}
    journal.append_now(replace(entry.record, key="bare", body=body))
    journal.close()

    export(copied, tmp_path / "out", form=form)

    orders = {row["order_id"]: row for row in contents(tmp_path / "out")["orders"]}
    assert orders["bare"]["items"] == [{"item_id": "42", "quantity": 1.0}]


def test_only_changed_days_are_written(copied, tmp_path):
    """An outcome that comes later renews its decision's day and its own."""
    export(copied, tmp_path / "out", form="ndjson")
    journal = SqliteJournal(copied / "journal.sqlite")
    (entry,) = journal.read(0, 1, kinds={"decision"})
    one = entry.record
    journal.append_now(
        Record(
            kind="outcome",
            site=one.site,
            key=one.key,
            at_s=one.at_s + 1,
            body={"name": "chat_rated", "rating": 5},
            subject=one.subject,
        )
    )
    journal.close()

    done = export(copied, tmp_path / "out", form="ndjson")

    assert done.written == 2
    rated = [o for o in rows_in_export(tmp_path / "out", "outcomes") if o["rating"]]
    assert [o["decision"] for o in rated] == [one.key]


def test_forgotten_days_stay(copied, tmp_path):
    """A day of which the journal has forgotten rows stays as it was exported."""
    export(copied, tmp_path / "out", form="ndjson")
    before = contents(tmp_path / "out")["scores"]
    with sqlite3.connect(copied / "journal.sqlite") as connection:
        connection.execute("DELETE FROM journal WHERE kind='example' AND pos % 2")

    done = export(copied, tmp_path / "out", form="ndjson")

    assert (done.written, done.kept > 0) == (0, True)
    assert contents(tmp_path / "out")["scores"] == before


def test_other_format_is_refused(simulated, tmp_path):
    """One directory holds one format."""
    export(simulated, tmp_path, form="ndjson", wanted=Wanted(tables=("orders",)))

    with pytest.raises(
        Conflict, match=r"must hold an export of .*'parquet'.* it holds"
    ):
        export(simulated, tmp_path, form="parquet")


def test_part_of_a_journal(simulated, tmp_path):
    """Tables and days can be chosen."""
    journal = DayReads(simulated / "journal.sqlite")
    first = journal.days("decisions")[0].day
    journal.close()

    export(
        simulated,
        tmp_path,
        form="ndjson",
        wanted=Wanted(tables=("decisions",), since_day=first, until_day=first),
    )

    files = [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("day=*/*")]
    assert files == [f"decisions/day={first}/pk_demo.ndjson"]


def test_missing_pyarrow(simulated, tmp_path, monkeypatch):
    """Without pyarrow the error says the very command that installs it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(BadRequest, match=r"-m pip install 'pyarrow>=20'"):
        export(simulated, tmp_path)


def test_running_service_goes_on(copied, tmp_path):
    """An export reads beside a service that holds the journal's lock."""
    journal = SqliteJournal(copied / "journal.sqlite")
    done = export(copied, tmp_path / "out", form="ndjson")
    journal.close()

    assert (
        done.rows["decisions"]
        == read_journal(copied / "journal.sqlite").decision_counts()["pk_demo"]
    )


def test_documented_columns():
    """docs/EXPORT.md is what `scripts/export_table` writes."""
    script = [sys.executable, str(ROOT / "scripts/export_table"), "--check"]

    assert subprocess.run(script, check=False).returncode == 0
