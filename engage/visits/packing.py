"""Sessions as bytes, for stores and for the few seconds a crash may cost."""

# Rules of this file: plain data (MessagePack), a version in front, no pickle. Bytes of
# another version are refused, never guessed at: session state is soft.

from __future__ import annotations

import sys
from typing import Final

import msgspec
from msgspec.structs import replace

from engage.errors import StoreError
from engage.visits import block as b
from engage.visits.value import Session

# Raise it when a field or a counter is added or moved.
VERSION: Final = 1

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Session)


def to_bytes(session: Session) -> bytes:
    """Return a session as bytes that `from_bytes` reads; about half a kilobyte."""
    return bytes((VERSION,)) + _ENCODER.encode(session)


def from_bytes(packed: bytes) -> Session:
    """Return the session that was packed.

    Raises:
        StoreError: the bytes are of another version, or are not a session.
    """
    version = packed[0] if packed else None
    if version != VERSION:
        raise StoreError(f"packed session must have version {VERSION}, got {version}")
    try:
        session = _DECODER.decode(memoryview(packed)[1:])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"packed session cannot be read: {error}") from error
    if len(session.block) != b.SIZE:
        raise StoreError(
            f"packed session must hold {b.SIZE} bytes of numbers,"
            f" got {len(session.block)}"
        )
    return _interned(session)


def _interned(session: Session) -> Session:
    """Share the strings that many sessions have in common."""
    item_id = session.item_id
    return replace(
        session,
        page_kind=sys.intern(session.page_kind),
        locale=sys.intern(session.locale),
        item_category=sys.intern(session.item_category),
        item_id=None if item_id is None else sys.intern(item_id),
        recent_items=tuple(map(sys.intern, session.recent_items)),
        cart=tuple(
            replace(line, item_id=sys.intern(line.item_id)) for line in session.cart
        ),
        bought=tuple(map(sys.intern, session.bought)),
    )
