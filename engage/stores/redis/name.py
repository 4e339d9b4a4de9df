"""The name of a Redis: asked for once at a time, by a thread that holds up nobody.

The event loop has four threads for names. Where a name server hangs, each attempt to
connect leaves one of them waiting for ten seconds and more: soon nothing else that
needs them goes on, and the process cannot end before they do.
"""

# Rules of this file: only whether the name has an address now; the client asks again
# by itself, at once, and is answered.

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from urllib.parse import urlsplit


class Name:
    """Where a Redis is, as its URL has it.

    >>> Name("redis://somebody:secret@redis:6380/0").told
    'redis:6380'
    >>> Name("unix:///run/redis.sock").told
    '/run/redis.sock'
    """

    def __init__(self, url: str) -> None:
        """Keep the place of a URL, without its password."""
        split = urlsplit(url)
        host = split.hostname
        self.told = split.path if host is None else f"{host}:{split.port or 6379}"
        self._asked = "" if host is None or _is_address(host) else host
        self._answer: asyncio.Future[OSError | None] | None = None

    async def known(self, *, within_s: float) -> None:
        """Return once the name has an address.

        Raises:
            OSError: it has none, or nobody says so for so long.
        """
        if not self._asked:
            return
        if self._answer is None or self._answer.done():
            self._answer = self._ask()
        try:
            # Whoever comes while it is asked waits for the same answer.
            error = await asyncio.wait_for(asyncio.shield(self._answer), within_s)
        except TimeoutError:
            raise TimeoutError(f"nobody says where {self._asked} is") from None
        if error is not None:
            raise error

    def _ask(self) -> asyncio.Future[OSError | None]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[OSError | None] = loop.create_future()

        def ask() -> None:
            error = None
            try:
                socket.getaddrinfo(self._asked, None, type=socket.SOCK_STREAM)
            except OSError as failed:
                error = failed
            try:
                loop.call_soon_threadsafe(answer.set_result, error)
            except RuntimeError:
                # The loop has ended; so has whoever asked.
                return

        threading.Thread(target=ask, name="redis-name", daemon=True).start()
        return answer


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
