"""The demo's settings: who is announced can be asked, and cards speak like the shop."""

import re

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
    """Who can be asked is announced, and who is announced has a name."""
    chats = [one for one in site.interventions if one.kind == "chat"]
    asked = {one.options["group"] for one in chats}
    assert asked <= set(groups) <= asked.union(site.chat_groups)


def test_cards_speak_like_the_shop():
    """The shop's pages say "du"; no card says "Sie" beside them."""
    site = demo.demo_settings(demo.DemoOptions()).sites[0]
    cards = [one.texts["de"] for one in site.interventions]
    said = " ".join(f"{one.title} {one.text} {one.disclosure}" for one in cards)
    formal = re.compile(r"\b(Sie|Ihr\w*|Ihnen)\b")
    assert formal.findall(said) == []
    assert all(one.disclosure for one in cards)
