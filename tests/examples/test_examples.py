"""Every example runs, on a small simulation."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def ran(name, *arguments):
    """Run an example in a process of its own; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *map(str, arguments)],
        capture_output=True,
        check=False,
        env={**os.environ, "ENGAGE_EXAMPLE_VISITORS": "60"},
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Return where the worked example has worked, and what it printed."""
    folder = tmp_path_factory.mktemp("work")
    return folder, ran("where_discounts_burn_money.py", folder)


def test_worked_example(work):
    """The notebook runs from a log to a page, and to a candidate handed over."""
    folder, told = work

    assert "generous: refused, because effective sample size" in told
    assert "price: doubts the price" in told
    assert "handed candidate" in told
    assert (folder / "report.html").stat().st_size > 100_000


def test_duckdb(work):
    """Every question in SQL has an answer."""
    told = ran("export_with_duckdb.py", work[0] / "export")

    assert told.count("┌") == 6
    assert "not_targeted" in told


def test_pandas(work):
    """The tables in pandas, nested columns included."""
    told = ran("export_with_pandas.py", work[0] / "export")

    assert "decisions with a choice, by moment and action" in told
    assert "without a card" in told


def test_every_example_is_tried():
    """No example lies here that no test runs."""
    run = {
        "where_discounts_burn_money.py",
        "export_with_duckdb.py",
        "export_with_pandas.py",
        "discount_policies.py",
    }

    assert {path.name for path in EXAMPLES.glob("*.py")} == run
