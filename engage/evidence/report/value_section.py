"""What another policy would have earned: an evaluation as panels."""

# Rules of this file: an evaluation is shown, never computed. Where it was refused the
# reasons stand where the number would.

from __future__ import annotations

from collections.abc import Sequence

from engage.evidence.offpolicy.estimators import Estimate
from engage.evidence.offpolicy.evaluation import ESTIMANDS, Evaluation, Part
from engage.evidence.offpolicy.policies import Target
from engage.evidence.offpolicy.weighing import MOST_CALIBRATION, Balance
from engage.evidence.report.charts import Span, spans
from engage.evidence.report.page import Panel, Section, grid_of, interval, number

# The estimator that is unbiased whatever the model says; the others stand beside it.
_LEAD = "DR"
# What a value is counted by.
_PER = {"one-step": "decision", "policy": "visit"}


def value_section(result: Evaluation, target: Target) -> Section:
    """Return the evaluation of one policy."""
    whole = result.parts[0]
    counts = (
        f"{result.rows:,} decisions are evidence, {result.settled:,} of them by their "
        f"value at the long close; outcome model: {result.model}."
    )
    name, meaning = ESTIMANDS[result.estimand]
    notes = [f"Estimand: {name}, the {meaning}.", counts]
    if target.note:
        notes.append(f"{target.name}: {target.note}.")
    notes += [f"Refused: {why}." for why in whole.refused]
    per = _PER[result.estimand]
    panels = [_estimators(whole, per=per)] if whole.estimates else []
    panels += _parts(result.parts, per=per)
    if len(result.parts) > 1 and not any(one.estimates for one in result.parts[1:]):
        notes.append("The evidence of no part carries a number of its own.")
    panels += [_weights(whole), _spent(result)]
    return Section(
        name="value",
        title=f"Value of {target.name}",
        lead=_lead(whole, target.name, per=per),
        notes=tuple(notes),
        panels=tuple(panels),
    )


def _lead(whole: Part, name: str, *, per: str) -> str:
    if whole.refused:
        return f"No number: the evidence does not carry one for {name}."
    one = whole.estimates[_LEAD]
    if one.gain_low is None or one.gain_high is None:
        return f"{name} would earn {number(one.gain, digits=3, sign=True)} more."
    says = "cannot be told from the logged policy"
    if one.gain_low > 0:
        says = "would earn more than the logged policy"
    if one.gain_high < 0:
        says = "would earn less than the logged policy"
    return (
        f"{name} {says}: {number(one.gain, digits=3, sign=True)} a {per} "
        f"({interval(one.gain_low, one.gain_high, digits=3)}, {_LEAD})."
    )


def _estimators(whole: Part, *, per: str) -> Panel:
    found = whole.estimates
    logged = whole.logged[0]
    return Panel(
        title="Value by estimator",
        says="The dashed line is what the log itself earned. Estimators that disagree "
        "by more than their intervals mean that overlap is thin or a model is wrong. "
        "DM has no interval: a model's own error shows in none.",
        svg=spans(
            [_span(name, one) for name, one in found.items()],
            unit=f"a {per}, site's currency",
            mark=logged,
        ),
        alt="Values with intervals: "
        + "; ".join(
            f"{name} {number(one.value, digits=3)} "
            f"({_interval(one.low, one.high, sign=False)})"
            for name, one in found.items()
        )
        + f". The log earned {number(logged, digits=3)}.",
        grid=grid_of(
            ("estimator", "value", "95 %", "gain", "95 %"),
            (
                (
                    name,
                    number(one.value, digits=3),
                    _interval(one.low, one.high, sign=False),
                    number(one.gain, digits=3, sign=True),
                    _interval(one.gain_low, one.gain_high),
                )
                for name, one in found.items()
            ),
        ),
    )


def _interval(low: float | None, high: float | None, *, sign: bool = True) -> str:
    return "-" if low is None else interval(low, high, digits=3, sign=sign)


def _span(name: str, one: Estimate) -> Span:
    return Span(name=name, value=one.value, low=one.low, high=one.high)


def _parts(parts: Sequence[Part], *, per: str) -> list[Panel]:
    """Return the gain of every part that was asked for, if any has a number."""
    some = parts[1:]
    told = [(part.name, part.estimates[_LEAD]) for part in some if part.estimates]
    if not told:
        return []
    rows = [
        Span(name=name, value=one.gain, low=one.gain_low, high=one.gain_high)
        for name, one in told
    ]
    return [
        Panel(
            title="Gain by part",
            says="Such intervals find questions, not answers: among many, some exclude "
            "0 by chance. A part without a number was refused.",
            svg=spans(rows, unit=f"gain ({_LEAD}) a {per}, site's currency"),
            alt="; ".join(
                f"{row.name} {number(row.value, digits=3, sign=True)}" for row in rows
            ),
            grid=grid_of(
                ("part", "decisions", "gain", "95 %"),
                (_part_row(part) for part in some),
            ),
        )
    ]


def _part_row(part: Part) -> tuple[str, ...]:
    decisions = f"{part.weighing.rows:,}"
    if not part.estimates:
        return part.name, decisions, "-", "refused"
    one = part.estimates[_LEAD]
    return (
        part.name,
        decisions,
        number(one.gain, digits=3, sign=True),
        _interval(one.gain_low, one.gain_high),
    )


def _weights(whole: Part) -> Panel:
    weighing = whole.weighing
    held = (weighing.balance, *weighing.actions)
    return Panel(
        title="Are the propensities true?",
        says="A mean weight must be 1 within what chance allows; so wrong propensities "
        "show before any outcome is looked at. Effective sample: "
        f"{weighing.size:,.0f} of {weighing.rows:,} decisions of "
        f"{weighing.visitors:,} visitors; largest weight {weighing.largest:.1f}; draws "
        f"deviate from the logged distributions by {weighing.calibration:+.1f} (at "
        f"most {MOST_CALIBRATION:.0f}).",
        svg=spans([_allowed(one) for one in held], unit="mean weight", mark=1.0),
        alt="Mean weights: "
        + "; ".join(f"{one.name} {one.mean:.3f}" for one in held)
        + ". Each must be 1.",
        grid=grid_of(
            ("weight of", "could", "drawn", "mean", "allowed"),
            (
                (
                    one.name,
                    f"{one.rows:,}",
                    f"{one.drawn:,}",
                    f"{one.mean:.3f}",
                    f"1 ± {one.allowed:.3f}",
                )
                for one in held
            ),
        ),
    )


def _allowed(one: Balance) -> Span:
    """Return a mean weight with what chance allows around 1."""
    return Span(
        name=one.name,
        value=one.mean,
        low=max(0.0, 1.0 - one.allowed),
        high=1.0 + one.allowed,
    )


def _spent(result: Evaluation) -> Panel:
    words = {
        "promised_eur": "promised in discounts, currency",
        "chats": "chats started",
        "cards": "cards sent",
    }
    return Panel(
        title="What it would spend",
        says="Mean a decision: budget, agents' time and visitors' patience are "
        "outcomes, too.",
        grid=grid_of(
            ("a decision", "logged", "policy"),
            (
                (words.get(name, name), f"{logged:.3f}", number(wanted, digits=3))
                for name, (logged, wanted) in result.spent.items()
            ),
        ),
    )
