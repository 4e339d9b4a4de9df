"""From a row to its regressor z, and which versions of which interventions exist."""

# Rules of this file: knows columns and versions, no sums. Over the eligible actions a
# row's z adds to the baseline's context, for phi(x): by kind `sum_a 1[A=a] phi` and
# `sum_a p_a phi`, by action `(1[A=a] - p_a) phi`, and `1[A != none] x`; see `uplift`.

from __future__ import annotations

from typing import Any

import numpy as np

from engage.deciding.draw import NONE, check_distribution
from engage.deciding.policies.base import Vector
from engage.deciding.policies.columns import ColumnTable
from engage.deciding.policies.effects import Effects, is_of_intent
from engage.deciding.policies.ledger import Version
from engage.deciding.policies.ridge import Columns
from engage.deciding.policies.terms import (
    RULE_TERM,
    Row,
    UpliftSettings,
    action_terms,
    baseline_terms,
    selection_terms,
    shared_terms,
    version_key,
)
from engage.errors import FeatureError, PolicyError

# A shop with more contents than this loses the one longest unseen.
MAX_VERSIONS = 256
# Sets of eligible actions times moments that one shop meets; beyond, start afresh.
_MAX_BLOCKS = 2_048


def check_row(row: Row, n_context: int) -> None:
    """Accept a row or say what is wrong with it.

    Raises:
        FeatureError: the context has the wrong length or is not finite.
        PolicyError: the distribution is none, an eligible action has no kind or
            version, the action drawn is not eligible, or money is not finite.
    """
    if row.context.shape != (n_context,):
        raise FeatureError(
            f"context must have shape ({n_context},), got {row.context.shape}"
        )
    if not np.isfinite(row.context).all():
        raise FeatureError(f"context of {row.decision} must be finite")
    check_distribution(row.distribution)
    if row.action not in row.distribution:
        raise PolicyError(f"action must be eligible, got {row.action!r}")
    for action in row.distribution:
        if action != NONE and not (action in row.kinds and action in row.versions):
            raise PolicyError(f"{action!r} must have a kind and a version, got none")
    for name, euro in (("target_eur", row.target_eur), ("delta_eur", row.delta_eur)):
        if euro is not None and not np.isfinite(euro):
            raise PolicyError(f"{name} must be finite, got {euro!r}")


class Regressor:
    """Builds z and keeps the table of columns and versions behind it.

    Attributes:
        table: column and prior of every term.
        versions: what is known of each version, by version key.
        current: key of each action's latest version.
    """

    def __init__(self, settings: UpliftSettings) -> None:
        self._settings = settings
        self._effects = Effects(settings.context, settings.interactions)
        # Places in phi, behind 1 and the moment, of what all actions share.
        names = enumerate(settings.interactions, start=2)
        self._shared = [place for place, name in names if is_of_intent(name)]
        self.table = ColumnTable(settings)
        self.versions: dict[str, Version] = {}
        self.current: dict[str, str] = {}
        # Columns of a whole row by (version keys, moment); a memo of the table.
        self._blocks: dict[tuple[tuple[str, ...], str], Columns] = {}

    def see(self, row: Row, *, index: int) -> tuple[str, ...]:
        """Count a row's versions and return their keys, making them current."""
        keys = []
        for action in row.distribution:
            if action == NONE:
                continue
            kind, version = row.kinds[action], row.versions[action]
            key = version_key(action, version)
            known = self.versions.setdefault(key, Version(action, kind, version))
            known.rows += 1
            known.open += 1
            known.last = index
            self.current[action] = key
            keys.append(key)
        return tuple(keys)

    def idle(self) -> list[str]:
        """Return versions that may go: no waiting row, and superseded or too many."""
        free = [key for key, known in self.versions.items() if not known.open]
        surplus = len(self.versions) - MAX_VERSIONS
        oldest = sorted(free, key=lambda key: self.versions[key].last)
        longest_unseen = set(oldest[: max(surplus, 0)])
        return [
            key
            for key in free
            if self.current.get(self.versions[key].action) != key
            or key in longest_unseen
        ]

    def columns_of(self, key: str) -> Columns:
        """Return the columns of a version's own terms."""
        return self.table.columns_of(f"action:{key}")

    def retire(self, key: str) -> None:
        """Forget a version; its columns must be zero in every sum."""
        self.table.release(f"action:{key}")
        gone = self.versions.pop(key)
        if self.current.get(gone.action) == key:
            del self.current[gone.action]
        self._blocks = {k: v for k, v in self._blocks.items() if key not in k[0]}

    def vector(self, row: Row, keys: tuple[str, ...]) -> tuple[Columns, Vector]:
        """Return the non-zero columns of the row's regressor and their values.

        Args:
            row: a checked row.
            keys: its version keys, as `see` returned them.
        """
        phi = np.array((1.0, 1.0, *self._effects.of(row.context)))
        pairs = [(a, p) for a, p in row.distribution.items() if a != NONE]
        factors = [(a == row.action, (a == row.action) - p, p) for a, p in pairs]
        # The rule's term comes last; where no rule proposes anything, it is zero.
        by_rule = [
            centred
            for (a, _), (_, centred, _) in zip(pairs, factors, strict=True)
            if a == row.proposed
        ]
        values = np.concatenate(
            (
                (1.0, 1.0),
                row.context,
                np.multiply.outer(np.array(factors, dtype=np.float64), phi).ravel(),
                phi[self._shared] * (row.action != NONE),
                by_rule or (0.0,),
            )
        )
        columns = self._columns(keys, row.moment)
        # Actions of one kind share columns: their contributions add up.
        dense: Vector = np.bincount(
            columns, weights=values, minlength=self.table.width
        ).astype(np.float64)
        found = np.flatnonzero(dense)
        return found, dense[found]

    def _columns(self, keys: tuple[str, ...], moment: str) -> Columns:
        known = self._blocks.get((keys, moment))
        if known is not None:
            return known
        terms = list(baseline_terms(moment, self._settings.context))
        for key in keys:
            kind = self.versions[key].kind
            terms += action_terms(kind, key, moment, self._settings.interactions)
            terms += selection_terms(kind, moment, self._settings.interactions)
        terms += shared_terms(self._settings.interactions)
        known = self.table.columns([*terms, (RULE_TERM, "rule")])
        if len(self._blocks) >= _MAX_BLOCKS:
            self._blocks.clear()
        self._blocks[keys, moment] = known
        return known

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "table": self.table.state(),
            "versions": {key: known.plain() for key, known in self.versions.items()},
            "current": dict(self.current),
        }

    def restore(self, plain: dict[str, Any]) -> None:
        """Become what `state` returned."""
        self.table.restore(plain["table"])
        self.versions = {
            k: Version(**fields) for k, fields in plain["versions"].items()
        }
        self.current = dict(plain["current"])
        self._blocks = {}
