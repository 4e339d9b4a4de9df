"""A shop with one hook, and the other system of the shop that is told."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace

import orjson
from aiohttp import web

from engage.hooking import HookSettings
from engage.street.closings import tick
from engage.web.hooks import Hook
from tests.web.serving import SITE, serving

GUITAR = {"item_id": "42", "price": 899.0, "quantity": 1}
CHECKOUT = (
    {"name": "view_item", "item": GUITAR},
    {"name": "add_to_cart", "item": GUITAR},
    {"name": "begin_checkout", "items": [GUITAR]},
)
IDLE_S = 3_600.0


class Receiver:
    """Another system of the shop; answers with the statuses it is given, then 204."""

    def __init__(self):
        self.url, self.statuses, self.got = "", [], []
        self.headers = []

    async def take(self, request):
        """Take a message."""
        body = await request.read()
        self.headers.append((request.headers, body))
        status = self.statuses.pop(0) if self.statuses else 204
        if status == 204:
            self.got.append(orjson.loads(body))
        return web.Response(status=status)

    def types(self):
        """Return what was taken, by type."""
        return [told["type"] for told in self.got]


@asynccontextmanager
async def receiving():
    """Run a receiver on a port of its own."""
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/told", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}/told"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def site(url, *tells):
    """Return the shop with one hook."""
    hook = HookSettings(id="mail", url=url, tells=tells or ("checkout_left",))
    return replace(SITE, hooks=(hook,))


def hook_of(at, clock, receiver, *tells, pause):
    """Return a hook that nobody runs but the test."""
    return Hook(
        settings=site(receiver.url, *tells).hooks[0],
        site=at.service.engine("pk_demo").site,
        clock=clock,
        pause=pause,
    )


@asynccontextmanager
async def hooked(data, clock, shop):
    """Run a shop whose hook stands where the journal ended; the rest it tells."""
    async with serving(data, clock=clock, sites=(shop,)) as at:
        journal = at.service.journal
        await at.until(lambda: journal.checkpoint("pk_demo|hook|mail"))
        yield at


async def ended(at, clock):
    """Let every visit end, in this very round."""
    await at.by_hand("ticks pk_demo")
    clock.move(IDLE_S)
    await tick(at.service.engine("pk_demo").site)


async def noted(at):
    """Return once it is kept that the hook has told of every visit so far."""
    journal = at.service.journal
    last = journal.read(0, 1_000, kinds=("visit",))[-1].offset
    await at.until(lambda: journal.checkpoint("pk_demo|hook|mail")[0] >= last)
