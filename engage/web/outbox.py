"""Answers that are on their way to their connections."""

# Rules of this file: bytes and transports, nothing of what they say.

from __future__ import annotations

import asyncio


class Outbox:
    """Writes the answers of one turn of the event loop together, at its end.

    A peer that sleeps is woken once then, and has all it asked for.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def put(self, transport: asyncio.Transport, answer: bytes) -> None:
        """Write an answer at the end of this turn."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._send)
        self._waiting.append((transport, answer))

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        for transport, answer in waiting:
            if not transport.is_closing():
                transport.write(answer)
