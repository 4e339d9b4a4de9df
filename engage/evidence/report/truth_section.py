"""How far a simulation's policy was from the best: regret, where the truth is known."""

# Rules of this file: the truth file says what each kind of card is worth for each
# shopper, one card alone; so regret here is of one decision at a time, by expected
# value under the logged distribution. It says nothing about a real shop.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engage.deciding.draw import NONE
from engage.evidence.report.charts import Line, Span, lines, spans
from engage.evidence.report.page import Panel, Section, grid_of, number
from engage.settings import PolicySettings

Body = Mapping[str, Any]
Floats = NDArray[np.float64]

_WHAT: Final = (
    "Only a simulation knows this. The oracle knows each shopper's mind, which no "
    "features tell; so nobody reaches it. Holdout draws count as drawn."
)
_POINTS: Final = 60
_TOLD: Final = 8
# A simulated shop has the defaults.
_LAUNCH_N: Final = PolicySettings().launch_until_n


@dataclass(slots=True, kw_only=True)
class Regret:
    """Expected values of decisions with a choice, in order, under several policies.

    Attributes:
        truth: expected value by kind of card, by visitor.
        columns: a number a decision, by policy; `oracle` knows the truth.
        by_segment: (expected, oracle's) by segment of the truth.
    """

    truth: Mapping[str, Mapping[str, Any]]
    columns: dict[str, list[float]] = field(default_factory=dict)
    by_segment: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def take(self, body: Body) -> None:
        """Note one decision record of a data directory."""
        known = self.truth.get(body["visitor"] or "")
        if known is None or len(body["eligible"]) < 2 or not body["served"]:
            return
        kinds = {NONE: NONE, **body["versions"]["kinds"]}
        worth = {one: known["values"][kinds[one]] for one in body["eligible"]}
        logged = (body["ghost"] or body)["distribution"]
        said = sum(chance * worth[action] for action, chance in logged.items())
        best = max(worth.values())
        found = {
            "this policy": said,
            "uniform": sum(worth.values()) / len(worth),
            "always none": worth[NONE],
            **{
                f"always {kind}": max(
                    (w for one, w in worth.items() if kinds[one] == kind),
                    default=worth[NONE],
                )
                for kind in known["values"]
                if kind != NONE
            },
            "oracle": best,
        }
        for name, value in found.items():
            self.columns.setdefault(name, []).append(value)
        self.by_segment.setdefault(known["segment"], []).append((said, best))


def truth_section(regret: Regret) -> Section:
    """Return regret over the decisions, against fixed policies and the oracle."""
    if not regret.columns:
        lead = "No decision left anything to decide."
        return Section(name="truth", title="Regret", lead=lead)
    columns = {name: np.array(found) for name, found in regret.columns.items()}
    mean = {name: float(found.mean()) for name, found in columns.items()}
    return Section(
        name="truth",
        title="Regret, where the truth is known",
        lead=f"Expected value a decision {number(mean['this policy'], digits=3)}; "
        f"always none {number(mean['always none'], digits=3)}, oracle "
        f"{number(mean['oracle'], digits=3)}.",
        notes=(_WHAT,),
        panels=(_over_time(columns), _policies(mean), _segments(regret)),
    )


def _over_time(columns: Mapping[str, Floats]) -> Panel:
    oracle, n = columns["oracle"], len(columns["oracle"])
    fixed = [name for name in columns if name.startswith("always ")]
    best = max(fixed, key=lambda name: float(columns[name].mean()))
    places = np.unique(np.linspace(1, n, _POINTS).astype(int)) - 1
    series = {
        name: np.cumsum(oracle - columns[name])[places]
        for name in ("this policy", "uniform", best)
    }
    told = places[:: max(1, -(-len(places) // _TOLD))]
    sums = {name: np.cumsum(oracle - columns[name]) for name in series}
    return Panel(
        title="Regret so far",
        says="What was lost against the oracle since the start; a policy that learns "
        "bends its line downwards, once its interventions are no longer new: until "
        f"{_LAUNCH_N:,} decisions each is explored on purpose, whatever is believed of "
        f"it. Best fixed action in hindsight: {best}.",
        svg=lines(
            [
                Line(name=name, x=(places + 1).tolist(), y=found.tolist())
                for name, found in series.items()
            ],
            x_unit="decisions with a choice",
            y_unit="regret, currency",
        ),
        alt=f"Regret after {n:,} decisions: "
        + "; ".join(f"{name} {found[-1]:,.0f}" for name, found in sums.items()),
        grid=grid_of(
            ("decisions", *series),
            (
                (f"{place + 1:,}", *(f"{sums[name][place]:,.0f}" for name in series))
                for place in [*told.tolist(), n - 1]
            ),
        ),
    )


def _policies(mean: Mapping[str, float]) -> Panel:
    ranked = sorted(mean, key=lambda name: -mean[name])
    none, oracle = mean["always none"], mean["oracle"]
    room = oracle - none
    return Panel(
        title="Expected value by policy",
        says="The same decisions, each policy alone. The last column is the share of "
        "what the oracle adds to doing nothing.",
        svg=spans(
            [Span(name=name, value=mean[name]) for name in ranked],
            unit="currency a decision",
            mark=none,
        ),
        alt="; ".join(f"{name} {number(mean[name], digits=3)}" for name in ranked),
        grid=grid_of(
            ("policy", "a decision", "of the oracle's gain"),
            (
                (
                    name,
                    number(mean[name], digits=3),
                    f"{(mean[name] - none) / room:.0%}" if room > 0 else "-",
                )
                for name in ranked
            ),
        ),
    )


def _segments(regret: Regret) -> Panel:
    rows = {
        name.replace("_", " "): np.array(pairs)
        for name, pairs in sorted(regret.by_segment.items())
    }
    return Panel(
        title="Regret by kind of shopper",
        says="Persuadable: buys only if helped. Sure thing: in any case. Lost cause: "
        "in none. Do not disturb: only if left in peace.",
        grid=grid_of(
            ("shopper", "decisions", "expected", "oracle", "regret"),
            (
                (
                    name,
                    f"{len(pairs):,}",
                    number(float(pairs[:, 0].mean()), digits=3),
                    number(float(pairs[:, 1].mean()), digits=3),
                    number(float((pairs[:, 1] - pairs[:, 0]).mean()), digits=3),
                )
                for name, pairs in rows.items()
            ),
        ),
    )
