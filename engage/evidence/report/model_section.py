"""What the models use: weights in units one knows, and one decision explained."""

# Rules of this file: every figure is an answer of the frozen models themselves. A score
# is explained by what changes when one input does, everything else at its mean: hinges
# and products included, which a bare weight would hide.

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engage.evidence.replay.recompute import context_in
from engage.evidence.report.charts import bars
from engage.evidence.report.page import Panel, Section, grid_of, number
from engage.learning.snapshots import Snapshot
from engage.scoring.frozen_logistic import FrozenLogistic
from engage.visits.features import FEATURES, REACH, Feature

Body = Mapping[str, Any]
Floats = NDArray[np.float64]

_TOLD: Final = 12
# Less than that reads as 0 in the table.
_VISIBLE: Final = 0.0005
# Terms of the baseline: what visitors leave anyway, whatever is shown to them.
_BASELINE: Final = ("1", "moment:", "x:", "selection:")
_SCORES: Final = {
    "hesitation": "What moves the hesitation score",
    "intent": "What moves the intent score",
}


def model_section(
    snapshot: Snapshot, *, example: Body | None, decided: Snapshot | None
) -> Section:
    """Return what a snapshot's models use.

    Args:
        snapshot: the newest one.
        example: a decision to explain, None if there is none.
        decided: the snapshot that it names, None if it is not kept.
    """
    models = {
        "hesitation": snapshot.scorers.hesitation,
        "intent": snapshot.scorers.intent,
    }
    panels = [_inputs(name, model) for name, model in models.items()]
    panels.append(_uplift(snapshot))
    if example is not None:
        panels.append(_drawn(example))
        panels += [_why(example, decided)] if decided is not None else []
    learned = f"{snapshot.uplift.learned:,} decisions learned"
    return Section(
        name="models",
        title="What the models use",
        notes=(f"Snapshot {snapshot.number}: {learned}.",),
        panels=tuple(panels),
    )


def _inputs(name: str, model: FrozenLogistic) -> Panel:
    effects = sorted(effects_of(model), key=lambda one: -abs(one[3]))[:_TOLD]
    return Panel(
        title=_SCORES[name],
        says="Change in log-odds when one input rises from its mean by a standard "
        "deviation (or from no to yes), all others at their means.",
        svg=bars(
            [(feature.name, by) for feature, _, _, by in effects], unit="log-odds"
        ),
        alt="; ".join(
            f"{one.name} {number(by, sign=True)}" for one, _, _, by in effects
        ),
        grid=grid_of(
            ("input", "from", "to", "log-odds", "odds"),
            (
                (
                    feature.name,
                    _with_unit(feature, low),
                    _with_unit(feature, high),
                    number(by, sign=True),
                    f"x {math.exp(by):.2f}",
                )
                for feature, low, high, by in effects
            ),
        ),
    )


def effects_of(
    model: FrozenLogistic,
) -> list[tuple[Feature, float, float, float]]:
    """Return (feature, from, to, change in log-odds) of every input that varies.

    `from` and `to` are in the feature's own unit: its mean and one standard deviation
    more, on the scale the model sees; 0 and 1 for flags.
    """
    base = _logits(model, model.means[None, :])[0]
    raised = model.means + np.divide(
        1.0,
        model.inverse,
        out=np.zeros_like(model.inverse),
        where=model.inverse > 0,
    )
    rows = np.where(np.eye(len(raised), dtype=bool), raised, model.means)
    return [
        (feature, _natural(feature, low), _natural(feature, high), float(logit - base))
        for feature, low, high, logit in zip(
            FEATURES, model.means, raised, _logits(model, rows), strict=True
        )
        if high > low
    ]


def _logits(model: FrozenLogistic, rows: Floats) -> Floats:
    logits = []
    for inputs in rows:
        z = model.basis.standardise(inputs, means=model.means, inverse=model.inverse)
        logits.append(float(model.basis.expand(inputs, z=z) @ model.weights))
    return np.array(logits)


