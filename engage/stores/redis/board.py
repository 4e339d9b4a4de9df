"""What the learner tells the workers, and workers tell each other, through Redis.

Standing facts of a shop (the snapshot that decides, the operator's switches, since when
the shop decides) are keys; news (products seen or changed, visitors erased) is a stream
that everybody follows. All of it can be had again from the ledger.
"""

# Rules of this file: one key a command. News is bounded to the last NEWS messages: who
# was away for longer starts from the standing facts. Erasures are kept beside them.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from itertools import islice
from typing import Final, NamedTuple

import orjson

from engage.stores.records import Body
from engage.stores.redis.link import Command, Link, Script

LEASE: Final = "engage:lease"
LEARNER: Final = "engage:learner"
LEDGER: Final = "engage:ledger"
REPORTS: Final = "engage:reports"
NEWS: Final = 20_000
# News read at once, and products written or read at once.
AT_ONCE: Final = 500
ERASED: Final = "erased"  # kind of the news that a visitor is to be forgotten
# As long as behaviour is kept by default: a worker may have been away for that long.
ERASED_KEPT_S: Final = 30 * 86_400.0
# Anybody may ask to be forgotten, under any id, as often as the rate limit lets them.
ERASED_MOST: Final = 100_000
FIRST: Final = "0-0"  # before all news

_HOLD: Final = Script.of("""
local now = redis.call('GET', KEYS[1])
if now and now ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
""")
_LET_GO: Final = Script.of("""
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
""")

# By Redis' own clock, which has numbered the messages.
_TRIM: Final = Script.of("""
local kept_since = redis.call('TIME')[1] - ARGV[1]
return redis.call('XTRIM', KEYS[1], 'MINID', string.format('%d000', kept_since))
""")


class Facts(NamedTuple):
    """The standing facts of a shop.

    Attributes:
        number: of the snapshot that decides; -1 before the first.
        switches: what the operator has switched off, as plain data; None: never any.
        started_at_s: when the shop first decided; None if it never did.
        trial: mark of the challenger's trial as it stands; '' if nothing was tried.
        alive_s: when the learner last said that it lives; None if it never did.
    """

    number: int
    switches: Body | None
    started_at_s: float | None
    trial: str = ""
    alive_s: float | None = None


class News(NamedTuple):
    """One message: its place in the stream, what it is about, and its body."""

    place: str
    kind: str
    body: Body


