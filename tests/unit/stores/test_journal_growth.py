"""After a year: what is asked all day costs no more than in the first week.

What a question costs is counted in SQLite's own instructions, which no busy machine
changes: a search through everything there is needs some for every row.
"""

from contextlib import closing

import pytest

from engage.settings import RetentionSettings
from engage.stores.following import Following
from engage.stores.journal.keep import KEPT_SNAPSHOTS
from engage.stores.journal.prune import REMOVED_AT_ONCE
from engage.stores.journal.sqlite import SqliteJournal
from tests.contracts.stores.builders import (
    SITE,
    T0,
    decision,
    order,
    outcome,
    record,
)

WEEK, YEAR = 40, 1_200
"""Visitors of a small and of a large journal."""
WAITING = 10
"""Those among them whose windows have not closed yet."""
DAY_S = 86_400.0
LEARNED = ("decision", "example", "closed", "settled", "visit")
EVER_S = 1e12


def fill(journal, visitors):
    """Let visitors come one an hour, each with all that is recorded of one."""
    for n in range(visitors):
        at_s = T0 + n * 3_600.0
        own = {"at_s": at_s, "visitor": f"v_{n}", "subject": f"u_{n}"}
        name = f"d_{n}"
        journal.append_now(
            decision(name, snapshot=n, group="treatment", **own),
            outcome("shown", of=name, **own),
            record("example", f"e_{n}", scorer="dwell", **own),
            record("visitor", **own),
            order(f"A-{n}", **own),
        )
        if n < visitors - WAITING:
            journal.append_now(
                record("closed", name, at_s=at_s, subject=f"u_{n}", reward=1.0),
                record("settled", name, at_s=at_s, subject=f"u_{n}", value=1.0),
            )
        journal.put_snapshot(SITE, n, offset=n, body=b"{}")


def at_the_end(journal):
    """Read what a learner has not read yet."""
    assert len(journal.read(journal.last_offset() - 5, 10, kinds=LEARNED)) == 2


def from_the_start(journal):
    """Read what a console reads first after a restart."""
    assert len(journal.read(0, 10, kinds=LEARNED)) == 10


def of_a_visit(journal):
    """Ask for what a visit that ends has decided, spent and bought."""
    span = {"since_s": 0.0, "until_s": EVER_S}
    assert journal.decisions_of(SITE, "u_5", **span) == ["d_5"]
    assert len(journal.outcomes_of(SITE, "u_5", **span)) == 1
    assert len(journal.orders_of(SITE, "u_5", **span)) == 1


def a_decision(journal):
    """Look a decision and what closed it up."""
    assert journal.decision(SITE, "d_5")["decision"] == "d_5"
    assert journal.closing(SITE, "d_5") == {"reward": 1.0}


def an_old_snapshot(journal):
    """Look up what an old decision was made with."""
    assert journal.snapshot(SITE, 3).number == 3


def the_newest_snapshot(journal):
    """Look up what a restart begins with."""
    assert journal.snapshot(SITE).number >= WEEK - 1


def due(journal):
    """Look for windows to close, as four times a second."""
    assert len(journal.due_windows(SITE, at_s=EVER_S, limit=5)) == 5


def a_page(journal):
    """Read a page of the decision log from a day on."""
    assert len(journal.decisions(SITE, since_s=T0 + DAY_S, limit=5).rows) == 5


QUESTIONS = (
    at_the_end,
    from_the_start,
    of_a_visit,
    a_decision,
    an_old_snapshot,
    the_newest_snapshot,
    due,
    a_page,
)


