"""Builders of records and visitors for lift; what a test does not name is ordinary."""

import numpy as np

from engage.clock import rfc3339
from engage.evidence.lift.adjust import COVARIATES
from engage.evidence.lift.rows import Visitors
from engage.stores.base import Entry, Record

T0 = 1_763_720_100.0
SITE = "pk_demo"
HOUR_S = 3_600.0


def entry(kind, key, *, at_s=T0, subject="u_1", **body):
    """Return an entry as the journal hands it out."""
    record = Record(
        kind=kind, site=SITE, key=key, at_s=at_s, body=body, subject=subject
    )
    return Entry(1, record)


def decision(key="d_1", *, at_s=T0, subject="u_1", **changes):
    """Return a first moment of a treated visitor who is offered a chat."""
    body = {
        "decision": key,
        "group": "treatment",
        "holdout_share": 0.2,
        "served": True,
        "first_ever": True,
        "moment": "lingering",
        "segment": "new",
        "refused": {},
        "eligible": ["none", "chat"],
        "action": "chat",
        "ghost": None,
        **changes,
    }
    return entry("decision", key, at_s=at_s, subject=subject, **body)


def ghost(key="d_2", *, action="chat", **changes):
    """Return a first moment of a visitor in the holdout."""
    drawn = {"action": action, "distribution": {action: 1.0}, "propensity": 1.0}
    return decision(
        key, **{"group": "holdout", "action": "none", "ghost": drawn, **changes}
    )


def order(key="A-1", *, margin_cents=4_000, value_cents=10_000, **fields):
    """Return an order of 100 with a margin of 40."""
    return entry(
        "order", key, margin_cents=margin_cents, value_cents=value_cents, **fields
    )


def outcome(name, *, of="d_1", **fields):
    """Return an outcome of a decision."""
    return entry("outcome", of, name=name, **fields)


def line(key="d_1", **changes):
    """Return a decision record as a log has it, settled after a week."""
    at_s = changes.pop("at_s", T0)
    settled = {
        "decision": key,
        "site": SITE,
        "at": rfc3339(at_s),
        "visitor": "v_1",
        "outcomes": [],
        "value": 0.0,
        "closed_at": rfc3339(at_s + 1_800),
        "settled_at": rfc3339(at_s + 604_800),
    }
    return {**decision(key).record.body, **settled, **changes}


def crowd(margins, is_holdout, *, share=0.2, every_s=60.0, **columns):
    """Return visitors, one a minute, who ordered where the margin is not 0."""
    margins = np.asarray(margins, dtype=np.float64)
    n = len(margins)
    ordinary = {
        "at_s": T0 + np.arange(n) * every_s,
        "is_holdout": np.asarray(is_holdout, dtype=bool),
        "share": np.full(n, share),
        "orders": (margins != 0).astype(np.float64),
        "revenue": margins * 3,
        "margin": margins,
        "is_over": np.ones(n, dtype=bool),
        "is_shown": np.zeros(n, dtype=bool),
        "action": np.full(n, "chat"),
        "moment": np.full(n, "lingering"),
        "segment": np.full(n, "new"),
        "none_p": np.full(n, 0.5),
        "covariates": np.zeros((n, len(COVARIATES))),
        "margin_alone": margins,
        "ordered_alone": margins != 0,
    }
    return Visitors(**{**ordinary, **columns})
