"""Balances the books of a service that was shaken: what was said, kept and merged.

What was acknowledged must stand in the ledger, once; what no worker has recorded must
not stand there; money and agents must never have been given beyond what there was; and
the models must be those of somebody who read the ledger without interruption.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field

from engage.clock import SystemClock, epoch_s
from engage.config import load
from engage.learning.learner import Learner
from engage.learning.worker import KINDS, LearnerThread
from engage.stores.journal.ledger import LedgerJournal
from engage.stores.journal.sqlite import SqliteJournal, read_journal
from engage.stores.memory.store import MemoryStore
from engage.street.opening import offered_of, open_site, store_options
from engage.telemetry import Instruments
from tests.faults.fleet import CHAT, GROUP, SERVER_KEY, SITE, Fleet
from tests.faults.pausing import PATIENCE, pause
from tests.unit.learning.builders import distance, known

ONCE = ("decision", "order", "closed", "settled", "visit")


@dataclass
class Books:
    """What the service has said yes to.

    Attributes:
        asked: (session, tab, seq) of beacons that were a visitor's first question.
        cards: decision id -> what was answered.
        answered_s: decision id -> when that had arrived first.
        outcomes: (decision, name).
        orders: ids.
        levels: (begun, acknowledged, free agents) of every announcement.
        answered: requests so far.
        repeated: requests that had to be sent again.
        unable: answers of 5xx.
    """

    asked: set = field(default_factory=set)
    cards: dict = field(default_factory=dict)
    answered_s: dict = field(default_factory=dict)
    outcomes: set = field(default_factory=set)
    orders: set = field(default_factory=set)
    levels: list = field(default_factory=list)
    answered: int = 0
    repeated: int = 0
    unable: Counter = field(default_factory=Counter)


async def settled(one: Fleet) -> None:
    """Return when the ledger has everything, and has closed what was due.

    However long it takes, as long as it goes on.
    """
    least, left = missing_of(one), PATIENCE
    while least.total():
        await pause()
        missing = missing_of(one)
        left -= 1
        if missing.total() < least.total():
            least, left = missing, PATIENCE
        assert left, f"the ledger goes on no more: {+missing}"


def missing_of(one: Fleet) -> Counter[str]:
    """Return how much of each worker is not merged, and what is still due, by name."""
    with closing(read_journal(one.ledger)) as ledger:
        merged = LedgerJournal.merged(ledger)
        windows = ledger.count_windows(SITE)
    missing = Counter({kind: windows.get(kind, 0) for kind in ("order", "short")})
    for path in one.journals():
        name = (path.parent / "worker.name").read_text()
        with closing(read_journal(path)) as journal:
            missing[name] = max(0, journal.last_offset() - merged.get(name, 0))
    return missing


def balance(one: Fleet, books: Books) -> dict[str, int]:
    """Compare what was acknowledged, what workers hold and what the ledger holds.

    Returns:
        What is wrong, by name; empty if the books balance.
    """
    with closing(read_journal(one.ledger)) as ledger:
        rows = {
            row["decision"]: row for row in ledger.decisions(SITE, limit=10**6).rows
        }
        codes = {row.code: row for row in ledger.codes(SITE)}
        entries = ledger.read(0, 10**9)
        orders = [name for name in books.orders if ledger.order_state(SITE, name)]
    recorded = set()
    for path in one.journals():
        with closing(read_journal(path)) as journal:
            page = journal.decisions(SITE, limit=10**6)
            recorded |= {row["decision"] for row in page.rows}
    wrong = {
        **_lost(books, rows),
        "orders lost": len(books.orders) - len(orders),
        "decisions of nobody": len(set(rows) - recorded),
        "decisions not merged": len(recorded - set(rows)),
        "decisions not closed": sum(row["closed_at"] is None for row in rows.values()),
        **_doubled(entries, rows.values()),
        **_money(books, codes, entries, budget_cents=one.budget_cents),
        "invited to nobody": len(
            invited_to_nobody(books.levels, rows.values(), answered_s=books.answered_s)
        ),
    }
    return {name: count for name, count in wrong.items() if count}


def _lost(books: Books, rows) -> dict[str, int]:
    decided = {(row["session"], row["tab"], row["seq"]) for row in rows.values()}
    return {
        "questions lost": len(books.asked - decided),
        "cards lost": sum(name not in rows for name in books.cards),
        "cards changed": sum(
            rows[name]["action"] != card.action
            for name, card in books.cards.items()
            if name in rows
        ),
        "outcomes lost": sum(
            _count(rows.get(decision), name) == 0 for decision, name in books.outcomes
        ),
    }


def _count(row, name: str) -> int:
    return 0 if row is None else [o["name"] for o in row["outcomes"]].count(name)


def _doubled(entries, rows) -> dict[str, int]:
    kinds = Counter(
        (entry.record.kind, entry.record.key)
        for entry in entries
        if entry.record.kind in ONCE
    )
    beacons = Counter((row["session"], row["tab"], row["seq"]) for row in rows)
    outcomes = Counter(
        (row["decision"], outcome["name"])
        for row in rows
        for outcome in row["outcomes"]
    )
    given = Counter(
        entry.record.key
        for entry in entries
        if entry.record.kind == "code" and entry.record.body["state"] == "given"
    )
    return {
        "records doubled": sum(count - 1 for count in kinds.values()),
        "beacons decided twice": sum(count - 1 for count in beacons.values()),
        "outcomes doubled": sum(count - 1 for count in outcomes.values()),
        "codes given twice": sum(count - 1 for count in given.values()),
    }


def _money(books: Books, codes, entries, *, budget_cents: int) -> dict[str, int]:
    shown = Counter(
        card.content.code for card in books.cards.values() if card.content.code
    )
    records = [entry.record for entry in entries if entry.record.kind == "code"]
    # Nothing expires within a run, so what was ever given is what is booked.
    booked = sum(
        one.body["amount_cents"] for one in records if one.body["state"] == "given"
    )
    redeemed = {
        (one.key, one.body["order_id"])
        for one in records
        if one.body["state"] == "redeemed"
    }
    return {
        "codes redeemed twice": len(redeemed) - len({code for code, _ in redeemed}),
        "codes shown twice": sum(count - 1 for count in shown.values()),
        "codes of another": sum(
            codes[card.content.code].decision != name
            for name, card in books.cards.items()
            if card.content.code in codes
        ),
        "budget overrun": max(0, booked - budget_cents),
    }


def invited_to_nobody(levels, rows, *, answered_s) -> list[str]:
    """Return decisions for a chat that nobody was there for.

    By its own record: no agent was free when it was decided. Or by time: whatever the
    shop had said that could hold between question and answer, said that nobody was
    free.

    Args:
        levels: (begun, acknowledged, free agents) of every announcement, in order.
        rows: decisions.
        answered_s: when the answer with a card had arrived, by decision; it may never
            have.
    """
    acknowledged = [acked_s for _, acked_s, _ in levels]
    wrong = []
    for row in rows:
        if row["action"] != CHAT:
            continue
        asked_s = epoch_s(row["at"])
        last = max(0, bisect_right(acknowledged, asked_s) - 1)
        until_s = answered_s.get(row["decision"], math.inf)
        could_hold = [free for begun_s, _, free in levels[last:] if begun_s <= until_s]
        if row["inputs"]["free_agents"].get(GROUP, 0) <= 0 or not any(could_hold):
            wrong.append(row["decision"])
    return wrong


async def models_apart(one: Fleet) -> float:
    """Return how far the models are from those of an uninterrupted reader.

    For a service that has ended: its learner goes on from its checkpoint, the other one
    reads the whole ledger in one go.
    """
    secret = {"ENGAGE_PK_DEMO_SERVER_KEY": SERVER_KEY}
    settings = load(one.folder / "engage.toml", environment=secret)
    (shop,) = settings.sites
    metrics, clock = Instruments(), SystemClock()
    journal = SqliteJournal(one.ledger, clock=clock)
    with closing(journal):
        site, lineage = await open_site(
            shop,
            settings.secrets[SITE],
            journal=journal,
            # The models need no visits.
            store=MemoryStore(store_options(settings)),
            clock=clock,
            metrics=metrics,
        )
        live = LearnerThread(
            journal=journal,
            lineages={SITE: lineage},
            publish=lambda _, __: None,
            clock=clock,
            metrics=metrics,
        )
        while live.step():
            continue
        fresh = Learner(
            shop,
            offered=offered_of(site.interventions),
            find=lambda decision: journal.decision(SITE, decision),
        )
        for entry in journal.read(0, 10**9, kinds=KINDS):
            fresh.learn(entry)
    assert metrics.quarantined.total() == 0
    return distance(known(lineage.learner), known(fresh))
