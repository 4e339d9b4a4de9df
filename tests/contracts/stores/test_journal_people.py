"""What every journal does with people: subjects, sums, erasure, retention."""

import pytest

from engage.errors import StoreError
from engage.settings import RetentionSettings
from engage.stores.base import DayRow, Kept
from tests.contracts.stores.builders import (
    SITE,
    T0,
    code,
    decision,
    order,
    outcome,
    record,
    refund,
)

DAY_S = 86_400.0


def test_visitor_becomes_a_subject(journal):
    """A visitor's id is mapped to one random subject and kept in no body or key."""
    journal.append_now(
        record("visitor", "v_1", visitor="v_1", orders=3),
        decision(visitor="v_1"),
    )
    records = [entry.record for entry in journal.read(0, 10)]
    subject, ledger = journal.find_visitor(SITE, "v_1")

    assert {one.subject for one in records} == {subject}
    assert records[0].key == subject
    assert ledger == {"orders": 3}
    assert "v_1" not in repr(records)


def test_visitor_in_a_body_is_left_out(journal):
    """A body that carries the visitor's id is kept without it."""
    journal.append_now(record("decision", "d_1", subject="s_1", action="none"))
    journal.append_now(
        type(decision())(
            kind="example", site=SITE, at_s=T0, body={"visitor": "v_1", "label": 1.0}
        )
    )

    assert journal.read(1, 1)[0].record.body == {"label": 1.0}


def test_given_subject_is_taken(journal):
    """The first subject given with a visitor is mapped; later ones yield to it."""
    journal.append_now(record("a", visitor="v_1", subject="s_1"))
    journal.append_now(record("b", visitor="v_1", subject="s_2"))

    assert journal.find_visitor(SITE, "v_1") == ("s_1", None)
    assert journal.read(1, 1)[0].record.subject == "s_1"


def test_subjects_are_per_site(journal):
    """The same visitor id at two sites is two people."""
    journal.append_now(record("a", visitor="v_1"))

    assert journal.find_visitor("pk_other", "v_1") is None


def test_everything_held(journal):
    """The right of access shows ledger, decisions, orders, codes, sums and records."""
    journal.append_now(
        record("visitor", visitor="v_1", orders=1),
        decision(visitor="v_1", group="treatment"),
        order(visitor="v_1"),
        record("codes", "autumn10", codes=["C1"]),
        code("C1", "given", visitor="v_1"),
    )
    held = journal.visitor(SITE, "v_1")

    assert held["visitor"] == "v_1"
    assert held["ledger"] == {"orders": 1}
    assert [one["decision"] for one in held["decisions"]] == ["d_1"]
    assert [one["order_id"] for one in held["orders"]] == ["A-1"]
    assert held["codes"] == [{"code": "C1", "pool": "autumn10", "state": "given"}]
    assert held["days"][0]["revenue_cents"] == 12_990
    assert len(held["records"]) == 4


def test_nothing_held(journal):
    """Nothing is held about a visitor nobody saw."""
    assert journal.visitor(SITE, "v_1") is None


async def test_erased_visitor_is_unknown(journal):
    """After erasure nothing leads from the visitor to what was recorded."""
    journal.append_now(
        record("visitor", visitor="v_1", subject="s_1"),
        decision(visitor="v_1"),
    )
    await journal.keep_visits({(SITE, "v_1", "s_9"): b"x"}, at_s=T0)

    assert await journal.erase(SITE, "v_1")
    assert journal.visitor(SITE, "v_1") is None
    assert list(journal.kept_visits(SITE)) == []
    assert journal.decision(SITE, "d_1")["visitor"] is None


def test_erasure_leaves_a_record_and_the_sums(journal):
    """Erasure is recorded under the subject, and what was earned still counts."""
    journal.append_now(order(visitor="v_1", subject="s_1"))
    journal.erase_now(SITE, "v_1")

    last = journal.read(0, 10)[-1].record
    assert (last.kind, last.subject, last.at_s) == ("erased", "s_1", T0)
    assert [row.revenue_cents for row in journal.days(SITE)] == [12_990]


