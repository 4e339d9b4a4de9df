"""One decision as the console tells it: in short for the list, in full on its own."""

# Rules of this file: pure functions of a record and a snapshot. The explanation is that
# of the snapshot the record names; of another one it would explain something else.

from __future__ import annotations

from typing import Any, Final

import numpy as np

from engage.deciding.charges import charges_in
from engage.deciding.context import context_of
from engage.deciding.draw import NONE
from engage.learning.snapshots import Snapshot
from engage.scoring.base import Scores
from engage.stores.base import Body
from engage.street.site import Site
from engage.visits.features import FEATURES, NAMES

# Enough to see why; the rest is on the decision's own page.
_TOP: Final = 3
_MOST: Final = 12

_SHORT: Final = (
    "decision",
    "at",
    "session",
    "group",
    "mode",
    "served",
    "moment",
    "trigger_p",
    "first_ever",
    "visit_index",
    "scores",
    "page",
    "item",
    "category",
    "segment",
    "device",
    "stake",
    "eligible",
    "refused",
    "predictions",
    "distribution",
    "action",
    "kind",
    "propensity",
    "draw",
    "ghost",
    "snapshot",
    "reward",
    "value",
)


def summary(site: Site, body: Body, snapshot: Snapshot | None) -> Body:
    """Return what the list of live decisions shows of a record."""
    told = {name: body.get(name) for name in _SHORT}
    drawn = drawn_of(body)
    told["drawn"] = drawn
    told["kinds"] = kinds_of(site, body)
    told["outcomes"] = [
        {"name": one["name"], "at": one.get("at")} for one in body.get("outcomes", ())
    ]
    told["why"] = reasons(snapshot, body, drawn)[:_TOP]
    return told


def drawn_of(body: Body) -> str:
    """Return the action that the dice said, carried out or not."""
    return str((body.get("ghost") or body)["action"])


def kinds_of(site: Site, body: Body) -> dict[str, str]:
    """Return the kind of every intervention that a record mentions."""
    logged = body["versions"].get("kinds", {})
    names = {*body["eligible"], *body["refused"], *logged} - {NONE}
    now = {name: one.kind for name, one in site.interventions.items()}
    return {n: logged.get(n) or now.get(n, "unknown") for n in sorted(names)}


def reasons(snapshot: Snapshot | None, body: Body, action: str) -> list[dict[str, Any]]:
    """Return the terms of an action's predicted uplift, EUR, the largest first.

    Terms of the kind and of the action itself that mean the same are added up. Empty
    for `none`, and for a record of another snapshot.
    """
    is_its_own = snapshot is not None and body["snapshot"] == snapshot.number
    if snapshot is None or not is_its_own or action == NONE:
        return []
    vector = np.array([body["features"].get(n, 0.0) for n in NAMES], dtype=np.float64)
    scores = Scores(**body["scores"])
    terms = snapshot.uplift.explain(
        context_of(vector, scores),
        body["moment"],
        action,
        proposed=body.get("proposed", NONE),
        stake_eur=body.get("stake"),
    )
    sums: dict[str, float] = {}
    for term, eur in terms:
        name = plain_term(term)
        sums[name] = sums.get(name, 0.0) + eur
    ordered = sorted(sums.items(), key=lambda item: -abs(item[1]))
    return [{"term": name, "eur": round(eur, 4)} for name, eur in ordered[:_MOST]]


def plain_term(term: str) -> str:
    """Return what a term stands for, whichever level it is learned at.

    >>> plain_term("kind:chat|x:price_eur"), plain_term("action:c@4f|moment:ask")
    ('x:price_eur', 'moment:ask')
    >>> plain_term("kind:chat"), plain_term("rule")
    ('itself', 'rule')
    """
    head, bar, rest = term.partition("|")
    if bar:
        return rest
    return "itself" if head.startswith(("kind:", "action:")) else head


def detail(site: Site, body: Body, snapshot: Snapshot | None) -> Body:
    """Return everything about one decision.

    Args:
        site: its site.
        body: the record as the journal has it.
        snapshot: the one that the record names, where it still is in the archive.
    """
    told = summary(site, body, snapshot)
    told["charges"] = charges_in(body)
    actions = [name for name in body["eligible"] if name != NONE]
    told["reasons"] = {name: reasons(snapshot, body, name) for name in actions}
    told["features"] = [
        {
            "name": feature.name,
            "unit": feature.unit,
            "value": body["features"].get(feature.name),
        }
        for feature in FEATURES
        if body["features"].get(feature.name)
    ]
    for name in (
        "policy",
        "exploration",
        "inputs",
        "versions",
        "previous",
        "open",
        "withheld",
        "near",
        "holdout_share",
        "trained_to",
        "visitor",
        "tab",
        "seq",
        "proposed",
        "closed_at",
        "settled_at",
        "item",
    ):
        told[name] = body.get(name)
    told["outcomes"] = body.get("outcomes", [])
    card = body.get("card") or {}
    told["card"] = card.get("content")
    return told
