"""What every store does with visits."""

import pytest

from tests.contracts.stores.builders import SITE, T0, Visit, record


async def put(store, visitor="v_1", session="s_1", *, last_at_s=T0, ledger=None):
    """Save a visit on top of whatever is known."""
    known = await store.load(SITE, visitor, session)
    assert await store.save(known, session=Visit(last_at_s), visitor=ledger)


async def test_unknown_visitor(store):
    """Nothing is known of a visitor nobody saw."""
    known = await store.load(SITE, "v_1", "s_1")

    assert known == (SITE, "v_1", "s_1", None, None, 0, ())


async def test_saved_visit(store):
    """A saved session and visitor are loaded again, by that session."""
    await put(store, ledger={"orders": 2})

    known = await store.load(SITE, "v_1", "s_1")

    assert (known.session, known.visitor) == (Visit(T0), {"orders": 2})


async def test_visitor_is_shared_between_sessions(store):
    """Another session of the same visitor knows the visitor, not the session."""
    await put(store, ledger={"orders": 2})

    known = await store.load(SITE, "v_1", "s_2")

    assert (known.session, known.visitor) == (None, {"orders": 2})


async def test_second_save_on_one_load_loses(store):
    """Of two saves on the same load only the first one counts."""
    known = await store.load(SITE, "v_1", "s_1")

    assert await store.save(known, session=Visit(T0, "first"), visitor=None)
    assert not await store.save(known, session=Visit(T0, "second"), visitor=None)
    assert (await store.load(SITE, "v_1", "s_1")).session.note == "first"


async def test_save_in_another_session_counts(store):
    """A save in one session makes what another session of the visitor loaded stale."""
    await put(store)
    known = await store.load(SITE, "v_1", "s_2")
    await put(store, session="s_1")

    assert not await store.save(known, session=Visit(T0), visitor=None)


async def test_dropped_visit_is_not_brought_back(store):
    """A save on a load from before the drop loses, though the visitor came anew."""
    await put(store)
    known = await store.load(SITE, "v_1", "s_1")
    await store.drop(SITE, "v_1", "s_1")
    assert not await store.save(known, session=Visit(T0), visitor=None)
    await put(store)

    assert not await store.save(known, session=Visit(T0), visitor=None)


async def test_visitor_goes_with_the_last_session(store):
    """The visitor is known until the last session is dropped."""
    await put(store, session="s_1", ledger={"orders": 2})
    await put(store, session="s_2", ledger={"orders": 2})
    await store.drop(SITE, "v_1", "s_1")
    assert (await store.load(SITE, "v_1", "s_1")).visitor == {"orders": 2}
    await store.drop(SITE, "v_1", "s_2")

    assert (await store.load(SITE, "v_1", "s_1")).visitor is None


async def test_drop_of_an_unknown_session(store):
    """Dropping what is not there changes nothing."""
    await put(store)
    await store.drop(SITE, "v_1", "s_9")
    await store.drop(SITE, "v_9", "s_1")

    assert await store.live_sessions() == 1


async def test_forgotten_visitor(store):
    """Erasure takes all sessions of a visitor and nobody else's."""
    await put(store, "v_1", "s_1")
    await put(store, "v_1", "s_2")
    await put(store, "v_2", "s_3")
    await store.forget(SITE, "v_1")

    assert await store.live_sessions() == 1
    assert (await store.load(SITE, "v_2", "s_3")).session is not None


async def test_idle_sessions(store):
    """Sessions silent before a moment are found, the longest silent first."""
    await put(store, "v_1", last_at_s=T0)
    await put(store, "v_2", last_at_s=T0 + 1)
    await put(store, "v_3", last_at_s=T0 + 2)
    await put(store, "v_1", last_at_s=T0 + 3)

    found = await store.idle(SITE, before_s=T0 + 3, limit=10)

    assert [known.visitor_id for known in found] == ["v_2", "v_3"]
    assert len(await store.idle(SITE, before_s=T0 + 9, limit=1)) == 1
    assert await store.idle("pk_other", before_s=T0 + 9, limit=10) == []


