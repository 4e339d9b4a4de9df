"""What an operator may change by hand: pauses and who is there to chat."""

# Rules of this file: a switch is durable before it holds, and its record says why. The
# checkpoint outlives retention, so that a restart never un-pauses anything.

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import msgspec
import orjson
from msgspec import Meta, Struct

from engage.errors import BadRequest, NotFound
from engage.stores.base import Record
from engage.street.agents import announce, named_groups
from engage.street.site import Site, Switches
from engage.wire.shop import GroupStatus

# An operator's word holds for a shift, unless the shop's server says otherwise.
SHIFT_S: Final = 8 * 3_600.0
_Agents = Annotated[int, Meta(ge=0, le=10_000)]
_Why = Annotated[str, Meta(max_length=200)]


class Pause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to pause: everything (`all`), or one intervention."""

    all: bool | None = None
    intervention: str | None = None
    paused: bool | None = None
    why: _Why = ""


class Agents(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many agents are there, and how many of them are free."""

    online: _Agents
    free: _Agents


class SignIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The console's token."""

    token: Annotated[str, Meta(max_length=500)]


async def pause(site: Site, wish: Pause) -> Switches:
    """Pause or resume, durably, and return how the switches stand.

    Raises:
        BadRequest: it names neither everything nor one intervention and its state.
        NotFound: there is no such intervention.
        StoreError: it cannot be kept; nothing has changed then.
    """
    switches = _wished(site, wish)
    body = {
        "all_paused": switches.all_paused,
        "paused": sorted(switches.paused),
        "change": msgspec.to_builtins(wish),
        "why": wish.why or "by hand, in the console",
    }
    at_s = site.clock.now_s()
    offset = await site.journal.append(
        Record(kind="override", site=site.key, key="switches", at_s=at_s, body=body)
    )
    await asyncio.to_thread(
        site.journal.put_checkpoint,
        _name(site.key),
        offset=offset,
        body=orjson.dumps(body),
    )
    site.switches = switches
    site.tell("switches", all_paused=switches.all_paused, paused=body["paused"])
    return switches


def restore_switches(site: Site) -> None:
    """Put the switches back as the last operator left them."""
    kept = site.journal.checkpoint(_name(site.key))
    if kept is None:
        return
    body = orjson.loads(kept[1])
    site.switches = Switches(
        all_paused=body["all_paused"], paused=frozenset(body["paused"])
    )


async def set_agents(site: Site, group: str, agents: Agents) -> None:
    """Say by hand who is there to chat.

    Raises:
        BadRequest: more are free than there are, or nobody named the group.
    """
    if agents.free > 0 and agents.online == 0:
        raise BadRequest(f"free must be 0 with nobody online, got {agents.free}")
    announced = await site.store.chats.groups(site.key, at_s=site.clock.now_s())
    if group not in named_groups(site).union(announced):
        raise NotFound(f"there is no chat group {group[:64]!r}", field="group")
    status = GroupStatus(online=agents.online, free=agents.free, ttl_s=SHIFT_S)
    await announce(site, group, status)


def _wished(site: Site, wish: Pause) -> Switches:
    now = site.switches
    if wish.all is not None:
        return Switches(all_paused=wish.all, paused=now.paused)
    if wish.intervention is None or wish.paused is None:
        raise BadRequest("body must hold 'all', or 'intervention' and 'paused'")
    if wish.intervention not in site.interventions:
        raise NotFound(
            f"there is no intervention {wish.intervention[:64]!r}",
            field="intervention",
        )
    one = {wish.intervention}
    paused = now.paused | one if wish.paused else now.paused - one
    return Switches(all_paused=now.all_paused, paused=paused)


def _name(site: str) -> str:
    # No site key holds a bar, so it meets no other checkpoint.
    return f"{site}|switches"
