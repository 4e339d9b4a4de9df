"""Simulates a shop in process, on its own clock, as fast as the machine allows.

It writes the same data directory as a service would, and the truth beside it.
"""

# Rules of this file: one heap of things to come, in order of time; everything that
# happens is one of them. The same seed gives the same shoppers at the same times.

from __future__ import annotations

import hashlib
import heapq
import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from engage.errors import CallerError
from engage.evidence.simulation.acts import Act, Confirm, Place, Reply, Send, Visit
from engage.evidence.simulation.goods import Good
from engage.evidence.simulation.inprocess import InProcess
from engage.evidence.simulation.journey import visit
from engage.evidence.simulation.scenarios import (
    DAY_S,
    HOUR_S,
    arrivals_share,
)
from engage.evidence.simulation.shopper import Shopper, World
from engage.street.agents import announce
from engage.street.codes import add_codes
from engage.street.goods import put_items
from engage.street.outcomes import confirm
from engage.street.till import take_order
from engage.wire.orders import decode_order
from engage.wire.shop import CatalogItem, Codes, GroupStatus, Refund

# A Monday, so that a week of shop time begins as weeks do.
START_S: Final = 1_772_409_600.0
# The models learn so often, seconds of shop time: half a short window.
LEARN_EVERY_S: Final = 900.0
ANNOUNCE_EVERY_S: Final = 600.0
# Agents work from 08:00 to 22:00 UTC.
OPENS_H, CLOSES_H = 8, 22

# Nobody comes any more, only windows close.
_SETTLE_STEP_S: Final = 6 * HOUR_S

