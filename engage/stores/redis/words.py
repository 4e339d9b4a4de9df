"""Words to and from a connection of the Redis client, without its ceremony.

The client's own pipeline does the same at three times the work. A test holds what is
assumed of its connections.
"""

# Rules of this file: one exchange over one connection; what becomes of a connection
# that failed is the caller's.

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from hiredis import pack_command
from redis._parsers.hiredis import NOT_ENOUGH_DATA
from redis.exceptions import ConnectionError as ConnectionFailed

Command = tuple[str | bytes | float, ...]
# Its own stub knows commands of one word only.
_packed = cast("Callable[[Command], bytes]", pack_command)


class Script(NamedTuple):
    """A Lua script, sent by its hash.

    >>> Script.of("return 1").digest[:8]
    'e0e1f9fa'
    """

    source: str
    digest: str

    @classmethod
    def of(cls, source: str) -> Script:
        """Return the script with the hash that Redis knows it by."""
        digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
        return cls(source, digest)


async def spoken(
    connection: Any, commands: Sequence[Command], *, within_s: float
) -> list[Any]:
    """Return the answers to commands; refusals are among them, as exceptions.

    Raises:
        RedisError, OSError: no answer for so many seconds, or none that can be read.
    """
    writer, parser = connection._writer, connection._parser  # noqa: SLF001 - see above
    loop, heard = asyncio.get_running_loop(), parser._reader  # noqa: SLF001 - see above
    replies: list[Any] = []
    async with asyncio.timeout(within_s) as limit:
        writer.write(b"".join(map(_packed, commands)))
        await writer.drain()
        await parser.read_from_socket()
        while len(replies) < len(commands):
            reply = heard.gets()
            if reply is NOT_ENOUGH_DATA:
                # It goes on answering: the rest has as much time again.
                limit.reschedule(loop.time() + within_s)
                await parser.read_from_socket()
            elif isinstance(reply, ConnectionFailed):
                raise reply
            else:
                replies.append(reply)
    return replies
