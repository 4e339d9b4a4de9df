"""Grafana dashboards, as plain data, from dashboards.toml."""

from __future__ import annotations

from typing import Any

Plain = dict[str, Any]
# Grafana lays out on a grid of 24 columns.
COLUMNS = 24
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_TYPES = {"lines": "timeseries", "stat": "stat", "bars": "bargauge", "table": "table"}
_HEIGHTS = {"lines": 8, "stat": 4, "bars": 8, "table": 8}


def dashboard(one: Plain) -> Plain:
    """Return one dashboard; ids and places follow from the order in the source."""
    panels: list[Plain] = []
    y = 0
    for row in one["rows"]:
        panels.append(_row(row["title"], number=len(panels) + 1, y=y))
        y += 1
        x = height = 0
        for panel in row["panels"]:
            width, tall = panel.get("width", 12), _HEIGHTS[panel["kind"]]
            if x + width > COLUMNS:
                x, y, height = 0, y + height, 0
            place = {"x": x, "y": y, "w": width, "h": tall}
            panels.append(_panel(panel, number=len(panels) + 1, place=place))
            x, height = x + width, max(height, tall)
        y += height
    return {
        "uid": one["uid"],
        "title": one["title"],
        "description": one["text"],
        "tags": ["engage"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": one["from"], "to": "now"},
        "timezone": "browser",
        "links": [_link()],
        "annotations": {"list": [_alerts()]},
        "templating": {"list": [_source(), *map(_choice, one.get("choices", []))]},
        "panels": panels,
    }


def _row(title: str, *, number: int, y: int) -> Plain:
    place = {"x": 0, "y": y, "w": COLUMNS, "h": 1}
    return {
        "id": number,
        "type": "row",
        "title": title,
        "gridPos": place,
        "collapsed": False,
        "panels": [],
    }


def _panel(panel: Plain, *, number: int, place: Plain) -> Plain:
    is_now = panel["kind"] != "lines"
    defaults: Plain = {"unit": panel["unit"]}
    for limit in ("min", "max"):
        if limit in panel:
            defaults[limit] = panel[limit]
    if "limits" in panel:
        defaults["thresholds"] = _limits(panel["limits"])
    if panel["kind"] == "lines":
        defaults["custom"] = _drawing(panel)
    return {
        "id": number,
        "type": _TYPES[panel["kind"]],
        "title": panel["title"],
        "description": panel["text"],
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _options(panel["kind"]),
        "targets": [
            {
                "refId": chr(ord("A") + n),
                "datasource": _SOURCE,
                "expr": series["query"].strip(),
                "legendFormat": series["legend"],
                "instant": is_now,
                "range": not is_now,
            }
            for n, series in enumerate(panel["series"])
        ],
    }


def _drawing(panel: Plain) -> Plain:
    stacked = panel.get("stacked", False)
    drawing: Plain = {
        "lineWidth": 1,
        "fillOpacity": 40 if stacked else 6,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if stacked else "none"},
    }
    if "limits" in panel:
        drawing["thresholdsStyle"] = {"mode": "dashed"}
    return drawing


def _options(kind: str) -> Plain:
    now = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    if kind == "lines":
        legend = {"displayMode": "list", "placement": "bottom", "showLegend": True}
        return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
    if kind == "stat":
        return {"reduceOptions": now, "colorMode": "value", "graphMode": "none"}
    if kind == "bars":
        return {
            "reduceOptions": now,
            "orientation": "horizontal",
            "displayMode": "basic",
        }
    return {"showHeader": True}


def _limits(limits: list[Plain]) -> Plain:
    """Return thresholds; the first has no lower end."""
    steps = [
        {"color": one["colour"], "value": one.get("above")}
        for one in [{"colour": "text"}, *limits]
    ]
    return {"mode": "absolute", "steps": steps}


def _source() -> Plain:
    return {
        "name": "source",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "current": {},
        "hide": 0,
    }


def _choice(choice: Plain) -> Plain:
    return {
        "name": choice["name"],
        "label": choice["label"],
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": choice["query"], "refId": choice["name"]},
        "refresh": 2,
        "sort": 1,
        "multi": False,
        "includeAll": False,
    }


def _link() -> Plain:
    return {
        "title": "engage",
        "type": "dashboards",
        "tags": ["engage"],
        "asDropdown": True,
        "keepTime": True,
    }


def _alerts() -> Plain:
    return {
        "name": "Alerts",
        "datasource": _SOURCE,
        "enable": True,
        "iconColor": "red",
        "expr": 'ALERTS{alertstate="firing",alertname=~"Engage.*"}',
        "titleFormat": "{{alertname}}",
        "step": "60s",
    }
