"""A real service in a process of its own, and a real Prometheus that watches it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import orjson

from tests.redis_server import steady_port
from tests.web.serving import beacon

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
# Long enough for a busy machine; nobody waits for it where all is well.
_PATIENCE_S = 180.0
SECRETS = {
    "ENGAGE_PK_EXAMPLE_SERVER_KEY": "k" * 32,
    "ENGAGE_PK_EXAMPLE_SALT": "s" * 32,
    "ENGAGE_ADMIN_TOKEN": "t" * 32,
}


def alerts() -> list[dict[str, Any]]:
    """Return every alert of the source."""
    return tomllib.loads((DEPLOY / "alerts.toml").read_text())["alerts"]


def made_dashboards() -> list[dict[str, Any]]:
    """Return every dashboard as Grafana gets it."""
    files = sorted((DEPLOY / "grafana/dashboards").glob("*.json"))
    return [orjson.loads(path.read_bytes()) for path in files]


def get(url: str, **query: str) -> bytes:
    """Return the body of a GET."""
    asked = f"{url}?{urlencode(query)}" if query else url
    with urlopen(asked, timeout=60) as answer:  # noqa: S310 - loopback, in a test
        return answer.read()


def until(fact, what: str) -> Any:
    """Return what `fact` returns once that is true; it asks somebody each time."""
    end = monotonic() + _PATIENCE_S
    while monotonic() < end:
        try:
            if found := fact():
                return found
        except OSError:
            # Not listening yet, or too busy to answer in time.
            continue
    raise AssertionError(f"waited {_PATIENCE_S:g} s for {what}")


@contextmanager
def running(command: list[str], *, said: str, **how: Any) -> Iterator[str]:
    """Run a command; yields what it said up to a line that holds `said`."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **how
    )
    with ExitStack() as stack:
        stack.callback(_end, process)
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            if said in line:
                break
        assert said in told, told
        yield told


def _end(process: subprocess.Popen[str]) -> None:
    """End a process; one that drains is asked a second time, which hurries it."""
    process.terminate()
    assert process.stdout is not None
    for line in process.stdout:
        if "service.draining" in line:
            process.terminate()
    process.stdout.close()
    process.wait(120)


@contextmanager
def fleet(folder: Path, redis_url: str) -> Iterator[tuple[str, list[str]]]:
    """Run a learner and two workers; yields the public URL and all admin addresses."""
    environment = {**os.environ, **SECRETS}
    first = steady_port(4)
    told = (DEPLOY / "several.example.toml").read_text()
    changes = {
        "redis://127.0.0.1:6379/0": redis_url,
        "127.0.0.1:9464": f"127.0.0.1:{first + 2}",
        "port = 8080": f"port = {first}",
        '"engage-data"': f'"{folder}"',
    }
    for here, there in changes.items():
        assert here in told
        told = told.replace(here, there)
    config = folder / "engage.toml"
    config.write_text(told)
    code = "from engage.cli import main; raise SystemExit(main())"
    engage = [sys.executable, "-c", code]
    ports = [first + 1, first + 2, first + 3]
    with ExitStack() as stack:
        for command, said in (
            (["learn", "--config", str(config)], "operators"),
            (["serve", "--config", str(config), "--workers", "2"], "ready"),
        ):
            stack.enter_context(running(engage + command, said=said, env=environment))
        yield f"http://127.0.0.1:{first}", [f"127.0.0.1:{port}" for port in ports]


def send(url: str, *events: Any, **fields: Any) -> int:
    """Send one beacon and return the answer's status."""
    told = {"site": "pk_example", **fields}
    request = Request(  # noqa: S310 - loopback, in a test
        f"{url}/v1/beacons",
        data=beacon(*events, **told),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback, in a test
        return int(answer.status)


@contextmanager
def prometheus(folder: Path, targets: list[str]) -> Iterator[str]:
    """Run Prometheus with our configuration and rules; yields its URL."""
    told = (DEPLOY / "prometheus/prometheus.yml").read_text()
    (folder / "prometheus.yml").write_text(told.replace(": 15s", ": 1s"))
    (folder / "rules").symlink_to(DEPLOY / "prometheus/rules")
    (folder / "targets").mkdir()
    line = orjson.dumps([{"targets": targets}])
    (folder / "targets/engage.yaml").write_bytes(line)
    port = steady_port()
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with running(command, said="ready to receive web requests"):
        yield f"http://127.0.0.1:{port}"
