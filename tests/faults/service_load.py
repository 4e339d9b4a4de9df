"""Shoppers that load a service over HTTP and remember what it acknowledged."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engage.demo.settings import SERVER_KEY, SITE_KEY
from engage.web.client import Client
from engage.wire.beacon import Beacon, Consent, Event, Item, Page

GUITAR = Item(item_id="42", price=899.0, item_category="guitars", in_stock=True)
# The long close is ten times the short one; both fall due while the load runs.
WINDOW_S = "1"


@dataclass
class Ledger:
    """What the service has said yes to, over all its lives.

    Attributes:
        cards: acknowledged cards, each with its beacon, by (session, tab, seq).
        asked: acknowledged beacons that were a visitor's first question.
        outcomes: acknowledged outcomes: (decision, name).
        orders: acknowledged orders, by id.
        refunds: acknowledged refunds, by id.
        pending: requests that got no answer: the beacon, or the order's body.
        answered: requests answered since the service was last started.
    """

    cards: dict = field(default_factory=dict)
    asked: set = field(default_factory=set)
    outcomes: set = field(default_factory=set)
    orders: dict = field(default_factory=dict)
    refunds: dict = field(default_factory=dict)
    pending: list = field(default_factory=list)
    answered: int = 0


class Load:
    """Visitors who look, ask, report and order, until nobody answers any more."""

    def __init__(self, door: Client, ledger: Ledger, *, run: str, kill_after: int):
        self.door, self.ledger, self.run = door, ledger, run
        self.kill_after, self.is_time = kill_after, asyncio.Event()

    async def visitors(self, number: int) -> None:
        """Send one visitor after the other."""
        luck = random.Random(f"{self.run}/{number}")
        for count in range(1_000_000):
            if not await self._visit(f"v_{self.run}_{number}_{count}", luck):
                return

    async def _visit(self, visitor: str, luck: random.Random) -> bool:
        look = (
            Event(name="page_view"),
            Event(name="view_item", items=(GUITAR,)),
            Event(name="ask"),
        )
        first = beacon(visitor, 0, *look)
        answer = await self.send(first)
        if answer is None:
            return False
        card = answer.decision
        seen = [] if card is None else [report(card, "action_shown")]
        if card is not None and luck.random() < 0.5:
            seen.append(report(card, "action_clicked"))
        if await self.send(beacon(visitor, 1, *seen, Event(name="ask"))) is None:
            return False
        order = {
            "order_id": f"A-{visitor}",
            "visitor": visitor,
            "value": luck.randrange(1, 90_000) / 100,
            "currency": "EUR",
        }
        if card is not None and card.content.code:
            order["code"] = card.content.code
        if luck.random() < 0.5:
            return True
        return await self.order(order) and (
            luck.random() < 0.7 or await self.order(refund_of(order))
        )

    async def send(self, one: Beacon):
        """Send a beacon; return its answer, None when there was none."""
        reply = await self.door.send(one)
        if not self._is_answered(reply, one):
            return None
        for event in one.events:
            if event.decision is not None:
                name = event.name.removeprefix("action_")
                self.ledger.outcomes.add((event.decision, name))
        key = (one.session, one.tab, one.seq)
        if one.seq == 0:
            self.ledger.asked.add(key)
        if reply.answer.decision is not None:
            self.ledger.cards[key] = (one, reply.answer.decision)
        return reply.answer

    async def order(self, body: dict) -> bool:
        """Post an order or a refund; tell whether it was answered."""
        if not self._is_answered(await self.door.order(body), body):
            return False
        if "refund_id" in body:
            self.ledger.refunds[body["refund_id"]] = body
        else:
            self.ledger.orders[body["order_id"]] = body
        return True

    def _is_answered(self, reply, request) -> bool:
        if reply.status == 0:
            self.ledger.pending.append(request)
            return False
        assert reply.is_taken, (reply, request)
        self.ledger.answered += 1
        if self.ledger.answered >= self.kill_after:
            self.is_time.set()
        return True


def beacon(visitor: str, seq: int, *events: Event) -> Beacon:
    """Return a beacon of a visitor on the guitar's page."""
    return Beacon(
        v=1,
        site=SITE_KEY,
        visitor=visitor,
        session=f"s_{visitor}",
        tab="t_1",
        seq=seq,
        consent=Consent(measure=True, personalise=True, explicit=True),
        page=Page(kind="product", locale="en"),
        events=events,
    )


def refund_of(order: dict) -> dict:
    """Return the refund of half an order."""
    half = round(order["value"] * 50) / 100
    named = {"order_id": order["order_id"], "refund_id": f"R-{order['order_id']}"}
    return {**named, "refund": min(half, order["value"]), "currency": "EUR"}


def report(card, name: str) -> Event:
    """Return what a browser reports about a card."""
    return Event(name=name, decision=card.id, token=card.token)


@asynccontextmanager
async def service(data: Path):
    """Start a real service on `data`; yield its process and URL; it is killed after."""
    code = "import sys; from engage.cli import main; sys.exit(main())"
    options = ["--no-traffic", "--port", "0", "--data", str(data)]
    options += ["--window-s", WINDOW_S, "--cooldown-s", "0"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        "demo",
        *options,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        url = ""
        while not url:
            line = (await process.stdout.readline()).decode()
            assert line, "the service ended before it was ready"
            if line.startswith("ready "):
                url = line.split()[1]
        yield process, url
    finally:
        if process.returncode is None:
            await kill(process)


async def kill(process) -> None:
    """Kill a process that runs, and wait for its end.

    Not by the process object's own method: it would reap it under the loop's watcher.
    """
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()


def door_of(url: str) -> Client:
    """Return a client of the service as browser and as shop."""
    return Client(url, server_key=SERVER_KEY, timeout_s=30.0)
