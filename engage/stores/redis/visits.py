"""Visits in Redis: one hash a visitor, swapped by version; an index of silence beside.

The hash holds the version, the visitor and every session; Redis itself compares the
version and swaps. A worker remembers what it saved, so that an ordinary beacon is one
trip; whether it remembered right, the swap says.
"""

# Rules of this file: a version is never used twice. Redis's own time decides nothing:
# its time to live only sweeps up what no worker was there to end.

from __future__ import annotations

import asyncio
import itertools
import math
import secrets
from collections.abc import Iterable, Sequence
from typing import Final, Generic, TypeVar

from engage.errors import StoreError
from engage.stores.records import Record, VisitKey
from engage.stores.redis.doubts import Doubts
from engage.stores.redis.keys import owed_field, parts, session_field, visit_key
from engage.stores.redis.link import Command, Link
from engage.stores.redis.owed import owed_of, pack_owed, with_records
from engage.stores.redis.packing import pack_visitor, session_of, visitor_of
from engage.stores.redis.recall import Recall
from engage.stores.redis.room import Room
from engage.stores.redis.silence import (
    AT_ONCE,
    candidates,
    enter,
    entries,
    leave,
    lower,
    put_right,
)
from engage.stores.redis.visit_scripts import BRING, DROP, SWAP
from engage.stores.states import Known, StoreOptions, Visit

S = TypeVar("S", bound=Visit)
V = TypeVar("V")

_HOUR_S: Final = 3_600.0


