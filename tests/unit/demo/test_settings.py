"""Agents are announced for the groups that chats name, and for no others."""

import pytest

from engage.demo import settings as demo
from engage.evidence.simulation import shop as simulation


@pytest.mark.parametrize(
    ("site", "groups"),
    [
        (demo.demo_settings(demo.DemoOptions()).sites[0], demo.GROUPS),
        (simulation.simulated_site(), simulation.GROUPS),
    ],
    ids=["demo", "simulation"],
)
def test_groups(site, groups):
    """Who is announced can be asked, and who can be asked is announced."""
    chats = [one for one in site.interventions if one.kind == "chat"]
    assert sorted(groups) == sorted(one.options["group"] for one in chats)
