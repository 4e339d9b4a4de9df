"""Who is there to chat, as the shop's chat tool or an operator announces it."""

# Rules of this file: presence only; who is invited is decided by gates and desks.

from __future__ import annotations

from engage.interventions.chat import chat_groups
from engage.street.site import Site
from engage.telemetry import logger
from engage.wire.shop import GroupStatus

log = logger()


def named_groups(site: Site) -> frozenset[str]:
    """Return the groups that a chat or the shop's settings name."""
    return chat_groups(site.interventions.values()).union(site.settings.chat_groups)


async def announce(site: Site, group: str, status: GroupStatus) -> None:
    """Note who is there to chat; soft state that lapses after its ttl.

    A group that nobody named is kept, too: it may belong to another tool, or to a chat
    to come. It is counted, told once, and no figure, for it may be a slip of the pen.
    """
    known = named_groups(site)
    if group not in known:
        site.metrics.dropped.add("unknown_group")
        if group not in await site.store.chats.groups(site.key, at_s=site.now_s()):
            named = sorted(known)
            log.warning("group.unknown", site=site.key, group=group, known=named)
    await site.store.chats.announce(
        site.key,
        group,
        online=status.online,
        free=status.free,
        ttl_s=status.ttl_s,
        at_s=site.now_s(),
    )
    if group in known:
        site.metrics.free_agents.set(site.key, group, to=status.free)
    site.tell("agents", group=group, online=status.online, free=status.free)
