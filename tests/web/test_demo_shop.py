"""The demo shop's own server, where the service is slow to answer."""

import asyncio

from engage.web import demo_shop
from engage.web.demo_shop import ShopServer


class Slow(ShopServer):
    """A shop whose first announcement gets no answer in time."""

    def __init__(self):
        super().__init__()
        self.announced, self.asked = asyncio.Event(), 0

    async def send(self, *_):
        """Time out once, then be answered."""
        self.asked += 1
        if self.asked == 1:
            raise TimeoutError
        self.announced.set()
        return 204


async def test_a_slow_answer_ends_no_announcements(monkeypatch):
    """Agents are announced again after one announcement that nobody answered."""
    monkeypatch.setattr(demo_shop, "ANNOUNCE_EVERY_S", 0.0)
    shop = Slow()
    announcing = asyncio.create_task(shop._announce_for_ever())
    async with asyncio.timeout(60):
        await shop.announced.wait()
    announcing.cancel()

    assert shop.asked > 1
