"""A visitor at rest, as bytes: a third of the memory that live values take.

Most live visits are silent most of the time: a shopper reads for seconds, and a visit
counts as live for half an hour after its last beacon.

    second under which it is filed, silent since, kind, code | MessagePack, squeezed
"""

# Rules of this file: what is thawed equals what was frozen. Only msgspec's structs are
# frozen, because they are plain data by declaration; of other values nothing is known.

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeAlias, TypeVar

import msgspec

S = TypeVar("S")
V = TypeVar("V")

_HEAD = struct.Struct("<qdBB")
_FILED = struct.Struct("<qd")
# Kinds of session and visitor at once; a service has one.
_MAX_KINDS: Final = 255

# Most counters of most visits are zero. One pass over runs of this length takes a
# quarter off; a second pass would take five per cent more in twice the time.
_ZEROS: Final = bytes(6)
# One of these stands for a run, the first that does not occur otherwise. The first
# ones begin nothing in MessagePack and are in no text.
_CODES: Final = tuple(bytes((code,)) for code in range(0xFF, 0x7F, -1))
_NO_CODE: Final = 0


Rested: TypeAlias = tuple[int, V | None, dict[str, S]]
"""Version, visitor and sessions, the longest silent one first; a plain tuple, because
it is made twice with every beacon that wakes a visitor."""


class Cold(Generic[S, V]):
    """Freezes visitors and thaws them."""

    def __init__(self) -> None:
        self._encode: Callable[[object], bytes] = msgspec.msgpack.Encoder().encode
        self._kinds: dict[tuple[type, type], int] = {}
        self._decode: list[Callable[[bytes], Any]] = []

    def frozen(
        self, rested: Rested[V, S], *, filed: int, silent_s: float
    ) -> bytes | None:
        """Return a visitor as bytes, or None if its values are of no plain kind.

        Args:
            rested: has at least one session.
            filed: the second under which it is filed, see `memory/silence`.
            silent_s: `last_at_s` of the longest silent session, epoch seconds.
        """
        version, visitor, sessions = rested
        pair = (type(next(iter(sessions.values()))), type(visitor))
        kind = self._kinds.get(pair)
        if kind is None:
            kind = self._noted(pair)
        if kind is None:
            return None
        if len(sessions) > 1:
            if not _is_one_kind(sessions):
                return None
            # The encoder does not see in which order an `OrderedDict` was put.
            rested = version, visitor, dict(sessions.items())
        code, body = squeezed(self._encode(rested))
        return _HEAD.pack(filed, silent_s, kind, code) + body

    def thawed(self, frozen: bytes) -> Rested[V, S]:
        """Return the visitor that was frozen; several sessions in an `OrderedDict`."""
        filed_size = _FILED.size
        kind, code = frozen[filed_size], frozen[filed_size + 1]
        body = unsqueezed(code, frozen[_HEAD.size :])
        rested: Rested[V, S] = self._decode[kind](body)
        if len(rested[2]) > 1:
            return rested[0], rested[1], OrderedDict(rested[2])
        return rested

    def _noted(self, kind: tuple[type, type]) -> int | None:
        session, visitor = kind
        is_plain = issubclass(session, msgspec.Struct) and (
            visitor is type(None) or issubclass(visitor, msgspec.Struct)
        )
        if not is_plain or len(self._decode) >= _MAX_KINDS:
            return None
        shape: Any = tuple[int, visitor, dict[str, session]]  # type: ignore[valid-type]  # types of values met
        self._decode.append(msgspec.msgpack.Decoder(shape).decode)
        self._kinds[kind] = len(self._decode) - 1
        return self._kinds[kind]


def _is_one_kind(sessions: Mapping[str, object]) -> bool:
    return len({type(session) for session in sessions.values()}) == 1


def filed_of(frozen: bytes) -> tuple[int, float]:
    """Return the second a frozen visitor is filed under and since when it is silent."""
    filed, silent_s = _FILED.unpack_from(frozen)
    return filed, silent_s


def refiled(frozen: bytes, filed: int) -> bytes:
    """Return a frozen visitor that is filed under another second."""
    return filed.to_bytes(8, "little", signed=True) + frozen[8:]


def squeezed(body: bytes) -> tuple[int, bytes]:
    """Return a code, and the bytes with that code for every six zeros.

    >>> code, body = squeezed(b"ab" + bytes(13))
    >>> code, body.hex(" ")
    (255, '61 62 ff ff 00')
    """
    for code in _CODES:
        if code not in body:
            return code[0], body.replace(_ZEROS, code)
    return _NO_CODE, body


def unsqueezed(code: int, body: bytes) -> bytes:
    """Return the bytes that were squeezed.

    >>> unsqueezed(*squeezed(b"ab" + bytes(13))) == b"ab" + bytes(13)
    True
    """
    return body if code == _NO_CODE else body.replace(bytes((code,)), _ZEROS)
