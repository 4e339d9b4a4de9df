"""What several processes know of a visitor is told, and is gone when it is erased."""

from engage.stores.redis.board import ERASED_KEPT_S
from engage.street.closings import tick
from engage.street.disclosure import held_about
from engage.street.erasure import erase
from engage.visits.session import to_bytes
from tests.unit.street.builders import (
    ASK,
    SITE,
    VIEW,
    beacon,
)

IDLE_S = 1_801.0


async def visit(roles, *events, seq, at=0):
    """Let a worker take a beacon, and keep the visit as its timer does."""
    site = roles.workers[at].site
    await roles.workers[at].take(beacon(*events, seq=seq))
    changed = await site.store.dirty()
    rows = {key: to_bytes(one) for key, one in changed.items() if one is not None}
    await site.journal.keep_visits(rows, at_s=roles.clock.now_s())


async def tell(roles):
    """Let everybody say what waits to be said."""
    for teller in roles.tellers:
        await teller.step()


async def hear(roles, at):
    """Let one worker hear all news."""
    while await roles.listeners[1 + at].step():
        continue


def knows(engine):
    """Tell what a process's journal knows of the visitor: who, and any visit."""
    journal = engine.site.journal
    return journal.find_visitor(SITE, "v_1"), [*journal.kept_visits(SITE)]


async def test_erased_while_a_worker_was_away(roles):
    """A worker that starts again forgets who was erased meanwhile, and their visit."""
    await visit(roles, *VIEW, ASK, seq=0)
    await roles.meet()
    await erase(roles.engine.site, "v_1")
    await tell(roles)
    worker = roles.workers[0]
    assert knows(worker)[0] is not None

    await worker.site.store.restore(worker.site.journal, SITE)
    await roles.listeners[1].start()

    assert knows(worker) == (None, [])
    known = await worker.site.store.load(SITE, "v_1", "s_v_1")
    assert (known.session, known.visitor) == (None, None)


async def test_worker_that_did_not_hear_of_it(roles):
    """What it sends about who was erased makes the ledger tell everybody again."""
    await visit(roles, *VIEW, ASK, seq=0)
    await roles.meet()
    await erase(roles.engine.site, "v_1")
    # Nobody is told: the learner died before it could say so.
    roles.tellers[0]._waiting.clear()
    roles.clock.move(200.0)
    await visit(roles, *VIEW, ASK, seq=1)
    await roles.meet()

    await hear(roles, at=0)

    assert knows(roles.workers[0]) == (None, [])
    assert knows(roles.engine)[0] is None


async def test_nobody_is_named_for_ever(roles):
    """A month later the learner takes an erasure off the list, though none follows."""
    await visit(roles, *VIEW, ASK, seq=0)
    await erase(roles.engine.site, "v_1")
    await tell(roles)
    await roles.publisher.step()
    assert list(await roles.board.erasures(SITE)) == ["v_1"]

    roles.clock.move(ERASED_KEPT_S + 1)
    await roles.publisher.step()

    assert await roles.board.erasures(SITE) == {}


async def test_visit_that_a_worker_brings_back(roles, redis_keys):
    """Redis lost a visit: its worker brings it back, the ledger says whose it is.

    The worker's own word of the visitor is older than what others have told since.
    """
    await visit(roles, *VIEW, ASK, seq=0)
    roles.clock.move(200.0)
    await roles.workers[1].take(beacon(*VIEW, ASK, seq=1))
    await roles.meet()
    redis_keys.flushall()
    worker = roles.workers[0].site
    await worker.store.restore(worker.journal, SITE)
    roles.clock.move(IDLE_S)

    await tick(roles.engine.site)

    (ended,) = roles.journal.read(0, 10_000, kinds=("visit",))
    subject, person = roles.journal.find_visitor(SITE, "v_1")
    assert ended.record.subject == subject
    assert person["decisions"] == 2


async def test_visit_of_this_moment_is_told(roles):
    """The ledger tells of a visit that a worker has only just begun."""
    assert await held_about(roles.engine.site, "v_1") is None
    await roles.workers[0].take(beacon(*VIEW, seq=0))

    held = await held_about(roles.engine.site, "v_1")

    (row,) = held["sessions"]
    assert (row["session"], row["item"]) == ("s_v_1", "42")
    assert (held["subject"], held["decisions"]) == (None, [])
