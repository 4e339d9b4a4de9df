"""Policies: from a situation to a distribution over the eligible actions."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engage.deciding.policies.base import Policy
from engage.deciding.policies.epsilon_greedy import EpsilonGreedy
from engage.deciding.policies.inverse_gap import InverseGap
from engage.deciding.policies.rules import Rules
from engage.deciding.policies.uniform import Uniform
from engage.settings import SiteSettings

POLICIES: Mapping[str, Callable[[SiteSettings], Policy]] = MappingProxyType(
    {
        "inverse_gap": InverseGap,
        "uniform": Uniform,
        "epsilon_greedy": EpsilonGreedy,
        "rules": Rules,
    }
)
"""Every policy by name; a new one is one file and one line here."""

__all__ = ["POLICIES"]
