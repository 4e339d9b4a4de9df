"""The uplift model: what each action earns over `none`, learned from decisions.

Ridge with known propensities: `y = m(x) + sum_a 1[A=a] (phi' theta_kind(a) + x' shared)
+ sum_a p_a phi' delta_kind(a) + sum_a (1[A=a] - p_a) phi' theta_a + e`, y in units of
what is at stake (`stakes`). What is centred on p is noise whatever x is, so neither a
wrong baseline nor the gates can bias it; but a policy that has made up its mind hardly
varies, and then teaches hardly anything. So what actions share also learns from who got
one and who did not, while delta, the selection, takes up what those visitors differ in
beside the baseline: with a free delta it is centred, too (Mundlak 1978); its prior says
how far the baseline is trusted.

Two regressions share the rows. The first learns the target at the short close (the
surrogate: little noise, available at once). The second learns the correction at the
long close (raw money: seven times the variance) from corrected rows only. Each has its
own noise and its own posterior, and a prediction is their sum. So where the surrogate
is right the money's noise stays out, and where the corrections say otherwise they
prevail, as far as there is evidence. Both are sums over rows: a correction of row i
adds `lambda^(n-i) z_i dy`, which is what it would have added at once.

Reference: Athey et al., 2019 (surrogate index); Greenewald et al., 2017
(action-centred bandits). What it is worth: benchmarks/shop_rates.py.
"""

# Rules of this file: one owner, one thread. `learn` takes a row and a share of a matrix
# product; only `freeze` solves, and changes nothing. No result depends on when a
# method is called, only on the order of rows and corrections.

from __future__ import annotations

from typing import Any

import numpy as np

from engage.deciding.policies.ledger import Audit, Kept
from engage.deciding.policies.magnitudes import Magnitudes, clip
from engage.deciding.policies.regressor import Regressor, check_row
from engage.deciding.policies.ridge import RidgeStatistics
from engage.deciding.policies.solving import solved
from engage.deciding.policies.stakes import UNIT_EUR, scale_of
from engage.deciding.policies.terms import Row, UpliftPriors, UpliftSettings
from engage.deciding.policies.weights import UpliftWeights
from engage.errors import PolicyError, SnapshotRejected

__all__ = ["Row", "UpliftModel", "UpliftPriors", "UpliftSettings", "UpliftWeights"]

# Grown sums are scaled back here: far from overflow, rare enough to cost nothing.
_GROWTH_LIMIT = 2.0**40
# An order of what is at stake, and half as much again, is believed in any case.
_BELIEVED_STAKES = 1.5