def test_erasure_again(journal):
    """Erasing a visitor again, or one nobody saw, changes nothing."""
    journal.append_now(record("a", visitor="v_1"))

    assert journal.erase_now(SITE, "v_1")
    assert not journal.erase_now(SITE, "v_1")
    assert not journal.erase_now(SITE, "v_2")
    assert [entry.record.kind for entry in journal.read(0, 10)] == ["a", "erased"]


def test_erased_subject_is_not_mapped_again(journal):
    """A late record with the old subject does not bring the visitor back."""
    journal.append_now(record("a", visitor="v_1", subject="s_1"))
    journal.erase_now(SITE, "v_1")
    journal.append_now(record("visitor", visitor="v_1", subject="s_1", orders=1))

    assert journal.find_visitor(SITE, "v_1") is None
    assert journal.visitor(SITE, "v_1") is None


def test_returning_after_erasure(journal):
    """Who comes back after erasure is somebody new."""
    journal.append_now(record("a", visitor="v_1", subject="s_1"))
    journal.erase_now(SITE, "v_1")
    journal.append_now(record("b", visitor="v_1"))

    assert journal.find_visitor(SITE, "v_1")[0] != "s_1"


def test_sums_of_a_day(journal):
    """Decisions and orders of a day add up per visitor, refunds beside them."""
    journal.append_now(
        decision("d_1", subject="s_1", group="treatment"),
        decision("d_2", subject="s_1", group="treatment"),
        order("A-1", subject="s_1"),
        refund(),
    )

    assert journal.days(SITE) == [
        DayRow("2025-11-21", "s_1", "treatment", 2, 1, 12_990, 4_120, 2_000)
    ]


def test_order_counts_once_its_visitor_is_known(journal):
    """An order joined later counts once, on its own day, with refunds held before."""
    journal.append_now(
        refund(),
        order(),
        record("attributed", "A-1", subject="s_1", at_s=T0 + 3 * DAY_S),
        record("attributed", "A-1", subject="s_1", at_s=T0 + 3 * DAY_S),
    )

    assert journal.days(SITE) == [
        DayRow("2025-11-21", "s_1", None, 0, 1, 12_990, 4_120, 2_000)
    ]


async def test_kept_visits(journal):
    """Kept visits come back as bytes, by their names, until dropped."""
    first, second = (SITE, "v_1", "s_1"), (SITE, "v_2", "s_2")
    await journal.keep_visits({second: b"old"}, at_s=T0)
    await journal.keep_visits({first: b"1"}, at_s=T0 + 1)
    await journal.keep_visits({second: b"2"}, at_s=T0 + 2)

    assert list(journal.kept_visits(SITE)) == [
        Kept("v_1", "s_1", b"1"),
        Kept("v_2", "s_2", b"2"),
    ]
    assert await journal.drop_visits([first, first]) == 1
    assert [kept.visitor for kept in journal.kept_visits(SITE)] == ["v_2"]


def test_snapshots(journal):
    """A snapshot is found by its number, the latest one without."""
    journal.put_snapshot(SITE, 1, offset=10, body=b"one")
    journal.put_snapshot(SITE, 2, offset=20, body=b"two")

    assert journal.snapshot(SITE) == (2, 20, b"two")
    assert journal.snapshot(SITE, 1) == (1, 10, b"one")
    assert journal.snapshot(SITE, 3) is None
    assert journal.snapshot("pk_other") is None


def test_snapshots_are_immutable(journal):
    """The same snapshot again is fine; another one under its number is refused."""
    journal.put_snapshot(SITE, 1, offset=10, body=b"one")
    journal.put_snapshot(SITE, 1, offset=10, body=b"one")

    with pytest.raises(StoreError, match=r"^snapshot number must be new, got 1"):
        journal.put_snapshot(SITE, 1, offset=10, body=b"uno")
    assert journal.snapshot(SITE).body == b"one"