class Board:
    """The board of all shops.

    Args:
        link: the way to Redis; not the one that beacons take.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    async def hold(self, me: str, *, url: str, ttl_s: float) -> bool:
        """Take or renew the lease; False while somebody else holds it.

        Args:
            me: who we are, different for each process.
            url: where the ledger answers; '' while it does not yet.
            ttl_s: after so many seconds without a renewal it is anybody's.
        """
        ttl_ms = round(ttl_s * 1000)
        is_ours = bool(await self._link.run(_HOLD, [LEASE], me, ttl_ms))
        if is_ours and url:
            await self._link.ask(("SET", LEARNER, url, "PX", ttl_ms))
        return is_ours

    async def let_go(self, me: str) -> None:
        """Give the lease back if it is ours."""
        await self._link.run(_LET_GO, [LEASE], me)

    async def learner(self) -> str:
        """Return where the ledger answers; '' if no learner holds the lease."""
        (found,) = await self._link.ask(("GET", LEARNER))
        return "" if found is None else str(found.decode())

    async def claim_ledger(self, name: str) -> str:
        """Return the name of the ledger that this Redis belongs to: ours, if none."""
        _, found = await self._link.ask(("SET", LEDGER, name, "NX"), ("GET", LEDGER))
        return str(found.decode())

    async def claim_salt(self, site: str, mark: str) -> str:
        """Return the mark of the salt that a shop's service has: ours, if none yet."""
        key = f"engage:salt:{{{site}}}"
        _, found = await self._link.ask(("SET", key, mark, "NX"), ("GET", key))
        return str(found.decode())

    async def eviction(self) -> str:
        """Return by which policy Redis throws keys away if it is full; '': it does not.

        Of a cluster every master is asked: one that was set up in haste is enough.
        """
        for found in await self._link.ask_all(("INFO", "memory")):
            policy = str(found.get("maxmemory_policy", ""))
            if found.get("maxmemory") and policy != "noeviction":
                return policy
        return ""

    async def publish(self, site: str, number: int, body: bytes) -> None:
        """Make a snapshot the one that decides."""
        await self._link.ask(
            ("SET", _snapshot(site), body), ("HSET", _facts(site), "number", number)
        )

    async def put_trial(self, site: str, mark: str, body: bytes) -> None:
        """Say what is tried, on whom, and what names that."""
        await self._link.ask(
            ("SET", _trial(site), body), ("HSET", _facts(site), "trial", mark)
        )

    async def trial(self, site: str) -> bytes | None:
        """Return what is tried, or None if nothing ever was."""
        (found,) = await self._link.ask(("GET", _trial(site)))
        return None if found is None else bytes(found)

    async def put_switches(self, site: str, switches: Mapping[str, object]) -> None:
        """Say what the operator has switched off."""
        body = orjson.dumps(dict(switches))
        await self._link.ask(("HSET", _facts(site), "switches", body))

    async def put_started(self, site: str, at_s: float) -> None:
        """Say since when the shop decides; the first word stands."""
        await self._link.ask(("HSETNX", _facts(site), "started", repr(at_s)))

    async def put_alive(self, site: str, at_s: float) -> None:
        """Say that the learner lives."""
        await self._link.ask(("HSET", _facts(site), "alive", repr(at_s)))

    async def facts(self, site: str) -> Facts:
        """Return the standing facts of a shop."""
        (found,) = await self._link.ask(("HGETALL", _facts(site)))
        switches, started = found.get(b"switches"), found.get(b"started")
        alive = found.get(b"alive")
        return Facts(
            number=int(found.get(b"number", -1)),
            switches=None if switches is None else orjson.loads(switches),
            started_at_s=None if started is None else float(started),
            trial=found.get(b"trial", b"").decode(),
            alive_s=None if alive is None else float(alive),
        )

    async def snapshot(self, site: str) -> bytes | None:
        """Return the snapshot that decides, or None before the first."""
        (found,) = await self._link.ask(("GET", _snapshot(site)))
        return None if found is None else bytes(found)

    async def post(self, site: str, kind: str, body: Mapping[str, object]) -> None:
        """Add a message to the news."""
        await self.post_all(site, [(kind, body)])

    async def post_all(
        self, site: str, messages: Iterable[tuple[str, Mapping[str, object]]]
    ) -> None:
        """Add messages, each a kind and a body, to the news in one trip."""
        place: Command = ("XADD", _news(site), "MAXLEN", "~", NEWS, "*")
        commands: list[Command] = []
        for kind, body in messages:
            told = orjson.dumps(dict(body))
            commands.append((*place, "kind", kind, "body", told))
            if kind == ERASED:
                commands.append(_noted_erasure(site, body))
        # Of a shop that is served no more nobody would take the names away.
        kept_s = round(ERASED_KEPT_S)
        naming = (("EXPIRE", key, kept_s) for key in (_erasures(site), _news(site)))
        await self._link.ask(*commands, *naming)

    async def erasures(self, site: str) -> dict[str, float]:
        """Return who was erased within the last ERASED_KEPT_S, and when."""
        (rows,) = await self._link.ask(("ZRANGE", _erasures(site), 0, -1, "WITHSCORES"))
        return {
            visitor.decode(): float(at_s)
            for visitor, at_s in zip(rows[::2], rows[1::2], strict=True)
        }

    async def forget_erasures(
        self, site: str, *, at_s: float, most: int = ERASED_MOST
    ) -> None:
        """Name nobody any more who was erased longer than ERASED_KEPT_S before `at_s`.

        Nor more than `most`, the latest. Other news that is as old goes with it: nobody
        has been away for that long.
        """
        before_s = repr(at_s - ERASED_KEPT_S)
        await self._link.ask(
            ("ZREMRANGEBYSCORE", _erasures(site), "-inf", before_s),
            ("ZREMRANGEBYRANK", _erasures(site), 0, -most - 1),
        )
        await self._link.run(_TRIM, [_news(site)], round(ERASED_KEPT_S))

    async def news(self, site: str, *, after: str) -> list[News]:
        """Return messages after a place, the oldest first."""
        (rows,) = await self._link.ask(
            ("XRANGE", _news(site), f"({after}", "+", "COUNT", AT_ONCE)
        )
        return [
            News(place.decode(), told[b"kind"].decode(), orjson.loads(told[b"body"]))
            for place, told in rows
        ]

    async def latest(self, site: str) -> str:
        """Return the place of the latest message."""
        (rows,) = await self._link.ask(("XREVRANGE", _news(site), "+", "-", "COUNT", 1))
        return str(rows[0][0].decode()) if rows else FIRST

    async def report(self, worker: str, report: Mapping[str, object]) -> None:
        """Say how a worker stands; its former word is forgotten."""
        await self._link.ask(("HSET", REPORTS, worker, orjson.dumps(dict(report))))

    async def reports(self) -> dict[str, Body]:
        """Return the last word of every worker, by name."""
        (found,) = await self._link.ask(("HGETALL", REPORTS))
        return {name.decode(): orjson.loads(body) for name, body in found.items()}

    async def strike_off(self, workers: Iterable[str]) -> None:
        """Forget what some workers said."""
        await self._link.ask(("HDEL", REPORTS, *workers))

    async def put_items(self, site: str, items: Mapping[str, Body]) -> None:
        """Put products where a worker that starts will find them."""
        waiting = iter(items.items())
        while some := list(islice(waiting, AT_ONCE)):
            rows = [part for name, body in some for part in (name, orjson.dumps(body))]
            await self._link.ask(("HSET", _items(site), *rows))

    async def items(self, site: str) -> AsyncIterator[dict[str, Body]]:
        """Yield all products, some hundred at a time; one may come twice."""
        cursor: int | bytes = 0
        while True:
            ((cursor, rows),) = await self._link.ask(
                ("HSCAN", _items(site), cursor, "COUNT", AT_ONCE)
            )
            yield {name.decode(): orjson.loads(body) for name, body in rows.items()}
            if int(cursor) == 0:
                return


def _facts(site: str) -> str:
    return f"engage:facts:{{{site}}}"


def _snapshot(site: str) -> str:
    return f"engage:snapshot:{{{site}}}"


def _trial(site: str) -> str:
    return f"engage:trial:{{{site}}}"


def _news(site: str) -> str:
    return f"engage:news:{{{site}}}"


def _noted_erasure(site: str, body: Mapping[str, object]) -> Command:
    """Return what keeps an erasure for those who do not hear of it now."""
    at_s = float(str(body["at_s"]))
    return ("ZADD", _erasures(site), "GT", repr(at_s), str(body["visitor"]))


def _erasures(site: str) -> str:
    return f"engage:erased:{{{site}}}"


def _items(site: str) -> str:
    return f"engage:items:{{{site}}}"
