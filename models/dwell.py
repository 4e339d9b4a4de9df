"""The prior of the dwell scorer: how long people stay on which page."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from prior import KIND

from engage.scoring.dwell import DwellScorer, example_of
from engage.visits.shapes import Device, PageView

VIEWS = 12_000
# Pseudo-counts of each term.
DWELL_COUNT = 50
# Assumed median seconds on a page of each kind.
MEDIAN_S = {
    "home": 8,
    "list": 15,
    "search": 12,
    "product": 25,
    "cart": 12,
    "checkout": 45,
    "payment": 40,
    "thanks": 6,
    "content": 30,
    "other": 12,
}


def views(rng: np.random.Generator) -> Iterator[PageView]:
    """Yield simulated page views without categories: log-normal around the medians."""
    kinds = list(MEDIAN_S)
    devices: tuple[Device, ...] = ("desktop", "phone", "unknown")
    for _ in range(VIEWS):
        kind = kinds[int(rng.integers(len(kinds)))]
        device = devices[int(rng.choice(3, p=[0.45, 0.45, 0.1]))]
        band = int(rng.integers(1, 7)) if kind == "product" else 0
        returning = bool(rng.random() < 0.4)
        centre = np.log(MEDIAN_S[kind]) + 0.08 * (band - 3) * (band > 0)
        centre += -0.1 * (device == "phone") - 0.1 * returning
        dwell_s = float(np.exp(centre + rng.normal()))
        yield PageView(kind, "", band, device, returning, dwell_s, dwell_s, 1, None)


def prior(seed: int) -> dict[str, object]:
    """Return the quantiles that the scorer believes after these page views."""
    scorer = DwellScorer()
    for view in views(np.random.default_rng(seed + 2)):
        scorer.learn(example_of(view))
    plain = scorer.freeze().plain()
    rows = {at: [round(q, 4) for q in row] for at, row in plain["rows"].items()}
    return {
        "kind": KIND,
        "seed": seed,
        "examples": VIEWS,
        "count": DWELL_COUNT,
        "quantiles": plain["quantiles"],
        "rows": rows,
    }