def test_checkpoint(journal):
    """The learner's checkpoint is the last one put."""
    assert journal.checkpoint(SITE) is None
    journal.put_checkpoint(SITE, offset=1, body=b"a")
    journal.put_checkpoint(SITE, offset=2, body=b"b")

    assert journal.checkpoint(SITE) == (2, b"b")


def test_raw_records_go_first(journal):
    """After 30 days behaviour is gone, and decisions with their money stay."""
    journal.append_now(
        record("example"), record("visit"), decision(), outcome("shown"), order()
    )
    journal.prune(RetentionSettings(), at_s=T0 + 31 * DAY_S)

    assert [entry.record.kind for entry in journal.read(0, 10)] == [
        "decision",
        "outcome",
        "order",
    ]
    assert len(journal.decision(SITE, "d_1")["outcomes"]) == 1


def test_retention_of_everything(journal):
    """400 days on, only sums are left; 800 days on, nothing is."""
    journal.append_now(
        record("visitor", visitor="v_1"),
        decision(visitor="v_1"),
        order(visitor="v_1"),
        refund(),
        record("purchase", transaction_id="A-1"),
    )
    journal.prune(RetentionSettings(), at_s=T0 + 400 * DAY_S)

    assert journal.read(0, 10) == []
    assert journal.decisions(SITE).rows == []
    assert journal.order_state(SITE, "A-1") is None
    assert journal.visitor(SITE, "v_1") is None
    assert [row.revenue_cents for row in journal.days(SITE)] == [12_990]
    journal.prune(RetentionSettings(), at_s=T0 + 800 * DAY_S)
    assert journal.days(SITE) == []


def test_windows_go_with_what_opened_them(journal):
    """A service that was down for six weeks still closes its decisions, not visits."""
    due = [{"kind": "long", "due_s": T0 + 7 * DAY_S}]
    seen = [{"kind": "visit", "due_s": T0 + 7 * DAY_S}]
    journal.append_now(record("visit", key="s_1", opens=seen), decision(opens=due))
    journal.prune(RetentionSettings(), at_s=T0 + 45 * DAY_S)

    open_ones = journal.due_windows(SITE, at_s=T0 + 45 * DAY_S, limit=10)
    assert [(one.kind, one.key) for one in open_ones] == [("long", "d_1")]
    journal.prune(RetentionSettings(), at_s=T0 + 188 * DAY_S)
    assert journal.count_windows(SITE) == {}


def test_prune_keeps_the_young(journal):
    """What is younger than its limit stays, and a second run finds nothing."""
    young = record("example", key="young", at_s=T0 + 2 * DAY_S)
    journal.append_now(young, record("example", key="old"))
    at_s = T0 + 31 * DAY_S

    assert journal.prune(RetentionSettings(), at_s=at_s) == 1
    assert journal.prune(RetentionSettings(), at_s=at_s) == 0
    assert journal.read(0, 10)[0].record.at_s == T0 + 2 * DAY_S


def test_offsets_are_not_reused(journal):
    """An offset that was pruned away is not given to a later record."""
    last = journal.append_now(record("example"))
    journal.prune(RetentionSettings(), at_s=T0 + 31 * DAY_S)

    assert journal.append_now(record("example")) == last + 1


def test_delivered_codes_outlive_retention(journal):
    """A delivered code stays known without its owner, so it is never issued again."""
    journal.append_now(
        record("codes", "autumn10", codes=["C1"]),
        code("C1", "given", decision="d_1", subject="s_1", amount_cents=9),
    )
    journal.prune(RetentionSettings(), at_s=T0 + 400 * DAY_S)
    journal.append_now(record("codes", "autumn10", codes=["C1"]))

    assert journal.codes(SITE) == [
        ("C1", "autumn10", "given", None, None, None, None, 9)
    ]
