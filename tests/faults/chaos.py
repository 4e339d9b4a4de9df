"""Kills the parts of a service at random under load, then balances the books.

What was acknowledged must stand in the ledger, once; what no worker has recorded must
not stand there. Used by `test_fleet` for some kills, and by `benchmarks/chaos.py` for
minutes.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from engage.stores.journal import read_journal
from engage.stores.journal_ledger import LedgerJournal
from engage.web.client import Client
from engage.wire.beacon import Event
from tests.faults.fleet import POOL, SERVER_KEY, SITE, Fleet, kill
from tests.faults.service_load import GUITAR, beacon, report
from tests.redis_server import redis_server

ONCE = ("decision", "order", "closed", "settled", "visit")
PAUSE_S = 0.1
# A request is repeated so often, as a browser's queue and a shop's server would.
PATIENCE = 900


async def pause(seconds: float = PAUSE_S) -> None:
    """Wait a little."""
    loop = asyncio.get_running_loop()
    waited: asyncio.Future[None] = loop.create_future()
    loop.call_later(seconds, waited.set_result, None)
    await waited


@dataclass
class Books:
    """What the service has said yes to.

    Attributes:
        cards: decision id -> what was answered.
        outcomes: (decision, name).
        orders: ids.
        answered: requests so far.
        repeated: requests that had to be sent again.
        unable: answers of 5xx.
    """

    cards: dict = field(default_factory=dict)
    outcomes: set = field(default_factory=set)
    orders: set = field(default_factory=set)
    answered: int = 0
    repeated: int = 0
    unable: Counter = field(default_factory=Counter)


class Shoppers:
    """Visitors who do not give up, until they are told to go home."""

    def __init__(self, url: str, books: Books, *, seed: int, count: int) -> None:
        self.url, self.books, self.seed, self.count = url, books, seed, count
        self.is_over = False

    async def run(self) -> None:
        """Shop until it is over; what was begun is finished."""
        async with Client(
            self.url, server_key=SERVER_KEY, timeout_s=5.0, connections=self.count
        ) as door:
            await asyncio.gather(*(self._shop(door, n) for n in range(self.count)))

    async def _shop(self, door: Client, number: int) -> None:
        luck = random.Random(f"{self.seed}/{number}")
        count = 0
        while not self.is_over:
            await self._visit(door, f"v_{self.seed}_{number}_{count}", luck)
            count += 1

    async def _visit(self, door: Client, visitor: str, luck: random.Random) -> None:
        look = (*_LOOK, _ASK)
        seen = []
        for seq in range(3):
            card = await self._send(door, beacon(visitor, seq, *seen, *look))
            look, seen = (_ASK,), []
            if card is not None:
                seen = [report(card, "action_shown")]
                if luck.random() < 0.5:
                    seen.append(report(card, "action_clicked"))
        await self._send(door, beacon(visitor, 3, *seen, _PING))
        if luck.random() < 0.5:
            order = {"order_id": f"A-{visitor}", "visitor": visitor}
            order |= {"value": luck.randrange(1, 9_000) / 100, "currency": "EUR"}
            await self._repeat(lambda: door.order(order))
            self.books.orders.add(order["order_id"])

    async def _send(self, door: Client, one):
        reply = await self._repeat(lambda: door.send(one))
        for event in one.events:
            if event.decision is not None:
                name = event.name.removeprefix("action_")
                self.books.outcomes.add((event.decision, name))
        card = reply.answer.decision
        if card is not None:
            self.books.cards[card.id] = card
        return card

    async def _repeat(self, send: Callable):
        for _ in range(PATIENCE):
            reply = await send()
            if reply.is_taken:
                self.books.answered += 1
                return reply
            assert reply.is_worth_repeating, reply
            self.books.repeated += 1
            self.books.unable[reply.status] += 1
            await pause()
        raise AssertionError("nobody answers any more")


class Chaos:
    """Kills what runs; brings back what nobody else brings back."""

    def __init__(self, one: Fleet, stack: ExitStack, *, seed: int) -> None:
        self.one, self.stack = one, stack
        self.luck = random.Random(seed)
        self.done: list[str] = []
        self.redis = None

    def start_redis(self, port: int):
        """Start a Redis that keeps nothing, again on the same port."""
        held = redis_server(self.one.folder, port=port)
        self.redis = self.stack.enter_context(held)

    async def strike(self, what: str, *, port: int) -> None:
        """Kill a part at once; return when it runs again."""
        self.done.append(what)
        if what == "worker":
            kill(self.luck.choice(self.one.worker_pids()))
        elif what == "learner":
            kill(self.one.learner.pid)
            await self.one.learner.wait()
            await self.one.start_learner()
        elif what == "redis":
            os.kill(self.redis.process.pid, signal.SIGKILL)
            self.redis.process.wait()
            await pause(0.5)
            self.start_redis(port)


async def settled(one: Fleet) -> None:
    """Return when the ledger has everything that any worker has recorded."""
    for _ in range(PATIENCE):
        if missing_of(one) == 0:
            return
        await pause()
    raise AssertionError(f"{missing_of(one)} records never reached the ledger")


def missing_of(one: Fleet) -> int:
    """Return how many records of workers are not merged, and orders not settled."""
    with closing(read_journal(one.ledger)) as ledger:
        merged = LedgerJournal.merged(ledger)
        missing = ledger.count_windows(SITE).get("order", 0)
    for path in one.journals():
        name = (path.parent / "worker.name").read_text()
        with closing(read_journal(path)) as journal:
            missing += max(0, journal.last_offset() - merged.get(name, 0))
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
        "cards lost": sum(name not in rows for name in books.cards),
        "cards changed": sum(
            rows[name]["action"] != card.action
            for name, card in books.cards.items()
            if name in rows
        ),
        "outcomes lost": sum(
            _count(rows.get(decision), name) == 0 for decision, name in books.outcomes
        ),
        "orders lost": len(books.orders) - len(orders),
        "decisions of nobody": len(set(rows) - recorded),
        "decisions not merged": len(recorded - set(rows)),
        **_doubled(entries, rows.values()),
        **_money(books, codes, one.budget_cents),
    }
    return {name: count for name, count in wrong.items() if count}


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


def _money(books: Books, codes, budget_cents: int) -> dict[str, int]:
    shown = Counter(
        card.content.code for card in books.cards.values() if card.content.code
    )
    booked = sum(
        row.amount_cents for row in codes.values() if row.state in {"given", "redeemed"}
    )
    return {
        "codes shown twice": sum(count - 1 for count in shown.values()),
        "codes of another": sum(
            codes[card.content.code].decision != name
            for name, card in books.cards.items()
            if card.content.code in codes
        ),
        "budget overrun": max(0, booked - budget_cents),
    }


def code_texts(count: int) -> dict[str, object]:
    """Return a message with so many codes."""
    return {"pool": POOL, "codes": [f"C{number}" for number in range(count)]}


_LOOK = (Event(name="page_view"), Event(name="view_item", items=(GUITAR,)))
_ASK = Event(name="ask")
_PING = Event(name="ping", active_ms=1_000, visible_ms=1_000)