def _natural(feature: Feature, scaled: float) -> float:
    """Return a model's input in the feature's own unit; undoes `transform`."""
    if feature.scale == "log":
        value = math.expm1(scaled / REACH * math.log1p(feature.high))
    elif feature.scale == "flag":
        value = scaled
    else:
        value = scaled / REACH * max(abs(feature.low), abs(feature.high))
    return min(max(value, feature.low), feature.high)


def _with_unit(feature: Feature, value: float) -> str:
    if feature.scale == "flag":
        return "yes" if value > 0.5 else "no"
    unit = "" if feature.unit in ("count", "step") else feature.unit
    return f"{value:,.3g} {unit}".strip()


def _uplift(snapshot: Snapshot) -> Panel:
    terms = [
        (_plainly(name), value)
        for name, value in snapshot.uplift.terms.items()
        if value and not name.startswith(_BASELINE[1:]) and name != _BASELINE[0]
    ]
    terms.sort(key=lambda one: (-abs(one[1]), one[0]))
    told = terms[:_TOLD]
    return Panel(
        title="Uplift: what an action adds to none",
        says=f"The {len(told)} largest of {len(terms)} terms, in the site's currency a "
        "decision. An action's uplift is its kind's terms, its own and those of any; "
        "terms of a moment count there only, terms of an input are a unit of the "
        "model's scale. Undecided is 4 P (1 - P), P being the intent score.",
        svg=bars(told, unit="site's currency a decision"),
        alt="; ".join(
            f"{name} {number(value, digits=3, sign=True)}" for name, value in told
        ),
        grid=grid_of(
            ("term", "currency a decision"),
            ((name, number(value, digits=3, sign=True)) for name, value in told),
        ),
    )


def _plainly(term: str) -> str:
    """Return a term's name without the version of its intervention.

    >>> _plainly("action:autumn10@41aa|moment:ask")
    'autumn10, ask'
    """
    parts = [part.partition(":")[2] or part for part in term.split("|")]
    return ", ".join(part.partition("@")[0] for part in parts)


def _drawn(example: Body) -> Panel:
    scores = ", ".join(
        f"{name} {value:.2f}"
        for name, value in example["scores"].items()
        if value is not None
    )
    refused = ", ".join(f"{name} ({why})" for name, why in example["refused"].items())
    return Panel(
        title="One decision: how it was drawn",
        says=f"{example['decision']}, {example['at']}, moment {example['moment']}. "
        f"Scores: {scores}. Taken away before the draw: {refused or 'nothing'}. The "
        f"throw was {example['draw']:.4f}: {example['action']}, with propensity "
        f"{example['propensity']:.3f}.",
        grid=grid_of(
            ("action", "predicted over none", "probability", "drawn"),
            (
                (
                    action,
                    number(example["predictions"].get(action), digits=3, sign=True),
                    f"{example['distribution'].get(action, 0.0):.3f}",
                    "yes" if action == example["action"] else "",
                )
                for action in example["eligible"]
            ),
        ),
    )


def _why(example: Body, decided: Snapshot) -> Panel:
    versions = example["versions"]
    uplift = decided.uplift.offering(versions["kinds"], versions["interventions"])
    parts = uplift.explain(
        context_in(example),
        example["moment"],
        example["action"],
        proposed=example["proposed"],
        stake_eur=example.get("stake"),
    )
    told = _together([(_plainly(name), value) for name, value in parts])
    total = sum(value for _, value in parts)
    return Panel(
        title=f"One decision: why {example['action']} was predicted so",
        says=f"Parts of the prediction by snapshot {decided.number}, which decided; "
        f"they sum to {number(total, digits=3, sign=True)}.",
        svg=bars(told, unit="site's currency") if told else "",
        alt="; ".join(
            f"{name} {number(value, digits=3, sign=True)}" for name, value in told
        ),
        grid=grid_of(
            ("part", "currency"),
            ((name, number(value, digits=3, sign=True)) for name, value in told),
        )
        if told
        else None,
    )


def _together(parts: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Return the largest parts, and what is left as one."""
    told = [part for part in parts if abs(part[1]) >= _VISIBLE][:_TOLD]
    rest = [part for part in parts if part not in told]
    if rest:
        told.append((f"the other {len(rest)}", sum(value for _, value in rest)))
    return told
