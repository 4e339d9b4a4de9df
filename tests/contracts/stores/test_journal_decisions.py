"""How every journal puts decisions and their windows together."""

from math import inf

import pytest

from engage.errors import BadRequest
from engage.settings import RetentionSettings
from engage.stores.base import Window
from tests.contracts.stores.builders import (
    SITE,
    T0,
    decision,
    outcome,
    record,
)


def test_decision_record_is_complete(journal):
    """A decision comes back with visitor, outcomes and both closes, without timers."""
    journal.append_now(
        decision(visitor="v_1", action="none"),
        outcome("shown", at_s=T0 + 1, token="secret"),
        record("closed", "d_1", reward=84.2, at_s=T0 + 1_800),
        record("settled", "d_1", value=206.0, at_s=T0 + 604_800),
    )

    assert journal.decision(SITE, "d_1") == {
        "decision": "d_1",
        "action": "none",
        "visitor": "v_1",
        "outcomes": [{"name": "shown", "at": "2025-11-21T10:15:01.000Z"}],
        "reward": 84.2,
        "closed_at": "2025-11-21T10:45:00.000Z",
        "value": 206.0,
        "settled_at": "2025-11-28T10:15:00.000Z",
    }


def test_second_close_is_ignored(journal):
    """Only the first close and the first settlement of a decision count."""
    journal.append_now(
        decision(),
        record("closed", "d_1", reward=1.0),
        record("closed", "d_1", reward=2.0),
        record("settled", "d_1", value=3.0),
        record("settled", "d_1", value=4.0),
    )

    found = journal.decision(SITE, "d_1")
    assert (found["reward"], found["value"]) == (1.0, 3.0)


def test_unknown_decision(journal):
    """A decision that was never made is None."""
    assert journal.decision(SITE, "d_9") is None


