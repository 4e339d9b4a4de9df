"""Sends recorded beacons to a running service, each session in its order."""

# Rules of this file: a beacon is sent until its fate is known, so that the account
# balances; a session never overtakes itself. Every task ends with `send_all`.

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from zlib import crc32

from engage.cli.account import Account
from engage.cli.progress import Advance
from engage.web.client import Client, Reply
from engage.wire.beacon import Beacon
from engage.wire.formats import Refused, TimedBeacon

# Requests at a time; a session always goes through the same lane.
LANES = 32
# Beacons waiting in a lane; beyond it the file is read no further.
LANE_DEPTH = 64
# A service that is away for longer than this many tries is given up.
TRIES = 120
_PAUSE_S = 0.5


async def send_all(
    stream: Iterable[TimedBeacon | Refused],
    client: Client,
    *,
    is_paced: bool,
    advance: Advance,
) -> Account:
    """Send every beacon and return the account.

    Args:
        stream: in order of time.
        client: open.
        is_paced: keep the file's own time between beacons; else as fast as it goes.
        advance: told how many are done.
    """
    account = Account()
    lanes: list[asyncio.Queue[Beacon | None]] = [
        asyncio.Queue(LANE_DEPTH) for _ in range(LANES)
    ]
    async with asyncio.TaskGroup() as tasks:
        for lane in lanes:
            tasks.create_task(_serve(lane, client, account, advance))
        await _fill(lanes, stream, account, is_paced=is_paced)
    return account


async def _fill(
    lanes: list[asyncio.Queue[Beacon | None]],
    stream: Iterable[TimedBeacon | Refused],
    account: Account,
    *,
    is_paced: bool,
) -> None:
    loop = asyncio.get_running_loop()
    began_s: float | None = None
    for found in stream:
        if isinstance(found, Refused):
            account.refuse_line(str(found))
            continue
        if began_s is None:
            began_s = loop.time() - found.at_s
        if is_paced:
            await asyncio.sleep(max(0.0, began_s + found.at_s - loop.time()))
        lane = lanes[crc32(found.beacon.session.encode()) % LANES]
        await lane.put(found.beacon)
    for lane in lanes:
        await lane.put(None)


async def _serve(
    lane: asyncio.Queue[Beacon | None],
    client: Client,
    account: Account,
    advance: Advance,
) -> None:
    while (beacon := await lane.get()) is not None:
        reply = await _send(client, beacon)
        if reply.is_taken:
            account.note(reply.result or "taken")
        else:
            account.refuse(reply.reason)
        advance(account.sent)


async def _send(client: Client, beacon: Beacon) -> Reply:
    """Send one beacon until the service takes it, or refuses it for good."""
    reply = await client.send(beacon)
    for _ in range(TRIES):
        if not reply.is_worth_repeating:
            break
        await asyncio.sleep(reply.retry_after_s or _PAUSE_S)
        reply = await client.send(beacon)
    return reply
