"""The page of benchmarks tells the results, and each result says its command."""

import importlib
import shlex
from pathlib import Path

import orjson
import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "benchmarks"
RESULTS = sorted((FOLDER / "results").glob("*.json"))


@pytest.fixture
def program(monkeypatch):
    """Import a module of the folder as its programs do."""
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module


def test_page_is_current(program):
    """The page is what `benchmarks/table.py` makes of the results."""
    assert (FOLDER / "README.md").read_text() == program("table").page()


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_result_says_its_command(path):
    """Each result names the program that made it, which is there."""
    python, script, *_ = shlex.split(orjson.loads(path.read_bytes())["command"])

    assert (python, script) == ("python", f"benchmarks/{path.stem}.py")
    assert (ROOT / script).exists()


def test_page_tells_every_result():
    """No result lies in a drawer: each has a line of the page."""
    page = (FOLDER / "README.md").read_text()

    assert [one.stem for one in RESULTS if f"[{one.stem}]" not in page] == []


def test_studies_make_every_result(program):
    """`make study` runs whatever has a result."""
    run = program("run")
    names = {name for name, *_ in run.RUNS} | set(run.STUDIES)

    assert {path.stem for path in RESULTS} - names == set()
