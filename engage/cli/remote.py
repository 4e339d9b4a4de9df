"""Speaks to a running service as the shop's server does."""

# Rules of this file: the key comes from the environment or a file, never from an
# argument that a process list would show.

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

from engage.config import server_key
from engage.errors import BadRequest
from engage.web.client import Client


def remote_options(parser: argparse.ArgumentParser) -> None:
    """Add where the service is and where its key lies."""
    parser.add_argument("--to", required=True, metavar="URL", help="the service")
    parser.add_argument(
        "--key-file",
        type=Path,
        metavar="FILE",
        help="holds the server key (default: ENGAGE_SERVER_KEY)",
    )


def send(chosen: argparse.Namespace, method: str, path: str, body: Any) -> Any:
    """Send one message and return what was answered.

    Raises:
        BadRequest: the service refused it; says why.
        ConfigError: there is no key.
    """

    async def ask() -> Any:
        async with Client(chosen.to, server_key=server_key(chosen.key_file)) as client:
            return await client.shop(method, path, body)

    reply = asyncio.run(ask())
    if not reply.is_taken:
        raise BadRequest(f"{method} {path}: {reply.status} {reply.detail}")
    return reply
