from dataclasses import replace

import pytest

from engage.interventions.base import Inputs, Reservation, Reserved
from engage.settings import MoneySettings
from tests.unit.interventions.builders import PLENTY, intervention, site, visit


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (Inputs(free_agents={"guitars": 1.0}), None),
        (Inputs(free_agents={"guitars": 0.1}), None),
        (Inputs(free_agents={"guitars": 0.09}), "no_agent"),
        (Inputs(free_agents={"guitars": 0.0}), "no_agent"),
        (Inputs(free_agents={"cameras": 5.0}), "no_agent"),
        (
            Inputs(free_agents={"guitars": 5.0}, stale_groups=frozenset({"guitars"})),
            "stale_agents",
        ),
        (
            Inputs(free_agents={"guitars": 5.0}, stale_groups=frozenset({"cameras"})),
            None,
        ),
    ],
)
def test_refusal(inputs, expected):
    """Nobody is invited without a fresh report of room for the invite in the group."""
    assert intervention("chat").refusal(visit(), inputs) == expected


def test_reservation():
    """It holds its probability of acceptance of a slot until the invite expires."""
    chat = intervention("chat", expires_ms=30_000)

    held = chat.reservation(visit(), PLENTY, p_accept=0.2)

    assert held == Reservation(kind="slot", stock="guitars", share=0.2, valid_s=30.0)


def test_content():
    """The card names the group that answers."""
    content = intervention("chat").content(visit(), PLENTY, "en", Reserved())

    assert (content.title, content.group) == ("Any questions?", "guitars")


def test_title_of_the_product():
    """The shop's words may name the product; without a title, words stand for it."""
    texts = {"de": intervention("chat").built_in["de"]}
    texts["de"] = replace(texts["de"], title="Fragen zu {title}?")
    chat = intervention("chat", texts=texts)

    named = chat.content(visit(), replace(PLENTY, item_title="M-32"), "de", Reserved())
    plain = chat.content(visit(), PLENTY, "de", Reserved())

    assert named.title == "Fragen zu M-32?"
    assert plain.title == "Fragen zu diesem Produkt?"


def test_version_and_cost():
    """A dearer chat is another version; another guess at its acceptance is not."""
    cheap = intervention("chat")
    dear = intervention("chat", shop=site(money=MoneySettings(agent_cost_cents=401)))
    guessed = intervention("chat", options={"p_accept": 0.3})

    assert cheap.version != dear.version
    assert cheap.version == guessed.version
