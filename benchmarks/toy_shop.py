"""The toy shop of the learning-rate benchmark: known truth, the rates of a real shop.

300 moments a day, 12 % carts and 3 % orders at a moment, margin 30 EUR with
coefficient of variation 1, four moment kinds, eight features. The best action earns
.215 EUR a moment over `none`, a sensible rule list .085.
"""

# Rules of this file: one seed is one shop; everything random comes from its generator.

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOMENTS = ("lingering", "wavering", "leaving", "hesitating")
FEATURES = tuple(f"x{i}" for i in range(8))
KINDS = ("chat", "discount", "alternative", "help")
COST_EUR = {"chat": 0.05, "discount": 0.06, "alternative": 0.0, "help": 0.0}
MARGIN_EUR = 30.0
CART = 0.12
ORDER_IF_CART = 0.2
ORDER_IF_NOT = (0.03 - CART * ORDER_IF_CART) / (1.0 - CART)
ORACLE_EUR = 0.215
RULES_EUR = 0.085
_PROBE = 4_000

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day's moments.

    Attributes:
        features: shape (n, 8).
        moments: shape (n,), index into `MOMENTS`.
        margin_eur: shape (n,), what an order would earn; the catalogue only knows
            the mean of 30.
    """

    features: Array
    moments: Indices
    margin_eur: Array


class ToyShop:
    """One shop with `k` actions (`none` first) and known effects.

    Args:
        seed: the shop.
        k: number of actions, `none` included.
        effect: 1 for the stated oracle; .5 for the half-effect run.
        violation: True lets actions act on orders beside the cart, -5 to +15 %.
    """

    def __init__(
        self, seed: int, *, k: int, effect: float = 1.0, violation: bool = False
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.actions = ("none", *(f"act{i}" for i in range(1, k)))
        self.kinds = {a: KINDS[i % 4] for i, a in enumerate(self.actions[1:])}
        self._draw_effects(k)
        self.direct = np.zeros(k)
        if violation:
            self.direct[1:] = self.rng.uniform(-0.05, 0.15, k - 1)
        probe = self.day(_PROBE)
        self._scale = self._scale_for(probe)
        self.rules = self._rules_for(probe)
        self._scale *= effect

    def _draw_effects(self, k: int) -> None:
        rng, n_kinds = self.rng, len(KINDS)
        kind_of = np.arange(k - 1) % n_kinds
        self.kind_effect = rng.normal(0, 0.5, (n_kinds, 1)) + rng.normal(
            0, 0.4, (n_kinds, len(MOMENTS))
        )
        own = rng.normal(0, 0.5, (k - 1, 1)) + rng.normal(0, 0.8, (k - 1, len(MOMENTS)))
        self._effect = self.kind_effect[kind_of] + own
        self._slopes = rng.normal(0, 0.3, (k - 1, 2))
        self._cost = np.array([0.0, *(COST_EUR[KINDS[i]] for i in kind_of)])

    def day(self, n: int) -> Day:
        """Return `n` moments."""
        return Day(
            features=self.rng.normal(0, 1, (n, len(FEATURES))).clip(-3, 3),
            moments=self.rng.integers(0, len(MOMENTS), n),
            # Exponential: mean 30, coefficient of variation 1.
            margin_eur=self.rng.exponential(MARGIN_EUR, n),
        )

    def cart_probability(self, day: Day) -> Array:
        """Return P(cart | moment, action), shape (n, k)."""
        base = CART * np.exp(0.4 * day.features[:, 0] - 0.08)
        lift = self._effect[:, day.moments].T + day.features[:, :2] @ self._slopes.T
        carts = base[:, None] + self._scale * np.pad(lift, ((0, 0), (1, 0)))
        return carts.clip(0.001, 0.9)

    def order_probability(self, carts: Array) -> Array:
        """Return P(order | moment, action), shape (n, k)."""
        after_cart = carts * ORDER_IF_CART * (1.0 + self.direct)
        return after_cart + (1.0 - carts) * ORDER_IF_NOT

    def uplift(self, day: Day) -> Array:
        """Return the true expected uplift over `none` in EUR, shape (n, k)."""
        orders = self.order_probability(self.cart_probability(day))
        earned = orders * MARGIN_EUR
        return earned - earned[:, :1] - self._cost

    def cost_eur(self, action: int) -> float:
        """Return what carrying out the action costs on average, EUR."""
        return float(self._cost[action])

    def kind_means(self, noise: Array) -> dict[str, float]:
        """Return half of each kind's true effect by moment, plus noise, in EUR."""
        euro = self._scale * (ORDER_IF_CART - ORDER_IF_NOT) * MARGIN_EUR
        guess = euro * (0.5 * self.kind_effect + noise)
        return {
            f"kind:{kind}|moment:{moment}": float(guess[i, j] - COST_EUR[kind])
            for i, kind in enumerate(KINDS)
            for j, moment in enumerate(MOMENTS)
        }

    def _scale_for(self, probe: Day) -> float:
        low, high = 0.0, 1.0
        for _ in range(40):
            self._scale = (low + high) / 2.0
            oracle = self.uplift(probe).max(axis=1).mean()
            low, high = (
                (self._scale, high) if oracle < ORACLE_EUR else (low, self._scale)
            )
        return self._scale

    def _rules_for(self, probe: Day) -> tuple[int, ...]:
        """Return the action per moment kind of a list that earns nearest .085 EUR."""
        uplift = self.uplift(probe)
        of_moment = np.array(
            [
                uplift[probe.moments == m].sum(axis=0) / _PROBE
                for m in range(len(MOMENTS))
            ]
        )
        k = of_moment.shape[1]
        lists = list(itertools.product(range(k), repeat=len(MOMENTS)))
        worth = sum(of_moment[m][[x[m] for x in lists]] for m in range(len(MOMENTS)))
        return lists[int(np.abs(worth - RULES_EUR).argmin())]
