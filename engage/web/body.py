"""Reads a body: bounded on the wire, bounded inflated, within a deadline."""

# Rules of this file: the only way a body comes in. aiohttp's own inflating is off
# (`auto_decompress=False`): it would unpack a bomb before anybody sees its size.

from __future__ import annotations

import asyncio

from aiohttp import web

from engage.errors import TooLarge, TooSlow, UnsupportedMedia
from engage.wire.inflate import Inflater

MEDIA = frozenset({"application/json", "text/plain"})
BEACON_WIRE = 16 * 1024
BEACON_INFLATED = 64 * 1024
# Feeds are the only large bodies; they come from the shop's own server.
FEED_WIRE = 64 * 1024 * 1024


async def read_body(
    request: web.Request,
    *,
    deadline_s: float,
    wire_limit: int = BEACON_WIRE,
    inflated_limit: int = BEACON_INFLATED,
    media: frozenset[str] = MEDIA,
) -> bytes:
    """Return the request's body, inflated.

    Raises:
        UnsupportedMedia: the type or encoding is not one we read.
        TooLarge: over a limit, on the wire or inflated.
        TooSlow: the body did not arrive within `deadline_s`.
        BadBeacon: a compressed body is truncated or corrupt.
    """
    if request.content_type not in media:
        allowed = " or ".join(sorted(media))
        raise UnsupportedMedia(
            f"Content-Type must be {allowed}, got {request.content_type[:100]!r}",
            field="content-type",
        )
    length = request.content_length
    if length is not None and length > wire_limit:
        raise TooLarge(f"body must be <= {wire_limit} bytes, got {length}")
    inflater = Inflater(
        request.headers.get("Content-Encoding", "identity"),
        wire_limit=wire_limit,
        inflated_limit=inflated_limit,
    )
    try:
        async with asyncio.timeout(deadline_s):
            async for chunk in request.content.iter_any():
                inflater.feed(chunk)
    except TimeoutError as error:
        raise TooSlow(f"body must arrive within {deadline_s:g} s") from error
    return inflater.finish()
