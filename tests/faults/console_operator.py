"""An operator of a running fleet: the learner's console over HTTP, and visitors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp

from engage.stores.journal.sqlite import read_journal
from engage.web.client import Client
from engage.wire.beacon import Event
from tests.faults.fleet import GROUP, SITE, Fleet
from tests.faults.pausing import pause
from tests.faults.service_load import GUITAR, beacon

LOOK = (Event(name="page_view"), Event(name="view_item", items=(GUITAR,)))
ASK, PING = Event(name="ask"), Event(name="ping", active_ms=100, visible_ms=100)


class Operator:
    """Somebody who is signed in at the learner's console."""

    def __init__(self, one: Fleet, session: aiohttp.ClientSession) -> None:
        self.one, self._session = one, session
        token = (one.folder / "data" / "admin.token").read_text().strip()
        key = {"Authorization": f"Bearer {token}"}
        self._key, self._writes = key, {**key, "X-Engage-Console": "1"}

    async def read(self, path: str = "state") -> Any:
        """Return what the console's API answers."""
        url = f"{self.one.learner_url}/console/api/{path}"
        async with self._session.get(url, headers=self._key) as reply:
            assert reply.status == 200, await reply.text()
            return await reply.json()

    async def order(self, path: str, body: object) -> None:
        """Change something."""
        url = f"{self.one.learner_url}/console/api/{path}"
        async with self._session.post(url, json=body, headers=self._writes) as reply:
            assert reply.ok, await reply.text()

    async def staff(self) -> None:
        """Say that more agents are there than anybody asks for."""
        await self.order(f"agents/{GROUP}", {"online": 5_000, "free": 5_000})

    async def at_worker(self, index: int, path: str) -> tuple[int, str]:
        """Ask a worker's own listener; return status and where it leads to."""
        url = f"http://127.0.0.1:{self.one.admin + index}{path}"
        async with self._session.get(url, allow_redirects=False) as reply:
            return reply.status, reply.headers.get("Location", "")


@asynccontextmanager
async def operating(one: Fleet):
    """Give an operator of a fleet that runs."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        yield Operator(one, session)


class Askers:
    """Visitors who ask again and again, each time as somebody new."""

    def __init__(self, one: Fleet, *, count: int = 4, pace_s: float = 0.02) -> None:
        self.one, self.count, self.pace_s = one, count, pace_s
        self.is_over = False

    @asynccontextmanager
    async def asking(self):
        """Let them ask meanwhile."""
        tasks = [asyncio.create_task(self._ask(n)) for n in range(self.count)]
        try:
            yield
        finally:
            self.is_over = True
            await asyncio.gather(*tasks)

    async def _ask(self, number: int) -> None:
        # A connection of their own now and then: the kernel chooses the worker.
        for turn in range(1_000_000):
            async with Client(self.one.url, timeout_s=60.0, connections=1) as door:
                for seq in range(10):
                    if self.is_over:
                        return
                    visitor = f"v_{number}_{turn}_{seq}"
                    await door.send(beacon(visitor, 0, *LOOK, ASK))
                    await pause(self.pace_s)


async def open_cards(one: Fleet, *, count: int) -> dict[str, str]:
    """Return so many visitors with an open card each, and its decision."""
    found: dict[str, str] = {}
    async with Client(one.url, timeout_s=60.0) as door:
        for number in range(100 * count):
            if len(found) == count:
                break
            visitor = f"v_open_{number}"
            reply = await door.send(beacon(visitor, 0, *LOOK, ASK))
            if reply.answer is not None and reply.answer.decision is not None:
                found[visitor] = reply.answer.decision.id
    return found


async def pinged(one: Fleet, visitor: str) -> tuple[str, ...]:
    """Let a visitor's card ping over a new connection; return what is called back."""
    async with Client(one.url, timeout_s=60.0, connections=1) as door:
        reply = await door.send(beacon(visitor, 1, PING))
    assert reply.answer is not None, reply
    return tuple(reply.answer.revoked)


def decided(journals: Iterable[Path], *, since_s: float = 0.0) -> list[list[Any]]:
    """Return each worker's decisions in order, those since a time."""
    found = []
    for path in journals:
        with closing(read_journal(path)) as journal:
            page = journal.decisions(SITE, since_s=since_s, limit=100_000)
            found.append(list(page.rows))
    return found


def all_have(one: Fleet, fits: Callable[[Any], bool], *, least: int, since_s: float):
    """Tell whether every worker has so many decisions that fit."""
    rows = decided(one.journals(), since_s=since_s)
    return all(sum(map(fits, some)) >= least for some in rows)
