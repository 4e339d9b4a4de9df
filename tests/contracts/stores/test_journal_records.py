"""What every journal does with records."""

import asyncio

import pytest

from engage.errors import StoreError
from tests.contracts.stores.builders import (
    SITE,
    code,
    decision,
    order,
    outcome,
    record,
    refund,
)


def kinds(journal):
    """Return the kinds of all records, in order."""
    return [entry.record.kind for entry in journal.read(0, 1_000)]


async def test_append_is_read_back(journal):
    """A record is read back at the offset its future told, as it was given."""
    given = record("example", "e_1", label=1.0, features=[0.1, 2.5])

    offset = await journal.append(given)

    assert journal.read(0, 10) == [(offset, given)]


async def test_order_of_appends(journal):
    """Records stand in the order of the calls, across concurrent appends."""
    futures = [journal.append(record("example", str(i))) for i in range(200)]

    offsets = await asyncio.gather(*futures)

    assert offsets == sorted(offsets)
    assert [e.record.key for e in journal.read(0, 1_000)] == [
        str(i) for i in range(200)
    ]


async def test_append_of_several_tells_the_last(journal):
    """One call with several records tells the offset of the last one."""
    offset = await journal.append(record("a"), record("b"), record("c"))

    assert offset == journal.last_offset()
    assert kinds(journal) == ["a", "b", "c"]


def test_append_now(journal):
    """Tools append without an event loop."""
    assert journal.append_now(record("example")) == journal.last_offset() > 0


def test_empty_journal(journal):
    """An empty journal has offset 0 and nothing to read."""
    assert (journal.last_offset(), journal.read(0, 10)) == (0, [])


def test_read_pages(journal):
    """Reading goes on above an offset, up to a limit, for the kinds asked for."""
    journal.append_now(*(record(kind) for kind in "abab"))
    first = journal.read(0, 1, kinds=["b"])

    rest = journal.read(first[0].offset, 10, kinds=["b"])

    assert [first[0].offset, rest[0].offset] == [2, 4]
    assert len(rest) == 1


async def test_poisoned_record_fails_alone(journal):
    """A record that cannot be kept fails its own call and no other."""
    futures = [
        journal.append(record("a")),
        journal.append(record("b"), record("order", value_cents=2**70)),
        journal.append(record("c", what=object())),
        journal.append(record("d")),
    ]

    results = await asyncio.gather(*futures, return_exceptions=True)

    assert [type(one) for one in results] == [int, StoreError, StoreError, int]
    assert kinds(journal) == ["a", "d"]
    assert journal.is_writable()


@pytest.mark.parametrize(
    "poison",
    [
        record("order", "A-1"),
        record("x", opens=[{"kind": "short"}]),
        record("x", at_s=None),
        record("x", "\ud800"),
        record("visitor"),
        record("code", state="burnt"),
    ],
    ids=["no value", "no due", "no time", "surrogate", "no subject", "unknown state"],
)
def test_record_refused_by_its_content(journal, poison):
    """A record without what its projection needs is refused, and nothing is left."""
    journal.append_now(code("k", "free", pool="p"))

    with pytest.raises(StoreError, match=r"^append refused: "):
        journal.append_now(record("a"), poison)

    assert kinds(journal) == ["code"]


async def test_body_is_taken_at_the_call(journal):
    """A dictionary that is changed after the call changes nothing."""
    body = record("example", label=1.0)
    future = journal.append(body)
    body.body["label"] = 0.0
    await future

    assert journal.read(0, 1)[0].record.body == {"label": 1.0}


async def test_append_of_nothing_is_a_barrier(journal):
    """Waiting for an append without records waits for all that was queued before."""
    queued = [journal.append(record("a")) for _ in range(20)]
    await journal.append()

    assert all(future.done() for future in queued)
    assert journal.last_offset() == 20


def test_closed_journal_refuses(journal):
    """A closed journal refuses appends and reads, and says it is not writable."""
    journal.close()

    with pytest.raises(StoreError, match="closed"):
        journal.append_now(record("a"))
    with pytest.raises(StoreError, match="closed"):
        journal.read(0, 1)
    assert not journal.is_writable()


async def test_closed_journal_fails_futures(journal):
    """A future of a closed journal fails instead of waiting for ever."""
    journal.close()

    with pytest.raises(StoreError, match="closed"):
        await journal.append(record("a"))


@pytest.mark.parametrize(
    "repeated",
    [
        decision(),
        outcome("shown"),
        order(),
        refund(),
        record("closed", "d_1", reward=1.0),
        record("settled", "d_1", value=1.0),
    ],
    ids=lambda one: one.kind,
)
def test_repeat_is_ignored(journal, repeated):
    """What happens once is kept once; the repeat is told the offset that stands."""
    first = journal.append_now(repeated)
    journal.append_now(record("between"))

    assert journal.append_now(repeated) == first
    assert journal.ignored() == {repeated.kind: 1}
    assert kinds(journal) == [repeated.kind, "between"]


def test_first_decision_stands(journal):
    """A decision id that comes again with other content changes nothing."""
    journal.append_now(decision(action="none"))
    journal.append_now(decision(action="autumn10"))

    assert journal.decision(SITE, "d_1")["action"] == "none"


@pytest.mark.parametrize("name", ["order_id", "refund_id", "id"])
def test_outcomes_with_ids_repeat(journal, name):
    """Outcomes that carry different ids are different outcomes."""
    journal.append_now(outcome("x", **{name: "1"}), outcome("x", **{name: "2"}))

    assert kinds(journal) == ["outcome", "outcome"]


def test_same_id_at_two_sites(journal):
    """Sites share nothing: the same id at another site is another record."""
    journal.append_now(decision(), decision(site="pk_other"))

    assert kinds(journal) == ["decision", "decision"]


def test_visits_and_named_examples_are_kept_once(journal):
    """A visit, and an example with a key of its own, stand once; others may repeat."""
    visit = record("visit", "s_1@1.000", subject="k_1", funnel=1)
    named = record("example", "s_1/view/1", subject="k_1", label=1.0)
    plain = record("example", "", subject="k_1", label=1.0)
    journal.append_now(visit, named, plain)
    journal.append_now(visit, named, plain)

    kinds = [entry.record.kind for entry in journal.read(0, 10)]
    assert sorted(kinds) == ["example", "example", "example", "visit"]


async def test_notes_stand_before_what_came_later(journal):
    """What was noted first stands first, and an append waits for it."""
    journal.note(record("a"), record("b"))
    journal.note(record("c"))
    await journal.append(record("d"))
    journal.note(record("e"))
    await journal.append()

    assert kinds(journal) == ["a", "b", "c", "d", "e"]


async def test_notes_are_kept_unasked(journal):
    """Nobody has to append for a note to be kept."""
    journal.note(record("a"))

    while journal.last_offset() == 0:
        await asyncio.to_thread(journal.last_offset)

    assert kinds(journal) == ["a"]


async def test_a_note_that_is_no_data(journal):
    """A note that JSON has no form for is refused at once; the others are kept."""
    journal.note(record("a"))
    with pytest.raises(StoreError, match="plain data"):
        journal.note(record("b", what=object()))
    await journal.append()

    assert kinds(journal) == ["a"]
