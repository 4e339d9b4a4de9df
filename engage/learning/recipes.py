"""Recipes: how a candidate is trained, as a small TOML file.

    site = "pk_demo"                 # needed only where a log holds several
    seed = 7                         # picks from a sweep that is too large
    until = "2026-11-20T00:00:00Z"   # later records are left for its trial
    has_rules = true                 # believe in what the shop's rules proposed

    [learner]                        # as in engage.toml, section [sites.learner]
    discount = 0.9999
    [policy]                         # as in engage.toml, section [sites.policy]
    gamma_c = 10.0
    [sweep]                          # one candidate for each combination
    "learner.prior_scale" = [0.5, 1.0, 2.0]
    "policy.gamma_c" = [5.0, 10.0]

Everything has the default of a service; an empty file trains what one would learn that
was told nothing else. What a shop has set otherwise in [sites.money] belongs into its
recipe, too: `order_margin_cents`, and `outcome` where it is no order.
"""

# Rules of this file: text in, values out. Every mistake is named at once, with its key,
# its limit and its value, as in a configuration.

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta

from engage.clock import epoch_s
from engage.errors import ConfigError
from engage.settings import LearnerSettings, MoneySettings, PolicySettings, Share
from engage.tables import Mistakes, read

Values = Annotated[tuple[float, ...], Meta(min_length=1, max_length=100)]

# Settings that are whole numbers, however a sweep writes them.
_WHOLE = frozenset({"launch_until_n", "session_decisions", "session_labels"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one candidate is trained."""

    # Where a log holds one site only, that one.
    site: str = ""
    seed: Annotated[int, Meta(ge=0, le=4_294_967_295)] = 0
    # RFC 3339; empty: all of the log.
    until: str = ""
    has_rules: bool = True
    # Share of sessions that the moment `hesitating` should ever ask.
    hesitating_share: Share = 0.1
    order_margin_cents: Annotated[int, Meta(ge=1, le=1_000_000_000)] = (
        MoneySettings().order_margin_cents
    )
    # What counts as success; carts and clicks are worth the same whatever is at stake.
    outcome: Literal["order", "cart", "click"] = "order"
    learner: LearnerSettings = field(default_factory=LearnerSettings)
    policy: PolicySettings = field(default_factory=PolicySettings)
    sweep: Mapping[str, Values] = field(default_factory=lambda: MappingProxyType({}))
    # Larger sweeps are thinned out by the seed.
    most: Annotated[int, Meta(ge=1, le=10_000)] = 50

    @property
    def until_s(self) -> float:
        """End of the training, epoch seconds; infinite for all of the log."""
        return epoch_s(self.until) if self.until else float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One recipe of a sweep.

    Attributes:
        changes: what differs from the file, by key.
        plain: the whole table, as a card keeps it.
    """

    recipe: Recipe
    changes: Mapping[str, float]
    plain: Mapping[str, Any]


def variants_of(text: str, *, source: str) -> list[Variant]:
    """Return the recipes in a TOML text: one, or one for each point of its sweep.

    Raises:
        ConfigError: with every mistake found.

    >>> text = 'sweep = {"policy.gamma_c" = [5.0, 10.0]}'
    >>> [v.recipe.policy.gamma_c for v in variants_of(text, source="r.toml")]
    [5.0, 10.0]
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{source}: is no TOML: {error}"]) from error
    mistakes = Mistakes(source)
    whole = _read(table, mistakes)
    mistakes.raise_any()
    found = []
    for changes in _points(whole):
        plain = {name: v for name, v in deepcopy(table).items() if name != "sweep"}
        for key, value in changes.items():
            _put(plain, key, value, mistakes)
        found.append(
            Variant(recipe=_read(plain, mistakes), changes=changes, plain=plain)
        )
    # The same mistake in every combination is one mistake.
    mistakes.found = list(dict.fromkeys(mistakes.found))
    mistakes.raise_any()
    return found


def _read(table: Mapping[str, Any], mistakes: Mistakes) -> Recipe:
    recipe = read(Recipe, table, key="", mistakes=mistakes) or Recipe()
    try:
        _ = recipe.until_s
    except ValueError:
        mistakes.add("until", f"must be RFC 3339, got {recipe.until!r}")
    return recipe


def _points(recipe: Recipe) -> list[dict[str, float]]:
    keys = list(recipe.sweep)
    points = [
        dict(zip(keys, values, strict=True))
        for values in itertools.product(*recipe.sweep.values())
    ]
    if len(points) <= recipe.most:
        return points
    luck = np.random.default_rng(recipe.seed)
    chosen = luck.choice(len(points), size=recipe.most, replace=False)
    return [points[index] for index in sorted(chosen.tolist())]


def _put(plain: dict[str, Any], key: str, value: float, mistakes: Mistakes) -> None:
    """Set `section.name`; whole numbers are written as such."""
    section, _, name = key.partition(".")
    if section not in {"learner", "policy"} or not name:
        mistakes.add("sweep", f"keys must be learner.NAME or policy.NAME, got {key!r}")
        return
    is_whole = name in _WHOLE and value.is_integer()
    plain.setdefault(section, {})[name] = int(value) if is_whole else value
