"""The ledger: what workers ship is merged once, whatever is repeated or cut off."""

from contextlib import closing

import pytest

from engage.stores.base import Entry, Record
from engage.stores.journal import worker as worker_journal
from engage.stores.journal.ledger import LedgerJournal
from engage.stores.journal.worker import WorkerJournal
from tests.contracts.stores.builders import SITE, T0, code, decision, order, outcome
from tests.contracts.stores.builders import record as any_record


@pytest.fixture
def ledger(tmp_path):
    """An empty ledger."""
    with closing(LedgerJournal(tmp_path / "ledger.sqlite")) as one:
        yield one


@pytest.fixture
def worker(tmp_path):
    """The empty journal of a worker."""
    with closing(WorkerJournal(tmp_path / "worker.sqlite")) as one:
        yield one


def entries(*records, first=1):
    """Return records as a worker ships them."""
    return [Entry(first + number, one) for number, one in enumerate(records)]


def kinds(journal):
    """Return the kinds of all records in order."""
    return [entry.record.kind for entry in journal.read(0, 100)]


def test_shipped_record_carries_its_visitor(worker):
    """The ledger gets the visitor's id beside the record, which does not hold it."""
    worker.append_now(decision(visitor="v_1", subject="u_1"))

    (entry,) = worker.shippable(0, 10)

    assert (entry.record.visitor, entry.record.subject) == ("v_1", "u_1")
    assert "visitor" not in entry.record.body


def test_damaged_record_holds_up_nothing(worker):
    """A record that is no bytes any more is passed over; the others are shipped."""
    worker.append_now(any_record("a"), any_record("b"), any_record("c"))
    worker._writer.run(
        "damage",
        lambda c: c.execute(
            "UPDATE journal SET body=CAST(body AS TEXT) WHERE kind='b'"
        ),
    )

    assert [one.record.kind for one in worker.shippable(0, 10)] == ["a", "c"]


def test_batch_that_comes_twice(ledger):
    """A batch that was merged is passed over, also where it goes on."""
    ledger.merge("a", entries(decision("d_1"), any_record("note")))

    new = ledger.merge("a", entries(decision("d_1"), any_record("note"), decision()))

    assert [one.key for one in new] == []
    assert kinds(ledger) == ["decision", "note"]
    assert ledger.merged() == {"a": 3}


def test_offset_is_kept_with_the_records(ledger, tmp_path):
    """A ledger that is opened again goes on after the last batch of each worker."""
    ledger.merge("a", entries(decision("d_1")))
    ledger.merge("b", entries(decision("d_2"), first=40))
    ledger.close()

    with closing(LedgerJournal(tmp_path / "ledger.sqlite")) as again:
        assert again.merged() == {"a": 1, "b": 40}
        assert again.merge("b", entries(decision("d_3"), first=40)) == []


def test_what_two_workers_have_recorded(ledger):
    """One worker made good what another had journalled: it stands there once."""
    given = code("C1", "given", decision="d_1", subject="u_1", amount_cents=100)
    bought = any_record("purchase", "A-1", transaction_id="A-1", subject="u_1")
    both = (decision("d_1"), outcome("shown"), given, bought)
    ledger.merge("a", entries(any_record("codes", "p", codes=["C1"]), *both))

    assert ledger.merge("b", entries(*both)) == []

    assert kinds(ledger) == ["codes", "decision", "outcome", "code", "purchase"]


def test_visitor_seen_elsewhere_since(ledger):
    """An older ledger row of a visitor that comes late replaces no newer one."""
    seen = {"visitor": "v_1", "subject": "u_1"}
    ledger.merge("a", entries(any_record("visitor", at_s=T0 + 9, orders=2, **seen)))

    ledger.merge("b", entries(any_record("visitor", at_s=T0, orders=1, **seen)))

    assert ledger.find_visitor(SITE, "v_1")[1]["orders"] == 2


def test_two_subjects_of_one_visitor(ledger):
    """The ledger's own mapping wins over a second one that a worker made up alone."""
    ledger.merge("a", entries(decision("d_1", visitor="v_1", subject="u_1")))
    ledger.merge("b", entries(decision("d_2", visitor="v_1", subject="u_2")))

    assert len(ledger.visitor(SITE, "v_1")["decisions"]) == 2


def test_wish_to_be_forgotten(worker, ledger):
    """Shipped like everything else, it erases; later records lead to nobody."""
    worker.append_now(decision("d_1", visitor="v_1", subject="u_1"))
    worker._writer.run("forget", lambda c: forget(c, "v_1"))
    worker.append_now(decision("d_2", visitor="v_1", subject="u_1"))

    ledger.merge("a", worker.shippable(0, 10))

    assert ledger.visitor(SITE, "v_1") is None
    assert ledger.decision(SITE, "d_2")["visitor"] is None


