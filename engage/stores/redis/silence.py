"""The index of silence in Redis: a shop's sessions by their last sign of life.

A session enters it once, with its first beacon, and is put in its right place when
somebody looks for silent ones; so an ordinary beacon does not touch it. Each session is
put right about once in the time after which it counts as silent.
"""

# Rules of this file: what stands here is a lower bound of the truth, never believed
# without a look at the session itself.

from __future__ import annotations

from typing import Any, Final

from engage.stores.redis.keys import SHARDS, member, shard_of, silence_key
from engage.stores.redis.link import Command, Link
from engage.stores.states import Known

# So many candidates are looked at in one trip, at least.
AT_ONCE: Final = 200


def enter(site: str, visitor: str, session: str, *, at_s: float) -> Command:
    """Return the command by which a session enters; one that is there stays."""
    key = silence_key(site, shard_of(visitor))
    return ("ZADD", key, "NX", repr(at_s), member(visitor, session))


def lower(site: str, visitor: str, session: str, *, at_s: float) -> Command:
    """Return the command after a step is undone: `at_s` is the bound again."""
    key = silence_key(site, shard_of(visitor))
    return ("ZADD", key, "XX", "LT", repr(at_s), member(visitor, session))


def leave(site: str, visitor: str, session: str) -> Command:
    """Return the command by which a session leaves."""
    return ("ZREM", silence_key(site, shard_of(visitor)), member(visitor, session))


def put_right(name: bytes, score: float, known: Known[Any, Any]) -> Command | None:
    """Return what puts an entry in its right place, or None if it stands there."""
    key = silence_key(known.site, shard_of(known.visitor_id))
    if known.session is None:
        return ("ZREM", key, name)
    if known.session.last_at_s != score:
        return ("ZADD", key, "XX", repr(known.session.last_at_s), name)
    return None


async def entries(link: Link, sites: list[str]) -> int:
    """Return how many sessions stand in the index of these shops."""
    keys = [silence_key(site, shard) for site in sites for shard in range(SHARDS)]
    replies = await link.ask(*(("ZCARD", key) for key in keys)) if keys else []
    return sum(replies)


async def candidates(
    link: Link, site: str, *, before_s: float, limit: int
) -> list[tuple[bytes, float]]:
    """Return entries below `before_s`, the lowest first, with what stands there.

    At least `limit` of them if there are so many.
    """
    most = max(limit, AT_ONCE)
    keys = [silence_key(site, shard) for shard in range(SHARDS)]
    # The parenthesis leaves out the end itself.
    rest = ("-inf", f"({before_s!r}", "WITHSCORES", "LIMIT", 0, most)
    replies = await link.ask(*(("ZRANGEBYSCORE", key, *rest) for key in keys))
    rows = [
        (name, float(score))
        for reply in replies
        for name, score in zip(reply[::2], reply[1::2], strict=True)
    ]
    return sorted(rows, key=lambda row: (row[1], row[0]))[:most]
