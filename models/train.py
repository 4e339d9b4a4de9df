"""Write the warm starts `hesitation.json`, `intent.json` and `dwell.json` again.

    python models/train.py [--out models]

Everything is simulated from seed 20; nothing here was measured in a shop. The numbers
are rounded to four digits, so that the files come out the same byte for byte whatever
order a processor adds in. Each card says what was assumed.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from engage.scoring import hesitation, intent
from engage.scoring.base import Example, Vector
from engage.scoring.dwell import DwellScorer, example_of
from engage.scoring.logistic import LogisticScorer
from engage.visits.features import FEATURES, NAMES, SCHEMA
from engage.visits.shapes import Device, PageView

SEED = 20
SESSIONS = 5_000
VIEWS = 12_000
KIND = "prior from simulation"
# Of the files' form; `read_warm` knows this one.
VERSION = 1
# A prior must give way: it counts as a tenth of the examples it was made from.
DILUTION = 10
# Pseudo-counts of the scaler, and of each term of the dwell.
SCALER_COUNT = 500
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
# Assumed mean count in a session, before the visitor's interest shifts it.
RATES = {
    "category_run": 1.0,
    "list_views": 1.0,
    "searches": 0.4,
    "zero_results": 0.05,
    "scroll_turns": 3.0,
    "hover_entries": 0.8,
    "reversals": 1.0,
    "rage_clicks": 0.03,
    "dead_clicks": 0.1,
    "error_clicks": 0.03,
    "toggles": 0.4,
    "toggle_backs": 0.1,
    "alternations": 0.2,
    "tab_hides": 0.6,
    "copies": 0.04,
    "coupon_touches": 0.04,
    "refocuses": 0.1,
    "field_errors": 0.05,
    "quick_backs": 0.2,
    "exits": 0.3,
    "removes": 0.05,
    "wishes": 0.08,
}


def behaviour(rng: np.random.Generator, interest: Vector) -> dict[str, Any]:
    """Return the simulated features by name, each shape (n,)."""
    n = len(interest)
    seen: dict[str, Any] = {name: np.zeros(n) for name in NAMES}
    for name, rate in RATES.items():
        seen[name] = rng.poisson(rate * np.exp(0.3 * interest - 0.045)).astype(float)
    views = 1.0 + rng.poisson(np.exp(0.9 + 0.5 * interest))
    products = rng.binomial(views.astype(int), 0.5).astype(float)
    active = rng.lognormal(2.5 + 0.35 * np.log(views) + 0.3 * interest, 0.8)
    page = rng.choice(4, n, p=[0.5, 0.35, 0.1, 0.05])
    funnel = np.where(products > 0, 1.0, 0.0)
    carted = rng.random(n) < 1 / (1 + np.exp(2.4 - 0.8 * interest))
    funnel = np.where(carted | (page >= 2), 2.0, funnel)
    funnel = np.where(page == 3, rng.integers(3, 6, n).astype(float), funnel)
    here = active * rng.beta(2.0, views)
    seen |= {
        "active_s": active,
        "elapsed_s": active * (1 + rng.lognormal(-0.5, 1.0, n)),
        "page_views": views,
        "product_views": products,
        "distinct_products": np.ceil(0.8 * products),
        "scroll_deepest": rng.beta(2.0, 1.5, n),
        "view_scroll": rng.beta(1.5, 2.0, n),
        "adds": (funnel >= 2).astype(float),
        "cart_eur": np.where(funnel >= 2, rng.lognormal(4.3, 1.0, n), 0.0),
        "checkout_backs": np.where(page == 3, rng.poisson(0.2, n), 0.0),
        "funnel": funnel,
        "view_active_s": here,
        "previous_view_s": np.where(views > 1, rng.lognormal(2.3, 1.0, n), 0.0),
        "price_eur": np.where(page == 1, rng.lognormal(4.0, 1.1, n), 0.0),
        "on_product": (page == 1).astype(float),
        "on_cart": (page == 2).astype(float),
        "on_checkout": (page == 3).astype(float),
    }
    return seen | circumstances(rng, page)


def circumstances(rng: np.random.Generator, page: NDArray[np.int64]) -> dict[str, Any]:
    """Return what does not depend on interest: hovers, pauses, who and with what."""
    n = len(page)
    hovers = rng.random((3, n)) < np.array([[0.25], [0.15], [0.1]])
    pauses = rng.choice([0.0, 10.0, 30.0, 60.0], n, p=[0.6, 0.2, 0.1, 0.1])
    return {
        "hover_cart_s": hovers[0] * rng.exponential(2.0, n),
        "hover_price_s": hovers[1] * rng.exponential(1.5, n),
        "hover_size_s": hovers[2] * rng.exponential(1.5, n),
        "longest_idle_s": pauses,
        "is_out_of_stock": ((page == 1) & (rng.random(n) < 0.05)).astype(float),
        "rhythm_z": np.clip(rng.normal(size=n), -5, 5),
        "visit_index": rng.geometric(0.6, n).astype(float),
        "orders": rng.poisson(0.25, n).astype(float),
        "is_business": (rng.random(n) < 0.05).astype(float),
        "is_phone": (rng.random(n) < 0.5).astype(float),
    }


def sessions(rng: np.random.Generator) -> tuple[Vector, Vector, Vector]:
    """Return simulated features (n, n_features), P(no progress) and P(order)."""
    interest = rng.normal(size=SESSIONS)
    seen = behaviour(rng, interest)
    doubt = np.log1p(seen["reversals"]) + seen["rage_clicks"] + seen["field_errors"]
    stay = (
        2.1
        - 0.5 * interest
        - 0.5 * np.log1p(seen["hover_cart_s"])
        - 0.25 * np.log1p(seen["product_views"])
        - 0.25 * seen["funnel"]
        + 0.3 * doubt
        + 0.12 * np.log1p(seen["price_eur"])
        + 0.4 * np.maximum(np.log1p(seen["view_active_s"]) - np.log(60.0), 0)
        + 0.3 * np.log1p(seen["longest_idle_s"])
        + 1.5 * seen["is_out_of_stock"]
    )
    order = (
        -4.9
        + 0.75 * seen["funnel"]
        + 0.6 * interest
        + 0.4 * np.log1p(seen["orders"])
        + 0.2 * np.log(seen["visit_index"])
        - 0.2 * seen["is_phone"]
        - 0.2 * doubt
    )
    low, high = (
        np.array([getattr(f, end) for f in FEATURES]) for end in ("low", "high")
    )
    table = np.column_stack([seen[name] for name in NAMES])
    return np.clip(table, low, high), 1 / (1 + np.exp(-stay)), 1 / (1 + np.exp(-order))


def rounded(values: Iterator[tuple[str, float]]) -> dict[str, float]:
    """Return named values rounded to four digits."""
    return {name: round(float(value), 4) for name, value in values}


def probability_prior(scorer: LogisticScorer, *, truth: Vector, table: Vector) -> Any:
    """Return the prior that a scorer's run over the simulated sessions leaves."""
    for row, chance in zip(table, truth.tolist(), strict=True):
        # Both answers with the weight of their chance: the prior holds what was
        # assumed, and no dice.
        for label, weight in ((1.0, chance), (0.0, 1.0 - chance)):
            scorer.learn(
                Example(scorer=scorer.name, label=label, features=row, weight=weight)
            )
    state = scorer.state()
    terms, numeric = scorer.basis.terms, scorer.basis.numeric
    belief = state["optimiser"]
    ends = np.cumsum(np.arange(1, len(terms) + 1)) - 1
    learned = np.array(belief["covariance"])[ends] * DILUTION
    variances = np.minimum(learned, belief["prior"])
    return {
        "kind": KIND,
        "schema": SCHEMA,
        "seed": SEED,
        "examples": len(truth),
        "weights": rounded(zip(terms, state["weights"], strict=True)),
        "variances": rounded(zip(terms, variances, strict=True)),
        "count": SCALER_COUNT,
        "means": rounded(zip(numeric, state["means"], strict=True)),
        "vars": rounded(zip(numeric, state["vars"], strict=True)),
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


def dwell_prior() -> Any:
    """Return the prior of the dwell quantiles."""
    scorer = DwellScorer()
    for view in views(np.random.default_rng(SEED + 2)):
        scorer.learn(example_of(view))
    plain = scorer.freeze().plain()
    rows = {at: [round(q, 4) for q in row] for at, row in plain["rows"].items()}
    return {
        "kind": KIND,
        "seed": SEED,
        "examples": VIEWS,
        "count": DWELL_COUNT,
        "quantiles": plain["quantiles"],
        "rows": rows,
    }


def priors() -> dict[str, Any]:
    """Return the three priors by scorer."""
    table, stays, orders = sessions(np.random.default_rng(SEED))
    return {
        "hesitation": probability_prior(hesitation.new(), truth=stays, table=table),
        "intent": probability_prior(intent.new(), truth=orders, table=table),
        "dwell": dwell_prior(),
    }


def stamped(prior: dict[str, Any]) -> dict[str, Any]:
    """Return a prior with its form's version, its code's hash and its own checksum.

    A file cannot name the commit that it is a part of; the hash of what made it can.
    """
    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    whole = {"version": VERSION, "code": code, **prior}
    body = orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)
    return {"sha256": hashlib.sha256(body).hexdigest(), **whole}


def write(out: Path) -> list[Path]:
    """Write the three files into a directory and return their paths."""
    files = []
    for name, prior in priors().items():
        file = out / f"{name}.json"
        body = orjson.dumps(stamped(prior), option=orjson.OPT_INDENT_2)
        file.write_bytes(body + b"\n")
        files.append(file)
    return files


def main() -> None:
    """Write the files and say how large they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    for file in write(parser.parse_args().out):
        print(f"{file}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
