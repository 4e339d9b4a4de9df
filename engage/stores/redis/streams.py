"""Workers' journals on their way to the ledger: one Redis stream a worker.

An entry is a batch of records; its id is the offset of the last of them in the worker's
journal. So Redis itself refuses a batch that comes twice, and the ledger reads after
the offset it has merged: neither side has a position that the other could lose.
"""

# Rules of this file: one key a command. Bounded: a worker ships no more while MOST
# batches wait. A stream that lost its end (a Redis that restarted with less) shows as a
# gap; the ledger then asks the worker to go back, for its journal has everything.

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from engage.stores.records import Entry, Record
from engage.stores.redis.link import Link, Script

WORKERS: Final = "engage:workers"
MERGED: Final = "engage:merged"
REWIND: Final = "engage:rewind"
MOST: Final = 2_000
# Batches read at once; each is a few dozen kilobytes.
AT_ONCE: Final = 16

# Of the last batch only where it ends, not its dozens of kilobytes.
_END: Final = Script.of("""
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
return {last[1] and last[1][1] or '0-0', redis.call('XLEN', KEYS[1])}
""")


def stream_key(worker: str) -> str:
    """Return the stream of a worker.

    >>> stream_key("a1")
    'engage:stream:{a1}'
    """
    return f"engage:stream:{{{worker}}}"


class Standing(NamedTuple):
    """How a worker's shipping stands.

    Attributes:
        shipped: offset of the last batch in the stream; 0 for none.
        merged: offset up to which the ledger has everything; 0 if it never said.
        waiting: batches that were not merged yet.
        rewind: the ledger asks to ship again from after this offset; None: it does not.
    """

    shipped: int
    merged: int
    waiting: int
    rewind: int | None


class Batch(NamedTuple):
    """Records of a worker's journal in order.

    Attributes:
        after: they follow this offset without a gap.
        entries: with the worker's own offsets.
    """

    after: int
    entries: list[Entry]

    @property
    def last(self) -> int:
        """The offset of the last of them."""
        return self.entries[-1].offset


class Outlet:
    """Where a worker ships its journal to.

    Args:
        link: the way to Redis; not the one that beacons take.
        worker: the worker's name, the same in all its lives.
    """

    def __init__(self, link: Link, worker: str) -> None:
        self._link, self._worker = link, worker
        self._key = stream_key(worker)

    async def standing(self) -> Standing:
        """Enter the list of workers and return how things stand.

        Raises:
            StoreError: Redis does not answer.
        """
        rest = (
            ("HGET", MERGED, self._worker),
            ("HGET", REWIND, self._worker),
            ("SADD", WORKERS, self._worker),
        )
        replies = await self._link.run_after(rest, _END, [self._key])
        merged, rewind, _, (last, waiting) = replies
        again = None if rewind is None else int(rewind)
        return Standing(_offset(last), int(merged or 0), waiting, again)

    async def ship(self, packed: bytes, *, after: int, last: int) -> None:
        """Put a batch at the end of the stream.

        Raises:
            StoreError: Redis does not answer, or the stream holds this or a later
                batch: ask how things stand.
        """
        fields = ("after", after, "batch", packed)
        await self._link.ask(("XADD", self._key, f"{last}-0", *fields))

    async def go_back(self) -> None:
        """Empty the stream before shipping again from an earlier offset."""
        await self._link.ask(("DEL", self._key), ("HDEL", REWIND, self._worker))


class Inlet:
    """Where the ledger reads the workers' journals.

    Args:
        link: the way to Redis; not the one that beacons take.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    async def workers(self) -> list[str]:
        """Return the names of all workers that ever shipped.

        Raises:
            StoreError: Redis does not answer.
        """
        (names,) = await self._link.ask(("SMEMBERS", WORKERS))
        return sorted(name.decode() for name in names)

    async def read(self, workers: Sequence[tuple[str, int]]) -> list[list[bytes]]:
        """Return the packed batches after an offset, for each of some workers.

        Each batch as (`after`, the rest) is unpacked by `unpack`.

        Raises:
            StoreError: Redis does not answer.
        """
        replies = await self._link.ask(
            *(
                ("XRANGE", stream_key(name), f"({after}-0", "+", "COUNT", AT_ONCE)
                for name, after in workers
            )
        )
        return [[_joined(fields) for _, fields in reply] for reply in replies]

    async def done(self, worker: str, *, merged: int) -> None:
        """Say how far a worker's journal is merged; what is merged leaves the stream.

        Raises:
            StoreError: Redis does not answer.
        """
        await self._link.ask(
            ("HSET", MERGED, worker, merged),
            ("XTRIM", stream_key(worker), "MINID", f"{merged + 1}-0"),
        )

    async def ask_back(self, worker: str, *, merged: int) -> None:
        """Ask a worker to ship again all that follows `merged`."""
        await self._link.ask(("HSET", REWIND, worker, merged))


def pack(entries: Sequence[Entry]) -> bytes:
    """Return records as bytes; a few tens of microseconds each."""
    rows = [
        (
            offset,
            one.kind,
            one.site,
            one.key,
            one.at_s,
            one.body,
            one.subject,
            one.visitor,
        )
        for offset, one in entries
    ]
    return zlib.compress(orjson.dumps(rows), 1)


def unpack(packed: bytes) -> Batch:
    """Return the batch that `Inlet.read` gave.

    Raises:
        ValueError: it is none; zlib.error for damage.

    >>> one = Entry(7, Record(kind="visit", site="s", key="k", at_s=1.5, body={}))
    >>> unpack(b"3 " + pack([one])) == Batch(3, [one])
    True
    """
    after, _, rest = packed.partition(b" ")
    return Batch(
        int(after), [_entry(*row) for row in orjson.loads(zlib.decompress(rest))]
    )


def _entry(offset: int, *row: Any) -> Entry:
    names = ("kind", "site", "key", "at_s", "body", "subject", "visitor")
    return Entry(offset, Record(**dict(zip(names, row, strict=True))))


def _joined(fields: dict[bytes, bytes]) -> bytes:
    return fields[b"after"] + b" " + fields[b"batch"]


def _offset(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[0])
