"""Alerts: each proven to fire, to keep quiet just below, and to end; each explained."""

from __future__ import annotations

import re
import subprocess

import orjson
import pytest
import yaml

from deploy.alerting import samples
from tests.deploy.alert_cases import GROUPS, ORDERS, SHOPS, UNJOINED, of_two
from tests.deploy.operators import DEPLOY, ROOT, alerts

RUNBOOK = (ROOT / "docs/RUNBOOK.md").read_text()
RULES = sorted((DEPLOY / "prometheus/rules").glob("*.yaml"))
CASES = sorted((DEPLOY / "prometheus/tests").glob("*.yaml"))


BURNS = [
    f"Engage{what}Burn{how}"
    for what in ("Decisions", "Beacons")
    for how in ("Fast", "Slow", "Long")
]


def promtool(*arguments):
    """Run promtool; returns its exit code and all it said."""
    done = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_rules_are_sound():
    """Promtool finds nothing wrong with the rules."""
    code, said = promtool("check", "rules", *RULES)

    assert code == 0, said


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_holds(path):
    """Each alert of a group fires, keeps quiet and ends exactly when it should."""
    code, said = promtool("test", "rules", path)

    assert code == 0, said


@pytest.mark.parametrize(
    ("name", "group", "text"),
    [
        of_two("EngageCodesRunOut", "ticket", ", pool: autumn10"),
        of_two("EngageHookNotTaken", "ticket", ", hook: mail"),
        of_two("EngageOrdersMissing", "page"),
        of_two("EngageNoDecisions", "page", group="service"),
        of_two("EngageNobodyToChat", "ticket"),
        of_two("EngageSnapshotsRefused", "ticket", group="learning"),
        of_two("EngageBudgetLow", "ticket", ", pool: autumn10"),
        ("EngageOrdersUnjoined", "shop", UNJOINED),
        ("EngageSnapshotOld", "learning", SHOPS),
        ("EngageNobodyToChat", "shop", GROUPS),
        ("EngageOrdersRefused", "shop", ORDERS),
    ],
)
def test_who_is_well_hides_nobody(tmp_path, name, group, text):
    """Of several shops, groups, processes the one is told that is not well."""
    (alert,) = [one for one in alerts() if one["name"] == name]
    rules = DEPLOY / f"prometheus/rules/{group}.yaml"
    case = text.format(rules=rules, summary=orjson.dumps(alert["summary"]).decode())
    (tmp_path / "case.yaml").write_text(case)
    code, said = promtool("test", "rules", tmp_path / "case.yaml")

    assert code == 0, said


def test_every_alert_has_its_cases():
    """There is a quiet, a firing and an ended case for every alert."""
    expected = {
        test["name"]: [bool(case["exp_alerts"]) for case in test["alert_rule_test"]]
        for path in CASES
        for test in yaml.safe_load(path.read_text())["tests"]
    }

    assert expected == {one["name"]: [False, True, False] for one in alerts()}


def test_every_alert_is_tested_where_it_stands():
    """Tests load the rules that are shipped, all of them."""
    loaded = {
        (path.parent / name).resolve()
        for path in CASES
        for name in yaml.safe_load(path.read_text())["rule_files"]
    }

    assert loaded == set(RULES)


def test_every_alert_has_its_runbook():
    """Every alert has a paragraph with what it means and what to do; no other has."""
    parts = re.split(r"^### (Engage\w+)$", RUNBOOK, flags=re.MULTILINE)
    told = dict(zip(parts[1::2], parts[2::2], strict=True))

    assert sorted(told) == sorted(one["name"] for one in alerts())
    for name, text in told.items():
        assert "**Means**" in text, name
        assert "**Do**" in text, name


def test_every_refusal_has_its_advice():
    """For whatever the snapshot check refuses, the runbook says what to do."""
    sources = [ROOT / f"engage/learning/{n}.py" for n in ("publication", "snapshots")]
    named = r'SnapshotRejected\(\s*"(\w+)"'
    reasons = {one for path in sources for one in re.findall(named, path.read_text())}
    advice = re.split(r"^### ", RUNBOOK, flags=re.MULTILINE)
    (told,) = [one for one in advice if one.startswith("EngageSnapshotsRefused")]

    assert {"loss", "residual", "golden"} <= reasons
    assert {one for one in reasons if f"`{one}`" not in told} == set()


def muted(firing):
    """Return which of some alerts Alertmanager keeps back, by our example."""
    told = yaml.safe_load((DEPLOY / "prometheus/alertmanager.yml").read_text())
    kept = set()
    for rule in told["inhibit_rules"]:
        (source,), (target,) = rule["source_matchers"], rule["target_matchers"]
        causes = {name for name in firing if _fits(source, name)}
        kept |= {name for name in firing if causes - {name} and _fits(target, name)}
    return kept


def _fits(matcher, name):
    found = re.fullmatch(r'alertname=~?"(.+)"', matcher)
    assert found is not None, matcher
    return re.fullmatch(found[1], name) is not None


def test_one_cause_is_one_page():
    """Of all that fires on a full disk nobody is told what only follows from it."""
    full = ["EngageJournalStalled", "EngageDiskFilling", *BURNS]

    assert muted(full) == set(BURNS)
    assert muted(BURNS) == set(BURNS) - {"EngageBeaconsBurnFast"}
    assert muted([one["name"] for one in alerts()]) == set(BURNS)


def test_pages_are_few():
    """Nobody is woken for what can wait until the morning."""
    pages = [one["name"] for one in alerts() if one["severity"] == "page"]

    assert {one["severity"] for one in alerts()} == {"page", "ticket"}
    assert len(pages) < len(alerts()) / 2


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("hold 1x2 gapx3 0x1", "1+0x1 _x3 0+0x0"),
        ("rate 10x2 0x2", "0+10x1 20+0x1"),
        ("hold -0.05x2", "-0.05+0x1"),
    ],
)
def test_steps(steps, told):
    """A timeline means in promtool's notation what it says in the source."""
    assert samples(steps, interval_m=1) == told


def test_a_step_that_is_none():
    """A timeline with a slip of the pen is refused, with the slip."""
    with pytest.raises(ValueError, match=r"^a step must be VALUExMINUTES, got '1y2'$"):
        samples("hold 1y2", interval_m=1)