class UpliftModel:
    """Learns uplifts; mutable, owned by the learner alone.

    Args:
        settings: terms, priors, discount.

    >>> model = UpliftModel(UpliftSettings(context=("price",)))
    >>> for i in range(400):
    ...     drawn = ("none", "chat")[i % 2]
    ...     model.learn(Row(
    ...         decision=f"d_{i}", context=np.zeros(1), moment="lingering",
    ...         action=drawn, distribution={"none": 0.5, "chat": 0.5},
    ...         kinds={"chat": "chat"}, versions={"chat": "1"},
    ...         target_eur=0.3 if drawn == "chat" else 0.0,
    ...     ))
    >>> uplift = model.freeze().predict(np.zeros(1), "lingering", ("none", "chat"))
    >>> uplift["none"], 0.2 < uplift["chat"] < 0.31
    (0.0, True)
    """

    def __init__(self, settings: UpliftSettings) -> None:
        self._settings = settings
        self._regressor = Regressor(settings)
        self._targets = RidgeStatistics()
        self._corrections = RidgeStatistics()
        self._sizes = Magnitudes()
        self._audit = Audit()
        self._open: dict[str, Kept] = {}
        self._learned = 0
        self._base = 0

    def learn(self, row: Row) -> None:
        """Enter one decision at its short close; it then waits for its correction.

        Raises:
            FeatureError: the context has the wrong length or is not finite.
            PolicyError: the decision is already in, its distribution is none, or its
                money is not finite. Nothing is learned then.
        """
        check_row(row, len(self._settings.context))
        if row.decision in self._open:
            raise PolicyError(f"decision must be learned once, got {row.decision!r}")
        index = self._learned
        keys = self._regressor.see(row, index=index)
        columns, values = self._regressor.vector(row, keys)
        for sums in (self._targets, self._corrections):
            sums.widen(self._regressor.table.width)
        # Plain floats, whatever number type the caller computed with.
        reward = float(row.target_eur)
        target = clip(reward, row.clip_eur)
        scale = scale_of(row.stake_eur, usual_eur=self._settings.usual_stake_eur)
        weight = self._growth(index)
        self._targets.add(columns, values, y=target / scale, weight=weight)
        self._sizes.add(reward / scale, weight=weight)
        self._audit.enter(row.action, is_clipped=target != reward)
        self._open[row.decision] = Kept(
            index=index,
            action=row.action,
            keys=keys,
            columns=columns.astype("<i4").tobytes(),
            values=values.astype("<f8").tobytes(),
            target_eur=reward,
            scale=scale,
            clip_eur=row.clip_eur,
        )
        self._learned += 1
        self._age()
        if row.delta_eur is not None:
            self.correct(row.decision, row.delta_eur)

    def correct(self, decision: str, delta_eur: float) -> bool:
        """Correct a decision at its long close to target + delta, exactly.

        The model is afterwards what it would be had `Row.delta_eur` been known at
        once, within 1e-9. A delta of 0 is knowledge, too: call it for every decision.

        Returns:
            False if no such row waits: never learned, corrected already, forgotten.

        Raises:
            PolicyError: the delta is not finite; the row goes on waiting.
        """
        if not np.isfinite(delta_eur):
            raise PolicyError(f"delta_eur must be finite, got {delta_eur!r}")
        kept = self._open.get(decision)
        if kept is None:
            return False
        first, final = kept.target_eur, kept.target_eur + float(delta_eur)
        was, now = clip(first, kept.clip_eur), clip(final, kept.clip_eur)
        columns, values = kept.vector()
        weight, scale = self._growth(kept.index), kept.scale
        self._corrections.add(columns, values, y=(now - was) / scale, weight=weight)
        self._sizes.add(first / scale, weight=-weight)
        self._sizes.add(final / scale, weight=weight)
        newly_clipped = int(now != final) - int(was != first)
        self._audit.correct(kept.action, now - was, clipped=newly_clipped)
        return self.forget(decision)

    def forget(self, decision: str) -> bool:
        """Drop a row that will never be corrected; what it taught stays.

        Returns:
            False if no such row waits.
        """
        kept = self._open.pop(decision, None)
        if kept is None:
            return False
        for key in kept.keys:
            self._regressor.versions[key].open -= 1
        for key in self._regressor.idle():
            self._retire(key)
        return True

    def freeze(self) -> UpliftWeights:
        """Return what is known now as immutable weights; changes nothing.

        Raises:
            SnapshotRejected: the statistics are not finite.
        """
        settings, regressor = self._settings, self._regressor
        growth = self._growth(self._learned - 1) if self._learned else 1.0
        targets, corrections = (
            sums.totals(regressor.table.width, growth=growth)
            for sums in (self._targets, self._corrections)
        )
        found = solved(targets, corrections, table=regressor.table, settings=settings)
        means = {name: found.unit * mean for name, mean in settings.means.items()}
        return UpliftWeights(
            terms={**means, **regressor.table.named(found.theta)},
            context=settings.context,
            interactions=settings.interactions,
            offered={
                known.action: (known.kind, known.version)
                for key, known in regressor.versions.items()
                if regressor.current.get(known.action) == key
            },
            counts={key: known.rows for key, known in regressor.versions.items()},
            sigma=found.sigma,
            n_eff=targets.rows + settings.prior_rows,
            learned=self._learned,
            usual_stake_eur=settings.usual_stake_eur,
            clip_eur=self._clip_eur(growth),
        )

    def _clip_eur(self, growth: float) -> float | None:
        """Return what targets are clipped at from now on, in units of `UNIT_EUR`."""
        settings = self._settings
        found = self._sizes.quantile(
            settings.winsor_quantile,
            # Fewer rows than one clipped one would need say nothing of it.
            least_rows=1.0 / max(1.0 - settings.winsor_quantile, 1e-9),
            growth=growth,
        )
        if settings.usual_stake_eur is None:
            return found
        if found is None:
            return self._sizes.first_bound(UNIT_EUR, growth=growth)
        return max(found, _BELIEVED_STAKES * UNIT_EUR)

    def clipped_share(self) -> dict[str, float]:
        """Return the share of each action's decisions whose target is clipped."""
        return self._audit.clipped_share()

    def mean_corrections(self) -> dict[str, tuple[float, float]]:
        """Return (mean correction, standard error) per action, EUR.

        The surrogate's own audit: where it is far from 0, the short close misjudges
        that action, and the predictions already follow the corrections.
        """
        return self._audit.mean_corrections()

    @property
    def learned(self) -> int:
        """How many decisions were ever learned."""
        return self._learned

    @property
    def open_rows(self) -> int:
        """How many learned decisions still wait for their correction."""
        return len(self._open)

    def state(self) -> dict[str, Any]:
        """Return all of it as plain data, from which a model goes on bit for bit."""
        return {
            "context": list(self._settings.context),
            "interactions": list(self._settings.interactions),
            "is_by_stake": self._settings.usual_stake_eur is not None,
            "learned": self._learned,
            "base": self._base,
            "regressor": self._regressor.state(),
            "targets": self._targets.state(),
            "corrections": self._corrections.state(),
            "sizes": self._sizes.state(),
            "audit": self._audit.state(),
            "open": {decision: kept.plain() for decision, kept in self._open.items()},
        }

    def restore(self, plain: dict[str, Any]) -> None:
        """Become the model that `state` described.

        Raises:
            SnapshotRejected: it was built for another context, or learned in another
                unit.
        """
        is_by_stake = self._settings.usual_stake_eur is not None
        if plain.get("is_by_stake", False) != is_by_stake:
            raise SnapshotRejected("schema", f"is_by_stake must be {is_by_stake}")
        for name in ("context", "interactions"):
            if tuple(plain[name]) != getattr(self._settings, name):
                raise SnapshotRejected("schema", f"{name} differs from the settings'")
        self._learned = int(plain["learned"])
        self._base = int(plain["base"])
        self._regressor.restore(plain["regressor"])
        self._targets.restore(plain["targets"])
        self._corrections.restore(plain["corrections"])
        self._sizes.restore(plain["sizes"])
        self._audit.restore(plain["audit"])
        self._open = {d: Kept.from_plain(kept) for d, kept in plain["open"].items()}

    def _growth(self, index: int) -> float:
        return float(self._settings.discount ** (self._base - index))

    def _age(self) -> None:
        growth = self._growth(self._learned)
        if growth < _GROWTH_LIMIT:
            return
        for sums in (self._targets, self._corrections, self._sizes):
            sums.scale(1.0 / growth)
        self._base = self._learned

    def _retire(self, key: str) -> None:
        """Integrate a version out that no waiting row refers to.

        At the noise expected beforehand and the age of its last row, not at today's
        estimate and age: those would make the sums depend on when it is called. Where
        money is noisier, others keep a little less of what they learned beside it.
        """
        table = self._regressor.table
        last = self._regressor.versions[key].last
        columns = self._regressor.columns_of(key)
        means, sds = table.means()[columns], table.sds()[columns]
        ridge = self._growth(last) * (self._settings.sigma_eur / sds) ** 2
        self._targets.integrate_out(columns, means=means, ridge=ridge)
        self._corrections.integrate_out(
            columns, means=np.zeros_like(means), ridge=ridge
        )
        self._regressor.retire(key)
