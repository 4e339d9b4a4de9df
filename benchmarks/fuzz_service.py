"""A real `engage serve` for the fuzzers: its process, its log, its state afterwards."""

# Rules of this file: the service is the one that ships, in a process of its own; what
# is judged is what an operator would see: its log, its metrics, whether it lives.

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from prometheus_client.parser import text_string_to_metric_families

SITE = "pk_fuzz"
ORIGIN = "https://shop.example"
KEY = "sk_fuzz_0123456789abcdef"
KEYS = {"Authorization": f"Bearer {KEY}"}
# Limits are wide, because a refusal for haste would hide everything behind it; windows
# are short, so that what was sent is closed, settled and learned while it is fuzzed.
CONFIG = f"""
[server]
host = "127.0.0.1"
port = 0
admin = "127.0.0.1:0"
limit_loopback = false
drain_delay_s = 0
session_beacons_per_s = 1e6
session_burst = 1e6

[[sites]]
key = "{SITE}"
origins = ["{ORIGIN}"]
welcome_automated = true

[sites.money]
rates = {{ CHF = 1.05 }}

[sites.windows]
short_close_s = 2
long_close_s = 20
session_idle_s = 3

[sites.gates]
cooldown_s = 0
max_per_session = 1000
max_per_visitor_day = 1000
kind_pause_s = 0

[[sites.interventions]]
id = "chat_guitars"
kind = "chat"
texts = {{}}
options = {{ group = "guitars" }}

[[sites.interventions]]
id = "autumn10"
kind = "discount"
texts = {{}}
options = {{ pool = "autumn10", percent = 10, budget_cents = 100000000 }}

[[sites.interventions]]
id = "similar"
kind = "alternative"
texts = {{}}

[[sites.interventions]]
id = "returns"
kind = "help"
texts = {{}}
options = {{ href = "/help/returns" }}
"""
# What a log line of a service in good health may say; everything else is a finding.
CALM = frozenset({"debug", "info"})
# That behaviour which changes by the hour drifts is said, and right.
EXPECTED = frozenset(("drift.found",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzzed:
    """A service that runs.

    Attributes:
        url: of the public listener.
        admin: of the operators' listener.
        log: the file that standard error goes to.
    """

    url: str
    admin: str
    log: Path
    process: subprocess.Popen[str]

    def get(self, path: str) -> bytes:
        """Return what the operators' listener answers; raises when it does not."""
        with urllib.request.urlopen(self.admin + path, timeout=30) as answer:  # noqa: S310 - our own loopback
            found: bytes = answer.read()
            return found

    def complaints(self) -> list[str]:
        """Return every line of the log that is no calm event of one line."""
        return [line for line in self.log.read_text().splitlines() if _is_loud(line)]

    def memory_mb(self) -> float:
        """Return the resident memory, MB."""
        found = self.metrics()["process_resident_memory_bytes"]
        return sum(found.values()) / 1e6

    def metrics(self) -> dict[str, dict[tuple[str, ...], float]]:
        """Return a scrape: sample name to label values to value."""
        found: dict[str, dict[tuple[str, ...], float]] = {}
        for family in text_string_to_metric_families(self.get("/metrics").decode()):
            for sample in family.samples:
                labels = tuple(sample.labels.values())
                found.setdefault(sample.name, {})[labels] = sample.value
        return found


def _is_loud(line: str) -> bool:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return True
    if event.get("event") in EXPECTED:
        return False
    return event.get("level") not in CALM or "exception" in event


@contextmanager
def fuzzed(folder: Path) -> Iterator[Fuzzed]:
    """Run the service on `folder`; SIGTERM at the end, which must end it with 0."""
    folder.mkdir(parents=True, exist_ok=True)
    config, log = folder / "engage.toml", folder / "service.log"
    config.write_text(CONFIG)
    code = "import sys; from engage.cli import main; sys.exit(main())"
    options = ["serve", "--config", str(config), "--data", str(folder / "data")]
    secrets = {"SERVER_KEY": KEY, "SALT": "0123456789abcdef0123456789abcdef"}
    environment = {f"ENGAGE_{SITE.upper()}_{k}": v for k, v in secrets.items()}
    with log.open("w") as errors:
        process = subprocess.Popen(  # noqa: S603 - ours
            [sys.executable, "-c", code, *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **environment},
            cwd=Path(__file__).parents[1],
        )
    try:
        yield Fuzzed(
            url=_told(process, "ready", log=log),
            admin=_told(process, "operators", log=log).removesuffix("/console/"),
            log=log,
            process=process,
        )
    finally:
        process.send_signal(signal.SIGTERM)
        code_ = process.wait(timeout=60)
    assert code_ == 0, f"the service ended with {code_}"


def _told(process: subprocess.Popen[str], word: str, *, log: Path) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(f"{word} "):
            return line.split()[1]
    said = log.read_text()[-2_000:]
    raise SystemExit(f"the service ended before it said {word!r}: {said}")


def stock(calls: Any) -> None:
    """Fill the shop: agents, products, codes, so that every kind can be decided.

    Args:
        calls: sends `(method, path, body)` with the server key.
    """
    calls("PUT", "/v1/chat/groups/guitars", {"online": 9, "free": 9, "ttl_s": 3600})
    codes = [f"AUTUMN-{n}" for n in range(900)]
    calls("POST", "/v1/discounts/codes", {"pool": "autumn10", "codes": codes})
    for n in range(20):
        item = {
            "title": f"Guitar {n}",
            "link": f"{ORIGIN}/p/{n}",
            "image_link": f"{ORIGIN}/p/{n}.jpg",
            "price": f"{100 + n}.00 EUR",
            "availability": "in_stock",
            "google_product_category": "guitars",
        }
        calls("PUT", f"/v1/catalog/items/{n}", item)
