"""Can the learned policy beat a shop's rules at the rates of an ordinary shop?

Our uplift model, policy, floors and launch quota with the settings that ship, on the
toy shop: K = 8, rewards at the short close from a surrogate learned on all untreated
sessions, corrected to money seven days later.

    python benchmarks/shop_rates.py --seeds 32

Bars: above the rules in >= 90 % of seeds by day 90; the half-effect run never below
`none` after day 90. Goals: >= 80 % by day 30 and a loss to the rules of <= 5 EUR a day
before that. Settings were tuned on seeds 1000 to 1023, never on those reported.
"""

# Rules of this file: one row of the table for each design; no seed is left out.

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import orjson
from threadpoolctl import threadpool_limits
from toy_learner import A_DAY, Design, Run

from engage.clock import SystemClock, rfc3339

LOWEST = "lowest_mean_after_day_90_eur"

SHIPPED = "as shipped"
DESIGNS = (
    Design(name=SHIPPED),
    Design(name="as shipped, half effect", effect=0.5),
    Design(name="as shipped, surrogacy violated", violation=True),
    Design(name="as shipped, gamma_c 5", gamma_c=5.0),
    Design(name="as shipped, the shop has no rules", rules=False),
    Design(name="as shipped and warm start", warm=True),
    Design(name="no beliefs", beliefs=False, rules=False),
    Design(name="no beliefs, raw money", beliefs=False, rules=False, surrogate=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One seed's course: EUR a moment over `none` by day."""

    rules_eur: float
    oracle_eur: float
    lived_eur: list[float]
    worth_eur: dict[int, float]


def run(seed: int, *, design: Design, days: int) -> Course:
    """Run one shop for so many days."""
    # As the learner does: small systems gain nothing from threads that wait.
    with threadpool_limits(limits=1):
        return _course(Run(design, seed), days)


def _course(it: Run, days: int) -> Course:
    probe = it.shop.day(600)
    uplift = it.shop.uplift(probe)
    of_rules = uplift[np.arange(600), np.array(it.shop.rules)[probe.moments]]
    lived, worth = [], {}
    for day in range(1, days + 1):
        lived.append(it.live(day - 1))
        if day in {7, 14, 30, 60} or (day >= 90 and day % 10 == 0):
            worth[day] = it.worth(probe, uplift)
    return Course(
        rules_eur=float(of_rules.mean()),
        oracle_eur=float(uplift.max(axis=1).mean()),
        lived_eur=lived,
        worth_eur=worth,
    )


def summary(design: Design, courses: list[Course], days: int) -> dict[str, object]:
    """Return the row of the table."""
    lived = np.array([c.lived_eur for c in courses])
    rules = np.array([c.rules_eur for c in courses])
    gap = A_DAY * (lived.mean(axis=0) - rules.mean())
    ahead = np.flatnonzero(gap > 0)
    passes = int(ahead[0]) + 1 if ahead.size else None
    marks = [d for d in (7, 14, 30, 60, 90, 180) if d <= days]
    late = [d for d in courses[0].worth_eur if d >= 90]
    lows = [min(c.worth_eur[d] for d in late) for c in courses] if late else []
    means = [float(np.mean([c.worth_eur[d] for c in courses])) for d in late]
    return {
        "design": asdict(design),
        "seeds": len(courses),
        "oracle_eur": float(np.mean([c.oracle_eur for c in courses])),
        "rules_eur": float(rules.mean()),
        "share_above_rules": {
            d: float(np.mean([c.worth_eur[d] > c.rules_eur for c in courses]))
            for d in marks
        },
        "mean_eur": {
            d: float(np.mean([c.worth_eur[d] for c in courses])) for d in marks
        },
        "mean_passes_rules_on_day": passes,
        "loss_to_rules_before_eur_a_day": float(-gap[: (passes or days) - 1].mean())
        if passes != 1
        else 0.0,
        "loss_to_rules_days_1_to_30_eur_a_day": float(-gap[:30].mean()),
        LOWEST: round(min(means), 4) if means else None,
        "share_of_seeds_ever_below_none_after_day_90": float(
            np.mean(np.array(lows) < 0)
        )
        if lows
        else None,
    }


def line(row: dict[str, object]) -> str:
    """Return the row as text."""
    above, design = row["share_above_rules"], row["design"]
    assert isinstance(above, dict)
    assert isinstance(design, dict)
    shares = " / ".join(f"{100 * above[d]:3.0f}" for d in above)
    loss, low = row["loss_to_rules_before_eur_a_day"], row[LOWEST]
    return (
        f"{design['name']:34} {shares} %  passes day {row['mean_passes_rules_on_day']}"
        f", loss before {loss:.1f} EUR a day, lowest mean after 90: {low}"
        f", seeds ever below none: {row['share_of_seeds_ever_below_none_after_day_90']}"
    )


def main() -> None:
    """Run the table and write it beside its command and date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=32)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--designs", default="", help="indices, for example 2,4")
    parser.add_argument("--gamma-c", type=float, help="another than the one that ships")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", default="benchmarks/results/shop_rates.json")
    args = parser.parse_args()
    wanted = [int(i) for i in args.designs.split(",") if i] or range(len(DESIGNS))
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    rows = []
    with ProcessPoolExecutor(args.processes) as pool:
        for i in wanted:
            design = DESIGNS[i]
            if args.gamma_c is not None:
                design = replace(design, gamma_c=args.gamma_c)
            # The half-effect bar is about what happens after day 90.
            days = max(args.days, 180) if design.effect < 1 else args.days
            task = partial(run, design=design, days=days)
            rows.append(summary(design, list(pool.map(task, seeds)), days))
            print(line(rows[-1]), flush=True)
            # After every row: the whole table takes an hour.
            write(rows, Path(args.out))


def write(rows: list[dict[str, object]], out: Path) -> None:
    """Write the rows beside their command and date."""
    result = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "rows": rows,
    }
    text = orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    out.write_bytes(text + b"\n")


if __name__ == "__main__":
    main()
