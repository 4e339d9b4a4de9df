"""`engage evaluate LOG --policy ...`: what another policy would have earned."""

# Rules of this file: words and tables; every number comes from `engage.evidence`.

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
from rich.console import Console
from rich.table import Table

from engage.cli.options import Commands, html_option, json_option, one_site, some_of
from engage.cli.progress import progress
from engage.cli.words import columns, note, say, tables
from engage.errors import BadRequest, EvidenceRefused
from engage.evidence.decision_log import Body, DecisionLog, open_log
from engage.evidence.offpolicy.estimators import Estimate
from engage.evidence.offpolicy.evaluation import (
    DIMENSIONS,
    ESTIMANDS,
    Evaluation,
    Part,
    evaluate,
)
from engage.evidence.offpolicy.policies import Target, target_of
from engage.evidence.offpolicy.rows import rows_of
from engage.evidence.offpolicy.weighing import (
    LEAST_POSITIVES,
    LEAST_SIZE,
    LEAST_VISITORS,
    MOST_CALIBRATION,
)
from engage.evidence.report.page import interval, number, write_page
from engage.evidence.report.pages import evaluation_page
from engage.evidence.simulated import is_simulated

_REFUSED: Final = 3
# Three standard errors are worth a word before they are worth a refusal.
_WORTH_A_WORD: Final = 3.0


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "evaluate",
        help="value of another policy, from the log of this one",
        description="Estimates what a decision would have earned had another policy "
        "drawn at it, from the logged propensities. Refuses (exit code 3) rather than "
        "print a number that its evidence does not carry: effectively at least "
        f"{LEAST_SIZE:,.0f} decisions, {LEAST_POSITIVES:.0f} of them with an outcome "
        f"above 0, and {LEAST_VISITORS:.0f} visitors, whose weights average to 1.",
        epilog="policies: snapshot:ID (archived in the data directory), "
        "candidate:FILE (of `engage train`, judged on decisions after its training: "
        "`until` in its recipe leaves some), rules:FILE (TOML, tables [[rules]]), "
        "uniform, logged, always:ACTION, "
        "python:module:function (called with a record as it was before the draw, "
        "returns a probability by eligible action).",
    )
    parser.add_argument(
        "log", type=Path, metavar="LOG", help="data directory, export or NDJSON"
    )
    parser.add_argument("--policy", required=True, help="see below")
    parser.add_argument(
        "--outcome",
        choices=("auto", "value", "reward"),
        default="auto",
        help="value: money at the long close; reward: the short close; auto (default): "
        "the value where it is settled, else the reward",
    )
    parser.add_argument(
        "--model",
        choices=("auto", "forward", "crossfit"),
        default="auto",
        help="what DM and DR expect: forward uses predictions as logged, crossfit "
        "fits on other visitors; auto (default) is forward for an adaptive log",
    )
    _add_output(parser)
    parser.set_defaults(run=run)


def _add_output(parser: argparse.ArgumentParser) -> None:
    """Add what decides how much is said, and where."""
    parser.add_argument(
        "--by",
        type=some_of(DIMENSIONS),
        default=(),
        metavar="moment,segment",
        help="break it down; such intervals find questions, not answers",
    )
    parser.add_argument(
        "--estimand",
        choices=tuple(ESTIMANDS),
        default="one-step",
        help="one-step (default): the policy draws at one decision, all else as "
        "logged; policy: it draws at every decision of a visit",
    )
    parser.add_argument("--site", help="which site, where the log holds several")
    html_option(parser)
    json_option(parser)


