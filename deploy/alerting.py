"""Prometheus rules and their tests, as plain data, from alerts.toml."""

from __future__ import annotations

import re
from typing import Any

Plain = dict[str, Any]
RUNBOOK = "docs/RUNBOOK.md"
_STEP = re.compile(r"(gap|-?\d+(?:\.\d+)?)x(\d+)")


def rules(source: Plain) -> dict[str, Plain]:
    """Return recording and alerting rules by group, in Prometheus' own form.

    Recordings stand before the alerts of their group: a group is evaluated in order.
    """
    groups: dict[str, list[Plain]] = {}
    for one in source["recordings"]:
        groups.setdefault(one["group"], []).extend(
            {
                "record": one["name"] + window,
                "expr": one["expr"].strip().replace("WINDOW", window),
            }
            for window in one["windows"]
        )
    for one in source["alerts"]:
        groups.setdefault(one["group"], []).append(_alert(one))
    return {
        group: {"groups": [{"name": f"engage-{group}", "rules": all_}]}
        for group, all_ in groups.items()
    }


def rule_tests(source: Plain) -> dict[str, Plain]:
    """Return test files by name: one for each group and pace of evaluation.

    For each alert: quiet just below, firing above, gone when it is over. Windows of
    days evaluated every minute would take minutes.
    """
    files: dict[str, Plain] = {}
    for one in source["alerts"]:
        group, pace = one["group"], f"{one.get('interval_m', 1)}m"
        file = files.setdefault(
            f"{group}_every_{pace}",
            {
                "rule_files": [f"../rules/{group}.yaml"],
                "evaluation_interval": pace,
                "tests": [],
            },
        )
        file["tests"].append(_test(one))
    return files


def samples(steps: str, *, interval_m: int) -> str:
    """Return steps in promtool's notation.

    >>> samples("hold 1x2 gapx1 0x2", interval_m=1)
    '1+0x1 _x1 0+0x1'
    >>> samples("rate 10x2 0x2", interval_m=1)
    '0+10x1 20+0x1'
    """
    kind, *parts = steps.split()
    told, total = [], 0.0
    for part in parts:
        match = _STEP.fullmatch(part)
        if match is None:
            raise ValueError(f"a step must be VALUExMINUTES, got {part!r}")
        value, minutes = match[1], int(match[2])
        count = max(1, minutes // interval_m)
        if value == "gap":
            told.append(f"_x{count}")
        elif kind == "hold":
            told.append(f"{float(value):g}+0x{count - 1}")
        else:
            step = float(value) * interval_m
            told.append(f"{_exact(total)}+{_exact(step)}x{count - 1}")
            total += step * count
    return " ".join(told)


def _exact(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _alert(one: Plain) -> Plain:
    told: Plain = {"alert": one["name"], "expr": one["expr"].strip()}
    if "for" in one:
        told["for"] = one["for"]
    told["labels"] = {"severity": one["severity"]}
    told["annotations"] = _annotations(one)
    return told


def _annotations(one: Plain) -> Plain:
    return {
        "summary": one["summary"],
        "runbook": f"{RUNBOOK}#{one['name'].lower()}",
    }


def _test(one: Plain) -> Plain:
    interval_m = one.get("interval_m", 1)
    series = [
        {"series": name, "values": samples(steps, interval_m=interval_m)}
        for name, steps in one["series"].items()
    ]
    labels = {"severity": one["severity"]} | one.get("labels", {})
    firing = [{"exp_labels": labels, "exp_annotations": _annotations(one)}]
    cases = [("quiet_at", []), ("fires_at", firing), ("resolved_at", [])]
    return {
        "name": one["name"],
        "interval": f"{interval_m}m",
        "input_series": series,
        "alert_rule_test": [
            {
                "eval_time": f"{one[when]}m",
                "alertname": one["name"],
                "exp_alerts": expected,
            }
            for when, expected in cases
        ],
    }