class Steps:
    """Instructions of SQLite's machine, on every connection it is hung on."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        """Count one."""
        self.count += 1

    def of(self, work, *connections):
        """Return how many a piece of work takes on these connections."""
        work()
        self.count = 0
        for one in connections:
            one.set_progress_handler(self, 1)
        try:
            work()
        finally:
            for one in connections:
                one.set_progress_handler(None, 1)
        return self.count


@pytest.fixture(scope="module")
def journals(tmp_path_factory):
    """Yield a journal of little and one of thirty times as much."""
    folder = tmp_path_factory.mktemp("growth")
    with (
        closing(SqliteJournal(folder / "week.sqlite")) as week,
        closing(SqliteJournal(folder / "year.sqlite")) as year,
    ):
        fill(week, WEEK)
        fill(year, YEAR)
        yield week, year


@pytest.mark.parametrize("ask", QUESTIONS, ids=lambda one: one.__name__)
def test_questions_of_all_day(journals, ask):
    """Reading costs the same, however much there is that was not asked for."""
    few, many = (
        Steps().of(lambda one=one: ask(one), one._connection()) for one in journals
    )

    assert few > 0
    assert many <= 1.2 * few


def test_what_is_not_there_is_looked_for_once(journals):
    """Who follows what is rare does not go through all the rest every second."""
    counts = []
    for journal in journals:
        following = Following(
            journal=journal, kinds={"promoted"}, batch=20, on_damaged=lambda _: None
        )
        counts.append(Steps().of(following.next, journal._connection()))
        assert following.offset == journal.last_offset()
    few, many = counts

    assert many <= 1.2 * few


def test_everything_held_of_a_visitor(journals):
    """Who asks what is held is answered by look-ups: one a day, at most."""
    few, many = (
        Steps().of(lambda one=one: one.visitor(SITE, "v_5"), one._connection())
        for one in journals
    )
    days = YEAR // 24 + 1

    assert many <= few + 60 * days


@pytest.fixture
def growing(journals):
    """The writing connections of both, and what they have published last."""
    return [(one, one._writer._connection) for one in journals]


def test_archiving_a_snapshot(growing):
    """A publication looks at some snapshots, not at the whole archive."""
    counts = []
    for journal, connection in growing:
        newest = iter(range(journal.snapshot(SITE).number + 1, 10**6))

        def publish(journal=journal, newest=newest):
            journal.put_snapshot(SITE, next(newest), offset=1, body=b"{}")

        counts.append(Steps().of(publish, connection))

    assert counts[1] <= counts[0] + 30 * KEPT_SNAPSHOTS


def test_retention_that_finds_nothing(growing):
    """What is due is looked for beside the writer, who does not wait for that."""
    counts = [
        Steps().of(lambda one=one: one.prune(RetentionSettings(), at_s=T0), connection)
        for one, connection in growing
    ]

    assert counts == [0, 0]


def test_retention_looks_through_once(journals):
    """Its search grows as a shop's year does, never with the square of it."""
    few, many = (
        Steps().of(
            lambda one=one: one.prune(RetentionSettings(), at_s=T0), one._connection()
        )
        for one in journals
    )

    assert many <= 1.2 * YEAR / WEEK * few


def test_retention_lets_appends_in(tmp_path):
    """However much is due, the writer removes little at a time."""
    rows = 2 * REMOVED_AT_ONCE + 1
    with closing(SqliteJournal(tmp_path / "journal.sqlite")) as journal:
        journal.append_now(*(record("example", f"e_{n}") for n in range(rows)))
        removed, remove = [], journal._writer.run

        def noted(name, work, **options):
            result = remove(name, work, **options)
            removed.append(result)
            return result

        journal._writer.run = noted
        total = journal.prune(RetentionSettings(), at_s=T0 + 31 * DAY_S)

    assert total == rows
    assert removed == [REMOVED_AT_ONCE, REMOVED_AT_ONCE, 1, None]


def test_retention_spares_what_came_back(tmp_path):
    """What is renewed between being found and being removed stays."""
    with closing(SqliteJournal(tmp_path / "journal.sqlite")) as journal:
        journal.append_now(record("visitor", visitor="v_1"))
        run = journal._writer.run

        def renewed(name, work, **options):
            if name == "prune":
                run(
                    "renew",
                    lambda c: c.execute("UPDATE subjects SET seen_s=?", (later,)),
                )
            return run(name, work, **options)

        later = T0 + 400 * DAY_S
        journal._writer.run = renewed
        journal.prune(RetentionSettings(), at_s=later)

        assert journal.find_visitor(SITE, "v_1") is not None


def test_who_reads_long_holds_up_nobody(tmp_path):
    """What waits for a backup to end is only that the log is emptied."""
    said = []
    with closing(SqliteJournal(tmp_path / "journal.sqlite")) as journal:
        journal.append_now(decision(visitor="v_1"))
        writer = journal._writer._connection
        with journal._view() as reading:
            reading.execute("SELECT * FROM journal").fetchone()
            writer.set_trace_callback(said.append)
            journal.erase_now(SITE, "v_1")
            journal.append_now(decision("d_2"))
            is_still_due = journal._writer._scrub_due
        journal.append_now()
        writer.set_trace_callback(None)
        patience = writer.execute("PRAGMA busy_timeout").fetchone()

    emptied = [n for n, one in enumerate(said) if "wal_checkpoint" in one]
    waited = [said[n - 1] != "PRAGMA busy_timeout=0" for n in emptied]
    assert waited == [True, False, False]
    assert (is_still_due, journal._writer._scrub_due) == (True, False)
    assert patience == (250,)
