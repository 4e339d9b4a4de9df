import re

import pytest

from engage.cli import main
from tests.unit.cli.simulated import simulated_data


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Return a data directory of 40 simulated visitors; read-only."""
    return simulated_data(tmp_path_factory.mktemp("data"))


COMMANDS = {
    "report": ["--policy", "uniform"],
    "lift": ["--by", "segment"],
    "evaluate": ["--policy", "always:none"],
}


@pytest.fixture(scope="module", params=COMMANDS)
def page(request, data, tmp_path_factory):
    """Return the page of each command that writes one."""
    file = tmp_path_factory.mktemp("page") / "page.html"
    main([request.param, f"{data}", "--html", f"{file}", *COMMANDS[request.param]])
    return file.read_text()


def test_page_stands_alone(page):
    """A page loads nothing and runs nothing."""
    found = re.findall(r"<script|<link|<img|<iframe|@import|src=|url\((?!#)", page)

    assert found == []
    hosts = set(re.findall(r"https?://[^\s\"'<]+", page))
    # Names of XML's dialects, which nobody fetches.
    assert {host for host in hosts if "w3.org" not in host} == set()


def test_simulation_is_called_one(page):
    """A page about a simulation says so at its top."""
    assert page.index("This is a simulation.") < page.index("<h2")


def test_every_plot_has_words_and_numbers(page):
    """A plot has a description, and a table beside it."""
    panels = re.findall(r"<article.*?</article>", page, flags=re.DOTALL)
    plots = [one for one in panels if "<svg" in one]

    assert plots
    for one in plots:
        assert re.search(r'role="img" aria-label="[^"]{10,}"', one)
        assert "<table>" in one


def test_names_are_unique(page):
    """No two elements share an id, those inside plots included."""
    names = re.findall(r'\bid="([^"]+)"', page)

    assert len(names) == len(set(names))


def test_simulate_writes_its_page(tmp_path):
    """`engage simulate --html` shows the regret against the known truth."""
    file = tmp_path / "page.html"
    out = ["--out", f"{tmp_path / 'sim'}", "--visitors", "25", "--seed", "4"]

    code = main(["simulate", *out, "--html", f"{file}"])

    assert code == 0
    assert "Regret, where the truth is known" in file.read_text()


def test_unknown_site_is_wrong_use(data, tmp_path, capsys):
    """A site that the log does not hold is exit code 2, with those it does."""
    file = tmp_path / "page.html"

    code = main(["report", f"{data}", "--html", f"{file}", "--site", "pk_other"])

    assert code == 2
    assert "(pk_demo), got 'pk_other'" in capsys.readouterr().err
    assert not file.exists()


def test_missing_matplotlib(data, tmp_path, capsys, monkeypatch):
    """Without matplotlib the error says the very command that installs it."""
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)

    code = main(["lift", f"{data}", "--html", f"{tmp_path / 'page.html'}"])

    assert code == 2
    assert "-m pip install 'matplotlib>=3.10'" in capsys.readouterr().err
