"""How well does the alternatives learner name the next product nobody showed yet?

Data: YooChoose 100k clicks (train: 1 to 7 April 2014, test: the day after). A step is
a click on a product that its session has not seen before; the session's seen products
are never proposed. R@20 is the share of steps whose product is among the first 20,
MRR@20 the mean of 1/rank (0 beyond 20). Every step counts, known product or not. Times
are CPU times of the look-up's thread, so that a busy machine does not change them.

Protocols: `then test` learns the train clicks in time order and stands still;
`prequential` goes on learning through the test day, always ranking before learning;
`from nothing` ranks before learning over train and test, from an empty learner.

    python benchmarks/alternatives.py [--data DIR] [--json FILE]
"""

from __future__ import annotations

import argparse
import csv
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import orjson
from data_sets import DATA_SETS

from engage.interventions.coview import CoView, CoViewSettings

DEPTH = 20
# The bar and the goal for `then test`, from the list of anchors.
RESULT = Path(__file__).parent / "results/alternatives.json"
BAR, GOAL = (0.545, 0.250), (0.57, 0.26)
NEVER_S = 1e12
# Cosine with shrinkage over the last eight products: the best simple method measured.
COSINE = CoViewSettings(
    half_life_s=NEVER_S,
    distance_decay=1.0,
    backward=1.0,
    history_decay=0.7,
    own_power=0.5,
    other_power=0.5,
    shrink=20.0,
    spread=0,
    neighbours=100_000,
)


class Click(NamedTuple):
    """One click of the file."""

    at_s: float
    session: str
    item: str


@dataclass(slots=True)
class Tally:
    """Ranks of the wanted products and the CPU time each look-up took."""

    hits: int = 0
    reciprocal: float = 0.0
    spent_s: list[float] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """How many steps were counted."""
        return len(self.spent_s)

    def count(self, ranked: list[str], item: str, *, spent_s: float) -> None:
        """Add one step."""
        self.spent_s.append(spent_s)
        if item in ranked:
            self.hits += 1
            self.reciprocal += 1.0 / (ranked.index(item) + 1)

    @property
    def figures(self) -> tuple[float, float]:
        """Return R@20 and MRR@20."""
        return self.hits / self.steps, self.reciprocal / self.steps


class Popularity:
    """The null answer: what was clicked most, whoever asks."""

    def __init__(self) -> None:
        """Start with no clicks."""
        self.clicks: Counter[str] = Counter()

    def learn(self, recent_items: list[str], item: str, *, at_s: float) -> None:
        """Count the click."""
        del recent_items, at_s
        self.clicks[item] += 1

    def rank(self, recent_items: list[str]) -> list[str]:
        """Return the most clicked products that the session has not seen."""
        seen = set(recent_items)
        likely = self.clicks.most_common(DEPTH + len(seen))
        return [item for item, _ in likely if item not in seen]


def read(path: Path) -> list[Click]:
    """Return the clicks of a file in time order."""
    with path.open(newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        clicks = [Click(float(r["Time"]), r["SessionId"], r["ItemId"]) for r in rows]
    return sorted(clicks)


def histories(clicks: Iterable[Click]) -> Iterator[tuple[list[str], Click]]:
    """Yield each click with the different products its session saw before."""
    seen: dict[str, dict[str, None]] = {}
    for click in clicks:
        mine = seen.setdefault(click.session, {})
        yield list(mine), click
        mine.pop(click.item, None)
        mine[click.item] = None


def run(
    learner: CoView | Popularity, train: list[Click], test: list[Click], protocol: str
) -> Tally:
    """Return the tally of one learner under one protocol."""
    tally = Tally()
    scored = protocol == "from nothing"
    for history, click in histories(train):
        if scored and history and click.item not in history:
            ask(learner, history, click, tally)
        learner.learn(history, click.item, at_s=click.at_s)
    for history, click in histories(test):
        if history and click.item not in history:
            ask(learner, history, click, tally)
        if protocol != "then test":
            learner.learn(history, click.item, at_s=click.at_s)
    return tally


def ask(
    learner: CoView | Popularity, history: list[str], click: Click, tally: Tally
) -> None:
    """Rank for one step and add what came of it to `tally`."""
    started_s = time.thread_time()
    ranked = learner.rank(history)[:DEPTH]
    tally.count(ranked, click.item, spent_s=time.thread_time() - started_s)


def main() -> None:
    """Print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA_SETS)
    parser.add_argument("--json", type=Path, default=RESULT)
    options = parser.parse_args()
    base = options.data / "yoochoose-100k"
    train = read(base / "yoochoose-clicks-100k_train_full.txt")
    test = read(base / "yoochoose-clicks-100k_test.txt")
    learners: dict[str, Callable[[], CoView | Popularity]] = {
        "popularity": Popularity,
        "cosine, shrink 20, last 8": lambda: CoView(COSINE),
        "engage": CoView,
    }
    rows = []
    print(f"{'learner':26} {'protocol':13} steps   R@20  MRR@20  p50 ms  p99 ms")
    for name, make in learners.items():
        for protocol in ("then test", "prequential", "from nothing"):
            tally = run(make(), train, test, protocol)
            recall, reciprocal = tally.figures
            cuts_ms = [s * 1e3 for s in statistics.quantiles(tally.spent_s, n=100)]
            print(
                f"{name:26} {protocol:13} {tally.steps:5} {recall:6.4f}  "
                f"{reciprocal:6.4f} {cuts_ms[49]:7.3f} {cuts_ms[98]:7.3f}"
            )
            rows.append(
                {
                    "learner": name,
                    "protocol": protocol,
                    "steps": tally.steps,
                    "recall_20": round(recall, 4),
                    "mrr_20": round(reciprocal, 4),
                    "p50_ms": round(cuts_ms[49], 3),
                    "p99_ms": round(cuts_ms[98], 3),
                }
            )
    print(f"bar {BAR}, goal {GOAL}: R@20 and MRR@20 of `then test`")
    found = {"command": "python benchmarks/alternatives.py", "rows": rows}
    options.json.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
