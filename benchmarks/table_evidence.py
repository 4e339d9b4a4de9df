"""The lines of the table about evidence and regret; see `table`."""

# Rules of this file: values only.

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Question(NamedTuple):
    """One line of the table; `show` turns a result into words."""

    text: str
    bar: str
    goal: str
    file: str
    show: Callable[[Any], str]


EVIDENCE: tuple[Question, ...] = (
    Question(
        "A/A, a look every 100 visitors, holdout 5 / 10 / 50 %: false alarms",
        "<= 5 %; z-test > 20 %",
        "<= 2.5 %",
        "lift_aa",
        lambda r: (
            " / ".join(
                f"{100 * max(one.values()):.1f}" for one in r["false_alarms"].values()
            )
            + " % by any interval; z-test "
            + " / ".join(f"{100 * x:.0f}" for x in r["z_test_false_alarms"].values())
            + " %"
        ),
    ),
    Question(
        "sample ratio: 51 for 50 % found within 60,000; even split alarmed",
        "found; <= 1 %",
        "",
        "lift_aa",
        lambda r: (
            "{skew_found:.1%}, median {skew_median_visitors} visitors; "
            "{even_alarms:.1%}".format(**r["sample_ratio"])
        ),
    ),
    Question(
        "every decision replays, across a restart and a kill: differences (all but"
        " features, which need recorded beacons)",
        "0",
        "0",
        "replay_verify",
        lambda r: ", ".join(
            f"{name} {one['different']} of {one['decisions']:,}"
            for name, one in r["stores"].items()
        ),
    ),
    Question(
        "challenger 20 % worse out within 6,000 decisions at 50/50; equal one rolled"
        " back in 50,000; trap kept in the shadow",
        ">= 95 %; <= 5 %; 100 of 100",
        "",
        "promotion",
        lambda r: (
            " (margins that differ: ".join(
                f"{r[name]['worse_by_20_percent']['by']['6000']:.1%}"
                for name in ("equal_margins", "spread_margins")
            )
            + f"); {r['equal_margins']['equal']['rolled_back']:.1%}; "
            f"{r['naive_trap']['verdicts'].get('rolled_back', 0)} of 100"
        ),
    ),
    Question(
        "canary with the promotion test held open: equal challenger rolled back; bad"
        " ones rolled back before they are promoted",
        "<= 5 %; -",
        "",
        "promotion_canary",
        lambda r: "; ".join(
            f"{name} {one['rolled_back']:.1%}" for name, one in r["challengers"].items()
        ),
    ),
    Question(
        "regret / VW SquareCB's, 20,000 decisions, both tuned alike",
        "<= 1.05",
        "<= .9",
        "regret",
        lambda r: (
            f"{r['ratio']:.2f}; difference {r['ours_minus_vw']['mean']:+.4f}, "
            f"s.e. {r['ours_minus_vw']['se']:.4f}"
        ),
    ),
    Question(
        "rewards 500 decisions late: loss / what is allowed",
        "<= 1",
        "",
        "delay",
        lambda r: f"{r['losses']['share_of_allowed']['mean']:.2f}",
    ),
    Question(
        "worth of an action by the learner: late orders dropped / ours, bias",
        "> 10 %; < 2 %",
        "",
        "delay",
        lambda r: "{dropped_bias:+.1%}; {ours_bias:+.1%}".format(**r["values"]),
    ),
    Question(
        "simulated mixed shop: value / oracle's; wasted discounts / allowed",
        ">= .8; <= 1; revenue fails",
        "",
        "mixed_shop",
        lambda r: (
            "{value_share:.2f}; {0:.2f}".format(
                r["targets"]["margin"]["wasted"]
                / r["targets"]["margin"]["wasted_allowed"],
                **r["targets"]["margin"],
            )
            + "; with revenue as target {value_share:.2f}; {0:.2f}".format(
                r["targets"]["revenue"]["wasted"]
                / r["targets"]["revenue"]["wasted_allowed"],
                **r["targets"]["revenue"],
            )
        ),
    ),
    Question(
        "the same, what can be had of the oracle's value: with the least share of "
        "`none`, the floor, exploration, effects of the model's form known exactly",
        "",
        "",
        "mixed_caps",
        lambda r: " / ".join(
            f"{one['value']:.2f}" for one in list(r["ladder"].values())[1:5]
        ),
    ),
)
