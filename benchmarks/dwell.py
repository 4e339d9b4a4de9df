"""Does the dwell score say how long is long, in every cell and on real clicks?

    python benchmarks/dwell.py [--data DIR] [--seeds 3] [--json FILE]

`simulated`: 40,000 page views in 64 cells of category x price x device with their own
level and spread, log-normal and Weibull; each view is predicted before it is learned,
the first fifth is skipped. Excess = pinball loss above that of the true conditional
quantiles. Cells: the largest coverage error over cells with 1,000 views or more, beside
what the true quantiles get there. `cards`: half the views may be cut off by a card
between their 60th and 95th percentile; scored against the dwell without the card.

`yoochoose`: real seconds between the clicks of a session (at most 30 min), learned in
time order over train and test; pinball loss of log(1 + s) against a rolling quantile
of the last 1,000. The sample has no categories, prices or devices: one cell.
"""

from __future__ import annotations

import argparse
import csv
import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from data_sets import DATA_SETS
from numpy.typing import NDArray

from engage.scoring.base import Example, Vector
from engage.scoring.dwell import DwellScorer
from engage.scoring.frozen_dwell import QUANTILES
from engage.scoring.quality import pinball
from engage.visits.shapes import Device, PageView

RESULT = Path(__file__).parent / "results/dwell.json"
N = 40_000
SHOWN = (0.5, 0.75, 0.9, 0.95)
# Standard normal quantiles of QUANTILES.
NORMAL = (-1.281552, -0.67449, 0.0, 0.67449, 1.281552, 1.644854, 2.326348)
LONGEST_GAP_S = 1_800.0
DEVICES: tuple[Device, Device] = ("desktop", "phone")


@dataclass(frozen=True, slots=True)
class Stream:
    """Simulated views, their log-dwell, the true quantiles, and where a card cut."""

    views: list[PageView]
    observed: Vector
    truth: Vector
    cut: Vector
    cells: NDArray[np.int64]


def simulate(family: str, *, seed: int, cards: bool) -> Stream:
    """Return one simulated stream; see the top of this file."""
    rng = np.random.default_rng(seed)
    category = rng.choice(8, N, p=[0.25, 0.2, 0.15, 0.12, 0.1, 0.08, 0.06, 0.04])
    band = rng.choice(4, N, p=[0.2, 0.4, 0.25, 0.15])
    device, returning = rng.choice(2, N), rng.random(N) < 0.4
    level = (
        rng.normal(0, 0.5, 8)[category] + rng.normal(0, 0.15, (8, 4))[category, band]
    )
    level += 3.2 + np.array([-0.3, 0.0, 0.25, 0.5])[band] - 0.3 * device
    level -= 0.15 * returning
    spread = rng.uniform(0.7, 1.1, 8)[category]
    if family == "lognormal":
        z, steps = rng.normal(size=N), np.array(NORMAL)
    else:
        z = np.log(rng.exponential(size=N)) / 0.9
        steps = np.log(-np.log1p(-np.array(QUANTILES))) / 0.9
    dwell = np.log1p(np.exp(level + spread * z))
    truth = np.log1p(np.exp(level[:, None] + spread[:, None] * steps))
    shown = level + spread * np.interp(rng.uniform(0.6, 0.95, N), QUANTILES, steps)
    cut = np.where(rng.random(N) < 0.5, np.log1p(np.exp(shown)), np.inf)
    views = [
        PageView("product", f"c{c}", int(b) + 1, DEVICES[d], bool(r), 0.0, 0.0, 1, None)
        for c, b, d, r in zip(category, band, device, returning, strict=True)
    ]
    cells = category * 100 + band * 10 + device
    return Stream(views, dwell, truth, cut if cards else np.full(N, np.inf), cells)


def predictions(stream: Stream) -> Vector:
    """Return the scorer's quantiles of every view, each made before it was learned."""
    scorer = DwellScorer()
    found = np.empty((N, len(QUANTILES)))
    for at, view in enumerate(stream.views):
        found[at] = scorer.knots(view)
        full, cut = float(stream.observed[at]), float(stream.cut[at])
        label = math.expm1(min(full, cut))
        scorer.learn(
            Example(scorer="dwell", label=label, view=view, censored=cut < full)
        )
    return found


