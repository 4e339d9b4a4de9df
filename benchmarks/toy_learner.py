"""A learner in the toy shop: our model and policy, one day after another."""

# Rules of this file: the shop's truth is used to judge, never to decide. Values are
# expectations under the whole distribution, exploration included.

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from toy_shop import (
    FEATURES,
    MARGIN_EUR,
    MOMENTS,
    ORDER_IF_CART,
    ORDER_IF_NOT,
    Array,
    Day,
    ToyShop,
)

from engage.deciding.draw import draw
from engage.deciding.policies.base import Situation
from engage.deciding.policies.inverse_gap import InverseGap
from engage.deciding.policies.uplift import (
    Row,
    UpliftModel,
    UpliftSettings,
    UpliftWeights,
)
from engage.learning.beliefs import uplift_settings
from engage.settings import (
    InterventionSettings,
    PolicySettings,
    RuleSettings,
    SiteSettings,
)

A_DAY = 300
SESSIONS_A_DAY = 3_000
LONG_CLOSE_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What the model is given: a row of the table.

    Attributes:
        surrogate: rewards at the short close, corrected later; False: money at once.
        beliefs: the model starts with what the product believes of an unknown shop.
        rules: the shop has a rule list, which the model is told.
        warm: half of each kind's true effect is known beforehand, with noise.
        effect: size of all effects; 1 is the stated oracle.
        violation: actions act on orders beside the surrogate.
        k: actions, `none` included.
        gamma_c: how greedy the policy is; None: the setting that ships.
    """

    name: str
    surrogate: bool = True
    beliefs: bool = True
    rules: bool = True
    warm: bool = False
    effect: float = 1.0
    violation: bool = False
    k: int = 8
    gamma_c: float | None = None


class Run:
    """One shop and one learner, day after day."""

    def __init__(self, design: Design, seed: int) -> None:
        self.design = design
        self.shop = ToyShop(
            seed, k=design.k, effect=design.effect, violation=design.violation
        )
        self.luck = np.random.default_rng([seed, 1])
        self.site = self._site()
        self.model = UpliftModel(self._settings())
        self.policy = InverseGap(self.site)
        self.carts = np.array([10.0, 2.0])  # sessions with a cart, orders of them
        self.others = np.array([100.0, 1.0])
        self.due: list[list[tuple[str, float]]] = []
        self.versions = dict.fromkeys(self.shop.kinds, "1")

    def _site(self) -> SiteSettings:
        """Return the shop's settings: what ships, its interventions, its rule list."""
        policy = PolicySettings()
        if self.design.gamma_c is not None:
            policy = replace(policy, gamma_c=self.design.gamma_c)
        rules = tuple(
            RuleSettings(action=self.shop.actions[a], moments=(MOMENTS[m],))
            for m, a in enumerate(self.shop.rules)
        )
        return SiteSettings(
            key="pk_toy",
            policy=policy,
            interventions=tuple(
                InterventionSettings(id=action, kind=kind, texts={})
                for action, kind in self.shop.kinds.items()
            ),
            rules=rules if self.design.rules else (),
        )

    def _settings(self) -> UpliftSettings:
        shipped = replace(
            uplift_settings(self.site), context=FEATURES, interactions=FEATURES[:4]
        )
        means = dict(shipped.means) if self.design.beliefs else {}
        if self.design.warm:
            known = self.shop.kind_means(self.luck.normal(0, 0.35, (4, len(MOMENTS))))
            means |= known
        has_rules = self.design.rules and self.design.beliefs
        return shipped.believing(means, has_rules=has_rules)

    def weights(self) -> UpliftWeights:
        """Return the weights as published, for the shop's interventions."""
        return self.model.freeze().offering(self.shop.kinds, self.versions)

    def proposed(self, moment: int) -> str:
        """Return what the shop's rules propose, as far as the model is told."""
        return self.shop.actions[self.shop.rules[moment]]

    def choose(self, weights: UpliftWeights, x: Array, moment: int) -> dict[str, float]:
        """Return the policy's distribution at one moment."""
        actions = self.shop.actions
        proposed = self.proposed(moment) if self.design.rules else "none"
        name = MOMENTS[moment]
        situation = Situation(
            context=x,
            moment=name,
            eligible=actions,
            predictions=weights.predict(x, name, actions, proposed=proposed),
            sigma=weights.sigma,
            n_eff=weights.n_eff,
            launching=weights.launching(actions, self.site.policy.launch_until_n),
        )
        return self.policy.distribution(situation).distribution

    def live(self, number: int) -> float:
        """Live one day; return the mean true uplift of what was decided, EUR."""
        day = self.shop.day(A_DAY)
        carts, uplift = self.shop.cart_probability(day), self.shop.uplift(day)
        self._learn_surrogate()
        earned = 0.0
        later: list[tuple[str, float]] = []
        for i in range(A_DAY):
            if i % 150 == 0:
                weights = self.weights()
            p = self.choose(weights, day.features[i], int(day.moments[i]))
            earned += float(np.dot(list(p.values()), uplift[i]))
            action, _ = draw(p, self.luck.random())
            cart, money = self._outcome(carts[i], action, float(day.margin_eur[i]))
            row, delta = self._row(
                day, i, action=action, p=p, cart=cart, money_eur=money
            )
            name = f"d_{number}_{i}"
            self.model.learn(replace(row, decision=name, clip_eur=weights.clip_eur))
            later.append((name, delta))
        self.due.append(later)
        if self.design.surrogate and number >= LONG_CLOSE_DAYS:
            for name, delta in self.due[number - LONG_CLOSE_DAYS]:
                self.model.correct(name, delta)
            self.due[number - LONG_CLOSE_DAYS] = []
        return earned / A_DAY

    def _outcome(
        self, carts: Array, action: str, margin_eur: float
    ) -> tuple[bool, float]:
        """Return whether there was a cart, and what the order earned."""
        a = self.shop.actions.index(action)
        cart = bool(self.luck.random() < carts[a])
        after_cart = ORDER_IF_CART * (1.0 + self.shop.direct[a])
        order = self.luck.random() < (after_cart if cart else ORDER_IF_NOT)
        return cart, margin_eur * float(order)

    def _row(
        self,
        day: Day,
        i: int,
        *,
        action: str,
        p: dict[str, float],
        cart: bool,
        money_eur: float,
    ) -> tuple[Row, float]:
        """Return the decision as learned at its short close, and its correction."""
        sessions, orders = self.carts if cart else self.others
        index_eur = MARGIN_EUR * float(orders / sessions)
        moment = int(day.moments[i])
        reward = index_eur if self.design.surrogate else money_eur
        row = Row(
            decision="",
            context=day.features[i],
            moment=MOMENTS[moment],
            action=action,
            distribution=p,
            kinds=self.shop.kinds,
            versions=self.versions,
            target_eur=reward - self.shop.cost_eur(self.shop.actions.index(action)),
            proposed=self.proposed(moment) if self.design.rules else "none",
            delta_eur=None if self.design.surrogate else 0.0,
        )
        return row, money_eur - index_eur

    def _learn_surrogate(self) -> None:
        n = self.luck.binomial(SESSIONS_A_DAY, 0.12)
        self.carts += (n, self.luck.binomial(n, ORDER_IF_CART))
        self.others += (
            SESSIONS_A_DAY - n,
            self.luck.binomial(SESSIONS_A_DAY - n, ORDER_IF_NOT),
        )

    def worth(self, probe: Day, uplift: Array) -> float:
        """Return the value of today's policy on the probe, EUR a moment over none."""
        weights = self.weights()
        chosen = [
            list(self.choose(weights, x, int(m)).values())
            for x, m in zip(probe.features, probe.moments, strict=True)
        ]
        return float((np.array(chosen) * uplift).sum(axis=1).mean())
