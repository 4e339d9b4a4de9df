"""The names of everything kept in Redis, and which of them live together.

In a Redis Cluster the part in braces decides on the slot, and a command or script may
touch one slot only. What belongs to a visitor carries `{site:visitor}`, stock and chats
of a shop `{site}`, and each part of a shop's index of silence a tag of its own.
"""

# Rules of this file: pure. No command anywhere uses keys of two of these functions.

from __future__ import annotations

import zlib
from typing import Final, NamedTuple

# Parts of a shop's index of silence, so that a cluster spreads its writes.
SHARDS: Final = 4


def visit_key(site: str, visitor: str) -> str:
    """Return the hash that holds a visitor with all sessions.

    >>> visit_key("pk_demo", "v_1")
    'engage:visit:{pk_demo:v_1}'
    """
    return f"engage:visit:{{{site}:{visitor}}}"


def silence_key(site: str, shard: int) -> str:
    """Return the sorted set of sessions by their last sign of life.

    >>> silence_key("pk_demo", 3)
    'engage:silence:{pk_demo/3}'
    """
    return f"engage:silence:{{{site}/{shard}}}"


def shard_of(visitor: str) -> int:
    """Return in which part of the index a visitor's sessions stand, in [0, SHARDS)."""
    return zlib.crc32(visitor.encode()) % SHARDS


def chat_key(site: str) -> str:
    """Return the string that holds all chat groups of a shop.

    >>> chat_key("pk_demo")
    'engage:chat:{pk_demo}'
    """
    return f"engage:chat:{{{site}}}"


class StockKeys(NamedTuple):
    """Everything a stock script may touch, in the order the scripts expect."""

    pools: str
    codes: str
    issued: str
    due: str
    free: str
    birth: str
    refilled: str


def stock_keys(site: str) -> StockKeys:
    """Return the keys of a site's stock.

    >>> stock_keys("pk_demo").pools
    'engage:pools:{pk_demo}'
    """
    return StockKeys(*(f"engage:{name}:{{{site}}}" for name in StockKeys._fields))


def member(visitor: str, session: str) -> str:
    """Return a session's name within the index; ids hold no space.

    >>> member("v_1", "s_1")
    'v_1 s_1'
    """
    return f"{visitor} {session}"


def parts(name: bytes) -> tuple[str, str]:
    """Return visitor and session of a name within the index.

    >>> parts(b"v_1 s_1")
    ('v_1', 's_1')
    """
    visitor, _, session = name.decode().partition(" ")
    return visitor, session


def session_field(session: str) -> str:
    """Return where in a visitor's hash a session is."""
    return f"s:{session}"


def owed_field(session: str) -> str:
    """Return where in it is what its last steps owe the journal."""
    return f"o:{session}"
