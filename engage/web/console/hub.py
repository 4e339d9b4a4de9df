"""What the console hears of a site: the last decisions, and everybody who watches.

Listeners are called on the event loop in the middle of a beacon; so hearing is a few
dictionary writes, and a slow watcher loses messages instead of slowing anybody down.
"""

# Rules of this file: no I/O. Every queue is bounded; what a watcher missed is counted
# and told to it, so that it can ask for the whole state again.

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from engage.learning.snapshots import Snapshot
from engage.stores.base import Body
from engage.street.site import Site
from engage.web.console.trial import Tried
from engage.web.console.why import summary

# Decisions shown; older ones are in the log.
MOST_RECENT: Final = 120
MOST_WATCHERS: Final = 20
_MOST_QUEUED: Final = 256
_MOST_SNAPSHOTS: Final = 12
# A decision is told once it is durable: by then a newer snapshot may decide.
_MOST_KEPT: Final = 4


@dataclass(slots=True, eq=False)
class Watcher:
    """One open stream."""

    queue: asyncio.Queue[bytes] = field(
        default_factory=lambda: asyncio.Queue(_MOST_QUEUED)
    )
    missed: int = 0

    def offer(self, message: bytes) -> bool:
        """Queue a message; False if it was dropped."""
        if self.missed or self.queue.full():
            self.missed += 1
            return False
        self.queue.put_nowait(message)
        return True


class Hub:
    """The recent past of one site, and its watchers."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.recent: dict[str, Body] = {}
        self.snapshots: list[dict[str, Any]] = []
        self.tried = Tried()
        self.dropped = 0
        self._kept: dict[int, Snapshot] = {}
        self.keep()
        self._watchers: set[Watcher] = set()

    @property
    def is_watched(self) -> bool:
        """Whether anybody looks."""
        return bool(self._watchers)

    @property
    def is_full(self) -> bool:
        """Whether no further watcher fits in."""
        return len(self._watchers) >= MOST_WATCHERS

    def watch(self) -> Watcher:
        """Return a new watcher; it hears everything from now on."""
        watcher = Watcher()
        self._watchers.add(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """Let a watcher go."""
        self._watchers.discard(watcher)

    def end(self) -> None:
        """Tell every watcher that nothing more comes: an empty message."""
        for watcher in self._watchers:
            if watcher.queue.full():
                watcher.queue.get_nowait()
            watcher.queue.put_nowait(b"")

    def seed(self, bodies: list[Body]) -> None:
        """Remember the decisions that were made before anybody listened."""
        for body in bodies:
            self.recent.setdefault(
                body["decision"], summary(self.site, body, self._snapshot_of(body))
            )
        by_time = sorted(self.recent.items(), key=lambda item: item[1]["at"])
        self.recent = dict(by_time[-MOST_RECENT:])

    def hear(self, name: str, fields: Mapping[str, Any]) -> None:
        """Take in what the site tells; a listener of `Site.tell`."""
        if name == "decision":
            self._decision(fields)
        elif name == "outcome":
            self.outcome(fields["decision"], fields["name"], at=fields["at"])
        elif name == "closed":
            self._closed(fields["decision"], fields["reward"])
        elif name == "snapshot":
            self._snapshot(fields)
        elif name == "trial":
            self.tried.hear(dict(fields))
            self.tell(name, self.tried.plain())
        elif name == "pin":
            self.keep()
            self.tell(name, dict(fields))
        elif name in {"agents", "switches", "order"}:
            self.tell(name, dict(fields))

    def outcome(self, decision: str, name: str, *, at: str) -> None:
        """Note what happened to a decision, once."""
        known = self.recent.get(decision)
        if known is None or any(one["name"] == name for one in known["outcomes"]):
            return
        known["outcomes"].append({"name": name, "at": at})
        self.tell("outcome", {"decision": decision, "name": name, "at": at})

    def decisions(self) -> list[Body]:
        """Return the recent decisions, the newest first."""
        return list(reversed(self.recent.values()))

    def tell(self, name: str, fields: Any) -> None:
        """Send one event to every watcher."""
        if not self._watchers:
            return
        message = event(name, fields)
        for watcher in self._watchers:
            self.dropped += not watcher.offer(message)

    def _decision(self, body: Mapping[str, Any]) -> None:
        plain = dict(body)
        told = summary(self.site, plain, self._snapshot_of(plain))
        self.recent[told["decision"]] = told
        if len(self.recent) > MOST_RECENT:
            del self.recent[next(iter(self.recent))]
        self.tell("decision", told)

    def _closed(self, decision: str, reward: float | None) -> None:
        known = self.recent.get(decision)
        if known is not None:
            known["reward"] = reward
            self.tell("closed", {"decision": decision, "reward": reward})

    def _snapshot(self, fields: Mapping[str, Any]) -> None:
        self.keep()
        told = {
            "number": fields["number"],
            "offset": fields["offset"],
            "at_s": self.site.now_s(),
        }
        self.snapshots = [told, *self.snapshots][:_MOST_SNAPSHOTS]
        # Of a pinned site it is published, and another one decides.
        self.tell("snapshot", {**told, "deciding": self.site.snapshot.number})

    def keep(self) -> None:
        """Keep the snapshot that decides from now on, for its decisions' reasons."""
        self._kept[self.site.snapshot.number] = self.site.snapshot
        if len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]

    def _snapshot_of(self, body: Body) -> Snapshot | None:
        return self._kept.get(body["snapshot"])


def event(name: str, fields: Any) -> bytes:
    r"""Return one server-sent event.

    >>> event("beat", {"n": 1})
    b'event: beat\ndata: {"n":1}\n\n'
    """
    body = orjson.dumps(fields, option=orjson.OPT_SERIALIZE_NUMPY)
    return b"event: " + name.encode() + b"\ndata: " + body + b"\n\n"
