"""Decides for visitor after visitor until it is done or killed; for `replay_verify`.

    python benchmarks/replay_street.py DATA --first 0 --decisions 1000 [--redis URL]

Says `made N M` after each batch: N visitors came and M decisions are durable.
"""

# Rules of this file: the service's own engine, journal, store and learner on a clock
# moved by hand; a batch of visitors at a time, as a busy service has them.

from __future__ import annotations

import argparse
import asyncio
import random
from pathlib import Path

from engage.cli.simulate import goods
from engage.evidence.simulation.goods import Good
from engage.evidence.simulation.inprocess import InProcess, open_in_process
from engage.evidence.simulation.offline import START_S
from engage.evidence.simulation.shop import GROUPS, POOL, simulated_secrets
from engage.evidence.simulation.shop import simulated_site as site_settings
from engage.settings import ServerSettings
from engage.street.agents import announce
from engage.street.codes import add_codes
from engage.street.goods import put_items
from engage.street.till import take_order
from engage.telemetry import configure_logging
from engage.wire.beacon import Beacon, Consent, Event, Page
from engage.wire.orders import decode_order
from engage.wire.shop import CatalogItem, Codes, GroupStatus, Order

SEED = 7
AT_ONCE = 32
BATCH_S = 260.0
LEARN_EVERY = 16
SHELF = goods()
CONSENT = Consent(measure=True, personalise=True, explicit=True)


async def main() -> None:
    """Open the shop where it was left and go on."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--first", type=int, required=True)
    parser.add_argument("--decisions", type=int, required=True)
    parser.add_argument("--redis")
    chosen = parser.parse_args()
    configure_logging(level="error")
    settings, secrets = site_settings(), simulated_secrets(SEED)
    store = {"store": "redis", "redis_url": chosen.redis} if chosen.redis else {}
    local = await open_in_process(
        settings,
        secrets,
        data=chosen.data,
        at_s=START_S + chosen.first / AT_ONCE * BATCH_S,
        is_served=True,
        server=ServerSettings(**store),
    )
    (chosen.data / f"{settings.key}.salt").write_bytes(secrets.salt)
    await _stock(local, batch=chosen.first)
    first = chosen.first
    while (made := _made(local)) < chosen.decisions:
        await _batch(local, first)
        first += AT_ONCE
        if first // AT_ONCE % LEARN_EVERY == 0:
            await local.learn()
        print("made", first, made, flush=True)
    await local.close()
    print("done", flush=True)


def _made(local: InProcess) -> int:
    return int(sum(local.metrics.decisions.sums.values()))


async def _stock(local: InProcess, *, batch: int) -> None:
    items = (
        CatalogItem(
            item_id=one.item_id,
            title=one.title,
            link=one.link,
            price_cents=one.price_cents,
            currency="EUR",
            availability="in_stock" if one.in_stock else "out_of_stock",
            category=one.category,
            category_path=one.category,
            cost_cents=one.cost_cents,
        )
        for one in SHELF
    )
    await put_items(local.site, *items)
    codes = tuple(f"R{batch}-{number}" for number in range(3_000))
    for start in range(0, len(codes), 1_000):
        some = codes[start : start + 1_000]
        await add_codes(local.site, Codes(pool=POOL, codes=some))


async def _batch(local: InProcess, first: int) -> None:
    """Let some visitors come at once, look at two products and ask."""
    start_s = local.clock.now_s()
    for group in GROUPS:
        status = GroupStatus(online=9, free=9, ttl_s=2 * BATCH_S)
        await announce(local.site, group, status)
    visits = [_Visit(first + number) for number in range(AT_ONCE)]
    for step, wait_s in enumerate((0.0, 35.0, 160.0, 55.0)):
        await local.move_to(local.clock.now_s() + wait_s)
        beacons = (visit.beacon(step) for visit in visits)
        await asyncio.gather(*(local.take(one) for one in beacons if one))
    orders = (visit.order() for visit in visits)
    for order in filter(None, orders):
        await take_order(local.site, order)
    await local.move_to(start_s + BATCH_S)


class _Visit:
    """What one visitor sends; the same number, the same visit."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.rng = random.Random(f"{SEED}/{number}")
        self.goods = self.rng.sample(SHELF, 2)

    def beacon(self, step: int) -> Beacon | None:
        """Return the beacon of a step: look, linger and ask, on two pages."""
        good = self.goods[step // 2]
        events = self._look(good) if step % 2 == 0 else self._linger()
        if step > 1 and self.number % 3 == 0:
            return None
        return Beacon(
            v=1,
            site="pk_demo",
            visitor=f"v_{self.number}",
            session=f"s_{self.number}",
            tab=f"t_{step // 2}",
            seq=step % 2,
            consent=CONSENT,
            page=Page(kind="product", url=good.link, locale="de"),
            events=events,
        )

    def _look(self, good: Good) -> tuple[Event, ...]:
        return (
            Event(name="page_view", age_ms=0, referrer_kind="search"),
            Event(name="view_item", age_ms=0, items=(good.as_item(),)),
        )

    def _linger(self) -> tuple[Event, ...]:
        rng, active_ms = self.rng, self.rng.randint(4_000, 34_000)
        doubt = rng.choice(
            (
                Event(name="hover_cta", age_ms=900, ms=1_700, target="price"),
                Event(name="variant_toggle", age_ms=900, count=2, back=True),
                Event(name="copy_name", age_ms=900, overlap=0.8, length=24),
                Event(name="rage_click", age_ms=900, count=3, target="cart"),
                Event(name="scroll_turn", age_ms=900, count=4),
            )
        )
        ping = Event(
            name="ping",
            age_ms=100,
            active_ms=active_ms,
            visible_ms=active_ms + 500,
            scroll=round(rng.random(), 2),
        )
        return (doubt, ping, Event(name="ask", age_ms=0))

    def order(self) -> Order | None:
        """Return what one visitor in twenty buys."""
        if self.number % 20:
            return None
        good = self.goods[0]
        order = decode_order(
            (
                f'{{"order_id":"O-{self.number}","visitor":"v_{self.number}",'
                f'"value":{good.price_cents / 100},"currency":"EUR"}}'
            ).encode()
        )
        assert isinstance(order, Order)
        return order


if __name__ == "__main__":
    asyncio.run(main())