class RedisVisits(Generic[S, V]):
    """Sessions by visitor, with compare-and-swap.

    Args:
        link: the way to Redis.
        options: how sessions and visitors are written and read, and the bound.
        recall: what this worker remembers.
    """

    def __init__(
        self, link: Link, options: StoreOptions[S, V], *, recall: Recall[S, V]
    ) -> None:
        self._link = link
        self._options = options
        self._recall = recall
        # 64 bits of this worker and its own count: no version comes twice.
        life = secrets.randbits(64)
        self.life = f"{life:016x}"
        self._versions = itertools.count(life << 64)
        self._doubts: Doubts[S, V] = Doubts()
        # Live sessions of this worker until they are asked for, and gone ones.
        self._dirty: dict[VisitKey, S | None] = {}
        self._sites: set[str] = set()
        self._room = Room(options.live_sessions, count=self.count, let_go=self._let_go)

    async def load(self, site: str, visitor: str, session: str) -> Known[S, V]:
        """Return what is known; what was saved from here is known without a trip."""
        now_s = asyncio.get_running_loop().time()
        found = self._recall.find(site, visitor, session, at_s=now_s)
        if found is not None:
            return found
        (found,) = await self._fetch(site, [(visitor, session)])
        return self._doubts.as_told(found)

    def recalled(self, site: str, visitor: str, session: str) -> Known[S, V] | None:
        """Return what is remembered of a visit, however old that is."""
        return self._recall.find(site, visitor, session, at_s=-math.inf)

    async def save(
        self,
        known: Known[S, V],
        *,
        session: S,
        visitor: V | None,
        records: Sequence[Record] = (),
    ) -> bool:
        """Store both if the visitor's version is still the one that was loaded."""
        place, version = (known.site, known.visitor_id), next(self._versions)
        owed, last_s = known.owed, session.last_at_s
        if records and self._options.is_shared:
            owed = with_records(owed, records, life=self.life, at_s=last_s)
        field, owing = session_field(known.session_id), owed_field(known.session_id)
        index = self._index(known, session)
        changed: list[str | bytes] = [field, self._options.write_session(session)]
        if not self._recall.holds(known, visitor=visitor):
            changed += ["p", pack_visitor(visitor, self._options)]
        if owed is not known.owed:
            changed += [owing, pack_owed(owed)]
        try:
            replies = await self._link.run_after(
                index,
                SWAP,
                [visit_key(*place)],
                str(known.version),
                str(version),
                field,
                owing,
                self._options.swept_s if _is_due(known, at_s=last_s) else "",
                *changed,
                # A visit that only goes on may do so here; nothing rests on this save.
                in_haste=self._options.is_shared and not index and owed is known.owed,
            )
        except StoreError:
            self._recall.lose(*place)
            self._doubts.note(known, version=version)
            raise
        now_s = asyncio.get_running_loop().time()
        if replies[-1] != 1:
            # Somebody else was faster, and the answer says what stands there now.
            self._meet(self._known(*place, known.session_id, replies[-1]), at_s=now_s)
            return False
        self._doubts.clear(*place)
        after = known._replace(owed=owed)
        self._recall.note(
            after, session=session, visitor=visitor, version=version, at_s=now_s
        )
        self._dirty[(*place, known.session_id)] = session
        if known.session is None:
            self._sites.add(known.site)
            await self._room.take()
        return True

    async def idle(
        self, site: str, *, before_s: float, limit: int
    ) -> list[Known[S, V]]:
        """Return sessions silent since `before_s`, the longest silent first."""
        while True:
            rows = await candidates(self._link, site, before_s=before_s, limit=limit)
            found, moves = await self._looked_at(site, rows[:limit])
            if not moves:
                return found
            # Where some have gone on most have: all are put right in one go.
            moves += (await self._looked_at(site, rows[limit:]))[1]
            await self._link.ask(*moves)

    async def drop(self, site: str, visitor: str, session: str) -> None:
        """Forget a session, and its visitor with the last one."""
        self._recall.lose(site, visitor)
        # The index first: should the session come anew, it enters after this.
        replies = await self._link.run_after(
            [leave(site, visitor, session)],
            DROP,
            [visit_key(site, visitor)],
            session_field(session),
            str(next(self._versions)),
            owed_field(session),
        )
        if replies[-1]:
            self._dirty[site, visitor, session] = None

    async def forget(self, site: str, visitor: str) -> None:
        """Forget a visitor and all sessions."""
        self._recall.lose(site, visitor)
        self._doubts.clear(site, visitor)
        # First: another process may have been faster, or Redis is away.
        self._dirty |= {one: None for one in self._dirty if one[:2] == (site, visitor)}
        key = visit_key(site, visitor)
        (fields,) = await self._link.ask(("HKEYS", key))
        sessions = [one[2:].decode() for one in fields if one.startswith(b"s:")]
        await self._link.ask(*(leave(site, visitor, s) for s in sessions), ("DEL", key))
        self._dirty |= {(site, visitor, session): None for session in sessions}

    async def count(self) -> int:
        """Return how many sessions are held, of the sites seen by this worker."""
        return await entries(self._link, sorted(self._sites))

    def dirty(self) -> dict[VisitKey, S | None]:
        """Return what this worker changed since the last call; None for gone ones."""
        changed, self._dirty = self._dirty, {}
        return changed

    async def bring_back(
        self, site: str, visits: Iterable[tuple[VisitKey, S, V | None]]
    ) -> None:
        """Restore those of these sessions that Redis does not have."""
        self._sites.add(site)
        waiting = iter(visits)
        while some := list(itertools.islice(waiting, AT_ONCE)):
            await asyncio.gather(*(self._bring_back(*one) for one in some))
        self._room.recount()

    async def _bring_back(self, key: VisitKey, session: S, visitor: V | None) -> None:
        site, name, session_id = key
        self._recall.lose(site, name)
        await self._link.run_after(
            [enter(*key, at_s=session.last_at_s)],
            BRING,
            [visit_key(site, name)],
            str(next(self._versions)),
            pack_visitor(visitor, self._options),
            session_field(session_id),
            self._options.write_session(session),
            self._options.swept_s,
        )

    async def _looked_at(
        self, site: str, rows: Sequence[tuple[bytes, float]]
    ) -> tuple[list[Known[S, V]], list[Command]]:
        """Return the sessions of these entries, and what puts the entries right."""
        found = await self._fetch(site, [parts(name) for name, _ in rows])
        moves = (
            put_right(name, score, known)
            for (name, score), known in zip(rows, found, strict=True)
        )
        return found, [move for move in moves if move is not None]

    async def _fetch(
        self, site: str, visits: list[tuple[str, str]]
    ) -> list[Known[S, V]]:
        commands: list[Command] = [
            (
                "HMGET",
                visit_key(site, visitor),
                "v",
                "p",
                session_field(session),
                owed_field(session),
            )
            for visitor, session in visits
        ]
        replies = await self._link.ask(*commands) if commands else []
        return [
            self._known(site, *visit, reply)
            for visit, reply in zip(visits, replies, strict=True)
        ]

    def _meet(self, stands: Known[S, V], *, at_s: float) -> None:
        """Remember how a visit stands, unless that is in doubt."""
        if self._doubts.as_told(stands) is stands:
            self._recall.meet(stands, at_s=at_s)
        else:
            self._recall.lose(stands.site, stands.visitor_id)

    def _known(
        self, site: str, visitor: str, session: str, fields: Sequence[bytes | None]
    ) -> Known[S, V]:
        version, person, packed, owing = fields
        return Known(
            site,
            visitor,
            session,
            session_of(packed, self._options),
            visitor_of(person, self._options),
            int(version or 0),
            owed_of(owing),
        )

    def _index(self, known: Known[S, V], session: S) -> list[Command]:
        """Return what a save changes in the index: mostly nothing."""
        place = (known.site, known.visitor_id, known.session_id)
        if known.session is None:
            return [enter(*place, at_s=session.last_at_s)]
        if session.last_at_s < known.session.last_at_s:
            return [lower(*place, at_s=session.last_at_s)]
        return []

    async def _let_go(self, count: int) -> None:
        """Forget up to so many of the longest silent sessions."""
        found = await self._longest_silent(count)
        await asyncio.gather(
            *(self.drop(one.site, one.visitor_id, one.session_id) for one in found)
        )

    async def _longest_silent(self, count: int) -> list[Known[S, V]]:
        found = [
            (known.session.last_at_s, known)
            for site in sorted(self._sites)
            for known in await self.idle(site, before_s=math.inf, limit=count)
            if known.session is not None
        ]
        return [known for _, known in sorted(found, key=lambda one: one[0])[:count]]


def _is_due(known: Known[S, V], *, at_s: float) -> bool:
    """Tell whether a visit's time to live is to begin anew: once an hour."""
    if known.session is None or not known.version:
        return True
    return known.session.last_at_s // _HOUR_S != at_s // _HOUR_S
