"""The lease of `engage learn`, where Redis is late."""

import asyncio

from engage.cli.learn import _Lease
from engage.stores.redis.board import Board
from engage.stores.redis.link import Link


async def test_address_is_told_later():
    """A Redis that is late as a learner begins to listen does not end the learner."""
    link = Link("redis://127.0.0.1:1")
    lease = _Lease(board=Board(link), stop=asyncio.Event(), me="one")

    await lease.announce("http://127.0.0.1:9463")
    await link.close()

    # The next renewal says it.
    assert lease.url == "http://127.0.0.1:9463"
    assert not lease.stop.is_set()
