"""Does the learned policy find the best e-mail as fast as a plain SquareCB?

Rejection replay on Hillstrom's e-mail experiment (64,000 customers, none / mens /
womens at a third each): a row counts when the policy draws what was really sent. The
reward is a visit, as 1 EUR. Means over permutations; the reference (SquareCB over one
ridge per action, gamma 10 sqrt t) and the best fixed action run on the same
permutations with the same throws.

    python benchmarks/hillstrom_replay.py --permutations 20

There is no personalisation to find in this set; it tests learning speed only. Bar:
not more than 2 standard errors below the reference. Goal: 2 above, second half within
.001 of the best fixed action.
"""

# Rules of this file: everybody sees the same rows and the same throws; differences are
# paired by permutation.

from __future__ import annotations

import argparse
import csv
import gzip
import math
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import orjson
from data_sets import DATA_SETS
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from engage.clock import SystemClock, rfc3339
from engage.deciding.draw import Distribution, draw
from engage.deciding.policies.base import Situation
from engage.deciding.policies.inverse_gap import InverseGap, inverse_gap
from engage.deciding.policies.uplift import Row, UpliftModel, UpliftSettings
from engage.settings import PolicySettings, SiteSettings

ACTIONS = ("none", "mens", "womens")
SENT = {"No E-Mail": 0, "Mens E-Mail": 1, "Womens E-Mail": 2}
CONTEXT = (
    "recency",
    "history",
    "mens_before",
    "womens_before",
    "newbie",
    "rural",
    "urban",
    "phone",
    "web",
)
Array = NDArray[np.float64]
Choose = Callable[[Array], Distribution]
Learn = Callable[[Array, int, Distribution, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mails:
    """The experiment: features (n, 9), action sent (n,), visit (n,)."""

    features: Array
    sent: NDArray[np.int64]
    visits: Array


def read(folder: Path) -> Mails:
    """Read the experiment; features scaled to about one."""
    with gzip.open(folder / "hillstrom.csv.gz", "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    features = [
        (
            int(r["recency"]) / 6.0 - 1.0,
            math.log1p(float(r["history"])) / 2.0 - 2.5,
            float(r["mens"]),
            float(r["womens"]),
            float(r["newbie"]),
            float(r["zip_code"] == "Rural"),
            float(r["zip_code"] == "Urban"),
            float(r["channel"] == "Phone"),
            float(r["channel"] == "Web"),
        )
        for r in rows
    ]
    return Mails(
        features=np.array(features),
        sent=np.array([SENT[r["segment"]] for r in rows]),
        visits=np.array([float(r["visit"]) for r in rows]),
    )


class Ours:
    """Uplift model and inverse gap, frozen anew every 4 % more rows.

    Args:
        floors: True with the product's floors (`none` at least .1), False without.
        gamma_c: how greedy; None: the setting that ships.
    """

    def __init__(self, *, floors: bool, gamma_c: float | None = None) -> None:
        policy = PolicySettings()
        if gamma_c is not None:
            policy = replace(policy, gamma_c=gamma_c)
        if not floors:
            policy = replace(policy, floor=0.0, none_floor=0.0)
        site = SiteSettings(key="pk_hillstrom", policy=policy)
        self._policy = InverseGap(site)
        self._model = UpliftModel(
            UpliftSettings(
                context=CONTEXT,
                interactions=("history", "mens_before", "womens_before", "newbie"),
                sigma_eur=0.4,
            )
        )
        self._versions = {"mens": "1", "womens": "1"}
        self._weights = self._model.freeze()
        self._next = 0
        self._learned = 0

    def choose(self, x: Array) -> Distribution:
        """Return the distribution for one customer."""
        situation = Situation(
            context=x,
            moment="ask",
            eligible=ACTIONS,
            predictions=self._weights.predict(x, "ask", ACTIONS),
            sigma=self._weights.sigma,
            n_eff=self._weights.n_eff,
        )
        return self._policy.distribution(situation).distribution

    def learn(self, x: Array, a: int, p: Distribution, reward: float) -> None:
        """Learn one accepted row."""
        self._model.learn(
            Row(
                decision=f"d_{self._learned}",
                context=x,
                moment="ask",
                action=ACTIONS[a],
                distribution=p,
                kinds={"mens": "mens", "womens": "womens"},
                versions=self._versions,
                target_eur=reward,
                delta_eur=0.0,
            )
        )
        self._learned += 1
        if self._learned >= self._next:
            self._next = self._learned + max(10, self._learned // 25)
            self._weights = self._model.freeze()


class Reference:
    """SquareCB over one ridge regression per action, gamma 10 sqrt t, no floor."""

    def __init__(self) -> None:
        d = len(CONTEXT) + 1
        self._inverse = [np.eye(d) for _ in ACTIONS]
        self._b = np.zeros((len(ACTIONS), d))
        self._theta = np.zeros((len(ACTIONS), d))
        self._t = 0

    def choose(self, x: Array) -> Distribution:
        """Return the distribution for one customer."""
        values = (self._theta[:, 1:] @ x + self._theta[:, 0]).tolist()
        p = inverse_gap(values, gamma=10.0 * math.sqrt(self._t))
        return dict(zip(ACTIONS, p, strict=True))

    def learn(self, x: Array, a: int, p: Distribution, reward: float) -> None:
        """Learn one accepted row (Sherman-Morrison)."""
        del p
        z = np.concatenate(((1.0,), x))
        step = self._inverse[a] @ z
        self._inverse[a] -= np.outer(step, step) / (1.0 + z @ step)
        self._b[a] += reward * z
        self._theta[a] = self._inverse[a] @ self._b[a]
        self._t += 1


def replay(
    mails: Mails, order: Array, throws: Array, *, choose: Choose, learn: Learn
) -> tuple[float, float]:
    """Return the mean visit rate over accepted rows: all, and second half."""
    visits = []
    for i, u in zip(order.tolist(), throws.tolist(), strict=True):
        x = mails.features[i]
        p = choose(x)
        a = ACTIONS.index(draw(p, u)[0])
        if a == mails.sent[i]:
            visits.append(mails.visits[i])
            learn(x, a, p, float(mails.visits[i]))
    return float(np.mean(visits)), float(np.mean(visits[len(visits) // 2 :]))


def permutation(
    seed: int, *, folder: Path, gamma_c: float | None
) -> dict[str, tuple[float, float]]:
    """Return (all, second half) of every policy on one permutation."""
    # As the learner does: small systems gain nothing from threads that wait.
    with threadpool_limits(limits=1):
        return _permutation(seed, folder=folder, gamma_c=gamma_c)


def _permutation(
    seed: int, *, folder: Path, gamma_c: float | None
) -> dict[str, tuple[float, float]]:
    mails = read(folder)
    rng = np.random.default_rng(seed)
    order, throws = rng.permutation(len(mails.sent)), rng.random(len(mails.sent))
    found = {}
    for name, policy in (
        ("ours", Ours(floors=False, gamma_c=gamma_c)),
        ("ours with product floors", Ours(floors=True, gamma_c=gamma_c)),
        ("reference SquareCB", Reference()),
    ):
        found[name] = replay(
            mails, order, throws, choose=policy.choose, learn=policy.learn
        )
    best = mails.visits[order][mails.sent[order] == ACTIONS.index("mens")]
    found["best fixed"] = (float(best.mean()), float(best[len(best) // 2 :].mean()))
    return found


def main() -> None:
    """Replay every permutation, print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--permutations", type=int, default=20)
    parser.add_argument("--gamma-c", type=float, help="another than the one that ships")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--data", default=DATA_SETS)
    parser.add_argument("--out", default="benchmarks/results/hillstrom_replay.json")
    args = parser.parse_args()
    folder = Path(args.data) / "hillstrom"
    task = partial(permutation, folder=folder, gamma_c=args.gamma_c)
    with ProcessPoolExecutor(args.processes) as pool:
        runs = list(pool.map(task, range(args.permutations)))
    rates = {name: np.array([run[name] for run in runs]) for name in runs[0]}
    table = {
        name: {
            "all": float(r[:, 0].mean()),
            "all_se": float(r[:, 0].std(ddof=1) / math.sqrt(len(r))),
            "second_half": float(r[:, 1].mean()),
            **_paired(r[:, 0] - rates["reference SquareCB"][:, 0]),
        }
        for name, r in rates.items()
    }
    for name, row in table.items():
        print(name.ljust(26), {k: round(v, 4) for k, v in row.items()})
    result = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "permutations": args.permutations,
        "rates": table,
    }
    Path(args.out).write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")


def _paired(gap: Array) -> dict[str, float]:
    se = float(gap.std(ddof=1) / math.sqrt(gap.size))
    return {"minus_reference": float(gap.mean()), "minus_reference_se": se}


if __name__ == "__main__":
    main()
