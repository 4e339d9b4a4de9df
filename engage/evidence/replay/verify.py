"""Replay: every logged decision computed again from its record and its snapshot.

A record that says one thing and computes to another is worth nothing as evidence. So
each part that follows from others is computed again by the same code that decided:
scores, predictions, distribution, the throw and what it drew.
"""

# Rules of this file: a part is checked against what the record itself holds upstream
# of it, so that one difference is reported once, where it arises. What cannot be
# checked is counted with its reason, never passed over as identical.

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from engage.errors import EngageError
from engage.evidence.replay.parts import PARTS, Case
from engage.evidence.replay.recompute import Missing
from engage.evidence.replay.retrace import FindTrail, Retrace
from engage.learning.snapshots import Snapshot
from engage.settings import SiteSettings
from engage.stores.base import JournalReads
from engage.street.opening import settings_name, settings_of

TOLERANCE: Final = 1e-9
_MOST_LISTED: Final = 20
_MISSING_SNAPSHOT: Final = "its snapshot is not in the log"

FindSnapshot = Callable[[str, int], Snapshot | None]


class KnownSettings(Protocol):
    """Settings by their content hash; a mapping is one."""

    def get(self, version: str, /) -> SiteSettings | None:
        """Return the settings of a version, None if they are unknown."""
        ...


class KeptSettings:
    """The settings that a data directory holds beside its decisions.

    Args:
        journal: of that directory.
        known: settings known otherwise, by content hash; they win.
    """

    def __init__(
        self, journal: JournalReads, known: Mapping[str, SiteSettings]
    ) -> None:
        self._journal, self._known = journal, dict[str, SiteSettings | None](known)

    def get(self, version: str, /) -> SiteSettings | None:
        """Return the settings of a version, None if the directory has not kept them.

        Raises:
            StoreError: they cannot be read.
        """
        if version not in self._known:
            kept = self._journal.checkpoint(settings_name(version))
            self._known[version] = None if kept is None else settings_of(kept[1])
        return self._known[version]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One number or name that came out otherwise.

    Attributes:
        decision: its id.
        at: when it was made, RFC 3339.
        part: which part of the record.
        logged, computed: what the record says, and what came out.
    """

    decision: str
    at: str
    part: str
    logged: Any
    computed: Any


@dataclass(slots=True, kw_only=True)
class PartTally:
    """How often a part was identical, different, or not checkable and why."""

    identical: int = 0
    different: int = 0
    unchecked: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True, kw_only=True)
class Report:
    """What a replay found.

    Attributes:
        decisions: records read.
        identical: records of which every part that could be checked was identical.
        different: records with a difference.
        parts: tally by part.
        differences: the first 20.
    """

    decisions: int = 0
    identical: int = 0
    different: int = 0
    parts: dict[str, PartTally] = field(
        default_factory=lambda: {name: PartTally() for name in PARTS}
    )
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing came out otherwise."""
        return self.different == 0

    def plain(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "decisions": self.decisions,
            "identical": self.identical,
            "different": self.different,
            "tolerance": TOLERANCE,
            "parts": {
                name: {
                    "identical": one.identical,
                    "different": one.different,
                    "not_checkable": dict(one.unchecked),
                }
                for name, one in self.parts.items()
            },
            "differences": [
                {
                    "decision": one.decision,
                    "at": one.at,
                    "part": one.part,
                    "logged": one.logged,
                    "computed": one.computed,
                }
                for one in self.differences
            ],
        }


class Replay:
    """Checks decision records one by one and keeps the tally.

    Args:
        find: returns the snapshot of a site by its number, None if it is not kept.
        salts: secret by site; without a site's, its ids cannot be computed.
        settings: settings by content hash, for the shop's rules; optional.
        find_trail: returns the recorded beacons of a decision's session; None: the
            features cannot be computed again.
    """

    def __init__(
        self,
        find: FindSnapshot,
        *,
        salts: Mapping[str, bytes],
        settings: KnownSettings,
        find_trail: FindTrail | None = None,
    ) -> None:
        self._retrace = None if find_trail is None else Retrace(find_trail)
        self._find = find
        self._salts = salts
        self._settings = settings
        self.report = Report()

    def check(self, body: Mapping[str, Any]) -> list[Difference]:
        """Compute one record again; return its differences and count them."""
        report, found = self.report, []
        case = self._case(body)
        for name, compute in PARTS.items():
            tally = report.parts[name]
            try:
                pairs = compute(case)
            except Missing as error:
                tally.unchecked[str(error)] += 1
                continue
            except (EngageError, KeyError, TypeError, ValueError) as error:
                pairs = [(name, "a readable record", repr(error))]
            wrong = list(_differing(pairs, body))
            tally.different += bool(wrong)
            tally.identical += not wrong
            found += wrong
        report.decisions += 1
        report.different += bool(found)
        report.identical += not found
        report.differences += found[: _MOST_LISTED - len(report.differences)]
        return found

    def _case(self, body: Mapping[str, Any]) -> Case:
        versions = body.get("versions") or {}
        snapshot, why = None, _MISSING_SNAPSHOT
        try:
            snapshot = self._find(body["site"], int(body["snapshot"]))
        except (EngageError, KeyError, TypeError, ValueError) as error:
            why = f"its snapshot cannot be read: {error}"
        return Case(
            body=body,
            snapshot=snapshot,
            why_no_snapshot=why,
            salt=self._salts.get(body["site"]),
            settings=self._settings.get(versions.get("config", "")),
            retrace=self._retrace,
        )


def _differing(
    pairs: list[tuple[str, Any, Any]], body: Mapping[str, Any]
) -> Iterator[Difference]:
    for part, logged, computed in pairs:
        if not is_same(logged, computed):
            yield Difference(
                decision=str(body.get("decision")),
                at=str(body.get("at")),
                part=part,
                logged=logged,
                computed=computed,
            )


def is_same(logged: Any, computed: Any) -> bool:
    """Tell whether two values agree: floats within 1e-9, everything else exactly.

    >>> is_same({"none": 0.5}, {"none": 0.5 + 1e-12}), is_same([1, "a"], [1, "b"])
    (True, False)
    """
    if isinstance(logged, Mapping) and isinstance(computed, Mapping):
        # The order of a distribution is part of its draw.
        return list(logged) == list(computed) and all(
            is_same(logged[name], computed[name]) for name in logged
        )
    if isinstance(logged, list | tuple) and isinstance(computed, list | tuple):
        return len(logged) == len(computed) and all(map(is_same, logged, computed))
    if isinstance(logged, float) and isinstance(computed, float | int):
        gap = abs(logged - computed)
        return gap <= TOLERANCE * max(1.0, abs(logged)) and math.isfinite(gap)
    return bool(logged == computed)
