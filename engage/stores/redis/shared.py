"""The store of one worker among several: Redis, and what to do without it.

Content fails open: while Redis does not answer, visits go on from what this worker
knows itself.
"""

# Rules of this file: whoever loads a visit makes good what its last steps owe. A visit
# that went on here alone goes back to Redis with the next beacon that finds it there.

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

from engage.errors import StoreError
from engage.stores.journal.base import Journal, JournalReads
from engage.stores.memory.store import MemoryStore
from engage.stores.records import Record, VisitKey
from engage.stores.redis.owed import records_of
from engage.stores.redis.shared_stock import ClosedChats, ClosedCodes, Presence
from engage.stores.redis.store import RedisStore
from engage.stores.states import Known, Restored, Visit
from engage.telemetry import logger

log = logger()
S = TypeVar("S", bound=Visit)
V = TypeVar("V")

_MADE_GOOD: Final = 20_000
# Asks the ledger for a visitor that Redis does not know, by site and id.
Recollect = Callable[[str, str], Awaitable[V | None]]


class SharedStore(Generic[S, V]):
    """A `Store` that several workers share, and that outlives its backend's absence.

    Args:
        redis: the shared store.
        local: an empty one, for the time without Redis.
        journal: the worker's own.
        recollect: asks the ledger; None if nobody knows. Must not raise.
    """

    def __init__(
        self,
        redis: RedisStore[S, V],
        *,
        local: MemoryStore[S, V],
        journal: Journal,
        recollect: Recollect[V],
    ) -> None:
        self._redis, self._local, self._journal = redis, local, journal
        self._presence = Presence()
        self.chats = ClosedChats(redis.chats, self._presence)
        self.codes = ClosedCodes(redis.codes, self._presence)
        self._recollect = recollect
        # Steps made good here; bounded, the oldest are forgotten.
        self._made_good: OrderedDict[tuple[str, float, str], None] = OrderedDict()

    @property
    def is_degraded(self) -> bool:
        """Whether Redis did not do lately what it was asked."""
        return self._presence.is_degraded

    async def load(self, site: str, visitor: str, session: str) -> Known[S, V]:
        """Return what is known: to Redis, the ledger, or at least to this worker."""
        here = await self._local.load(site, visitor, session)
        try:
            known = await self._redis.load(site, visitor, session)
        except StoreError as error:
            self._presence.note_failed(error)
            return await self._alone(here)
        if known.owed:
            await self._make_good(known)
        if here.session is not None and _is_newer(here, known):
            person = here.visitor or known.visitor
            known = known._replace(session=here.session, visitor=person)
        if known.visitor is None:
            person = await self._recollect(site, visitor)
            known = known._replace(visitor=person)
        return known

    async def save(
        self,
        known: Known[S, V],
        *,
        session: S,
        visitor: V | None,
        records: Sequence[Record] = (),
    ) -> bool:
        """Store both if nobody saved this visitor since `known` was loaded."""
        if known.version >= 0:
            alone = await self._alone_at(known)
            if alone is not None:
                # Redis may never have heard of it: indexed like one that is new.
                known = known._replace(session=None)
            try:
                saved = await self._redis.save(
                    known, session=session, visitor=visitor, records=records
                )
            except StoreError as error:
                self._presence.note_failed(error)
            else:
                self._presence.note_answered()
                # Unless it has gone on here once more meanwhile.
                if saved and alone is not None and alone == await self._alone_at(known):
                    await self._local.drop(*_key(known))
                return saved
        here = await self._local.load(*_key(known))
        if known.version < 0 and here.version != -1 - known.version:
            return False
        return await self._local.save(here, session=session, visitor=visitor)

    async def idle(
        self, site: str, *, before_s: float, limit: int
    ) -> list[Known[S, V]]:
        """Return sessions silent since `before_s`, the longest silent first."""
        return await self._redis.idle(site, before_s=before_s, limit=limit)

    async def drop(self, site: str, visitor: str, session: str) -> None:
        """Forget a session, and the visitor with the last one."""
        await self._local.drop(site, visitor, session)
        with suppress(StoreError):
            # Redis sweeps up by itself what nobody comes back to.
            await self._redis.drop(site, visitor, session)

    async def forget(self, site: str, visitor: str) -> None:
        """Forget a visitor; without Redis, here: the ledger's erasure does the rest."""
        await self._local.forget(site, visitor)
        with suppress(StoreError):
            await self._redis.forget(site, visitor)

    async def sessions(self, site: str, visitor: str) -> list[str]:
        """Return the ids of all sessions of a visitor, those of this worker alone too.

        Raises:
            StoreError: Redis does not answer.
        """
        here = await self._local.sessions(site, visitor)
        return sorted({*here, *await self._redis.sessions(site, visitor)})

    async def live_sessions(self) -> int:
        """Return how many sessions are held, without Redis those of this worker."""
        try:
            return await self._redis.live_sessions()
        except StoreError:
            return await self._local.live_sessions()

    async def dirty(self) -> dict[VisitKey, S | None]:
        """Return what this worker changed since the last call."""
        here = await self._local.dirty()
        # A visit that has gone from here to Redis is not gone.
        alone = {key: session for key, session in here.items() if session is not None}
        return await self._redis.dirty() | alone

    async def hand_over(self, site: str, *, limit: int) -> int:
        """Bring up to `limit` visits that went on here alone to Redis; return how many.

        Their visitors may never come again, and what Redis has is all that is ended.
        """
        if not await self._local.live_sessions():
            return 0
        alone = await self._local.idle(site, before_s=math.inf, limit=limit)
        for number, here in enumerate(alone):
            known = await self.load(*_key(here))
            if known.session is None or known.version < 0:
                # Redis is still away.
                return number
            await self.save(known, session=known.session, visitor=known.visitor)
        return len(alone)

    async def release(self, site: str, decision: str) -> bool:
        """Give back an open invite's share and a held code; both lapse anyway."""
        with suppress(StoreError):
            return await self._redis.release(site, decision)
        return False

    async def take_back(self, site: str, decision: str, *, claim: str) -> bool:
        """Undo what a try reserved; without Redis it lapses by its own end."""
        with suppress(StoreError):
            return await self._redis.take_back(site, decision, claim=claim)
        return False

    async def restore(self, journal: JournalReads, site: str) -> Restored:
        """Bring back what the journal knows and Redis does not."""
        self._local.open(site)
        try:
            return await self._redis.restore(journal, site)
        except StoreError as error:
            log.warning("store.not_restored", site=site, error=str(error))
            return await self._local.restore(journal, site)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()

    async def _alone_at(self, known: Known[S, V]) -> int | None:
        """Return the version of a visit that has gone on here without Redis."""
        if not await self._local.live_sessions():
            return None
        here = await self._local.load(*_key(known))
        return None if here.session is None else here.version

    async def _alone(self, here: Known[S, V]) -> Known[S, V]:
        """Return what this worker knows of a visit by itself."""
        if here.session is None:
            before = self._redis.recalled(*_key(here))
            if before is not None:
                here = here._replace(session=before.session, visitor=before.visitor)
        # Below zero: a version of the local store.
        return here._replace(version=-1 - here.version)

    async def _make_good(self, known: Known[S, V]) -> None:
        """Journal what steps owe that another process took, or this one before a crash.

        Raises:
            StoreError: it cannot be kept now.
        """
        for one in known.owed:
            name = (one.life, one.at_s, one.key)
            if one.life == self._redis.life or name in self._made_good:
                continue
            await self._journal.append(*records_of(one))
            self._made_good[name] = None
            while len(self._made_good) > _MADE_GOOD:
                self._made_good.popitem(last=False)


def _key(known: Known[S, V]) -> tuple[str, str, str]:
    return known.site, known.visitor_id, known.session_id


def _is_newer(here: Known[S, V], known: Known[S, V]) -> bool:
    assert here.session is not None
    return known.session is None or here.session.last_at_s > known.session.last_at_s
