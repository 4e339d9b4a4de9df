"""Lets simulated shoppers loose on a running service, in real time.

They use the service like anyone else: beacons as browsers send them, confirmations,
orders from the shop's server. Who announces chat agents is somebody else.
"""

# Rules of this file: every task is owned by `crowd` and ends with it. At most so many
# shoppers at a time and so many waiting to return; who does not fit is not let in.

from __future__ import annotations

import asyncio
import heapq
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from engage.evidence.simulation.acts import Act, Confirm, Place, Reply, Send
from engage.evidence.simulation.goods import Good
from engage.evidence.simulation.journey import visit
from engage.evidence.simulation.scenarios import SCENARIOS
from engage.evidence.simulation.shopper import Shopper, World
from engage.evidence.simulation.truth import Prices
from engage.wire.beacon import Beacon
from engage.wire.decision import Answer

# Shoppers who will return; beyond it the last to return is forgotten.
MOST_WAITING: Final = 5_000
# The demo's long window is 600 s instead of 7 days: so are the delays.
DEMO_DELAY_SCALE: Final = 600 / (7 * 86_400)
# When nothing answers, a shopper's next act waits so long; then the visit goes on.
_MOST_SLEEP_S: Final = 3_600.0


class Taken(Protocol):
    """What a door says about a beacon."""

    @property
    def answer(self) -> Answer | None:
        """The answer; None when it was refused or lost."""
        ...


class Door(Protocol):
    """How shoppers reach the service; `engage.web.client.Client` is one."""

    async def send(self, beacon: Beacon, *, gpc: bool = False) -> Taken:
        """Send a beacon as a browser does."""
        ...

    async def confirm(self, decision: str, token: str) -> bool:
        """Ask whether a card still holds."""
        ...

    async def order(self, order: Mapping[str, Any]) -> object:
        """Report an order as the shop's server does."""
        ...


@dataclass(slots=True, kw_only=True)
class _Crowd:
    door: Door
    world: World
    pace: float
    inside: set[asyncio.Task[None]] = field(default_factory=set)
    # (time to come again, number, shopper): the number keeps shoppers from comparing.
    waiting: list[tuple[float, int, Shopper]] = field(default_factory=list)
    count: int = 0

    def returning(self, now_s: float) -> Shopper | None:
        """Return a shopper whose time to come again has come."""
        if self.waiting and self.waiting[0][0] <= now_s:
            return heapq.heappop(self.waiting)[2]
        return None

    def newcomer(self) -> Shopper:
        self.count += 1
        return self.world.shopper(self.count, response=self.world.scenario.before)

    async def stay(self, shopper: Shopper) -> None:
        """Live one visit through, and note when the next one is due."""
        acts = visit(shopper)
        reply: Reply = None
        while True:
            try:
                act = acts.send(reply)
            except StopIteration:
                break
            await asyncio.sleep(min(act.wait_s / self.pace, _MOST_SLEEP_S))
            reply = await self._do(act)
        if shopper.next_visit_s is not None:
            due_s = asyncio.get_running_loop().time() + shopper.next_visit_s / self.pace
            self.count += 1
            heapq.heappush(self.waiting, (due_s, self.count, shopper))
            if len(self.waiting) > MOST_WAITING:
                self.waiting = heapq.nsmallest(MOST_WAITING, self.waiting)

    async def _do(self, act: Act) -> Reply:
        if isinstance(act, Send):
            return (await self.door.send(act.beacon, gpc=act.gpc)).answer
        if isinstance(act, Confirm):
            return await self.door.confirm(act.decision, act.token)
        assert isinstance(act, Place)
        await self.door.order(act.order)
        return None


async def crowd(
    door: Door,
    goods: Sequence[Good],
    *,
    seed: int,
    arrivals_per_s: float = 0.3,
    most: int = 60,
    pace: float = 1.0,
    site: str = "pk_demo",
    run: str = "",
    scenario: str = "shop",
    prices: Prices | None = None,
    delay_scale: float = DEMO_DELAY_SCALE,
) -> None:
    """Send shoppers to a service until this is cancelled.

    A visit lasts about two minutes: .25 arrivals a second are 30 shoppers at a time.

    Args:
        door: the service.
        goods: its catalogue.
        seed: the same seed, the same shoppers; what is answered may differ.
        arrivals_per_s: newcomers a second, on average.
        most: shoppers at a time; who comes then turns away.
        pace: > 1 is faster than life; the service holds dwell to its own clock.
        site: public key of the shop.
        run: part of every id; a service that keeps its data needs a new one each run.
        scenario: who comes; a name in `SCENARIOS`.
        prices: what cards cost.
        delay_scale: factor on the time between the visits of a shopper.
    """
    world = World(
        site=site,
        goods=goods,
        scenario=SCENARIOS[scenario],
        seed=seed,
        run=run,
        prices=prices or Prices(),
        delay_scale=delay_scale,
    )
    held = _Crowd(door=door, world=world, pace=pace)
    arrivals = random.Random(f"{seed}/arrivals")
    async with asyncio.TaskGroup() as tasks:
        while True:
            wait_s = -math.log(1 - arrivals.random()) / (arrivals_per_s * pace)
            await asyncio.sleep(wait_s)
            now_s = asyncio.get_running_loop().time()
            if len(held.inside) >= most:
                continue
            shopper = held.returning(now_s) or held.newcomer()
            task = tasks.create_task(held.stay(shopper), name=shopper.name)
            held.inside.add(task)
            task.add_done_callback(held.inside.discard)
