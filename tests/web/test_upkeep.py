"""What runs beside requests: it keeps, prunes, gives up, and survives its failures."""

import asyncio
import gc
from dataclasses import replace

import msgspec
import pytest
from structlog.testing import capture_logs

from engage.clock import ManualClock
from engage.errors import ConfigError, StoreError
from engage.settings import RetentionSettings
from engage.stores.journal.sqlite import SqliteJournal
from engage.stores.records import Record
from engage.street.erasure import erase
from engage.street.opening import coview_name
from engage.visits.session import from_bytes
from engage.web.app import public_app
from engage.web.beside import Beside
from engage.web.levels import entered
from engage.web.server import Listener, build_service, run
from tests.contracts.stores.builders import decision
from tests.unit.street.builders import fill_disk, free_disk
from tests.web.serving import SITE, T0, serving, settings

DAY_S = 86_400.0
NO_CODES = Record(
    kind="codes", site="pk_demo", key="autumn10", at_s=T0, body={"codes": []}
)


def item(name):
    """Return a view of a product."""
    return {"name": "view_item", "item": {"item_id": name, "price": 9}}


async def test_visits_survive_a_restart(tmp_path):
    """A visit goes on where it was when the service stopped."""
    async with serving(tmp_path) as at:
        await at.beacon("page_view")
        again = await at.beacon("page_view", headers={"Prefer": "engage-result"})
    async with serving(tmp_path) as at:
        later = await at.beacon("page_view", headers={"Prefer": "engage-result"})

    assert again.headers["Engage-Result"] == "duplicate"
    assert later.headers["Engage-Result"] == "duplicate"


async def test_visits_are_kept_once_there_is_room(tmp_path):
    """What could not be kept is not forgotten: the next time keeps it, too."""
    async with serving(tmp_path) as at:
        journal = at.service.journal
        await at.by_hand("keeping")
        await at.beacon("page_view")
        await at.service.upkeep.keep()
        for number in range(20):
            await at.beacon("page_view", visitor=f"v_2{number}", session=f"s_{number}")
        fill_disk(at.service)
        with pytest.raises(StoreError):
            await at.service.upkeep.keep()
        free_disk(at.service)
        await at.service.upkeep.keep()

        assert len([*journal.kept_visits("pk_demo")]) == 21


async def test_what_happens_while_visits_are_kept(tmp_path):
    """Who is erased meanwhile does not come back; who goes on is kept as they are."""
    async with serving(tmp_path) as at:
        site, upkeep = at.service.engine(SITE.key).site, at.service.upkeep
        await at.by_hand("keeping")
        await at.beacon("page_view", visitor="v_1", session="s_1")
        await at.beacon("page_view", visitor="v_2", session="s_2")
        keeping = asyncio.create_task(upkeep.keep())
        # It has been told whom to keep, and lets others go first.
        await asyncio.sleep(0)
        known = await site.store.load(SITE.key, "v_2", "s_2")
        later = msgspec.structs.replace(known.session, locale="de")
        await site.store.save(known, session=later, visitor=known.visitor)
        await erase(site, "v_1")
        await keeping

        rows = at.service.journal.kept_visits(SITE.key)
        kept = [from_bytes(one.body) for one in rows]
        assert [(one.id, one.locale) for one in kept] == [("s_2", "de")]


async def test_journal_that_stops(tmp_path):
    """That nothing can be kept is logged once, with the reason, and once its end."""
    async with serving(tmp_path) as at:
        # One that nobody else writes.
        at.service.upkeep.journal = journal = SqliteJournal(tmp_path / "own.sqlite")
        with capture_logs() as lines:
            journal._writer.health.fall_ill(OSError("no room"))
            for _ in range(2):
                at.service.upkeep.watch_disk()
            journal._writer.health.recover()
            for _ in range(2):
                at.service.upkeep.watch_disk()
        journal.close()
        at.service.upkeep.journal = at.service.journal

    # The learner's thread may have something to say, too.
    assert [line for line in lines if line["event"].startswith("journal.")] == [
        {"event": "journal.stopped", "log_level": "error", "why": "no room"},
        {"event": "journal.resumed", "log_level": "info"},
    ]


async def test_coviews_survive_a_restart(tmp_path):
    """What was learned about products seen together is kept."""
    async with serving(tmp_path) as at:
        await at.beacon(item("strat"))
        await at.beacon(item("tele"), seq=1)
    async with serving(tmp_path) as at:
        coviews = at.service.engine("pk_demo").site.coviews
        kept = at.service.journal.checkpoint(coview_name("pk_demo"))

        assert coviews.rank(["strat"]) == ["tele"]
        assert kept is not None


async def test_large_coviews_are_kept_more_rarely(tmp_path):
    """A megabyte is written every ten seconds, and at once when it is asked for."""
    clock, kept = ManualClock(at_s=T0), []
    async with serving(tmp_path, clock=clock) as at:
        journal, name = at.service.journal, coview_name("pk_demo")
        coviews = at.service.engine("pk_demo").site.coviews
        for number in range(5_000):
            coviews.learn([f"{number:060}"], f"{number:061}", at_s=T0)
        for seconds, is_forced in ((0, False), (9, False), (9, False), (1, True)):
            clock.move(seconds)
            # Nothing is kept while nothing happens.
            journal.append_now(NO_CODES)
            await at.service.upkeep.keep_coviews(is_forced=is_forced)
            kept.append(journal.last_offset() - journal.checkpoint(name)[0])

    assert len(b"".join(coviews.pieces(rows=100))) > 1_000_000
    assert kept == [0, 1, 0, 0]


