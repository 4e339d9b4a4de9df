"""Everything that watches a learner for drift and poison, in one place."""

# Rules of this file: watches never change a model. What they count depends on the
# journal alone, so that a restarted learner raises the same alarms.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engage.deciding.policies.terms import Row, UpliftSettings
from engage.learning.drift import DriftWatch
from engage.learning.residuals import Look
from engage.learning.verified import Verified


class Watches:
    """Drift by scorer and action, and the shadow model that believes money only.

    Args:
        settings: of the uplift model.
        tolerance_eur: by how much a surrogate may run ahead of its money.
    """

    def __init__(self, settings: UpliftSettings, *, tolerance_eur: float) -> None:
        self.drift = DriftWatch()
        self.verified = Verified(settings, tolerance_eur=tolerance_eur)

    def label(self, scorer: str, said: float, *, label: float) -> None:
        """Note a label and what was predicted for it."""
        self.drift.see(f"{scorer}.rate", label)
        self.drift.see(f"{scorer}.residual", label - said)

    def close(self, look: Look) -> None:
        """Note a decision's reward and what its prediction leaves of it."""
        self.drift.see(f"{look.row.action}.reward", look.row.target_eur)
        self.drift.see(f"{look.row.action}.residual", look.left_eur)

    def settle(self, row: Row, *, reward_eur: float) -> None:
        """Let the shadow model learn a decision's money."""
        self.verified.learn(row, reward_eur=reward_eur)

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {"drift": self.drift.state(), "verified": self.verified.state()}

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Become what `state` described.

        Raises:
            SnapshotRejected, KeyError, TypeError, ValueError: it is no such state.
        """
        self.drift.restore(plain["drift"])
        self.verified.restore(plain["verified"])
