"""What interventions cost travels with an export; an export of before says nothing."""

from dataclasses import replace

import orjson
import pytest

from engage.cli import main
from engage.clock import ManualClock, rfc3339
from engage.settings import MoneySettings, SiteSettings
from engage.stores.journal.sqlite import SqliteJournal
from engage.street.opening import keep_settings, version_of
from tests.unit.evidence.lift_builders import SITE, T0, decision

CENTS = {SITE: (700, 30), "pk_other": (900, 50)}


@pytest.fixture
def data(tmp_path):
    """Return a data directory of two shops with costs of their own."""
    path = tmp_path / "data"
    path.mkdir()
    journal = SqliteJournal(path / "journal.sqlite", clock=ManualClock(at_s=T0))
    for site, (chat, dismissal) in CENTS.items():
        money = MoneySettings(agent_cost_cents=chat, annoyance_cents=dismissal)
        settings = SiteSettings(key=site, money=money)
        keep_settings(settings, journal)
        versions = {"config": version_of(settings)}
        told = {"site": site, "at": rfc3339(T0), "versions": versions}
        one = decision(f"d_{site}", **told)
        journal.append_now(replace(one.record, site=site))
    journal.close()
    return path


@pytest.fixture
def out(tmp_path):
    """Return where an export goes."""
    return tmp_path / "export"


def export(data, out, *more):
    """Export a data directory as lines."""
    place = ["--data", f"{data}", "--out", f"{out}"]
    assert main(["export", *place, "--format", "ndjson", *more]) == 0


def taken_off(capsys, *arguments):
    """Return what `engage lift` says to have taken off margins, by shop."""
    capsys.readouterr()
    main(["lift", *arguments])
    words = " ".join(capsys.readouterr().out.split())
    return [part.split(" dismissed")[0] for part in words.split("margins: ")[1:]]


def test_export_carries_costs(data, out, capsys):
    """Lift of an export takes off what each shop's chats and dismissals cost."""
    export(data, out)

    assert taken_off(capsys, f"{out}") == [
        "7.00 for each chat, 0.30 for each",
        "9.00 for each chat, 0.50 for each",
    ]


def test_told_costs_win(data, out, capsys):
    """What the command is told counts, not what the export says."""
    export(data, out, "--site", SITE)
    file = out.with_name("engage.toml")
    file.write_text(f'[[sites]]\nkey = "{SITE}"\nmoney = {{agent_cost_cents = 800}}')
    told = ("--config", f"{file}", "--dismissal-cost", "0.2")

    assert taken_off(capsys, f"{out}", *told) == ["8.00 for each chat, 0.20 for each"]


def test_one_shop_after_the_other(data, out):
    """An export of one shop leaves what the export says of another one."""
    export(data, out, "--site", SITE)
    alone = orjson.loads((out / "costs.json").read_bytes())
    export(data, out, "--site", "pk_other")
    both = orjson.loads((out / "costs.json").read_bytes())

    assert alone == {SITE: {"agent_cost_cents": 700, "annoyance_cents": 30}}
    other = {"agent_cost_cents": 900, "annoyance_cents": 50}
    assert both == {**alone, "pk_other": other}


def test_export_of_before(data, out, capsys):
    """An export that does not say what a chat costs is read with the defaults."""
    export(data, out, "--site", SITE)
    (out / "costs.json").unlink()

    assert taken_off(capsys, f"{out}") == ["4.00 for each chat, 0.10 for each"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "costs.json is no JSON"),
        ("[]", "costs.json must hold costs by site"),
        ('{"pk_demo": 5}', "costs.json: pk_demo: must be a table, got 5"),
        ('{"pk_demo": {"agent_cost_cents": -1}}', "pk_demo.agent_cost_cents: must be"),
    ],
)
def test_damaged_costs(data, out, capsys, text, said):
    """Costs that cannot be read are wrong use and named, not taken for the defaults."""
    export(data, out)
    (out / "costs.json").write_text(text)

    assert main(["lift", f"{out}"]) == 2
    assert said in capsys.readouterr().err
