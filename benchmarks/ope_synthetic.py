"""Do the estimators find a value that is known, and do their intervals hold it?

Synthetic logs of 10,000 decisions, five actions, 3 % orders: independent decisions, two
or three decisions a visitor whose order counts for each, and a logging policy that
follows what it has learned. The truth is computed, not estimated. Then two engines
with wrong propensities, whose logs must be refused, and sound ones, which must not.

    python benchmarks/ope_synthetic.py --repetitions 1000

Bars: DR within 2 % of the truth on average, 95 % intervals hold it .93 to .97 of the
time, 200 of 200 wrong logs refused, 200 of 200 sound ones not.
"""

# Rules of this file: runs and counts; the logs are those of `ope_synthetic_logs.py`.

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import orjson
from ope_synthetic_logs import BUGS, KINDS, N, refused, run

from engage.clock import SystemClock, rfc3339


def main() -> int:
    """Run everything, print a table, write the results; 0 if every bar is met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=1_000)
    parser.add_argument("--logs", type=int, default=200)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).parent / "results" / "ope_synthetic.json",
    )
    chosen = parser.parse_args()
    kinds = {kind: run(kind, repetitions=chosen.repetitions) for kind in KINDS}
    for kind, figures in kinds.items():
        for name, one in figures.items():
            print(
                f"{kind:12} {name:10} bias {one['relative_bias']:+.4f} "
                f"rmse {one['relative_rmse']:.4f} coverage {one['coverage']:.3f}"
            )
    refusals = {bug: refused(bug, logs=chosen.logs) for bug in BUGS}
    refusals["sound"] = refused(None, logs=chosen.logs)
    print(f"refused of {chosen.logs}: {refusals}")
    is_met = (
        all(
            abs(one["DR"]["relative_bias"]) <= 0.02
            and 0.93 <= one["DR"]["coverage"] <= 0.97
            for one in kinds.values()
        )
        and refusals["sound"] == 0
        and all(refusals[bug] == chosen.logs for bug in BUGS)
    )
    report = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "repetitions": chosen.repetitions,
        "decisions": N,
        "kinds": kinds,
        "logs": chosen.logs,
        "refused": refusals,
        "met": is_met,
    }
    chosen.out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