def forget(connection, visitor):
    """Do on the writer's thread what `erase` queues there."""
    return worker_journal._ask_to_forget(connection, SITE, visitor, at_s=T0 + 1)


def test_erased_here_only_if_known_by_then(worker):
    """News of an erasure removes an earlier mapping, not one that came after it."""
    worker.append_now(decision("d_1", visitor="v_1", subject="u_1"))

    assert worker.erase_here(SITE, {"v_1": T0 - 1}) == []
    assert worker.erase_here(SITE, {"v_1": T0, "v_2": T0}) == ["v_1"]
    assert worker.find_visitor(SITE, "v_1") is None


async def test_kept_visit_of_nobody_known(worker):
    """A worker that only ever kept a visit of who is erased has it no more."""
    for visitor in ("v_1", "v_2"):
        await worker.keep_visits({(SITE, visitor, "s_1"): b"1"}, at_s=T0)

    assert worker.erase_here(SITE, {"v_1": T0, "v_2": T0 - 1}) == ["v_1"]
    assert [one.visitor for one in worker.kept_visits(SITE)] == ["v_2"]


@pytest.mark.parametrize("journal", ["worker", "ledger"])
def test_order_kept_for_later_loses_its_visitor(journal, request):
    """An order kept as the shop sent it names an erased visitor no more."""
    one = request.getfixturevalue(journal)
    for visitor in ("v_1", "v_2"):
        message = {"order_id": "A", "visitor": visitor, "session": f"s_{visitor}"}
        one.append_now(any_record("received", f"A/{visitor}", message=message))

    if journal == "worker":
        one.erase_here(SITE, {"v_1": T0})
    else:
        one.erase_now(SITE, "v_1")

    messages = [entry.record.body["message"] for entry in one.read(0, 10)]
    assert [said["visitor"] for said in messages] == [None, "v_2"]
    assert [said["session"] for said in messages] == [None, "s_v_2"]


@pytest.mark.parametrize("journal", ["worker", "ledger"])
def test_trail_goes_with_its_visitor(journal, request):
    """Whole beacons of who is erased are in no journal, a worker's or the ledger's."""
    one = request.getfixturevalue(journal)
    for number in (1, 2):
        of = {"visitor": f"v_{number}", "subject": f"u_{number}"}
        one.append_now(any_record("beacon", f"s_{number}", **of))

    if journal == "worker":
        one.erase_here(SITE, {"v_1": T0})
    else:
        one.erase_now(SITE, "v_1")

    trails = one.read(0, 10, kinds=("beacon",))
    assert [entry.record.subject for entry in trails] == ["u_2"]


def test_trail_that_comes_after_its_visitor_went(ledger):
    """A beacon that a worker still had to ship is not kept once nobody may."""
    ledger.merge("a", entries(decision("d_1", visitor="v_1", subject="u_1")))
    ledger.erase_now(SITE, "v_1")
    late = any_record("beacon", "s_1", subject="u_1")

    new = ledger.merge("a", entries(late, decision("d_2"), first=2))

    assert [one.kind for one in new] == ["decision"]
    assert kinds(ledger) == ["decision", "erased", "decision"]


def test_strays(ledger):
    """What comes under a subject that was erased is known for a stray, once each."""
    ledger.merge("a", entries(decision("d_1", visitor="v_1", subject="u_1")))
    ledger.erase_now(SITE, "v_1")
    late = [
        any_record("visit", "s_1", at_s=T0 + 1, visitor="v_1", subject="u_1"),
        any_record("visit", "s_2", at_s=T0 + 2, visitor="v_1", subject="u_1"),
        any_record("visit", "s_3", visitor="v_2", subject="u_2"),
        any_record("visit", "s_4", subject="u_1"),
    ]
    ledger.merge("a", entries(*late, first=2))

    found = ledger.strays(entries(*late))

    assert [(one.visitor, one.at_s) for one in found] == [("v_1", T0 + 2)]
    assert ledger.find_visitor(SITE, "v_1") is None


def test_record_that_cannot_be_merged(ledger):
    """It is set aside; those around it are merged."""
    bad = Record(kind="refund", site=SITE, key="A-1", at_s=T0, body={})

    new = ledger.merge("a", entries(decision("d_1"), bad, order()))

    assert [one.kind for one in new] == ["decision", "order"]
    assert ledger.merged() == {"a": 3}
