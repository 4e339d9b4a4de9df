"""The console at run time: its hubs, its follower, and what a page is told."""

# Rules of this file: everything that is started here is stopped here. The site never
# waits for the console.

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from aiohttp import web

from engage import __version__
from engage.errors import NotFound
from engage.stores.journal.recent import RecentReads
from engage.street.opening import journal_path
from engage.web.beside import Beside
from engage.web.console.follow import Follower
from engage.web.console.hub import MOST_RECENT, Hub
from engage.web.console.levels import levels
from engage.web.console.pins import restore_pin
from engage.web.console.switches import restore_switches
from engage.web.console.trial import MOST_MOVES, standing_of
from engage.web.sdk_files import sdk_integrity
from engage.web.service import Service

_FOLLOW_S: Final = 1.0
_LEVELS_S: Final = 2.0
_LINEAGE: Final = 12


class Console:
    """Everything the console knows, from the application's start to its end."""

    def __init__(self, service: Service, *, is_demo: bool) -> None:
        self.service = service
        self.is_demo = is_demo
        self.hubs = {key: Hub(one.site) for key, one in service.engines.items()}
        self.follower = Follower(
            service.journal,
            self.hubs,
            clock=service.clock,
            metrics=service.metrics,
        )
        self._beside = [
            Beside(name="console-follower", step=self.follower.step, pause_s=_FOLLOW_S),
            Beside(name="console-levels", step=self._tell_levels, pause_s=_LEVELS_S),
        ]

    async def start(self) -> None:
        """Listen to every site, recall the last decisions, follow the journal."""
        recent = RecentReads(journal_path(self.service.settings))
        try:
            for key, hub in self.hubs.items():
                restore_switches(hub.site)
                restore_pin(hub.site)
                hub.keep()
                hub.seed(
                    await asyncio.to_thread(
                        recent.latest_decisions, key, limit=MOST_RECENT
                    )
                )
                lineage = await asyncio.to_thread(recent.lineage, key, limit=_LINEAGE)
                hub.snapshots = [
                    {"number": one.number, "offset": one.offset, "at_s": one.at_s}
                    for one in lineage
                ]
                hub.tried.seed(
                    await asyncio.to_thread(standing_of, hub.site),
                    await asyncio.to_thread(recent.transitions, key, limit=MOST_MOVES),
                )
                hub.site.listeners.append(hub.hear)
        finally:
            recent.close()
        for one in self._beside:
            one.start(failures=self.service.metrics.failures)

    async def stop(self) -> None:
        """Stop listening and following."""
        for hub in self.hubs.values():
            hub.site.listeners.remove(hub.hear)
        for one in self._beside:
            await one.stop()
        self.follower.close()

    def end_streams(self) -> None:
        """Let every open stream end, so that the server can stop."""
        for hub in self.hubs.values():
            hub.end()

    def hub(self, request: web.Request) -> Hub:
        """Return the hub of the site that a request is about, the first by default.

        Raises:
            NotFound: there is no such site.
        """
        key = request.query.get("site") or next(iter(self.hubs), "")
        hub = self.hubs.get(key)
        if hub is None:
            raise NotFound(f"there is no site {key[:64]!r}", field="site")
        return hub

    async def state(self, hub: Hub) -> dict[str, Any]:
        """Return everything the page shows of a site."""
        site = hub.site
        money = site.settings.money
        return {
            "site": site.key,
            "name": site.settings.name or site.key,
            "sites": [
                {"key": key, "name": one.site.settings.name or key}
                for key, one in self.hubs.items()
            ],
            "is_demo": self.is_demo,
            "version": __version__,
            "integrity": sdk_integrity(),
            "currency": money.currency,
            "locale": site.settings.locale,
            "windows": msgspec.to_builtins(site.settings.windows),
            "gates": msgspec.to_builtins(site.settings.gates),
            "decisions": hub.decisions(),
            "lineage": hub.snapshots,
            "trial": hub.tried.plain(),
            "evidence": self.follower.evidence(site.key),
            "levels": await levels(self.service, site),
            "missed": hub.dropped,
        }

    async def _tell_levels(self) -> bool:
        for hub in self.hubs.values():
            if hub.is_watched:
                hub.tell("levels", await levels(self.service, hub.site))
        return False
