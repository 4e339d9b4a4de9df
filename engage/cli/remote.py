"""Speaks to a running service as the shop's server does."""

# Rules of this file: the key comes from the environment or a file, never from an
# argument that a process list would show.

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from engage.config import server_key
from engage.errors import BadRequest
from engage.web.client import Client, Reply

# How long a service that is short of breath is waited for, at most.
_PATIENCE_S = 30.0


class Message(NamedTuple):
    """One call of the shop's server."""

    method: str
    path: str
    body: Any


def remote_options(parser: argparse.ArgumentParser) -> None:
    """Add where the service is and where its key lies."""
    parser.add_argument(
        "--to", type=web_address, required=True, metavar="URL", help="the service"
    )
    parser.add_argument(
        "--key-file",
        type=Path,
        metavar="FILE",
        help="holds the server key (default: ENGAGE_SERVER_KEY)",
    )


def web_address(text: str) -> str:
    """Return an address as it was given.

    Raises:
        argparse.ArgumentTypeError: it is none of the web.
    """
    try:
        found = urlsplit(text)
        is_web = found.scheme in {"http", "https"} and bool(found.hostname)
    except ValueError:
        is_web = False
    if not is_web:
        said = "must be http:// or https:// and a host"
        raise argparse.ArgumentTypeError(f"{said}, got {text!r}")
    return text


def send(
    chosen: argparse.Namespace,
    messages: Iterable[Message],
    *,
    told: Callable[[int], None],
    timeout_s: float = 10.0,
) -> list[Reply]:
    """Send messages in order over one connection and return the answers.

    Args:
        chosen: options of `remote_options`.
        messages: each is sent when the one before it was taken.
        told: called with the number taken so far.
        timeout_s: of one of them.

    Raises:
        BadRequest: the service refused one; says which and why.
        ConfigError: there is no key.
    """
    key = server_key(chosen.key_file)

    async def send_all() -> list[Reply]:
        replies: list[Reply] = []
        async with Client(
            chosen.to, server_key=key, connections=1, timeout_s=timeout_s
        ) as client:
            for message in messages:
                replies.append(await _send(client, message))
                told(len(replies))
        return replies

    return asyncio.run(send_all())


async def _send(client: Client, message: Message) -> Reply:
    """Send one message, again if the service asks to come back.

    Raises:
        BadRequest: it is refused, or the service is not ready for too long.
    """
    waited_s = 0.0
    while True:
        reply: Reply = await client.shop(*message)
        if reply.is_taken:
            return reply
        if not reply.retry_after_s or waited_s >= _PATIENCE_S:
            if not reply.status:
                raise BadRequest(f"{client.url} cannot be reached: {reply.detail}")
            what = f"{message.method} {message.path}"
            raise BadRequest(f"{what}: {reply.status} {reply.detail}")
        waited_s += reply.retry_after_s
        await asyncio.sleep(reply.retry_after_s)
