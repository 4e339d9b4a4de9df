"""Is lift honest, however often one looks?

A shop at ordinary rates: 3 % order at a first moment, more of those with intent, margin
30 EUR, log-normal with a variation of 1. A/A runs with a look every 100 visitors must
raise false alarms in at most 5 % of runs, by every interval that the report shows; a
z-test made for one look, in the same harness, in more than 20 %. A true effect must be
covered, a leaking assignment found, a sound one left alone.

    python benchmarks/lift_aa.py --runs 1000

Bars: false alarms <= 5 % at a holdout of 5, 10 and 50 % (goal 2.5 %); coverage >= 95 %;
51 instead of 50 % raises the alarm within 60,000 visitors, an even split in at most the
alarm's alpha (1 %) of 1,000 runs.
"""

# Rules of this file: the product's functions decide, this file only counts. A run's
# looks see growing parts of the same visitors.

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import orjson
from lift_shoppers import (
    EFFECT_EUR,
    LEAK,
    LEAK_VISITORS,
    SHARES,
    VISITORS,
    alarms,
    leaks,
)

from engage.clock import SystemClock, rfc3339
from engage.evidence.sequences.ratio import RATIO_ALPHA


def rates(
    pool: ProcessPoolExecutor, task: Callable[[int], dict[str, bool]], runs: int
) -> dict[str, float]:
    """Return the share of runs in which each test cried out."""
    found = list(pool.map(task, range(runs), chunksize=10))
    return {name: sum(one[name] for one in found) / runs for name in found[0]}


def main() -> int:
    """Run everything, print it, write it; 0 if every bar is met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results" / "lift_aa.json"
    )
    chosen = parser.parse_args()
    runs, aa, misses = chosen.runs, {}, {}
    with ProcessPoolExecutor(chosen.processes) as pool:
        for share in SHARES:
            aa[str(share)] = rates(pool, partial(alarms, share=share), runs)
            print(f"A/A, holdout {share:.0%}: {aa[str(share)]}", flush=True)
            task = partial(alarms, share=share, effect=EFFECT_EUR)
            misses[str(share)] = rates(pool, task, runs)
            print(f"effect, holdout {share:.0%}: {misses[str(share)]}", flush=True)
        even, skew = (
            list(pool.map(partial(leaks, share=one), range(runs), chunksize=10))
            for one in (0.5, LEAK)
        )
    found = sorted(one for one in skew if one is not None)
    ratio = {
        "even_alarms": sum(one is not None for one in even) / runs,
        "skew_found": len(found) / runs,
        "skew_median_visitors": found[len(found) // 2] if found else None,
    }
    print(ratio)
    fooled = [one.pop("z-test") for one in aa.values()]
    is_met = {
        "false_alarms": all(max(one.values()) <= 0.05 for one in aa.values()),
        "harness": min(fooled) > 0.2,
        "coverage": all(max(one.values()) <= 0.05 for one in misses.values()),
        "even_split": ratio["even_alarms"] <= RATIO_ALPHA,
        "skew_median_within_60000": (ratio["skew_median_visitors"] or 1e9)
        <= LEAK_VISITORS,
    }
    report = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "runs": runs,
        "visitors": VISITORS,
        "false_alarms": aa,
        "z_test_false_alarms": dict(zip(map(str, SHARES), fooled, strict=True)),
        "misses_of_an_effect": misses,
        "sample_ratio": ratio,
        "met": is_met,
    }
    chosen.out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    return 0 if all(is_met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
