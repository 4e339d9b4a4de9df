"""Projections follow from the journal alone."""

from contextlib import closing

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engage.stores.journal.schema import PROJECTIONS
from engage.stores.journal.sqlite import SqliteJournal
from tests.contracts.stores.builders import (
    SITE,
    code,
    decision,
    order,
    outcome,
    record,
    refund,
)

names = st.sampled_from(["1", "2"])
people = st.sampled_from([None, "v_1", "v_2"])
records = st.one_of(
    st.builds(
        lambda n, v: decision(f"d_{n}", visitor=v, group="treatment"), names, people
    ),
    st.builds(lambda n, m: outcome(f"o_{m}", f"d_{n}"), names, names),
    st.builds(lambda n: record("closed", f"d_{n}", reward=1.5), names),
    st.builds(lambda n: record("settled", f"d_{n}", value=2.5), names),
    st.builds(lambda n, v: order(f"A-{n}", visitor=v), names, people),
    st.builds(lambda n, m: refund(f"R-{m}", f"A-{n}"), names, names),
    st.builds(lambda n, v: record("attributed", f"A-{n}", visitor=v), names, people),
    st.builds(lambda n: record("purchase", transaction_id=f"A-{n}"), names),
    st.builds(lambda: record("codes", "p", codes=["C1", "C2"])),
    st.builds(
        lambda n, s, v: code(f"C{n}", s, visitor=v, amount_cents=int(n)),
        names,
        st.sampled_from(["free", "held", "given", "redeemed", "expired"]),
        people,
    ),
    st.builds(lambda n: record("item", n, price_cents=3), names),
    st.builds(lambda: record("visitor", visitor="v_1", orders=2)),
    st.builds(lambda: record("moon", phase=0.5)),
    st.just("erase"),
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A directory for many journals."""
    return tmp_path_factory.mktemp("folds")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps=st.lists(records, max_size=25))
def test_refold_equals_fold(folder, steps):
    """Rebuilt from its records, a journal has the same projections, row for row."""
    path = folder / "journal.sqlite"
    for old in folder.iterdir():
        old.unlink()
    with closing(SqliteJournal(path)) as journal:
        for step in steps:
            if step == "erase":
                journal.erase_now(SITE, "v_1")
            else:
                journal.append_now(step)
        folded = dump(journal)
        journal.refold()

        assert dump(journal) == folded


@settings(max_examples=40, deadline=None, derandomize=True)
@given(steps=st.lists(records.filter(lambda one: one != "erase"), max_size=15))
def test_repeats_change_no_sums_of_decisions_and_orders(folder, steps):
    """A journal written twice over sums up to the same money."""
    for old in folder.iterdir():
        old.unlink()
    with closing(SqliteJournal(folder / "journal.sqlite")) as journal:
        journal.append_now(*steps, record("a"))
        once = journal.days(SITE)
        journal.append_now(*(s for s in steps if s.kind != "attributed"), record("a"))

        assert journal.days(SITE) == once


def test_body_of_a_record_is_json(tmp_path):
    """What stands in the file is plain JSON that any tool can read."""
    with closing(SqliteJournal(tmp_path / "j")) as journal:
        journal.append_now(record("a", numbers=(1, 2.5)))
        (body,) = journal._writer.run(
            "ask", lambda c: c.execute("SELECT body FROM journal").fetchone()
        )

    assert orjson.loads(body) == {"numbers": [1, 2.5]}
