"""What the last steps of a visit owe the journal, kept in Redis beside the visit.

A worker saves a visit first and journals what may not be lost a moment later. Dying in
between, it would leave a visit that has been decided on and a decision that is nowhere:
the browser's repeat is a duplicate then, and nobody would ever journal it. So the
records travel with the visit, and whichever worker loads it next makes them good.
"""

# Rules of this file: pure. Bounded: MOST steps, none older than KEPT_S. Making good
# twice is harmless, for every one of these records stands in a journal once.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import orjson

from engage.stores.records import Record
from engage.stores.states import Owed

LASTING: Final = frozenset({"decision", "outcome", "code", "purchase"})
"""Kinds of record that must be durable before a browser gets its answer."""
MOST: Final = 8
# A browser repeats what was not answered within seconds; open cards live for minutes.
KEPT_S: Final = 600.0

# The records stay packed: a visit is loaded far more often than anything is owed.
_DECODER: Final = msgspec.msgpack.Decoder(tuple[Owed, ...])


def with_records(
    owed: Sequence[Owed], records: Iterable[Record], *, life: str, at_s: float
) -> tuple[Owed, ...]:
    """Return what is owed after one more step; the same object if that owes nothing.

    Args:
        owed: by the steps before, the oldest first.
        records: what the step journals.
        life: the process that took the step.
        at_s: when, epoch seconds.
    """
    lasting = [one for one in records if one.kind in LASTING]
    if not lasting:
        return tuple(owed)
    young = [one for one in owed if at_s - one.at_s < KEPT_S]
    packed = orjson.dumps([_plain(one) for one in lasting])
    return (*young[1 - MOST :], Owed(life, at_s, lasting[0].key, packed))


def pack_owed(owed: Iterable[Owed]) -> bytes:
    """Return it as bytes."""
    return msgspec.msgpack.encode(list(owed))


def owed_of(packed: bytes | None) -> tuple[Owed, ...]:
    """Return what these bytes say is owed; of another release's form, nothing.

    >>> shown = Record(kind="outcome", site="s", key="d", at_s=1.0, body={"name": "x"})
    >>> owed = with_records((), [shown], life="a", at_s=1.0)
    >>> owed_of(pack_owed(owed)) == owed
    True
    """
    if not packed:
        return ()
    try:
        return _DECODER.decode(packed)
    except ValueError:
        return ()


def records_of(owed: Owed) -> list[Record]:
    """Return the records of one step.

    >>> shown = Record(kind="outcome", site="s", key="d", at_s=1.0, body={"name": "x"})
    >>> (owed,) = with_records((), [shown], life="a", at_s=1.0)
    >>> records_of(owed) == [shown]
    True
    """
    return [_record(*row) for row in orjson.loads(owed.packed)]


def _plain(one: Record) -> tuple[object, ...]:
    body = {name: value for name, value in one.body.items() if name != "visitor"}
    return one.kind, one.site, one.key, one.at_s, body, one.subject, one.visitor


def _record(*row: Any) -> Record:
    names = ("kind", "site", "key", "at_s", "body", "subject", "visitor")
    return Record(**dict(zip(names, row, strict=True)))
