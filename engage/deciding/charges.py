"""What an action is charged for what it takes from everybody: shares times prices.

An invite takes its probability of acceptance of an agent's slot. Where agents are short
a slot has a shadow price (`engage.learning.prices`), and a policy that follows
predictions follows what is left of them after the charge. The prediction itself stays
as it is: evidence compares it with what a decision earned.
"""

# Rules of this file: pure; what it returns follows from the record's `inputs` alone.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engage.interventions.base import Inputs, Intervention
from engage.visits.session import Session

Takes = Mapping[str, Mapping[str, float]]
"""Slots by stock that an action takes in expectation, by action."""


def takes_of(
    interventions: Iterable[Intervention[Any]],
    session: Session,
    *,
    inputs: Inputs,
    refused: Mapping[str, str],
) -> dict[str, dict[str, float]]:
    """Return what every wanted intervention takes of the stocks that have a price.

    Wanted is what may be offered, and what only a lack of agents forbids: from both
    the price is learned.
    """
    found: dict[str, dict[str, float]] = {}
    for one in interventions:
        if refused.get(one.id, "no_agent") != "no_agent":
            continue
        p_accept = inputs.acceptance.get(one.id, one.prior_accept)
        held = one.reservation(session, inputs, p_accept=p_accept)
        if held is not None and held.kind == "slot" and held.stock in inputs.prices:
            found[one.id] = {held.stock: held.share}
    return found


def charges_of(takes: Takes, prices: Mapping[str, float]) -> dict[str, float]:
    """Return what each action is charged, EUR, >= 0; what takes nothing is left out.

    >>> charges_of({"chat_guitars": {"guitars": 0.25}}, {"guitars": 2.0})
    {'chat_guitars': 0.5}
    """
    return {
        action: sum(share * prices.get(stock, 0.0) for stock, share in shares.items())
        for action, shares in takes.items()
    }


def charges_in(body: Mapping[str, Any]) -> dict[str, float]:
    """Return what each action of a decision record was charged, EUR.

    Records of before there were prices have none.

    >>> charges_in({"inputs": {"prices": {}}})
    {}
    """
    inputs = body.get("inputs") or {}
    return charges_of(inputs.get("takes") or {}, inputs.get("prices") or {})
