import asyncio
from dataclasses import dataclass, field

import pytest

from engage.evidence.simulation.crowd import crowd
from engage.wire.decision import Answer
from tests.unit.simulation.builders import GOODS

# So fast that a two-minute visit takes about a millisecond of real time.
PACE = 1e6


@dataclass
class Reply:
    """What the door says about a beacon."""

    answer: Answer | None


@dataclass
class Counter:
    """A door that counts who is inside, and opens a gate after so many beacons."""

    enough: int
    sessions: list = field(default_factory=list)
    orders: list = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, beacon, *, gpc=False):
        """Count a beacon."""
        self.sessions.append((beacon.session, gpc))
        if len(self.sessions) >= self.enough:
            self.gate.set()
        await asyncio.sleep(0)
        return Reply(Answer())

    async def confirm(self, decision, token):
        """Say that nobody is free."""
        return bool(decision and token) and False

    async def order(self, order):
        """Keep an order."""
        self.orders.append(order)


async def run_until(door, **how):
    """Let a crowd in until the door has had enough."""
    task = asyncio.create_task(
        crowd(door, GOODS, seed=3, arrivals_per_s=5.0, pace=PACE, **how)
    )
    await door.gate.wait()
    before = len(asyncio.all_tasks())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return before


async def test_cancelled_crowd_leaves_nobody():
    """When the crowd is cancelled, every shopper's task ends with it."""
    door = Counter(enough=300)

    await run_until(door)

    assert len(asyncio.all_tasks()) == 1


async def test_crowd_is_bounded():
    """Never more shoppers at a time than allowed."""
    door = Counter(enough=300)

    # This test, the crowd itself, and its shoppers.
    assert await run_until(door, most=4) <= 2 + 4


async def test_orders_come_from_the_shops_server():
    """Shoppers who buy are reported as orders, each id once."""
    door = Counter(enough=3_000)

    await run_until(door)

    ids = [order["order_id"] for order in door.orders]
    assert ids
    assert len(ids) == len(set(ids))


async def test_run_names_every_id():
    """Two runs on one service share no session."""
    one, two = Counter(enough=100), Counter(enough=100)

    await run_until(one, run="a")
    await run_until(two, run="b")

    assert not {s for s, _ in one.sessions} & {s for s, _ in two.sessions}
