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


def policy_of(settings: SiteSettings) -> Policy:
    """Return the policy that decides in a site's mode: its own list, or a learned one.

    >>> policy_of(SiteSettings(key="pk_x", mode="rules")).name
    'rules'
    """
    name = "rules" if settings.mode == "rules" else settings.policy.policy
    return POLICIES[name](settings)


__all__ = ["POLICIES", "policy_of"]
