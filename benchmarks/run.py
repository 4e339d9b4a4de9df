"""Runs the benchmarks one after another, then writes the table.

python benchmarks/run.py            # short: some minutes; fails where a run fails
python benchmarks/run.py --study    # the long runs whose results are committed

What short runs find is printed and left in `build/bench`; the page is of long ones.
"""

# Rules of this file: one process a benchmark, never two at a time: they would measure
# each other.

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import table

HERE = Path(__file__).parent
SHORT = HERE.parent / "build" / "bench"
# Short arguments, and those of a study; where data sets lie says `data_sets`.
RUNS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("stalls", ("--repeats", "3"), ("--repeats", "20")),
    ("metrics", (), ("--batches", "100")),
    ("full_path", ("--rounds", "4"), ("--rounds", "10", "--seconds", "8")),
    ("decision_compute", ("--batches", "10"), ()),
    ("session_bytes", ("--sessions", "5000"), ("--sessions", "100000")),
    ("wire", ("--rounds", "5"), ()),
    ("propensity_bugs", ("--decisions", "20000", "--runs", "2"), ()),
    ("hot_swap", ("--seconds", "20"), ()),
    ("workers", ("--rounds", "2", "--seconds", "2"), ()),
    ("load", ("--seconds", "10"), ()),
    ("redis_away", ("--seconds", "5"), ()),
    ("mixed_caps", (), ("--turned", "8", "--processes", "2")),
    ("fuzz", ("--mutants", "2000", "--examples", "5"), ("--seconds", "3600")),
)
# Prints its figures, and keeps none.
TOLD_ONLY = frozenset({"wire"})
STUDIES = (
    "alternatives",
    "capacity",
    "chaos",
    "delay",
    "dwell",
    "hesitation_truth",
    "hillstrom_replay",
    "intent_calibration",
    "learner_rate",
    "lift_aa",
    "mixed_shop",
    "mouse_hesitation",
    "ope_hillstrom",
    "ope_open_bandit",
    "ope_synthetic",
    "orders",
    "peers",
    "poisoning",
    "promotion",
    "promotion_canary",
    "redis_store",
    "regret",
    "replay_verify",
    "sdk",
    "sdk_page_ends",
    "shop_rates",
    "uci_shoppers",
)


def _aside(name: str) -> tuple[str, ...]:
    """Return the options that keep a short run's result apart, if it writes one."""
    return ("--out", str(SHORT / f"{name}.json")) if name not in TOLD_ONLY else ()


def main() -> int:
    """Run them; 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", action="store_true")
    args = parser.parse_args()
    if args.study:
        plan = [(name, study) for name, _, study in RUNS]
        plan += [(name, ()) for name in STUDIES]
    else:
        SHORT.mkdir(parents=True, exist_ok=True)
        plan = [(name, (*short, *_aside(name))) for name, short, _ in RUNS]
    failed = []
    for name, options in plan:
        print(f"== {name} {' '.join(options)}", flush=True)
        command = [sys.executable, str(HERE / f"{name}.py"), *options]
        ran = subprocess.run(command, cwd=HERE.parent, check=False)  # noqa: S603 - ours
        failed += [name] if ran.returncode else []
    if args.study:
        table.main()
    else:
        print(table.page(SHORT))
    print(f"failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
