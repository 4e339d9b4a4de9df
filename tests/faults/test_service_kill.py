"""A service that is killed under load loses nothing it acknowledged, and doubles none.

`ENGAGE_KILLS=10` in the environment kills it ten times instead of three.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from contextlib import closing

from engage.clock import ManualClock, SystemClock
from engage.deciding.draw import decision_id, draw
from engage.deciding.draw import luck as luck_of
from engage.demo.settings import SITE_KEY, DemoOptions, demo_settings
from engage.learning.learner import Learner
from engage.learning.worker import KINDS, LearnerThread
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.sqlite import SqliteJournal, read_journal
from engage.street.closings import tick
from engage.street.opening import journal_path, offered_of, open_site, open_store
from engage.telemetry import Instruments
from engage.wire.beacon import Beacon
from engage.wire.money import cents
from tests.faults.service_load import WINDOW_S, Ledger, Load, door_of, kill, service
from tests.unit.learning.builders import distance, known

KILLS = int(os.environ.get("ENGAGE_KILLS", "3"))
SEED = 20_261_121
SHOPPERS = 8
# So much of what was acknowledged is repeated after each crash.
REPEATS = 10
# Kinds of record that stand in a journal once under their key.
ONCE = ("decision", "order", "closed", "settled", "visit")


async def killed_under_load(data, ledger, *, life, luck):
    """Run one life of the service: repeat what is pending, load it, kill it."""
    async with service(data) as (process, url), door_of(url) as door:
        ledger.answered = 0
        kill_after = luck.randrange(80, 320)
        load = Load(door, ledger, run=f"{life}", kill_after=kill_after)
        await repeat_pending(load, data)
        await repeat_acknowledged(load, luck)
        shoppers = [asyncio.create_task(load.visitors(n)) for n in range(SHOPPERS)]
        await load.is_time.wait()
        await kill(process)
        await asyncio.gather(*shoppers)
    assert process.returncode == -signal.SIGKILL


async def repeat_pending(load, data):
    """Repeat every request that got no answer; decisions must come out the same."""
    pending, load.ledger.pending = load.ledger.pending, []
    for request in pending:
        if not isinstance(request, Beacon):
            assert await load.order(request)
            continue
        before = decided_on(data, request)
        answer = await load.send(request)
        after = decided_on(data, request)
        assert answer is not None
        assert len(after) == 1
        if before:
            assert unchanging(after[0]) == unchanging(before[0])
            card, shown = before[0].get("card"), answer.decision
            assert (card is None) == (shown is None)
            assert shown is None or shown.id == before[0]["decision"]


async def repeat_acknowledged(load, luck):
    """Repeat some of what earlier lives acknowledged: the same answer, or nothing new.

    A card that is not the session's latest any more is not answered again; one that is
    comes with the same id, action and code. Its token may last longer: where the crash
    cost the visit, the beacon is applied anew, and the same dice are thrown.
    """
    ledger, door = load.ledger, load.door
    cards = luck.sample(sorted(ledger.cards), min(REPEATS, len(ledger.cards)))
    for one, card in (ledger.cards[key] for key in cards):
        reply = await door.send(one)
        again = reply.answer.decision
        assert reply.is_taken
        assert again is None or (again.id, again.action) == (card.id, card.action)
        assert again is None or again.content.code == card.content.code
    orders = [*ledger.orders.values(), *ledger.refunds.values()]
    for body in luck.sample(orders, min(REPEATS, len(orders))):
        assert (await door.order(body)).status == 200


def decided_on(data, one):
    """Return the decisions that the journal holds for a beacon."""
    with closing(read_journal(data / JOURNAL_FILE)) as journal:
        rows = journal.visitor(SITE_KEY, one.visitor) or {"decisions": []}
    return [
        row
        for row in rows["decisions"]
        if (row["tab"], row["seq"]) == (one.tab, one.seq)
    ]


def unchanging(row):
    """Return a decision without what may still be added to it."""
    later = {"outcomes", "reward", "closed_at", "value", "settled_at"}
    return {name: value for name, value in row.items() if name not in later}


def check_acknowledged(journal, ledger):
    """Everything that was acknowledged is there, as it was said."""
    codes = {row.code: row for row in journal.codes(SITE_KEY)}
    decided = {
        (row["session"], row["tab"], row["seq"])
        for row in journal.decisions(SITE_KEY, limit=10**6).rows
    }
    assert ledger.asked <= decided
    for _, card in ledger.cards.values():
        row = journal.decision(SITE_KEY, card.id)
        assert row["action"] == card.action
        if card.content.code is not None:
            assert codes[card.content.code].decision == card.id
            assert codes[card.content.code].state in {"given", "redeemed", "expired"}
    for decision, name in ledger.outcomes:
        names = [o["name"] for o in journal.decision(SITE_KEY, decision)["outcomes"]]
        assert names.count(name) == 1
    for order_id, order in ledger.orders.items():
        body = journal.order_state(SITE_KEY, order_id).body
        assert body["value_cents"] == cents(order["value"])
    for refund_id, refund in ledger.refunds.items():
        known = journal.order_state(SITE_KEY, refund["order_id"])
        assert known.refunds[refund_id]["refund_cents"] == cents(refund["refund"])
        assert known.refunded_cents == cents(refund["refund"])


def check_once(journal):
    """Nothing stands twice that happens once; every code has one owner."""
    entries = journal.read(0, 10**9)
    twice = Counter(
        (entry.record.kind, entry.record.key)
        for entry in entries
        if entry.record.kind in ONCE
    )
    given = {
        (entry.record.key, entry.record.body["decision"])
        for entry in entries
        if entry.record.kind == "code" and entry.record.body["state"] == "given"
    }
    beacons = Counter(
        (row["session"], row["tab"], row["seq"])
        for row in journal.decisions(SITE_KEY, limit=10**6).rows
    )
    assert set(twice.values()) == {1}
    assert set(beacons.values()) == {1}
    assert len({code for code, _ in given}) == len(given)


def check_dice(journal):
    """Every decision's id and draw follow from what was decided on, crash or not."""
    salt = demo_settings(DemoOptions(data="")).secrets[SITE_KEY].salt
    for row in journal.decisions(SITE_KEY, limit=10**6).rows:
        named = decision_id(
            salt,
            site=SITE_KEY,
            session=row["session"],
            tab=row["tab"],
            seq=row["seq"],
            moment=row["moment"],
        )
        drawn = row["ghost"] or row
        assert row["decision"] == named
        assert row["draw"] == luck_of(named, "draw")
        assert drawn["action"] == draw(drawn["distribution"], row["draw"])[0]


