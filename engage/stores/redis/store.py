"""Fast state in Redis: one for all workers of a service.

Opened by the name `redis` (see `names`); needs the extra `redis`. Callers
get what the memory store would give, only from many processes at once.
"""

# Rules of this file: puts the parts together and notices a Redis that forgot. Money
# fails closed here: without Redis no code is given.

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Generic, TypeVar

from engage.stores.journal.base import JournalReads
from engage.stores.records import Record, VisitKey
from engage.stores.redis.chat import RedisChats
from engage.stores.redis.cluster import connect
from engage.stores.redis.codes import RedisCodes, is_whole
from engage.stores.redis.keys import visit_key
from engage.stores.redis.packing import read_kept
from engage.stores.redis.recall import MOST, Recall
from engage.stores.redis.visits import RedisVisits
from engage.stores.states import Known, Restored, StoreOptions, Visit
from engage.telemetry import logger

log = logger()
S = TypeVar("S", bound=Visit)
V = TypeVar("V")


class RedisStore(Generic[S, V]):
    """A `Store` in Redis; one for all sites of a process.

    Args:
        options: how visits are read back, the bounds, and the URL.
        recalled: visitors this worker remembers between their beacons, >= 0.
        now: monotonic seconds for the breaker; the event loop's by default.

    Raises:
        StoreError: the URL is none. Whether Redis answers is found out later.
    """

    def __init__(
        self,
        options: StoreOptions[S, V],
        *,
        recalled: int = MOST,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._options, self.is_degraded = options, False
        self._link = connect(options.url, is_cluster=options.is_cluster, now=now)
        recall: Recall[S, V] = Recall(recalled)
        self._visits = RedisVisits(self._link, options, recall=recall)
        self.chats = RedisChats(self._link, settling_s=options.settling_s)
        self.codes = RedisCodes(
            self._link, is_shared=options.is_shared, refill=self._refill
        )
        # By site: where its stock comes from, and the birth of what we filled.
        self._journals: dict[str, JournalReads] = {}
        self._births: dict[str, str] = {}
        self._filling = asyncio.Lock()

    async def load(self, site: str, visitor: str, session: str) -> Known[S, V]:
        """Return what is known, maybe a minute ago: a save on that would lose."""
        return await self._visits.load(site, visitor, session)

    async def save(
        self,
        known: Known[S, V],
        *,
        session: S,
        visitor: V | None,
        records: Sequence[Record] = (),
    ) -> bool:
        """Store both if nobody saved this visitor since `known` was loaded."""
        return await self._visits.save(
            known, session=session, visitor=visitor, records=records
        )

    async def idle(
        self, site: str, *, before_s: float, limit: int
    ) -> list[Known[S, V]]:
        """Return sessions silent since `before_s`, the longest silent first."""
        return await self._visits.idle(site, before_s=before_s, limit=limit)

    async def drop(self, site: str, visitor: str, session: str) -> None:
        """Forget a session, and the visitor with the last one."""
        await self._visits.drop(site, visitor, session)

    async def forget(self, site: str, visitor: str) -> None:
        """Forget a visitor with all sessions."""
        await self._visits.forget(site, visitor)

    async def sessions(self, site: str, visitor: str) -> list[str]:
        """Return the ids of all sessions held of a visitor."""
        (fields,) = await self._link.ask(("HKEYS", visit_key(site, visitor)))
        return [one[2:].decode() for one in fields if one.startswith(b"s:")]

    async def live_sessions(self) -> int:
        """Return how many sessions all hold, of the sites seen by this worker."""
        return await self._visits.count()

    async def dirty(self) -> dict[VisitKey, S | None]:
        """Return what this worker changed since the last call."""
        return self._visits.dirty()

    async def release(self, site: str, decision: str) -> bool:
        """Give back an open invite's share and a held code."""
        slot = await self.chats.release(site, decision)
        return await self.codes.release(site, decision) or slot

    async def take_back(self, site: str, decision: str, *, claim: str) -> bool:
        """Undo what a try reserved."""
        slot = await self.chats.take_back(site, decision, claim)
        return await self.codes.take_back(site, decision, claim) or slot

    async def restore(self, journal: JournalReads, site: str) -> Restored:
        """Bring back what Redis does not know; `begin_stock` begins a shared stock."""
        birth = await self.codes.birth(site)
        rows = await asyncio.to_thread(journal.codes, site)
        codes = await self.codes.restore(site, rows)
        sessions, unreadable = await self._bring_back(journal, site)
        if self._options.is_shared:
            await self.codes.report(site, self._options.name)
        else:
            # Only now: until then nothing is given on a state that may be old.
            birth = await self.codes.begin(site)
        self._journals[site], self._births[site] = journal, birth
        return Restored(sessions, unreadable, codes)

    async def _bring_back(self, journal: JournalReads, site: str) -> tuple[int, int]:
        """Bring back kept visits; return how many, and how many cannot be read."""
        read = partial(
            read_kept,
            journal.kept_visits(site),
            journal=journal,
            site=site,
            options=self._options,
        )
        sessions = unreadable = 0
        while True:
            found, lost = await asyncio.to_thread(read)
            await self._visits.bring_back(site, found)
            sessions, unreadable = sessions + len(found), unreadable + lost
            if not found and not lost:
                return sessions, unreadable

    @property
    def life(self) -> str:
        """Names this process, from its start to its end."""
        return self._visits.life

    def recalled(self, site: str, visitor: str, session: str) -> Known[S, V] | None:
        """Return what is remembered of a visit, however old that is."""
        return self._visits.recalled(site, visitor, session)

    async def begin_stock(self, site: str, *, names: Collection[str]) -> bool:
        """Let codes be given after a loss, once all these have brought back theirs."""
        whole = is_whole(await self.codes.birth(site))
        if not whole and (whole := await self.codes.have_reported(site, names)):
            self._births[site] = await self.codes.begin(site)
        return whole

    async def close(self) -> None:
        """Close the connections."""
        await self._link.close()

    async def _refill(self, site: str, birth: str) -> bool:
        """Restore a site whose keys are gone: a Redis that restarted empty.

        Returns:
            False if nothing was gone.
        """
        if site not in self._journals or await self._is_filled(site, birth):
            return False
        async with self._filling:
            # Another task may have done it while this one waited.
            if await self._is_filled(site, birth):
                return True
            await self.codes.set_budgets_again(site)
            restored = await self.restore(self._journals[site], site)
        log.warning("store.refilled", site=site, **restored._asdict())
        return True

    async def _is_filled(self, site: str, birth: str) -> bool:
        if self._options.is_shared and not is_whole(birth):
            return await self.codes.have_reported(site, {self._options.name})
        return birth == self._births.get(site)
