"""How a worker asks the ledger: over HTTP, wherever the learner says it is."""

# Rules of this file: one attempt a question, within a deadline; nobody waits for a
# learner that has just not answered. No question changes what the worker knows.

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

import aiohttp
import orjson

from engage.clock import Clock
from engage.stores.base import Body
from engage.telemetry import logger

log = logger()
# A page of the decision log takes longest.
_LONGEST_S: Final = 5.0
# Visitors wait for this one: two round trips on one machine, many times over.
_VISITOR_S: Final = 0.25
_SHY_S: Final = 1.0

Where = Callable[[], Awaitable[str]]


class Replied(NamedTuple):
    """What the ledger answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class LedgerDoor:
    """A pool of connections to the learner.

    Args:
        where: returns the learner's URL; '' if there is none.
        keys: the server key of each site, by which the ledger knows us.
        clock: counts the time in which a silent learner is left alone.
    """

    def __init__(self, where: Where, *, keys: Mapping[str, str], clock: Clock) -> None:
        self._where, self._keys, self._clock = where, dict(keys), clock
        self._session: aiohttp.ClientSession | None = None
        self._url = ""
        self._shy_until_s = self._unasked_until_s = 0.0

    async def find(self) -> bool:
        """Look up where the learner is; always False: there is nothing more to do.

        Raises:
            StoreError: Redis does not answer; the last address stays.
        """
        before, self._url = self._url, await self._where()
        if before and not self._url:
            log.warning("learner.gone", was=before)
        elif self._url != before:
            log.info("learner.found", where=self._url)
        return False

    @property
    def url(self) -> str:
        """Where the learner is; '' if nobody holds the lease."""
        return self._url

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        within_s: float = _LONGEST_S,
    ) -> Replied | None:
        """Return the ledger's answer, or None if there was none.

        None leaves open whether the ledger has done what it was asked for.
        """
        now_s = self._clock.monotonic_s()
        if not self._url or now_s < self._shy_until_s:
            return None
        session = self._opened()
        try:
            async with (
                asyncio.timeout(within_s),
                session.request(
                    method, self._url + path, data=body or None, headers=headers
                ) as reply,
            ):
                content = await reply.read()
                return Replied(reply.status, reply.headers, content)
        except TimeoutError:
            # Busy, not gone: the next one who asks may have more time.
            log.warning("ledger.slow", within_s=within_s)
        except aiohttp.ClientError as error:
            self._shy_until_s = self._clock.monotonic_s() + _SHY_S
            log.warning("ledger.unreachable", error=_reason(error))
        return None

    async def visitor(self, site: str, visitor: str) -> Body | None:
        """Return a visitor's ledger row, or None if nobody knows."""
        path = f"/internal/visitors/{visitor}"
        now_s = self._clock.monotonic_s()
        if now_s < self._unasked_until_s:
            return None
        reply = await self.ask(
            "GET", path, headers=self.key_of(site), within_s=_VISITOR_S
        )
        if reply is None:
            # Every new visitor waits for this: not one after the other.
            self._unasked_until_s = now_s + _SHY_S
        if reply is None or reply.status != 200:
            return None
        row: Body = orjson.loads(reply.body)
        return row

    def key_of(self, site: str) -> dict[str, str]:
        """Return the header by which the ledger lets us in for a site."""
        return {"Authorization": f"Bearer {self._keys[site]}"}

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            # A detour over a proxy is never wanted between our own processes.
            self._session = aiohttp.ClientSession(
                trust_env=False, connector=aiohttp.TCPConnector(limit=32)
            )
        return self._session


def _reason(error: aiohttp.ClientError) -> str:
    """Return why nothing came back, without what was asked.

    An answer that is no HTTP is told by aiohttp with the whole request: the visitor in
    its path, the key in its headers.
    """
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number) if number else type(error).__name__
