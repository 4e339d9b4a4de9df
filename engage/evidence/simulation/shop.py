"""The settings of a simulated shop: the interventions that the demo has."""

# Rules of this file: values only. What a card costs here must be what the shoppers'
# `Prices` say, or the oracle would count in other money than the service.

from __future__ import annotations

import hashlib
from typing import Final

from engage.evidence.simulation.truth import Prices
from engage.settings import (
    InterventionSettings,
    LearnerSettings,
    MoneySettings,
    RuleSettings,
    SiteSecrets,
    SiteSettings,
)

# Whose agents are announced: the groups that its chats name.
GROUPS: Final = ("guitars", "cameras")
POOL: Final = "autumn10"
_SHOPPING: Final = ("product", "cart")
_IN_DOUBT: Final = ("hesitating", "wavering", "struggling")
# What the shop would do without us, and tells us, as any shop can: first come, first
# proposed.
_RULES: Final = (
    RuleSettings(action="chat_guitars", moments=("lingering", "ask")),
    RuleSettings(action="chat_cameras", moments=("lingering", "ask")),
    RuleSettings(action="size_guide", moments=_IN_DOUBT),
    RuleSettings(action="returns", moments=_IN_DOUBT),
    RuleSettings(
        action="autumn10", moments=("price_doubt", "leaving", "stalled_checkout")
    ),
    RuleSettings(action="similar", moments=("out_of_stock",)),
)


def simulated_site(
    key: str = "pk_demo", *, prices: Prices | None = None
) -> SiteSettings:
    """Return a site in mode `learned` with the demo's six interventions and a list."""
    prices = prices or Prices()
    return SiteSettings(
        key=key,
        name="simulated shop",
        money=MoneySettings(
            agent_cost_cents=prices.agent_cents, annoyance_cents=prices.annoyance_cents
        ),
        # In shop time: a snapshot every half hour is as often as short windows close.
        learner=LearnerSettings(publish_every_s=1_800.0, checkpoint_every_s=3_600.0),
        interventions=(
            _chat("chat_guitars", "guitars", ("guitars", "amplifiers")),
            _chat("chat_cameras", "cameras", ("cameras",)),
            InterventionSettings(
                id="autumn10",
                kind="discount",
                pages=_SHOPPING,
                texts={},
                options={
                    "pool": POOL,
                    "budget_cents": 100_000_000,
                    "percent": 100 * prices.discount_share,
                    "max_amount_cents": prices.most_discount_cents,
                    # A week: who sleeps on it may still use it.
                    "valid_s": 7 * 86_400.0,
                },
            ),
            *_content(),
        ),
        rules=_RULES,
    )


def _content() -> tuple[InterventionSettings, ...]:
    """Return what costs nothing: alternatives and help."""
    return (
        InterventionSettings(
            id="similar", kind="alternative", pages=("product",), texts={}
        ),
        InterventionSettings(
            id="size_guide",
            kind="help",
            pages=("product",),
            categories=("shoes", "headphones"),
            texts={},
            options={"href": "/help/size-guide", "topics": ["size"]},
        ),
        InterventionSettings(
            id="returns",
            kind="help",
            pages=("product", "cart", "checkout"),
            texts={},
            options={"href": "/help/returns"},
        ),
    )


def simulated_secrets(seed: int) -> SiteSecrets:
    """Return secrets that follow from the seed; they protect nothing real."""
    salt = hashlib.sha256(f"simulation {seed}".encode()).hexdigest()
    return SiteSecrets(server_key="sk_simulation", salt=salt.encode())


def _chat(name: str, group: str, categories: tuple[str, ...]) -> InterventionSettings:
    return InterventionSettings(
        id=name,
        kind="chat",
        pages=_SHOPPING,
        categories=categories,
        texts={},
        options={"group": group},
    )
