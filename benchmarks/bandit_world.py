"""A world of logistic rewards, and what learners lose in it; for `regret` and `delay`.

Five actions, five features; an action's chance of a reward of 1 depends on the context.
Drawing at random loses about .215 a decision against always knowing best.
"""

# Rules of this file: one seed is one world and one stream of contexts and luck, the
# same for every learner, so that differences between learners are paired.

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Protocol

import numpy as np
from bandit_ours import Array, Ours, Setup, free_policy, thrown

from engage.deciding.draw import Distribution

K, D = 5, 5
# Makes uniform lose .215 a decision on average over worlds.
_SLOPE, _LEVEL = 0.41, 0.31
ACTIONS = ("none", "chat", "discount", "alternative", "help")


class Learner(Protocol):
    """Who decides and learns."""

    def choose(self, x: Array) -> Distribution:
        """Return the distribution over `ACTIONS` for one context."""
        ...

    def learn(
        self, x: Array, action: str, *, distribution: Distribution, reward_eur: float
    ) -> None:
        """Learn what a decision earned."""
        ...


class World:
    """Contexts, rates of reward, and luck."""

    def __init__(self, seed: int, n: int) -> None:
        rng = np.random.default_rng([seed, 8])
        slopes, levels = rng.normal(0, _SLOPE, (K, D)), rng.normal(0, _LEVEL, K)
        self.contexts = rng.normal(size=(n, D))
        logits = self.contexts @ slopes.T + levels
        self.rates: Array = 1 / (1 + np.exp(-logits))
        self.luck = rng.random((n, 2))

    @property
    def uniform(self) -> float:
        """What drawing at random loses a decision."""
        return float((self.rates.max(axis=1) - self.rates.mean(axis=1)).mean())


def live(world: World, learner: Learner, *, delay: int = 0) -> Array:
    """Return what was lost a decision, shape (n,): an expectation over the draw.

    Args:
        world: contexts and luck.
        learner: decides on each, and learns `delay` decisions later.
        delay: decisions until a reward is known, >= 0.
    """
    lost = np.empty(len(world.contexts))
    waiting: deque[tuple[Array, str, Mapping[str, float], float]] = deque()
    for i, x in enumerate(world.contexts):
        p = dict(learner.choose(x))
        rates = world.rates[i]
        lost[i] = rates.max() - sum(p[a] * rates[k] for k, a in enumerate(ACTIONS))
        action = thrown(p, world.luck[i, 0])
        reward = float(world.luck[i, 1] < rates[ACTIONS.index(action)])
        waiting.append((x, action, p, reward))
        if len(waiting) > delay:
            seen, drawn, then, earned = waiting.popleft()
            learner.learn(seen, drawn, distribution=dict(then), reward_eur=earned)
    return lost


def ours(gamma_c: float) -> Ours:
    """Return our learner; effects are believed to be as large as outcomes vary."""
    return Ours(
        Setup(
            kinds={action: action for action in ACTIONS[1:]},
            features=D,
            margin_eur=60.0,
            sigma_eur=0.5,
            policy=free_policy(gamma_c),
        )
    )