# What will happen: time, number (so that ties keep their order), and what.
_Due = tuple[float, int, Callable[[], Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a simulation.

    Attributes:
        visitors: shoppers and bots who came.
        beacons: beacons by fate.
        decisions: decisions by action.
        orders: orders placed.
        days: shop time, days.
    """

    visitors: int
    beacons: dict[str, int]
    decisions: dict[str, int]
    orders: int
    days: float


@dataclass(slots=True, kw_only=True)
class Simulation:
    """One run. Made by the caller around an open site; `live` does everything.

    Attributes:
        local: the site in process, its clock at `START_S`.
        world: goods, scenario, seed.
        visitors: how many come.
        groups: chat groups whose agents are announced.
        pools: discount pools to be filled with codes.
        seen: told the number of visitors who came so far.
    """

    local: InProcess
    world: World
    visitors: int
    groups: Sequence[str] = ()
    pools: Sequence[str] = ()
    seen: Callable[[int], None] = lambda _: None
    shoppers: list[Shopper] = field(default_factory=list)
    orders: int = 0
    _due: list[_Due] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=itertools.count)

    @property
    def span_s(self) -> float:
        """How long it takes for everybody to come, seconds of shop time."""
        return self.visitors / self.world.scenario.visitors_per_day * DAY_S

    async def live(self) -> Told:
        """Let everybody come, buy or not, and every window close."""
        local = self.local
        await self._stock()
        self._at(START_S, self._announce)
        self._at(START_S + LEARN_EVERY_S, self._learn)
        for number, at_s in enumerate(_arrivals(self), start=1):
            self._at(at_s, partial(self._arrive, number))
        while self._due:
            at_s, _, what = heapq.heappop(self._due)
            await local.move_to(at_s)
            await what()
        await self._settle()
        return Told(
            visitors=len(self.shoppers),
            beacons=dict(local.fates()),
            decisions=_by_action(local),
            orders=self.orders,
            days=(local.clock.now_s() - START_S) / DAY_S,
        )

    def _at(self, at_s: float, what: Callable[[], Any]) -> None:
        heapq.heappush(self._due, (at_s, next(self._order), what))

    @property
    def _is_anybody_left(self) -> bool:
        # The two that come again and again wait for nobody but the others.
        return len(self._due) > 1

    async def _stock(self) -> None:
        """Fill the shelves and the pools."""
        site = self.local.site
        await put_items(site, *(_catalogue_item(good) for good in self.world.goods))
        for pool in self.pools:
            codes = _codes(self.world.seed, pool, count=max(200, self.visitors // 4))
            await add_codes(site, Codes(pool=pool, codes=codes))

    async def _announce(self) -> None:
        """The shop says who is there to chat; at night nobody is."""
        at_s = self.local.clock.now_s()
        hour = at_s % DAY_S / HOUR_S
        agents = self.world.scenario.agents if OPENS_H <= hour < CLOSES_H else 0
        for group in self.groups:
            status = GroupStatus(online=agents, free=agents, ttl_s=2 * ANNOUNCE_EVERY_S)
            await announce(self.local.site, group, status)
        if self._is_anybody_left:
            self._at(at_s + ANNOUNCE_EVERY_S, self._announce)

    async def _learn(self) -> None:
        await self.local.learn()
        if self._is_anybody_left:
            self._at(self.local.clock.now_s() + LEARN_EVERY_S, self._learn)

    async def _arrive(self, number: int) -> None:
        share = (self.local.clock.now_s() - START_S) / self.span_s
        response = self.world.scenario.response_at(share)
        shopper = self.world.shopper(number, response=response)
        self.shoppers.append(shopper)
        self.seen(number)
        await self._begin(shopper)

    async def _begin(self, shopper: Shopper) -> None:
        await self._go_on(shopper, visit(shopper), None)

    async def _go_on(self, shopper: Shopper, acts: Visit, reply: Reply) -> None:
        """Put the next act of a visit on the heap, or the next visit."""
        now_s = self.local.clock.now_s()
        try:
            act = acts.send(reply)
        except StopIteration:
            if shopper.next_visit_s is not None:
                again_s = now_s + shopper.next_visit_s
                self._at(again_s, partial(self._begin, shopper))
            return
        self._at(now_s + act.wait_s, partial(self._act, shopper, acts, act))

    async def _act(self, shopper: Shopper, acts: Visit, act: Act) -> None:
        await self._go_on(shopper, acts, await self._do(act))

    async def _do(self, act: Act) -> Reply:
        local = self.local
        try:
            if isinstance(act, Send):
                return (await local.take(act.beacon, gpc=act.gpc)).answer
            if isinstance(act, Confirm):
                await confirm(local.site, act.decision, act.token)
                return True
        except CallerError:
            # As over HTTP: the shopper's browser goes on without an answer.
            return None
        assert isinstance(act, Place)
        order = decode_order(orjson.dumps(act.order))
        if not isinstance(order, Refund):
            await take_order(local.site, order)
            self.orders += 1
        return None

    async def _settle(self) -> None:
        """Let every visit end and every window close, step by step."""
        windows = self.local.site.settings.windows
        end_s = self.local.clock.now_s() + windows.long_close_s
        end_s += 2 * windows.session_idle_s
        while self.local.clock.now_s() < end_s:
            next_s = self.local.clock.now_s() + _SETTLE_STEP_S
            await self.local.move_to(min(next_s, end_s))
        await self.local.learn()


def write_truth(path: Path, simulation: Simulation) -> None:
    """Write what was true of every shopper; the file says that it is a simulation."""
    world = simulation.world
    plain = {
        "simulation": True,
        "note": "Simulated shoppers. Nothing in here was measured on people.",
        "seed": world.seed,
        "span_s": simulation.span_s,
        "starts_at_s": START_S,
        "turn": world.scenario.turn,
        "visitors": [shopper.as_plain() for shopper in simulation.shoppers],
    }
    path.write_bytes(orjson.dumps(plain, option=orjson.OPT_INDENT_2))


def _arrivals(simulation: Simulation) -> Iterator[float]:
    """Yield when visitors come: a Poisson process with the rhythm of a day.

    Thinning (Lewis & Shedler, 1979) keeps it exact.
    """
    world = simulation.world
    rng = random.Random(f"{world.seed}/arrivals")
    busiest = 5 / 3
    rate = world.scenario.visitors_per_day / DAY_S * busiest
    at_s, came = START_S, 0
    while came < simulation.visitors:
        at_s -= math.log(1 - rng.random()) / rate
        if rng.random() * busiest < arrivals_share(at_s):
            came += 1
            yield at_s


def _catalogue_item(good: Good) -> CatalogItem:
    return CatalogItem(
        item_id=good.item_id,
        title=good.title,
        link=good.link,
        price_cents=good.price_cents,
        currency="EUR",
        availability="in_stock" if good.in_stock else "out_of_stock",
        category=good.category,
        category_path=good.category,
        cost_cents=good.cost_cents,
    )


def _codes(seed: int, pool: str, *, count: int) -> tuple[str, ...]:
    digest = hashlib.sha256(f"{seed}/{pool}".encode()).hexdigest()[:6].upper()
    return tuple(f"SIM-{digest}-{number:06d}" for number in range(count))


def _by_action(local: InProcess) -> dict[str, int]:
    found: dict[str, int] = {}
    for (action, _, _), count in local.metrics.decisions.sums.items():
        found[action] = found.get(action, 0) + int(count)
    return dict(sorted(found.items()))
