"""What was decided, what became of it, and whether the surrogate reward is true."""

# Rules of this file: counts and means as they are. A mean by action is no effect:
# policies give actions to visitors whom they suit; effects stand under lift and value.

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engage.deciding.draw import NONE
from engage.evidence.offpolicy.estimators import Indices, Z, clustered_se
from engage.evidence.report.charts import Span, ranges, spans
from engage.evidence.report.gathering import FATES, Decisions
from engage.evidence.report.page import Panel, Section, grid_of, interval, number
from engage.evidence.sequences.means import LEAST_ORDERS

Floats = NDArray[np.float64]

_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_MOST_REASONS: Final = 8


def decisions_section(found: Decisions) -> Section:
    """Return propensities, fates and the surrogate's audit."""
    if not found.chances:
        lead = "No decision left anything to decide."
        return Section(name="decisions", title="Decisions", lead=lead)
    with_choice = found.total - found.no_choice
    refusals = found.refusals.most_common(_MOST_REASONS)
    reasons = ", ".join(f"{why} {times:,}" for why, times in refusals) or "none"
    moments = ", ".join(f"{name} {n:,}" for name, n in found.moments.most_common())
    panels = [_propensities(found), _fates(found)]
    panels += [_audit(found)] if found.values else []
    return Section(
        name="decisions",
        title="Decisions",
        lead=f"{with_choice:,} of {found.total:,} decisions left something to decide; "
        f"{found.ghosts:,} of those were not carried out (holdout).",
        notes=(
            f"Their moments: {moments}.",
            f"Actions taken away before the draw, some from one decision: {reasons}.",
        ),
        panels=tuple(panels),
    )


def _propensities(found: Decisions) -> Panel:
    rows = []
    for action, chances in _ordered(found):
        quantiles = np.quantile(chances, _QUANTILES).tolist()
        rows.append((action, quantiles, found.drawn[action] / len(chances)))
    return Panel(
        title="Propensities",
        says="Probability of each action wherever it was eligible: thin line 5 to 95 "
        "%, thick line the middle half. The diamond is how often it was really drawn: "
        "near the mean. A probability near 0 makes every later question about the "
        "action expensive.",
        svg=ranges(rows, unit="probability in a draw"),
        alt="; ".join(
            f"{action}: median {q[2]:.0%}, 5 to 95 % of draws {q[0]:.0%} to "
            f"{q[4]:.0%}, drawn {share:.0%}"
            for action, q, share in rows
        ),
        grid=grid_of(
            ("action", "eligible", "drawn", "mean", "drawn share", "least"),
            (
                (
                    action,
                    f"{len(chances):,}",
                    f"{found.drawn[action]:,}",
                    f"{chances.mean():.1%}",
                    f"{found.drawn[action] / len(chances):.1%}",
                    f"{chances.min():.2%}",
                )
                for action, chances in _ordered(found)
            ),
        ),
    )


def _ordered(found: Decisions) -> list[tuple[str, Floats]]:
    ranked = sorted(found.chances.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(action, np.array(chances)) for action, chances in ranked]


def _fates(found: Decisions) -> Panel:
    ghosted = {name for name in found.drawn if name != NONE}
    actions = sorted(ghosted, key=lambda name: (-found.drawn[name], name))
    return Panel(
        title="What became of the cards",
        says="Of those carried out. Shown, clicked and dismissed come from browsers, "
        "signed; money comes from the shop's server only.",
        grid=grid_of(
            ("action", *(name.replace("_", " ") for name in FATES)),
            (
                (action, *(f"{found.fates[action, name]:,}" for name in FATES))
                for action in actions
            ),
        ),
    )


def _audit(found: Decisions) -> Panel:
    """Return the surrogate against the money it stood for."""
    rows = []
    for action in sorted(found.values, key=lambda name: -len(found.values[name])):
        rewards = np.array(found.rewards[action])
        values = np.array(found.values[action])
        who = np.array(found.visitors[action], dtype=np.intp)
        is_early = int((values > 0).sum()) < LEAST_ORDERS
        span = _mean_span(action, values - rewards, who, is_early=is_early)
        rows.append((action, rewards, values, span))
    return Panel(
        title="Is the surrogate true?",
        says="At the short close a decision enters the model with intent x stake - "
        "cost; at the long close money corrects it. The mean correction of a true "
        "surrogate is 0 for every action; one that differs between actions misleads "
        "the policy until the corrections are in. Amounts are means of a decision in "
        f"the site's currency, intervals by visitor; none before {LEAST_ORDERS} "
        "decisions earned something, for a few orders would move it more than it is "
        "wide.",
        svg=spans(
            [span for *_, span in rows],
            unit="value less reward, a decision, site's currency",
        ),
        alt="Mean correction: "
        + "; ".join(
            f"{span.name} {number(span.value, sign=True)} "
            f"({interval(span.low, span.high)})"
            for *_, span in rows
        ),
        grid=grid_of(
            ("action", "settled", "reward", "value", "correction", "95 %"),
            (
                (
                    action,
                    f"{len(values):,}",
                    number(float(rewards.mean())),
                    number(float(values.mean())),
                    number(span.value, sign=True),
                    interval(span.low, span.high),
                )
                for action, rewards, values, span in rows
            ),
        ),
    )


def _mean_span(
    name: str, amounts: Floats, visitors: Indices, *, is_early: bool
) -> Span:
    mean, half = float(amounts.mean()), Z * clustered_se(amounts, visitors)
    if is_early or math.isinf(half):
        return Span(name=name, value=mean)
    return Span(name=name, value=mean, low=mean - half, high=mean + half)
