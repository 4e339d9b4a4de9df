"""Reads a request body within two bounds: bytes on the wire and bytes inflated.

A gzip bomb is stopped after 64 KiB of output, before it costs memory or time.
"""

# Rules of this file: the only place that inflates; there is no second codec path.
# No I/O: whoever reads the socket feeds the chunks.

from __future__ import annotations

import zlib
from collections.abc import Iterable

from engage.errors import BadBeacon, CallerError, TooLarge, UnsupportedMedia
from engage.wire.limits import INFLATED_BYTES, WIRE_BYTES

# zlib's window bits plus 16: a gzip header and trailer are required and checked.
_GZIP = 31


class Inflater:
    """Collects one body, chunk by chunk, plain or gzip, within its bounds.

    >>> body = Inflater(None)
    >>> body.feed(b'{"v":')
    >>> body.feed(b'1}')
    >>> body.finish()
    b'{"v":1}'
    """

    __slots__ = ("_bad", "_gzip", "_inflated_limit", "_out", "_seen", "_wire_limit")

    def __init__(
        self,
        encoding: str | None,
        *,
        wire_limit: int = WIRE_BYTES,
        inflated_limit: int = INFLATED_BYTES,
        bad: type[CallerError] = BadBeacon,
    ) -> None:
        """Begin a body sent with this `Content-Encoding`.

        Args:
            encoding: the header's value; None, empty and `identity` mean plain.
            wire_limit: most bytes that may arrive.
            inflated_limit: most bytes they may become.
            bad: the error for a broken body.

        Raises:
            UnsupportedMedia: an encoding other than gzip.
        """
        name = (encoding or "identity").strip().lower() or "identity"
        if name not in {"identity", "gzip", "x-gzip"}:
            raise UnsupportedMedia(
                f"content-encoding must be gzip or identity, got {encoding!r:.60}",
                field="content-encoding",
            )
        self._gzip = None if name == "identity" else zlib.decompressobj(_GZIP)
        self._wire_limit = wire_limit
        self._inflated_limit = inflated_limit
        self._bad = bad
        self._seen = 0
        self._out = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes from the wire.

        Raises:
            TooLarge: a bound is passed.
            CallerError: `bad`, when the bytes are no gzip or follow its end.
        """
        self._seen += len(chunk)
        if self._seen > self._wire_limit:
            raise TooLarge(
                f"body must be <= {self._wire_limit} bytes on the wire, "
                f"got at least {self._seen}",
                field="body",
            )
        self._out += chunk if self._gzip is None else self._inflated(chunk)
        if len(self._out) > self._inflated_limit:
            raise TooLarge(
                f"body must be <= {self._inflated_limit} bytes inflated, got more",
                field="body",
            )

    def finish(self) -> bytes:
        """Return the whole body.

        Raises:
            CallerError: `bad`, when the gzip ends too early.
        """
        if self._gzip is not None and not self._gzip.eof:
            raise self._bad(
                f"body must be a whole gzip member, got a truncated one "
                f"of {self._seen} bytes",
                field="body",
            )
        return bytes(self._out)

    def _inflated(self, chunk: bytes) -> bytes:
        gzip = self._gzip
        assert gzip is not None
        out = b""
        after = len(chunk)
        if not gzip.eof:
            # One byte over the bound is enough to know; 0 would mean "no limit".
            room = self._inflated_limit - len(self._out) + 1
            try:
                out = gzip.decompress(chunk, room)
            except zlib.error as error:
                raise self._bad(
                    f"body must be gzip, got {error}", field="body"
                ) from error
            after = len(gzip.unused_data)
        # A second member would be a second body; one beacon is one member.
        if after:
            raise self._bad(
                f"body must be one gzip member, got {after} bytes after it",
                field="body",
            )
        return out


def read_body(
    chunks: bytes | Iterable[bytes],
    encoding: str | None = None,
    *,
    wire_limit: int = WIRE_BYTES,
    inflated_limit: int = INFLATED_BYTES,
    bad: type[CallerError] = BadBeacon,
) -> bytes:
    """Return the body that `chunks` make up, inflated within its bounds.

    Raises:
        TooLarge: more than `wire_limit` bytes, or more than `inflated_limit` inflated.
        UnsupportedMedia: an encoding other than gzip.
        CallerError: `bad`, for a corrupt, truncated or repeated gzip member.

    >>> import gzip
    >>> read_body(gzip.compress(b"{}"), "gzip")
    b'{}'
    """
    inflater = Inflater(
        encoding, wire_limit=wire_limit, inflated_limit=inflated_limit, bad=bad
    )
    for chunk in (chunks,) if isinstance(chunks, bytes) else chunks:
        inflater.feed(chunk)
    return inflater.finish()