def run(chosen: argparse.Namespace) -> int:
    """Print the evaluation; 0, or 3 when the evidence carries no number.

    Raises:
        BadRequest: the log cannot be read, or the policy is none.
        EvidenceRefused: there is no row at all.
    """
    # A policy of one's own lies where the command is called.
    sys.path.insert(0, str(Path.cwd()))
    try:
        with closing(open_log(chosen.log)) as log:
            site = one_site(log.sites(), chosen.site)
            target = target_of(chosen.policy, find=partial(log.snapshot, site))
            rows = rows_of(_records(log, site), target, outcome=chosen.outcome)
    except OSError as error:
        raise BadRequest(f"{chosen.log} cannot be read: {error.strerror}") from error
    except EvidenceRefused as error:
        if chosen.json:
            told = {"policy": chosen.policy, "rows": 0, "refused": [str(error)]}
            say(orjson.dumps(told).decode())
        raise
    if is_simulated(chosen.log):
        note("this log is a simulation's: it says nothing about real shops")
    result = evaluate(rows, model=chosen.model, by=chosen.by, estimand=chosen.estimand)
    plain: dict[str, Any] = {
        "site": site,
        "policy": target.name,
        "note": target.note,
        "outcome": chosen.outcome,
        **result.plain(),
    }
    if chosen.json:
        say(orjson.dumps(plain).decode())
    else:
        _show(tables(), result, target)
    if chosen.html is not None:
        page = evaluation_page(chosen.log, site=site, result=result, target=target)
        note(f"written {chosen.html} ({write_page(chosen.html, page) / 1000:.0f} kB)")
    try:
        result.check()
    except EvidenceRefused as error:
        note(f"refused: {error}")
        return _REFUSED
    return 0


def _records(log: DecisionLog, site: str) -> Iterator[Body]:
    with progress("decisions", total=log.total) as advance:
        for number, body in enumerate(log.bodies(), 1):
            if number % 200 == 0:
                advance(number)
            if body["site"] == site:
                yield body
        advance(log.total)


def _show(console: Console, result: Evaluation, target: Target) -> None:
    say_plainly = partial(console.print, highlight=False)
    name, meaning = ESTIMANDS[result.estimand]
    say_plainly(f"{target.name} · {name}: {meaning}", style="bold")
    if target.note:
        say_plainly(target.note)
    say_plainly(
        f"{result.rows} decisions: {result.settled} by their value at the long close, "
        f"{result.rows - result.settled} by the reward at the short one; model "
        f"{result.model}"
    )
    for why, times in result.left_out.items():
        say_plainly(f"left out {times}: {why}")
    for part in result.parts:
        _show_part(console, part)
    costs = ", ".join(
        f"{name} {logged:.3f} logged, {number(wanted, digits=3)} target"
        for name, (logged, wanted) in result.spent.items()
    )
    # Of all draws of a visit nothing is known but what each would spend alone.
    alone = "" if result.estimand == "one-step" else ", the policy drawing at it alone"
    say_plainly(f"spent a decision{alone}: {costs}")


def _show_part(console: Console, part: Part) -> None:
    mean, se = part.logged
    told_se = f"{se:.4f}" if math.isfinite(se) else "unknown"
    weighing = part.weighing
    visits = ""
    if part.visits is not None:
        visits = f" effective {part.visits[1]:.0f} of {part.visits[0]} visits;"
    if part.estimates:
        table = Table(title=part.name, title_justify="left")
        columns(table, "estimator", "value", "95 %", "gain", "95 %", "set from data")
        for name, one in part.estimates.items():
            table.add_row(name, *_cells(one))
        console.print(table)
    else:
        console.print(f"{part.name}: no number", style="bold")
        for why in part.refused:
            console.print(f"  {why}", highlight=False)
    console.print(
        f"logged policy {mean:.4f} (se {told_se});{visits} effective "
        f"{weighing.size:.0f} of {weighing.rows} decisions, "
        f"{weighing.positives:.0f} with an outcome above 0, "
        f"{weighing.visitors} visitors; largest weight {weighing.largest:.1f}; draws "
        f"deviate from the logged distributions by {weighing.calibration:+.1f} "
        f"(at most {MOST_CALIBRATION:.0f})",
        highlight=False,
    )
    for held in (weighing.balance, *weighing.actions):
        mark = " !" if abs(held.z) > _WORTH_A_WORD else ""
        console.print(
            f"  mean weight {held.name:16} {held.mean:.4f} ({held.z:+.1f} se), drawn "
            f"{held.drawn} of {held.rows}{mark}",
            highlight=False,
        )


def _cells(one: Estimate) -> tuple[str, ...]:
    setting = "" if one.setting is None else f"{one.setting:.3g}"
    return (
        number(one.value, digits=4),
        _interval(one.low, one.high),
        number(one.gain, digits=4, sign=True),
        _interval(one.gain_low, one.gain_high),
        setting,
    )


def _interval(low: float | None, high: float | None) -> str:
    return "model's error unknown" if low is None else interval(low, high, digits=4)
