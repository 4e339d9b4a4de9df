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
        "every decision replays, across a restart and a kill: differences",
        "0",
        "0",
        "replay_verify",
        lambda r: ", ".join(
            f"{name} {one['different']} of {one['decisions']:,}"
            for name, one in r["stores"].items()
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
        "simulated mixed shop: value / oracle's; wasted discounts / allowed",
        ">= .8; <= 1",
        "",
        "mixed_shop",
        lambda r: "{value_share:.2f}; {0:.2f}".format(
            r["targets"]["margin"]["wasted"] / r["targets"]["margin"]["wasted_allowed"],
            **r["targets"]["margin"],
        ),
    ),
)
