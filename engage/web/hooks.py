"""Tells other systems of the shop what happens: signed, in order, at least once.

Each hook follows the journal by itself, so one that is down holds up no other, and no
beacon ever waits for one. Where it stands is kept in the journal: a restart tells again
what may not have arrived (under the same id), and skips nothing.
"""

# Rules of this file: what a receiver takes (2xx) is done; what may pass later is sent
# again after longer and longer pauses; what it refuses is counted and passed over. Its
# address may hold a secret: logs and metrics name the hook, never the URL.

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from engage.clock import Clock
from engage.errors import DamagedRecord, StoreError
from engage.hooking import HookSettings
from engage.stores.base import Entry
from engage.stores.following import Following
from engage.street.news import RECORDS, news_of
from engage.street.site import Site
from engage.telemetry import logger
from engage.web.beside import Beside
from engage.web.service import Service
from engage.wire.hooks import News, hook_secret, signed

log = logger()
# A receiver that takes longer will be told again.
_TIMEOUT_S: Final = 10.0
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 300.0
_POLL_S: Final = 1.0
# Records that are told again at most when the service is killed in between.
_BATCH: Final = 20
_LATER: Final = frozenset({408, 425, 429})

Pause = Callable[[float], Awaitable[None]]


def add_hooks(service: Service) -> None:
    """Let the configured hooks of every site run beside the service."""
    for engine in service.engines.values():
        for one in engine.site.settings.hooks:
            hook = Hook(settings=one, site=engine.site, clock=service.clock)
            service.beside.append(
                Beside(
                    name=f"hook {one.id}",
                    begin=hook.begin,
                    step=hook.step,
                    pause_s=_POLL_S,
                    finish=hook.close,
                )
            )


@dataclass(slots=True, kw_only=True)
class Hook:
    """One receiver, and how far it has been told.

    Attributes:
        pause: waits between two attempts; takes seconds.
    """

    settings: HookSettings
    site: Site
    clock: Clock
    pause: Pause = asyncio.sleep
    _following: Following = field(init=False)
    _told: int = 0
    _secret: str = field(init=False, repr=False)
    _session: aiohttp.ClientSession | None = None

    def __post_init__(self) -> None:
        """Make its secret; follow the records that it tells of."""
        salt, name = self.site.secrets.salt, self.settings.id
        self._secret = hook_secret(salt, site=self.site.key, hook=name)
        self._following = Following(
            journal=self.site.journal,
            kinds={RECORDS[kind] for kind in self.settings.tells},
            batch=_BATCH,
            on_damaged=lambda offset: log.error("hook.damaged", offset=offset),
        )

    @property
    def name(self) -> str:
        """The name of its checkpoint; no site key holds a bar."""
        return f"{self.site.key}|hook|{self.settings.id}"

    async def begin(self) -> None:
        """Go on where it stood; a new hook is told what happens from now on.

        Raises:
            StoreError: the journal cannot be used now.
        """
        journal = self.site.journal
        kept = await asyncio.to_thread(journal.checkpoint, self.name)
        self._told = journal.last_offset() if kept is None else kept[0]
        self._following.offset = self._told
        if kept is None:
            await self._keep()
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S), trust_env=True
        )

    async def step(self) -> bool:
        """Tell what is new; return whether there may be more.

        Raises:
            StoreError: the journal cannot be used now.
        """
        try:
            entries = await asyncio.to_thread(self._following.next)
        except DamagedRecord:
            return False
        if not entries:
            self._told = self._following.offset
            self._note_behind()
            return False
        self._note_behind()
        try:
            for entry in entries:
                await self._tell_of(entry)
                self._told = entry.offset
        finally:
            # Whatever interrupts: the rest is told when it goes on.
            self._following.offset = self._told
        await self._keep()
        self._note_behind()
        return True

    async def close(self) -> None:
        """Close the connections; keep where it stands, so that nobody is told twice."""
        if self._session is None:
            return
        await self._session.close()
        # A disk that keeps nothing: some of it is told again.
        with suppress(StoreError):
            await self._keep()

    async def _tell_of(self, entry: Entry) -> None:
        """Tell of a record until each message is taken, or refused for good."""
        if entry.record.site != self.site.key:
            return
        done: set[str] = set()
        pause_s = _FIRST_PAUSE_S
        # Made anew for each attempt: who was erased in between is named no more.
        while told := await asyncio.to_thread(self._next_news, entry, done):
            status, asked_s = await self._send(told)
            if self._is_done(status):
                done.add(told.id)
                pause_s = _FIRST_PAUSE_S
                continue
            # A receiver may be away for days, in which the journal grows.
            self._note_behind()
            await self.pause(min(_LONGEST_PAUSE_S, max(pause_s, asked_s)))
            pause_s *= 2

    def _next_news(self, entry: Entry, done: Container[str]) -> News | None:
        """Return the first message of a record that is not done, or None."""
        found = news_of(
            entry,
            tells=self.settings.tells,
            journal=self.site.journal,
            currency=self.site.currency,
        )
        return next((one for one in found if one.id not in done), None)

    def _is_done(self, status: int) -> bool:
        """Count an answer; tell whether it is the last word on its message."""
        if 200 <= status < 300:
            self._count("taken")
            return True
        named = {"site": self.site.key, "hook": self.settings.id}
        if status and status not in _LATER and status < 500:
            self._count("refused")
            log.warning("hook.refused", **named, status=status)
            return True
        self._count("postponed")
        log.warning("hook.postponed", **named, status=status)
        return False

    async def _send(self, told: News) -> tuple[int, float]:
        """Return the answer's status, 0 for none, and the pause it asks for."""
        assert self._session is not None
        headers = signed(told, secret=self._secret, at_s=self.clock.now_s())
        try:
            async with self._session.post(
                self.settings.url,
                data=told.body,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                asked = answer.headers.get("Retry-After", "")
                return answer.status, float(asked) if asked.isdecimal() else 0.0
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0, 0.0

    async def _keep(self) -> None:
        await asyncio.to_thread(
            self.site.journal.put_checkpoint,
            self.name,
            offset=self._told,
            body=b"{}",
        )

    def _note_behind(self) -> None:
        behind = self.site.journal.last_offset() - self._told
        metrics = self.site.metrics
        metrics.hook_behind.set(self.site.key, self.settings.id, to=max(0, behind))

    def _count(self, result: str) -> None:
        messages = self.site.metrics.hook_messages.of(self.site.key)
        messages.add(self.settings.id, result)
