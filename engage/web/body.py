"""Reads a body: bounded on the wire, bounded inflated, within a deadline."""

# Rules of this file: the only way a body comes in. aiohttp's own inflating is off
# (`auto_decompress=False`): it would unpack a bomb before anybody sees its size.

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from engage.errors import BadRequest, CallerError, TooLarge, TooSlow, UnsupportedMedia
from engage.wire.inflate import Inflater
from engage.wire.limits import INFLATED_BYTES, WIRE_BYTES

MEDIA = frozenset({"application/json", "text/plain"})


async def read_body(
    request: web.Request,
    *,
    deadline_s: float,
    wire_limit: int = WIRE_BYTES,
    inflated_limit: int = INFLATED_BYTES,
    media: frozenset[str] = MEDIA,
    bad: type[CallerError] = BadRequest,
) -> bytes:
    """Return the request's body, inflated.

    Args:
        request: its body not yet read.
        deadline_s: how long all of it may take.
        wire_limit: most bytes that may arrive.
        inflated_limit: most bytes they may become.
        media: content types that are read.
        bad: the error for a broken body.

    Raises:
        UnsupportedMedia: the type or encoding is not one we read.
        TooLarge: over a limit, on the wire or inflated.
        TooSlow: the body did not arrive within `deadline_s`.
        CallerError: `bad`, for a body that is cut off, truncated or corrupt.
    """
    if request.content_type not in media:
        allowed = " or ".join(sorted(media))
        raise UnsupportedMedia(
            f"content-type must be {allowed}, got {request.content_type[:100]!r}",
            field="content-type",
        )
    length = request.content_length
    if length is not None and length > wire_limit:
        raise TooLarge(
            f"body must be <= {wire_limit} bytes, got {length}", field="body"
        )
    inflater = Inflater(
        request.headers.get("Content-Encoding"),
        wire_limit=wire_limit,
        inflated_limit=inflated_limit,
        bad=bad,
    )
    content = request.content
    if content.is_eof() and content.exception() is None:
        # It came with the head, as beacons do: nothing to wait for, nothing to time.
        while chunk := content.read_nowait():
            inflater.feed(chunk)
        return inflater.finish()
    try:
        async with asyncio.timeout(deadline_s):
            async for chunk in content.iter_any():
                inflater.feed(chunk)
    except TimeoutError as error:
        raise TooSlow(
            f"body must arrive within {deadline_s:g} s", field="body"
        ) from error
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError) as error:
        raise bad(
            "body must be whole and well framed, it was cut off", field="body"
        ) from error
    return inflater.finish()
