"""Asks a running Prometheus every query of our dashboards and rules.

`python -m deploy.validate http://127.0.0.1:9090` waits until every target was scraped,
two minutes at most, then says which queries it does not understand and which metrics no
process has; it ends with 1 if there is any, and at once after a target that does not
answer.
"""

from __future__ import annotations

import re
import sys
import time
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import orjson

HERE = Path(__file__).resolve().parent
# Words of the query language that are neither functions (these stand before a bracket)
# nor metrics.
_WORDS = {"by", "or", "and", "unless", "on", "offset", "bool", "ignoring", "without"}
# Prometheus' own.
_FOREIGN = {"up", "ALERTS"}
_HISTOGRAM = ("_bucket", "_count", "_sum")
# Processes that were started just now load for seconds, and are scraped every 15 s.
_PATIENCE_S = 120.0


def main() -> int:
    """Validate against the Prometheus named on the command line."""
    if len(sys.argv) != 2:
        print("usage: python -m deploy.validate http://127.0.0.1:9090")
        return 2
    url = sys.argv[1].rstrip("/")
    if waited_for(url, patience_s=_PATIENCE_S):
        # What nobody scraped is unknown, too: a page of names would hide the reason.
        return 1
    queries = [*dashboard_queries(), *rule_queries()]
    refused = [one for one in queries if ask(url, one) is None]
    missing = unknown(queries, known=families(url))
    answered = [ask(url, one) for one in dashboard_queries()]
    silent = sum(one == [] for one in answered)
    for one in refused:
        print(f"not understood: {one}")
    for name in sorted(missing):
        print(f"no process has:  {name}")
    print(
        f"{len(queries)} queries, {len(refused)} not understood, {len(missing)} "
        f"unknown metrics; {silent} of the dashboards' have no data yet"
    )
    return int(bool(refused or missing))


def waited_for(url: str, *, patience_s: float) -> list[str]:
    """Return the targets that do not answer, after waiting for all of them."""
    end_s = time.monotonic() + patience_s
    said: list[str] = []
    while (down := not_answering(url)) and time.monotonic() < end_s:
        if down != said:
            print(f"waiting for {', '.join(down)}", flush=True)
            said = down
        time.sleep(2.0)
    for one in down:
        print(f"does not answer: {one}; is it there? Its log says why not")
    return down


def not_answering(url: str) -> list[str]:
    """Return the targets without a good scrape; Prometheus itself if it is not up."""
    try:
        targets = _get(f"{url}/api/v1/targets?state=active")["data"]["activeTargets"]
    except (URLError, ConnectionError):
        return [url]
    bad = sorted(one["scrapeUrl"] for one in targets if one["health"] != "up")
    return bad if targets else [f"a target of {url}"]


def dashboard_queries() -> list[str]:
    """Return every query of the dashboards, with Grafana's variables filled in."""
    boards = tomllib.loads((HERE / "dashboards.toml").read_text())["dashboards"]
    return [
        series["query"].replace("$__rate_interval", "1m").replace("$site", "pk_example")
        for board in boards
        for row in board["rows"]
        for panel in row["panels"]
        for series in panel["series"]
    ]


def rule_queries() -> list[str]:
    """Return the expression of every recording and alert."""
    source = tomllib.loads((HERE / "alerts.toml").read_text())
    recorded = [
        one["expr"].replace("WINDOW", window)
        for one in source["recordings"]
        for window in one["windows"]
    ]
    return recorded + [one["expr"] for one in source["alerts"]]


def names_in(query: str) -> set[str]:
    """Return the metrics a query names.

    >>> sorted(names_in('sum(rate(a_total{b="c"}[5m])) by (d) / on (e) f:g > 1'))
    ['a_total', 'f:g']
    """
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\"[^\"]*\"", " ", query)
    bare = re.sub(r"\b(by|on|ignoring|without)\s*\([^)]*\)", " ", bare)
    found = re.findall(r"(?<![\w:.])([a-zA-Z_:][\w:]*)(?!\s*\(|[\w:])", bare)
    return set(found) - _WORDS


def unknown(queries: Iterable[str], *, known: set[str]) -> set[str]:
    """Return metrics that queries name and nobody has; recordings are ours."""
    named = {name for query in queries for name in names_in(query)} - _FOREIGN
    return {name for name in named if not name.startswith("engage:")} - known


def families(url: str) -> set[str]:
    """Return the names under which samples of the scraped processes are stored.

    A family counts from its type line on, also where it has no sample yet.
    """
    names: set[str] = set()
    for name, told in _get(f"{url}/api/v1/metadata")["data"].items():
        is_histogram = told[0]["type"] == "histogram"
        names |= {name + end for end in (_HISTOGRAM if is_histogram else ("",))}
    return names


def ask(url: str, query: str) -> list[dict[str, Any]] | None:
    """Return what Prometheus answers, None if it does not understand the query."""
    try:
        body = _get(f"{url}/api/v1/query?{urlencode({'query': query})}")
    except HTTPError as error:
        error.close()
        if error.code not in {400, 422}:
            raise
        return None
    result: list[dict[str, Any]] = body["data"]["result"]
    return result


def _get(url: str) -> dict[str, Any]:
    with urlopen(url, timeout=10) as answer:  # noqa: S310 - the operator's own URL
        body: dict[str, Any] = orjson.loads(answer.read())
    return body


if __name__ == "__main__":
    raise SystemExit(main())
