"""Features computed again from the beacons of a session, where a shop kept them."""

# Rules of this file: the street's own functions compute. Beacons of several workers may
# lie in any order; each says which state of its session it was applied to, so that one
# of which something is missing is left out, never guessed.

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from engage.clock import rfc3339
from engage.errors import FeatureError
from engage.evidence.replay.recompute import Missing, field_of
from engage.stores.base import Entry
from engage.street.trail import follow
from engage.visits.features import NAMES, describe
from engage.visits.session import Session

Body = dict[str, Any]
FindTrail = Callable[[Body], Sequence[Entry]]
# Tab, number and arrival: a beacon that a crash made the browser send again came twice.
_Name = tuple[str, int, str]

# Decisions come in order, so those of one session lie close together.
_SESSIONS_KEPT: Final = 256
_NO_TRAIL: Final = "its beacons were not recorded"
_BROKEN: Final = "beacons before it are missing"


class _After(NamedTuple):
    """A session after one of its beacons, and when that came."""

    session: Session
    at_s: float


class Retrace:
    """Computes features of decisions again from recorded beacons.

    Args:
        find: returns the beacons of a decision's session, in any order.
    """

    def __init__(self, find: FindTrail) -> None:
        self._find = find
        self._known: OrderedDict[tuple[str, str], dict[_Name, _After | None]] = (
            OrderedDict()
        )

    def features(self, body: Body) -> dict[str, float]:
        """Return the features that a decision was made on.

        Raises:
            Missing: its beacons were not recorded, or not all of them.
        """
        trail = self._trail(body)
        name = field_of(body, "tab"), field_of(body, "seq"), field_of(body, "at")
        if name not in trail:
            raise Missing(_NO_TRAIL)
        after = trail[name]
        if after is None:
            raise Missing(_BROKEN)
        vector = describe(after.session, at_s=after.at_s)
        return dict(zip(NAMES, vector.tolist(), strict=True))

    def _trail(self, body: Body) -> dict[_Name, _After | None]:
        name = field_of(body, "site"), field_of(body, "session")
        if name not in self._known:
            if len(self._known) >= _SESSIONS_KEPT:
                self._known.popitem(last=False)
            self._known[name] = _followed(self._find(body))
        self._known.move_to_end(name)
        return self._known[name]


def _followed(entries: Sequence[Entry]) -> dict[_Name, _After | None]:
    """Return the session after each beacon; None where one before it is missing."""
    found: dict[_Name, _After | None] = {}
    states: dict[float, Session] = {}
    waiting = list(entries)
    is_moving = True
    while waiting and is_moving:
        later = [entry for entry in waiting if not _follow(entry, states, found)]
        is_moving, waiting = len(later) < len(waiting), later
    for entry in waiting:
        found.setdefault(_name_of(entry), None)
    return found


def _follow(
    entry: Entry, states: dict[float, Session], found: dict[_Name, _After | None]
) -> bool:
    """Apply one beacon; False if what it was applied to is not known yet."""
    body, at_s = entry.record.body, entry.record.at_s
    before = None if "begins" in body else states.get(body["after_s"])
    if before is None and "begins" not in body:
        return False
    try:
        session = follow(dict(body), before, at_s=at_s).session
    except (msgspec.ValidationError, KeyError) as error:
        raise FeatureError(f"a recorded beacon cannot be read: {error}") from error
    states[session.last_at_s] = session
    found[_name_of(entry)] = _After(session, at_s)
    return True


def _name_of(entry: Entry) -> _Name:
    beacon = entry.record.body["beacon"]
    return beacon["tab"], beacon["seq"], rfc3339(entry.record.at_s)
