"""Alerts: each proven to fire, to keep quiet just below, and to end; each explained."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from deploy.alerting import samples
from tests.deploy.operators import DEPLOY, ROOT, alerts

RUNBOOK = (ROOT / "docs/RUNBOOK.md").read_text()
RULES = sorted((DEPLOY / "prometheus/rules").glob("*.yaml"))
CASES = sorted((DEPLOY / "prometheus/tests").glob("*.yaml"))


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


SHOPS = """
rule_files: [{rules}]
evaluation_interval: 5m
tests:
  - interval: 5m
    input_series:
      - series: engage_snapshot_age_seconds{{site="pk_fresh"}}
        values: 5+0x48
      - series: engage_snapshot_age_seconds{{site="pk_stale"}}
        values: 1860+0x48
      - series: engage_snapshot_age_seconds{{site="pk_quiet"}}
        values: 90000+0x48
      - series: engage_rewards_total{{result="short"}}
        values: 0+10x48
      - series: engage_site_decisions{{site="pk_fresh",action="none"}}
        values: 0+5x48
      - series: engage_site_decisions{{site="pk_stale",action="none"}}
        values: 0+5x48
      - series: engage_site_decisions{{site="pk_quiet",action="none"}}
        values: 70+0x48
    alert_rule_test:
      - eval_time: 3h
        alertname: EngageSnapshotOld
        exp_alerts:
          - exp_labels: {{severity: ticket, site: pk_stale}}
            exp_annotations:
              summary: {summary}
              runbook: docs/RUNBOOK.md#engagesnapshotold
"""


GROUPS = """
rule_files: [{rules}]
evaluation_interval: 5m
tests:
  - interval: 5m
    input_series:
      - series: engage_free_agents{{group="guitars"}}
        values: 2+0x1000
      - series: engage_free_agents{{group="cameras"}}
        values: 0+0x1000
      - series: engage_refusals_total{{reason="no_agent"}}
        values: 0+1x1000
    alert_rule_test:
      - eval_time: 80h
        alertname: EngageNobodyToChat
        exp_alerts:
          - exp_labels: {{severity: ticket, group: cameras}}
            exp_annotations:
              summary: {summary}
              runbook: docs/RUNBOOK.md#engagenobodytochat
"""


@pytest.mark.parametrize(
    ("name", "group", "text"),
    [("EngageSnapshotOld", "learning", SHOPS), ("EngageNobodyToChat", "shop", GROUPS)],
)
def test_who_is_well_hides_nobody(tmp_path, name, group, text):
    """Of several shops or chat groups the one is told that is not, and no quiet one."""
    (alert,) = [one for one in alerts() if one["name"] == name]
    rules = DEPLOY / f"prometheus/rules/{group}.yaml"
    case = text.format(rules=rules, summary=alert["summary"])
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
