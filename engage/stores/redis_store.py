"""Fast state in Redis: one for all workers of a service.

Opened by the name `redis` (see `names`); needs the extra `redis`. Callers
get what the memory store would give, only from many processes at once.
"""

# Rules of this file: puts the parts together and notices a Redis that forgot. Money
# fails closed here: without Redis no code is given.

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Generic, TypeVar

from engage.stores.journal_base import JournalReads
from engage.stores.records import Record, VisitKey
from engage.stores.redis_chat import RedisChat
from engage.stores.redis_cluster import connect
from engage.stores.redis_codes import RedisCodes, is_whole
from engage.stores.redis_keys import visit_key
from engage.stores.redis_packing import read_kept
from engage.stores.redis_recall import MOST, Recall
from engage.stores.redis_visits import RedisVisits
from engage.stores.states import (
    GroupState,
    Known,
    PoolState,
    Redeemed,
    Restored,
    StoreOptions,
    Visit,
)
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
        self._chat = RedisChat(self._link, settling_s=options.settling_s)
        self._codes = RedisCodes(self._link, is_shared=options.is_shared)
        # By site: where its stock comes from, and the birth of what we filled.
        self._journals: dict[str, JournalReads] = {}
        self._births: dict[str, str] = {}
        self._budgets: dict[str, dict[str, int]] = {}
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

    async def announce(
        self,
        site: str,
        group: str,
        *,
        online: int,
        free: int,
        ttl_s: float,
        at_s: float,
    ) -> None:
        """Note the shop's report of a chat group."""
        await self._chat.change(
            site,
            lambda desk: desk.announce(
                group, online=online, free=free, ttl_s=ttl_s, at_s=at_s
            ),
        )

    async def groups(self, site: str, *, at_s: float) -> dict[str, GroupState]:
        """Return every group ever announced."""
        return await self._chat.groups(site, at_s=at_s)

    async def reserve_slot(
        self,
        site: str,
        group: str,
        *,
        decision: str,
        share: float,
        overbooking: float,
        until_s: float,
        at_s: float,
        claim: str = "",
    ) -> bool:
        """Hold a share of a slot; the overflow bound stands in `overflow`."""
        return await self._chat.change(
            site,
            lambda desk: desk.reserve(
                group,
                decision=decision,
                share=share,
                overbooking=overbooking,
                until_s=until_s,
                at_s=at_s,
                claim=claim,
            ),
        )

    async def confirm_slot(self, site: str, decision: str, *, at_s: float) -> bool:
        """Turn an open invite into a whole slot."""
        return await self._chat.change(site, lambda d: d.confirm(decision, at_s=at_s))

    async def add_codes(
        self, site: str, pool: str, codes: Iterable[str]
    ) -> tuple[int, int]:
        """Add codes; return how many were new and how many were known."""
        return await self._codes.add(site, pool, codes)

    async def set_budget(self, site: str, pool: str, cents: int) -> None:
        """Set a pool's whole budget."""
        await self._codes.set_budget(site, pool, cents)
        self._budgets.setdefault(site, {})[pool] = cents

    async def stock(self, site: str, *, at_s: float) -> dict[str, PoolState]:
        """Return what every pool can still give; refills it if Redis forgot it."""
        birth, pools = await self._codes.stock(site, at_s=at_s)
        if site in self._journals and not await self._is_filled(site, birth):
            await self._refill(site, birth)
            birth, pools = await self._codes.stock(site, at_s=at_s)
        if self._options.is_shared and not is_whole(birth):
            # What others have given may be missing still: nothing is given away.
            return dict.fromkeys(pools, PoolState(0, 0))
        return pools

    async def reserve_code(
        self,
        site: str,
        pool: str,
        *,
        decision: str,
        subject: str,
        amount_cents: int,
        until_s: float,
        at_s: float,
        claim: str = "",
    ) -> str | None:
        """Hold a code and the most it can cost, or return None."""
        return await self._codes.reserve(
            site,
            pool,
            decision=decision,
            subject=subject,
            amount_cents=amount_cents,
            until_s=until_s,
            at_s=at_s,
            claim=claim,
        )

    async def give_code(
        self, site: str, decision: str, *, at_s: float, until_s: float | None = None
    ) -> bool:
        """Mark a held code as delivered."""
        return await self._codes.give(site, decision, at_s=at_s, until_s=until_s)

    async def redeem(
        self,
        site: str,
        code: str,
        order_id: str,
        *,
        spent_cents: int | None,
        at_s: float,
        is_paid: bool = False,
    ) -> Redeemed:
        """Redeem a code for one order."""
        return await self._codes.redeem(
            site, code, order_id, spent_cents=spent_cents, at_s=at_s, is_paid=is_paid
        )

    async def owner_of_code(self, site: str, code: str) -> tuple[str, str] | None:
        """Return decision and subject a code was issued to, or None."""
        return await self._codes.owner(site, code)

    async def release(self, site: str, decision: str) -> bool:
        """Give back an open invite's share and a held code."""
        slot = await self._chat.change(site, lambda desk: desk.release(decision))
        return await self._codes.release(site, decision) or slot

    async def take_back(self, site: str, decision: str, *, claim: str) -> bool:
        """Undo what a try reserved."""
        slot = await self._chat.change(site, lambda d: d.take_back(decision, claim))
        return await self._codes.take_back(site, decision, claim) or slot

    async def restore(self, journal: JournalReads, site: str) -> Restored:
        """Bring back what Redis does not know; `begin_stock` begins a shared stock."""
        birth = await self._codes.birth(site)
        rows = await asyncio.to_thread(journal.codes, site)
        kept, unreadable = await asyncio.to_thread(
            read_kept, journal, site, self._options
        )
        codes = await self._codes.restore(site, rows)
        await self._visits.bring_back(site, kept)
        if self._options.is_shared:
            await self._codes.report(site, self._options.name)
        else:
            # Only now: until then nothing is given on a state that may be old.
            birth = await self._codes.begin(site)
        self._journals[site], self._births[site] = journal, birth
        return Restored(len(kept), unreadable, codes)

    @property
    def life(self) -> str:
        """Names this process, from its start to its end."""
        return self._visits.life

    def recalled(self, site: str, visitor: str, session: str) -> Known[S, V] | None:
        """Return what is remembered of a visit, however old that is."""
        return self._visits.recalled(site, visitor, session)

    async def begin_stock(self, site: str, *, names: Collection[str]) -> bool:
        """Let codes be given after a loss, once all these have brought back theirs."""
        whole = is_whole(await self._codes.birth(site))
        if not whole and (whole := await self._codes.have_reported(site, names)):
            self._births[site] = await self._codes.begin(site)
        return whole

    async def close(self) -> None:
        """Close the connections."""
        await self._link.close()

    async def _refill(self, site: str, birth: str) -> None:
        """Restore a site whose keys are gone: a Redis that restarted empty."""
        async with self._filling:
            if await self._is_filled(site, birth):
                return
            for pool, cents in self._budgets.get(site, {}).items():
                await self._codes.set_budget(site, pool, cents)
            restored = await self.restore(self._journals[site], site)
        log.warning("store.refilled", site=site, **restored._asdict())

    async def _is_filled(self, site: str, birth: str) -> bool:
        if self._options.is_shared and not is_whole(birth):
            return await self._codes.have_reported(site, {self._options.name})
        return birth == self._births.get(site)