def test_decisions_by_page(journal):
    """Pages are oldest first, miss nothing and repeat nothing."""
    journal.append_now(*(decision(f"d_{i}", at_s=T0 + 5 - i // 2) for i in range(7)))
    seen, cursor = [], None
    for _ in range(4):
        page = journal.decisions(SITE, limit=2, cursor=cursor)
        seen += [row["decision"] for row in page.rows]
        cursor = page.cursor

    assert seen == ["d_6", "d_4", "d_5", "d_2", "d_3", "d_0", "d_1"]
    assert cursor is None


def test_decisions_of_a_span(journal):
    """The span includes its start and excludes its end, and keeps to the site."""
    journal.append_now(*(decision(f"d_{i}", at_s=T0 + i) for i in range(4)))
    journal.append_now(decision("d_x", at_s=T0 + 1, site="pk_other"))

    page = journal.decisions(SITE, since_s=T0 + 1, until_s=T0 + 3)

    assert [row["decision"] for row in page.rows] == ["d_1", "d_2"]


def test_decisions_of_a_subject(journal):
    """A subject's decisions of a span include both ends, oldest first."""
    journal.append_now(
        *(decision(f"d_{i}", at_s=T0 + 3 - i, subject="s_1") for i in range(4)),
        decision("d_x", at_s=T0 + 1, subject="s_2"),
    )
    found = journal.decisions_of(SITE, "s_1", since_s=T0 + 1, until_s=T0 + 2)

    assert found == ["d_2", "d_1"]


def test_outcomes_of_a_subject(journal):
    """What became of a subject's decisions is found by when these were made."""
    journal.append_now(
        *(decision(f"d_{i}", at_s=T0 + i, subject="s_1") for i in range(4)),
        *(outcome(f"n_{i}", f"d_{i}", at_s=T0 + 9) for i in range(4)),
        decision("d_x", at_s=T0 + 1, subject="s_2"),
        outcome("n_x", "d_x"),
    )

    found = journal.outcomes_of(SITE, "s_1", since_s=T0 + 1, until_s=T0 + 2)
    assert {(one["name"], one["at"]) for one in found} == {
        ("n_1", "2025-11-21T10:15:09.000Z"),
        ("n_2", "2025-11-21T10:15:09.000Z"),
    }


def test_first_decision(journal):
    """A site starts with its first decision."""
    assert journal.first_decision_at_s(SITE) is None
    journal.append_now(decision("d_1"), decision("d_2", at_s=T0 - 7.0))

    assert journal.first_decision_at_s(SITE) == T0 - 7.0
    assert journal.first_decision_at_s("pk_other") is None


def test_first_decision_that_was_removed(journal):
    """A restart after retention does not start the holdout's taper anew."""
    day_s = 86_400.0
    times = {"d_1": T0, "d_2": T0 + 50 * day_s}
    journal.append_now(
        *(decision(name, at_s=s, subject="s_1") for name, s in times.items())
    )
    removed = journal.prune(RetentionSettings(decision_days=30), at_s=T0 + 60 * day_s)

    assert removed
    assert journal.decision(SITE, "d_1") is None
    assert T0 - day_s < journal.first_decision_at_s(SITE) <= T0


@pytest.mark.parametrize("days", [36_500, 400_000, 10**9])
def test_sums_that_are_kept_for_ever(journal, days):
    """More days than there were since Christ keep everything; the day is no text."""
    journal.append_now(decision("d_1", subject="s_1"))
    journal.prune(RetentionSettings(decision_days=7, sums_days=days), at_s=T0 + 1e7)

    assert journal.decision(SITE, "d_1") is None
    assert journal.first_decision_at_s(SITE) is not None


def test_foreign_cursor(journal):
    """A cursor that no page gave is the caller's mistake."""
    with pytest.raises(BadRequest, match=r"^cursor must come from an earlier page"):
        journal.decisions(SITE, cursor="soon")


def test_windows_run_until_closed(journal):
    """A window is open from the record that names it to the one that closes it."""
    journal.append_now(
        decision("d_1", subject="s_1"),
        decision("d_2", at_s=T0 + 1),
        record("visit", "w_1", opens=[{"kind": "visit", "due_s": T0}]),
        record("closed", "d_1"),
        record("settled", "d_2"),
    )
    found = journal.due_windows(SITE, at_s=inf, limit=9)

    assert [(w.kind, w.key) for w in found] == [
        ("visit", "w_1"),
        ("short", "d_2"),
        ("long", "d_1"),
    ]
    assert found[2].subject == "s_1"
    assert found[2].opener["decision"] == "d_1"


def test_due_windows(journal):
    """Windows are due from their time on, the longest overdue first."""
    journal.append_now(decision("d_1"), decision("d_2", at_s=T0 - 5.0))
    due_s = T0 + 1_800.0

    def due(at_s, limit=9):
        found = journal.due_windows(SITE, at_s=at_s, limit=limit)
        return [window.key for window in found]

    assert due(due_s - 0.001) == ["d_2"]
    assert due(due_s) == ["d_2", "d_1"]
    assert due(due_s, limit=1) == ["d_2"]
    assert journal.due_windows("pk_other", at_s=due_s, limit=9) == []


def test_label_closes_a_visit(journal):
    """A label closes the visit's window; unknown window kinds stay open."""
    journal.append_now(
        record(
            "visit",
            "w_1",
            opens=[{"kind": "visit", "due_s": 1.0}, {"kind": "moon", "due_s": 2.0}],
        ),
        record("label", "w_1"),
    )

    found = journal.due_windows(SITE, at_s=inf, limit=9)

    assert [(type(w), w.kind) for w in found] == [(Window, "moon")]


def test_closing(journal):
    """What a short close recorded is found by its decision, the first one only."""
    journal.append_now(
        decision(), record("closed", "d_1", reward=1.0, funnel=2, at_s=T0 + 1_800)
    )
    journal.append_now(record("closed", "d_1", reward=9.0))

    assert journal.closing(SITE, "d_1") == {"reward": 1.0, "funnel": 2}
    assert journal.closing(SITE, "d_2") is None
    assert journal.closing("pk_other", "d_1") is None
