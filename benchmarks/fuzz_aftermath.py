"""What must hold of a service after it was fuzzed."""

# Rules of this file: judged from outside, by what an operator or a shop can read.

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec
import orjson
from fuzz_service import KEYS, ORIGIN, SITE, Fuzzed

from engage.wire.decision import DecisionRecord

# Every label is bounded; a service of four interventions has a few hundred series.
MOST_SERIES = 3_000
_read_record = msgspec.json.Decoder(DecisionRecord).decode


def aftermath(service: Fuzzed) -> dict[str, Any]:
    """Return counts of what the service holds, and complaints about it."""
    complaints = [f"log: {line}" for line in service.complaints()]
    code = service.process.poll()
    if code is not None:
        return {"complaints": [*complaints, f"the service ended with {code}"]}
    if service.get("/healthz") != b"alive\n":
        complaints.append("/healthz says something else than alive")
    if not orjson.loads(service.get("/readyz"))["ready"]:
        complaints.append("/readyz says not ready")
    samples = service.metrics()
    complaints += _of_metrics(samples)
    decisions, wrong = _decisions(service)
    complaints += wrong + _still_decides(service, before=decisions)
    taken = samples["engage_beacons_total"]
    return {
        "decisions": decisions,
        "beacons": {labels[0]: int(value) for labels, value in sorted(taken.items())},
        "series": sum(len(one) for one in samples.values()),
        "complaints": complaints,
    }


def _of_metrics(samples: dict[str, dict[tuple[str, ...], float]]) -> list[str]:
    """Return what no scrape of a service in good health says."""
    found = []
    series = 0
    for name, values in samples.items():
        series += len(values)
        for labels, value in values.items():
            # A score that has seen one kind of label only has no quality yet.
            if not math.isfinite(value) and not name.startswith("engage_score_"):
                found.append(f"metric {name}{labels} is {value}")
            if name.endswith(("_total", "_count", "_bucket")) and value < 0:
                found.append(f"metric {name}{labels} is negative: {value}")
    requests = samples["engage_http_requests_total"]
    loud = {labels: n for labels, n in requests.items() if labels[-1].startswith("5")}
    if loud:
        found.append(f"answers of 5xx: {loud}")
    found += [
        f"metric {name}: {samples[name]}"
        for name in ("engage_upkeep_failures_total", "engage_learner_quarantined_total")
        if sum(samples.get(name, {}).values())
    ]
    if series > MOST_SERIES:
        found.append(f"series must be <= {MOST_SERIES}, got {series}")
    return found


def _decisions(service: Fuzzed) -> tuple[int, list[str]]:
    """Return how many decisions the log holds, and which records are wrong."""
    path, count, wrong = "/v1/decisions?limit=1000", 0, []
    while path:
        with urlopen(Request(service.url + path, headers=KEYS), timeout=60) as answer:  # noqa: S310 - our own loopback
            lines, link = answer.read().splitlines(), answer.headers.get("Link", "")
        for line in lines:
            record = _read_record(line)
            total = math.fsum(record.distribution.values())
            logged = record.distribution[record.action]
            if abs(total - 1.0) > 1e-9 or record.propensity != logged:
                wrong.append(f"record {line!r}")
        count += len(lines)
        path = link.partition(">")[0].lstrip("<")
    return count, wrong


def _still_decides(service: Fuzzed, *, before: int) -> list[str]:
    """Ask as somebody new; the question must stand in the log."""
    body = {
        "v": 1,
        "site": SITE,
        "visitor": "v_afterwards",
        "session": "s_afterwards",
        "seq": 0,
        "consent": {"measure": True, "personalise": True},
        "page": {"kind": "product"},
        "events": [{"name": "page_view"}, {"name": "ask"}],
    }
    request = Request(  # noqa: S310 - our own loopback
        f"{service.url}/v1/beacons",
        data=orjson.dumps(body),
        headers={"Content-Type": "application/json", "Origin": ORIGIN},
    )
    with urlopen(request, timeout=30) as answer:  # noqa: S310 - same
        if answer.status not in (200, 204):
            return [f"a good beacon is answered with {answer.status}"]
    after, _ = _decisions(service)
    return [] if after > before else ["a good beacon led to no decision"]


def replayed(data: Path) -> list[str]:
    """Return what `engage replay --verify` finds wrong in the data directory."""
    code = "import sys; from engage.cli import main; sys.exit(main())"
    ran = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", code, "replay", "--data", str(data), "--verify"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    return [] if ran.returncode == 0 else [f"replay: {ran.stdout}{ran.stderr}"]
