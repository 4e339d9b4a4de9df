"""What `engage lift` and its page say of groups that say nothing."""

from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from engage.cli.lift_words import show
from engage.evidence.lift import measure, measure_by
from engage.evidence.lift_report import Plan
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
    show(console, "pk_demo", report=told)
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
