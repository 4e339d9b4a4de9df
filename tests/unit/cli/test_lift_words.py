"""What `engage lift` and its page say of groups that say nothing."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from engage.cli.lift_words import show
from engage.evidence.lift.ledger import Costs
from engage.evidence.lift.measure import measure, measure_by
from engage.evidence.lift.report import Plan
from engage.evidence.report.lift_section import lift_section
from tests.unit.evidence.lift_builders import T0, crowd

PLAN = Plan(horizon_s=3_600.0)
NOW_S = T0 + 30 * 86_400.0


def report(treated, held):
    """Return a report of so many visitors who all bought, with one part."""
    is_holdout = np.arange(treated + held) >= treated
    shop = crowd(np.where(is_holdout, 40.0, 80.0), is_holdout, share=0.5)
    whole = measure(shop, plan=PLAN, at_s=NOW_S)
    return {"all": whole, **measure_by(shop, "segment", plan=PLAN, at_s=NOW_S)}


def printed(told):
    """Return what the command prints."""
    console = Console(file=StringIO(), width=120)
    show(console, "pk_demo", report=told, costs=Costs())
    return console.file.getvalue()


def rows_of(told):
    """Return the cells of the page's tables that tell differences of two groups."""
    panels = lift_section(told, ()).panels[:-1]
    return [row for panel in panels for row in panel.grid.rows]


@pytest.mark.parametrize(("treated", "held"), [(5, 1), (1_000, 19)])
def test_groups_that_are_too_small(treated, held):
    """No difference is told of a handful, in no table; a sentence says why."""
    told = report(treated, held)
    text = printed(told)

    assert "too few: below 20 visitors in a group nothing can be said yet." in text
    assert "40.00 │     +40.00" not in text
    assert all("too few" in row and "+40.00" not in row for row in rows_of(told))


def test_groups_of_twenty():
    """From twenty in each group on the difference is told, still without interval."""
    told = report(20, 20)

    assert "too few:" not in printed(told)
    assert all("+40.00" in row for row in rows_of(told) if row[0] == "margin")
    assert not any("too few" in row for row in rows_of(told))


def test_means_of_nobody():
    """A group without anybody has no mean, on the console and on the page."""
    told = report(30, 0)

    (margin,) = [row for row in rows_of(told) if row[0] == "margin"]
    assert margin[1:3] == ("80.00", "-")
    assert "80.00 │       - │" in printed(told)


def test_costs_are_told():
    """What was taken off margins is said: a log does not know what a chat costs."""
    said = "Taken off margins: 4.00 for each chat, 0.10 for each dismissed card."

    assert said in printed(report(30, 30))


def test_adjusted_means_are_called_so():
    """Whoever divides orders by visitors gets other means than adjusted ones."""
    told = report(30, 30)
    margin = replace(told["all"].metrics["margin"], unadjusted=38.5, explained=0.25)
    metrics = {**told["all"].metrics, "margin": margin}

    assert "Means are plain" in printed(told)
    text = printed({"all": replace(told["all"], metrics=metrics)})
    assert (
        "takes 25% off the variance of margin; plainly its difference is +38.50."
        in (" ".join(text.split()))
    )
