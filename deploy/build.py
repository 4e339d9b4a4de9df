"""Writes what operators load from what people read: `python -m deploy.build`.

alerts.toml becomes Prometheus rules, their tests and a PrometheusRule; dashboards.toml
becomes one Grafana file a dashboard, and a ConfigMap with the same. `--check` ends
with 1 if a file is not what its source says.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import orjson
import yaml

from deploy.alerting import rule_tests, rules
from deploy.dashboards import dashboard

HERE = Path(__file__).resolve().parent
MADE = "# Made by `python -m deploy.build`; change {source} instead.\n"


def main() -> int:
    """Write or check every file."""
    if "--check" in sys.argv[1:]:
        stale = [
            name
            for name, text in outputs().items()
            if not (HERE / name).exists() or (HERE / name).read_text() != text
        ]
        print("\n".join(f"stale: deploy/{name}" for name in stale), end="")
        return int(bool(stale))
    for name, text in outputs().items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_text(text)
    return 0


def outputs() -> dict[str, str]:
    """Return every made file's text by its path below deploy/."""
    alerts = tomllib.loads((HERE / "alerts.toml").read_text())
    boards = tomllib.loads((HERE / "dashboards.toml").read_text())
    made = {one["uid"]: dashboard(one) for one in boards["dashboards"]}
    grouped = rules(alerts)
    files = {
        "kubernetes/rules.yaml": _yaml(
            _resource(
                "monitoring.coreos.com/v1",
                "PrometheusRule",
                spec={"groups": [g for one in grouped.values() for g in one["groups"]]},
            ),
            source="deploy/alerts.toml",
        ),
        "kubernetes/dashboards.yaml": _yaml(
            _resource(
                "v1",
                "ConfigMap",
                # Grafana's side-car loads every ConfigMap with this label.
                labels={"grafana_dashboard": "1"},
                data={f"{uid}.json": _json(one) for uid, one in made.items()},
            ),
            source="deploy/dashboards.toml",
        ),
    }
    for name, group in grouped.items():
        text = _yaml(group, source="deploy/alerts.toml")
        files[f"prometheus/rules/{name}.yaml"] = text
    for name, tests in rule_tests(alerts).items():
        text = _yaml(tests, source="deploy/alerts.toml")
        files[f"prometheus/tests/{name}.yaml"] = text
    return files | {
        f"grafana/dashboards/{uid}.json": _json(one) for uid, one in made.items()
    }


def _resource(
    version: str, kind: str, *, labels: dict[str, str] | None = None, **body: Any
) -> dict[str, Any]:
    name = "engage-rules" if kind == "PrometheusRule" else "engage-dashboards"
    named = {"name": name, "labels": {"app.kubernetes.io/name": "engage"}}
    named["labels"] |= labels or {}
    return {"apiVersion": version, "kind": kind, "metadata": named, **body}


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, as people write them."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    ),
)


def _yaml(value: Any, *, source: str) -> str:
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=100)
    return MADE.format(source=source) + text


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
