"""What the uplift model remembers beside its sums: versions, rows, tallies."""

# Rules of this file: values and their plain form. Everything is bounded: rows by the
# long close, versions by retirement, tallies by the actions ever configured.

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engage.deciding.policies.base import Vector
from engage.deciding.policies.ridge import Columns


@dataclass(slots=True)
class Version:
    """One content of one intervention.

    Attributes:
        action: id of the intervention.
        kind: its kind.
        version: content hash.
        rows: decisions learned in which it was eligible.
        open: those of them whose correction may still come.
        last: index of the latest of them.
    """

    action: str
    kind: str
    version: str
    rows: int = 0
    open: int = 0
    last: int = 0

    def plain(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        return asdict(self)


@dataclass(slots=True)
class Tally:
    """What clipping and correction did to one action's decisions.

    Attributes:
        rows: decisions learned.
        clipped: those of them whose target is clipped.
        corrected: those of them that were corrected.
        sum_eur: sum of their corrections, after clipping.
        sum_squares: sum of squares of them.
    """

    rows: int = 0
    clipped: int = 0
    corrected: int = 0
    sum_eur: float = 0.0
    sum_squares: float = 0.0

    def mean(self) -> tuple[float, float]:
        """Return the mean correction and its standard error, EUR.

        The error is infinite below two corrections.

        >>> Tally(rows=3, corrected=2, sum_eur=4.0, sum_squares=10.0).mean()
        (2.0, 1.0)
        """
        n = self.corrected
        if n < 2:
            return self.sum_eur, float("inf")
        mean = self.sum_eur / n
        variance = max(self.sum_squares / n - mean * mean, 0.0) * n / (n - 1)
        return mean, (variance / n) ** 0.5


class Audit:
    """Tallies per action: what clipping and correction did to its targets."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}

    def enter(self, action: str, *, is_clipped: bool) -> None:
        """Count one learned decision."""
        tally = self._tallies.setdefault(action, Tally())
        tally.rows += 1
        tally.clipped += is_clipped

    def correct(self, action: str, delta_eur: float, *, clipped: int) -> None:
        """Count one correction and by how much it changed the clipped ones (-1..1)."""
        tally = self._tallies[action]
        tally.clipped += clipped
        tally.corrected += 1
        tally.sum_eur += delta_eur
        tally.sum_squares += delta_eur * delta_eur

    def clipped_share(self) -> dict[str, float]:
        """Return the share of each action's targets that are clipped."""
        return {a: t.clipped / t.rows for a, t in self._tallies.items()}

    def mean_corrections(self) -> dict[str, tuple[float, float]]:
        """Return (mean correction, standard error) per action, EUR."""
        return {a: t.mean() for a, t in self._tallies.items() if t.corrected}

    def state(self) -> dict[str, Any]:
        """Return the tallies as plain data."""
        return {action: asdict(tally) for action, tally in self._tallies.items()}

    def restore(self, plain: dict[str, Any]) -> None:
        """Become what `state` returned."""
        self._tallies = {action: Tally(**fields) for action, fields in plain.items()}


@dataclass(frozen=True, slots=True)
class Kept:
    """A learned row that may still be corrected, as compact as it goes.

    Attributes:
        index: how many decisions were learned before it.
        action: the action drawn.
        keys: versions that were eligible.
        columns: its non-zero columns, int32 bytes.
        values: their values, float64 bytes.
        target_eur: the target before clipping.
        scale: what it is divided by, see `stakes`.
        clip_eur: what it is clipped at, None: nothing.
    """

    index: int
    action: str
    keys: tuple[str, ...]
    columns: bytes
    values: bytes
    target_eur: float
    scale: float
    clip_eur: float | None

    def vector(self) -> tuple[Columns, Vector]:
        """Return the row's non-zero columns and values."""
        columns = np.frombuffer(self.columns, dtype="<i4").astype(np.intp)
        return columns, np.frombuffer(self.values, dtype="<f8").astype(np.float64)

    def plain(self) -> list[Any]:
        """Return the row as plain data with exact floats."""
        return [
            self.index,
            self.action,
            list(self.keys),
            base64.b64encode(self.columns).decode(),
            base64.b64encode(self.values).decode(),
            self.target_eur,
            self.scale,
            self.clip_eur,
        ]

    @classmethod
    def from_plain(cls, plain: list[Any]) -> Kept:
        """Return the row that `plain` wrote."""
        index, action, keys, columns, values, target_eur, scale, clip_eur = plain
        return cls(
            index,
            action,
            tuple(keys),
            base64.b64decode(columns),
            base64.b64decode(values),
            target_eur,
            scale,
            clip_eur,
        )
