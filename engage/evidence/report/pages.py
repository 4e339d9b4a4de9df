"""Whole pages: which sections each command shows, and where their numbers come from."""

# Rules of this file: reads a log and puts sections together. A section whose numbers
# the log does not hold is left out; one that evidence refuses says so.

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from engage.evidence.decision_log import DecisionLog, open_log
from engage.evidence.export.entries import rows_in_export
from engage.evidence.lift.ledger import CostsOf
from engage.evidence.lift.log import Evidence, read_log, usual_costs
from engage.evidence.lift.report import Plan
from engage.evidence.lift.reports import Report, course, report_of
from engage.evidence.offpolicy.evaluation import Evaluation, evaluate
from engage.evidence.offpolicy.policies import Target, target_of
from engage.evidence.offpolicy.rows import rows_of
from engage.evidence.report.decisions_section import decisions_section
from engage.evidence.report.gathering import Decisions
from engage.evidence.report.lift_section import lift_section
from engage.evidence.report.model_section import model_section
from engage.evidence.report.page import Page, Section
from engage.evidence.report.scores_section import ScoreLog, scores_section
from engage.evidence.report.truth_section import Regret, truth_section
from engage.evidence.report.value_section import value_section
from engage.evidence.simulated import is_simulated, truth_in
from engage.stores.following import sound
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.sqlite import read_journal

Body = dict[str, Any]
Step = Callable[[str], None]

_BATCH: Final = 1_000
_BREAKDOWN: Final = ("segment", "moment")


def evaluation_page(
    path: Path, *, site: str, result: Evaluation, target: Target
) -> Page:
    """Return the page of one evaluation."""
    return Page(
        title=f"What {target.name} would have earned",
        about=(("log", path.name), ("site", site)),
        sections=(value_section(result, target),),
        is_simulated=is_simulated(path),
    )


def lift_page(
    path: Path, sites: Mapping[str, Evidence], reports: Mapping[str, Report]
) -> Page:
    """Return the page of a lift report, a section a site."""
    return Page(
        title="Lift: what the interventions were worth",
        about=(("log", path.name), ("sites", ", ".join(sites))),
        sections=tuple(
            replace(
                _lift(evidence, reports[site]),
                name=f"lift{number}",
                title=f"{site}: treatment against holdout",
            )
            for number, (site, evidence) in enumerate(sites.items(), 1)
        ),
        is_simulated=is_simulated(path),
    )


def _lift(evidence: Evidence, report: Report) -> Section:
    plan, ledger = Plan(horizon_s=report["all"].horizon_s), evidence.ledger
    visitors = ledger.visitors(horizon_s=plan.horizon_s, at_s=evidence.until_s)
    section = lift_section(report, course(visitors, plan=plan))
    return replace(section, notes=(*section.notes, ledger.costs.told))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a whole report is about.

    Attributes:
        site: one of the log's.
        policies: to be evaluated, each as `--policy` names it.
        costs: what interventions cost at a site.
    """

    site: str
    policies: tuple[str, ...] = ()
    costs: CostsOf = usual_costs


def whole_page(path: Path, asked: Asked, *, step: Step) -> Page:
    """Return everything that a log can tell about one site.

    Args:
        path: a data directory, an export, or NDJSON of decisions.
        asked: of whom and about what.
        step: told what is being done.

    Raises:
        CallerError: the log cannot be read, or a policy is none.
    """
    sections: list[Section] = []
    step("lift")
    evidence = read_log(path, costs=asked.costs)[asked.site]
    report = report_of(evidence, by=_BREAKDOWN)
    sections.append(_lift(evidence, report))
    with closing(open_log(path)) as log:
        step("decisions")
        found, regret = _gathered(log, asked.site, path)
        for name in asked.policies:
            step(f"value of {name}")
            sections.append(_value(log, asked.site, name, number=len(sections)))
        sections.append(decisions_section(found))
        step("scores")
        sections.append(scores_section(_scores(path, asked.site)))
        sections += _models(log, asked.site, found)
    if regret is not None:
        sections.append(truth_section(regret))
    return Page(
        title=f"{asked.site}: what the interventions were worth, and why",
        about=(
            ("log", path.name),
            ("decisions", f"{found.total:,}"),
            ("from", found.first_at[:10]),
            ("to", found.last_at[:10]),
        ),
        sections=tuple(sections),
        is_simulated=is_simulated(path),
    )


def _gathered(
    log: DecisionLog, site: str, path: Path
) -> tuple[Decisions, Regret | None]:
    truth = truth_in(path)
    found = Decisions()
    regret = Regret(truth=truth) if truth is not None else None
    for body in _of(log, site):
        found.take(body)
        if regret is not None:
            regret.take(body)
    return found, regret


def _of(log: DecisionLog, site: str) -> Iterator[Body]:
    return (body for body in log.bodies() if body["site"] == site)


def _value(log: DecisionLog, site: str, name: str, *, number: int) -> Section:
    target = target_of(name, find=partial(log.snapshot, site))
    result = evaluate(rows_of(_of(log, site), target), by=("segment",))
    return replace(value_section(result, target), name=f"value{number}")


def _models(log: DecisionLog, site: str, found: Decisions) -> list[Section]:
    """Return what the newest models use; nothing where the log holds no snapshots."""
    newest = log.snapshot(site, found.last_snapshot)
    if newest is None:
        return []
    example = found.example
    decided = log.snapshot(site, example["snapshot"]) if example else None
    return [model_section(newest, example=example, decided=decided)]


def _scores(path: Path, site: str) -> ScoreLog:
    """Return predictions and labels; none where the log is of decisions only."""
    scores = ScoreLog()
    if (path / JOURNAL_FILE).is_file():
        scores.take(_examples(path / JOURNAL_FILE, site))
    elif path.is_dir():
        rows = rows_in_export(path, "scores")
        scores.take(row for row in rows if row["site"] == site)
    return scores


def _examples(path: Path, site: str) -> Iterator[Mapping[str, Any]]:
    with closing(read_journal(path)) as journal:
        # Damaged records are counted where lift reads them, and said once.
        entries = sound(
            journal, kinds={"example"}, batch=_BATCH, on_damaged=lambda _offset: None
        )
        yield from (one.record.body for one in entries if one.record.site == site)