async def closed_for_good(data):
    """Open the data as a service would, let all windows close, and learn the rest.

    Returns:
        The journal, the learner as it lived, and a fresh one over the same journal.
    """
    options = DemoOptions(data=str(data), window_s=float(WINDOW_S), cooldown_s=0.0)
    chosen = demo_settings(options)
    clock = ManualClock(at_s=SystemClock().now_s() + 3_600.0)
    journal = SqliteJournal(journal_path(chosen), clock=clock)
    (shop,) = chosen.sites
    site, lineage = await open_site(
        shop,
        chosen.secrets[SITE_KEY],
        journal=journal,
        store=open_store(chosen),
        clock=clock,
        metrics=Instruments(),
    )
    for _ in range(2):
        while await tick(site):
            continue
        clock.move(3_600.0)
    thread = LearnerThread(
        journal=journal,
        lineages={SITE_KEY: lineage},
        publish=lambda _, __: None,
        clock=clock,
        metrics=site.metrics,
    )
    while thread.step():
        continue
    fresh = Learner(
        shop,
        offered=offered_of(site.interventions),
        find=lambda decision: journal.decision(SITE_KEY, decision),
    )
    for entry in journal.read(0, 10**9, kinds=KINDS):
        fresh.learn(entry)
    assert site.metrics.quarantined.total() == 0
    return journal, lineage.learner, fresh


async def test_killed_under_load(tmp_path):
    """Whatever was answered before a SIGKILL holds after it, once; models, too."""
    luck, ledger = random.Random(SEED), Ledger()
    for life in range(KILLS):
        await killed_under_load(tmp_path, ledger, life=life, luck=luck)
    async with service(tmp_path) as (_, url), door_of(url) as door:
        await repeat_pending(Load(door, ledger, run="last", kill_after=10**9), tmp_path)
    assert ledger.pending == []
    assert len(ledger.cards) > 20 * KILLS
    assert len(ledger.orders) > 10 * KILLS

    journal, live, fresh = await closed_for_good(tmp_path)
    with closing(journal):
        check_acknowledged(journal, ledger)
        check_once(journal)
        check_dice(journal)
        rows = journal.decisions(SITE_KEY, limit=10**6).rows
        assert all(row["closed_at"] and row["settled_at"] for row in rows)
        assert journal.count_windows(SITE_KEY) == {}
        closed = [e.record.body for e in journal.read(0, 10**9, kinds=("closed",))]
        learned = sum(body["learned"] for body in closed)
        assert live.uplift.freeze().learned == learned > 20 * KILLS
        assert live.uplift.open_rows == 0
        assert distance(known(live), known(fresh)) <= 1e-9