def figures(stream: Stream, predicted: Vector) -> dict[str, list[float]]:
    """Return coverage errors, excess pinball and the worst cell, per shown quantile."""
    start = N // 5
    y, cells = stream.observed[start:], stream.cells[start:]
    found: dict[str, list[float]] = {"error": [], "excess": [], "cell": [], "truth": []}
    for level in SHOWN:
        column = QUANTILES.index(level)
        p, q = predicted[start:, column], stream.truth[start:, column]
        found["error"].append(float((y <= p).mean()) - level)
        best = pinball(q, y, quantile=level)
        found["excess"].append(pinball(p, y, quantile=level) / best - 1)
        many = [cell for cell in np.unique(cells) if (cells == cell).sum() >= 1_000]
        for name, quantiles in (("cell", p), ("truth", q)):
            below = [(y <= quantiles)[cells == cell].mean() for cell in many]
            found[name].append(float(np.abs(np.array(below) - level).max()))
    return found


def gaps(folder: Path) -> Iterator[float]:
    """Yield the seconds between two clicks of a session, in the order they end."""
    clicks: list[tuple[float, str]] = []
    for part in ("train_full", "test"):
        path = folder / "yoochoose-100k" / f"yoochoose-clicks-100k_{part}.txt"
        with path.open(newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t")
            clicks.extend((float(row["Time"]), row["SessionId"]) for row in rows)
    clicks.sort()
    last: dict[str, float] = {}
    for at_s, session in clicks:
        if session in last:
            yield min(at_s - last[session], LONGEST_GAP_S)
        last[session] = at_s


class Rolling:
    """The reference: the empirical quantiles of the last 1,000 observations."""

    def __init__(self) -> None:
        self.recent: deque[float] = deque()
        self.ordered: list[float] = []

    def quantile(self, level: float) -> float:
        """Return one quantile; 0 before any observation."""
        if not self.ordered:
            return 0.0
        return self.ordered[min(int(level * len(self.ordered)), len(self.ordered) - 1)]

    def add(self, value: float) -> None:
        """Append one observation and drop the oldest beyond 1,000."""
        insort(self.ordered, value)
        self.recent.append(value)
        if len(self.recent) > 1_000:
            self.ordered.pop(bisect_left(self.ordered, self.recent.popleft()))


def on_clicks(folder: Path) -> dict[str, list[float]]:
    """Return coverage errors and pinball of both on the real clicks, per quantile."""
    scorer, rolling = DwellScorer(), Rolling()
    ours, theirs, seen = [], [], []
    for gap_s in gaps(folder):
        view = PageView("product", "", 0, "unknown", False, gap_s, gap_s, 1, None)
        knots, value = scorer.knots(view), math.log1p(gap_s)
        ours.append([knots[QUANTILES.index(level)] for level in SHOWN])
        theirs.append([rolling.quantile(level) for level in SHOWN])
        seen.append(value)
        scorer.learn(Example(scorer="dwell", label=gap_s, view=view))
        rolling.add(value)
    # Both have seen 1,000 gaps: the rolling window is full.
    y, p, r = (np.array(part)[1_000:] for part in (seen, ours, theirs))
    found: dict[str, list[float]] = {"error": [], "pinball": [], "rolling": []}
    for column, level in enumerate(SHOWN):
        found["error"].append(float((y <= p[:, column]).mean()) - level)
        found["pinball"].append(pinball(p[:, column], y, quantile=level))
        found["rolling"].append(pinball(r[:, column], y, quantile=level))
    return found


def show(name: str, values: list[float], *, form: str) -> None:
    """Print one line of the table."""
    print(f"  {name:22}" + "".join(f"{value:{form}}".rjust(10) for value in values))


def main() -> None:
    """Run the simulations over the seeds and the real clicks; print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA_SETS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", type=Path, default=RESULT)
    given = parser.parse_args()
    results: dict[str, Any] = {
        "command": f"python benchmarks/dwell.py --seeds {given.seeds}"
    }
    print("quantile".ljust(24) + "".join(f"{level}".rjust(10) for level in SHOWN))
    for family in ("lognormal", "weibull"):
        for cards in (False, True):
            runs = []
            for seed in range(given.seeds):
                stream = simulate(family, seed=seed, cards=cards)
                runs.append(figures(stream, predictions(stream)))
            name = f"{family}{', cards' if cards else ''}"
            mean = {k: np.mean([r[k] for r in runs], axis=0).tolist() for k in runs[0]}
            results[name] = {"mean": mean, "runs": runs}
            print(f"{name} (mean of {given.seeds} seeds)")
            show("coverage error", mean["error"], form="+.4f")
            show("excess pinball", mean["excess"], form=".2%")
            show("worst cell", mean["cell"], form=".4f")
            show("worst cell, truth", mean["truth"], form=".4f")
    results["yoochoose"] = real = on_clicks(given.data)
    print("yoochoose, prequential in time order")
    show("coverage error", real["error"], form="+.4f")
    show("pinball", real["pinball"], form=".5f")
    show("rolling quantile", real["rolling"], form=".5f")
    given.json.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