async def test_idle_ignores_saves_without_a_beacon(store):
    """A save that heard nothing new does not make a session look lively."""
    await put(store, "v_1", last_at_s=T0)
    await put(store, "v_2", last_at_s=T0 + 1)
    await put(store, "v_1", last_at_s=T0)

    found = await store.idle(SITE, before_s=T0 + 2, limit=10)

    assert [known.visitor_id for known in found] == ["v_1", "v_2"]


async def test_dirty_sessions(store):
    """What changed since the last question is told once; None for what is gone."""
    await put(store, "v_1")
    await put(store, "v_2")
    await store.drop(SITE, "v_2", "s_1")

    assert await store.dirty() == {
        (SITE, "v_1", "s_1"): Visit(T0),
        (SITE, "v_2", "s_1"): None,
    }
    assert await store.dirty() == {}


async def test_number_of_sessions_is_bounded(opened):
    """Over the limit the longest silent session makes room."""
    store = opened(live_sessions=2)
    await put(store, "v_1", last_at_s=T0)
    await put(store, "v_2", last_at_s=T0 + 1)
    await put(store, "v_1", last_at_s=T0 + 2)
    await put(store, "v_3", last_at_s=T0 + 3)

    assert await store.live_sessions() == 2
    assert (await store.load(SITE, "v_2", "s_1")).session is None
    assert (await store.dirty())[(SITE, "v_2", "s_1")] is None
    await store.close()


@pytest.mark.parametrize("limit", [1, 2])
async def test_a_visitor_over_the_limit_keeps_the_newest(opened, limit):
    """One visitor with many sessions keeps the newest ones."""
    store = opened(live_sessions=limit)
    for number in range(5):
        await put(store, session=f"s_{number}", last_at_s=T0 + number)

    assert await store.live_sessions() == limit
    assert (await store.load(SITE, "v_1", "s_4")).session == Visit(T0 + 4)
    await store.close()


async def test_restored_visits(store, journal):
    """Kept visits and their visitors' ledger rows come back; unreadable ones do not."""
    journal.append_now(
        record("visitor", visitor="v_1", orders=2),
        record("visitor", visitor="v_2", orders=3),
    )
    await journal.keep_visits(
        {
            (SITE, "v_1", "s_1"): b'[5.0,"kept"]',
            (SITE, "v_2", "s_2"): b"\x00",
            (SITE, "v_3", "s_3"): b'[6.0,""]',
        },
        at_s=T0,
    )
    restored = await store.restore(journal, SITE)

    assert (restored.sessions, restored.unreadable) == (2, 1)
    known = await store.load(SITE, "v_1", "s_1")
    assert (known.session, known.visitor) == (Visit(5.0, "kept"), {"orders": 2})
    assert (await store.load(SITE, "v_3", "s_3")).visitor is None
    assert await store.dirty() == {}


async def test_many_restored_visits(store, journal):
    """All come back, and are counted, however many at a time are read."""
    many = {(SITE, f"v_{n:04d}", "s_1"): b'[5.0,""]' for n in range(1_203)}
    await journal.keep_visits(many | {(SITE, "v_0500", "s_1"): b"\x00"}, at_s=T0)

    restored = await store.restore(journal, SITE)

    assert (restored.sessions, restored.unreadable) == (1_202, 1)
    assert await store.live_sessions() == 1_202
    assert (await store.load(SITE, "v_1202", "s_1")).session == Visit(5.0)


async def test_sessions_of_a_visitor(store):
    """All sessions of a visitor are named, and nobody else's, until they are gone."""
    for visitor, session in (("v_1", "s_1"), ("v_1", "s_2"), ("v_2", "s_3")):
        await put(store, visitor, session)
    held = await store.sessions(SITE, "v_1")

    await store.forget(SITE, "v_1")

    assert sorted(held) == ["s_1", "s_2"]
    assert await store.sessions(SITE, "v_1") == []