async def test_retention(tmp_path):
    """Records past their time go, when the clock has moved on."""
    clock = ManualClock(at_s=T0)
    async with serving(tmp_path, clock=clock) as at:
        await at.beacon("ask")
        journal = at.service.journal
        before = journal.read(0, 100)
        clock.move(400 * DAY_S)
        await at.service.upkeep.prune()

        assert before
        assert [e for e in journal.read(0, 100) if e.offset <= before[-1].offset] == []


async def test_orders_nobody_claims(tmp_path):
    """An order that nobody can be found for waits 7 days, then is given up, once."""
    clock = ManualClock(at_s=T0)
    order = {"order_id": "A-1", "value": 10, "currency": "EUR"}
    async with serving(tmp_path, clock=clock) as at:
        await at.by_hand("ticks pk_demo")
        await at.shop("POST", "/v1/orders", order)
        counted = []
        for days in (6.9, 0.2, 1.0):
            clock.move(days * DAY_S)
            await at.service.upkeep.tick(at.service.engine("pk_demo").site)
            sums = at.service.metrics.orders.sums
            counted.append(sums.get(("unattributed",), 0.0))

    assert counted == [0.0, 1.0, 1.0]


async def test_failing_timer_goes_on(at, monkeypatch):
    """A timer that fails is logged and counted, and runs again."""
    upkeep, runs, done = at.service.upkeep, [], asyncio.Event()

    async def job():
        runs.append(1)
        if len(runs) == 1:
            raise StoreError("disk full")
        if len(runs) == 2:
            raise ZeroDivisionError
        done.set()

    monkeypatch.setattr("engage.web.upkeep._BACK_OFF_S", 0.0)
    with capture_logs() as lines:
        upkeep._every(0.0, "trial", job)
        await asyncio.wait_for(done.wait(), 60)

    events = [line["event"] for line in lines if line.get("task") == "trial"]
    assert events[:2] == ["step.postponed", "upkeep.failed"]
    assert at.service.metrics.failures.sums["trial",] == 1


async def test_collections_pass_over_the_start(at):
    """What was made before the first beacon is never looked through for garbage."""
    assert at.url
    assert gc.get_freeze_count() > len(gc.get_objects())


async def test_collections_pass_over_the_visits(at):
    """However many visits there are, no collection looks through all of them."""
    await at.beacon("page_view")
    people = at.service.store._visits._shelves[SITE.key].people

    assert list(people) == ["v_1"]
    assert gc.is_tracked(people)
    assert not any(one is people for one in gc.get_objects())


async def test_taken_port_is_a_mistake_of_the_configuration(tmp_path):
    """An address that is in use ends the start with a sentence, and closes all."""
    async with serving(tmp_path / "a") as at:
        port = int(at.url.rpartition(":")[2])
        told = settings(tmp_path / "b", sites=(SITE,))
        service = await build_service(told)
        listener = Listener(app=public_app(service), host="127.0.0.1", port=port)
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}: cannot listen"):
            await run(service, [listener])

        again = await build_service(told)
        await again.stop()


def test_codes_by_state():
    """States are counted when they are entered, the present one and those before."""
    now = {("p", "free"): 1, ("p", "given"): 1, ("p", "held"): 1, ("p", "expired"): 2}

    assert entered(now) == {("p", "free"): 5, ("p", "given"): 3, ("p", "expired"): 2}


async def test_retention_settings_are_used(tmp_path):
    """The timer prunes with the settings of the configuration."""
    told = replace(settings(tmp_path, sites=(SITE,)), retention=RetentionSettings())
    service = await build_service(told)
    await service.stop()

    assert service.upkeep.retention is told.retention


async def test_holdout_does_not_begin_anew(tmp_path):
    """With its first decisions and their sums gone, a shop knows when it began."""
    clock = ManualClock(at_s=T0)
    short = RetentionSettings(raw_days=7, decision_days=7, sums_days=7)
    told = replace(settings(tmp_path, sites=(SITE,)), retention=short)
    service = await build_service(told, clock=clock)
    service.journal.append_now(decision("d_1"))
    clock.move(30 * DAY_S)
    await service.upkeep.prune()
    left_s = service.journal.first_decision_at_s(SITE.key)
    await service.stop()
    again = await build_service(told, clock=clock)
    started_s = again.engine(SITE.key).site.started_at_s
    await again.stop()

    assert (left_s, started_s) == (None, T0)


async def test_end_of_which_a_part_fails(tmp_path):
    """What cannot be stopped leaves nothing else open: the next start works."""
    told = settings(tmp_path, sites=(SITE,))
    service = await build_service(told)

    async def fail():
        raise ZeroDivisionError

    async def rest():
        return False

    service.beside.append(Beside(name="odd", step=rest, pause_s=1.0, finish=fail))
    await service.start()
    with pytest.raises(ZeroDivisionError):
        await service.stop()

    again = await build_service(told)
    await again.stop()
