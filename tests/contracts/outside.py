"""A stranger's tools: start the product, speak HTTP to it, believe nothing else.

Nothing of `engage` is imported here: names, shapes and limits are those of CONTRACT,
typed in by hand, so that a change of the code cannot change the question.
"""

from __future__ import annotations

import gzip
import http.client
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CODE = "import sys; from engage.cli import main; sys.exit(main())"
_PATIENCE_S = 120.0
_PAUSE_S = 0.1
_NUMBERS = itertools.count(1)
JSON = "application/json"
GUITAR = {
    "item_id": "gtr-luv",
    "price": 899.0,
    "currency": "EUR",
    "item_category": "guitars",
    "in_stock": True,
}
LOOK = {"name": "view_item", "item": GUITAR}


@dataclass(frozen=True)
class Said:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as data; None if there is none."""
        return json.loads(self.body) if self.body else None

    @property
    def card(self) -> dict[str, Any] | None:
        """The decision that the answer carries."""
        return (self.json or {}).get("decision") if self.status == 200 else None

    @property
    def told(self) -> tuple[int, str | None]:
        """Status, and the field that a problem names."""
        return self.status, (self.json or {}).get("field")

    def lines(self) -> list[dict[str, Any]]:
        """The body as records, one a line."""
        return [json.loads(line) for line in self.body.splitlines()]


@dataclass(frozen=True)
class Product:
    """A running service, seen from its ports."""

    url: str
    data: Path
    admin: str = ""
    key: str = "sk_demo"
    site: str = "pk_demo"

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        to: str = "",
        **headers: str,
    ) -> Said:
        """Send one request; `Content_Type` stands for `Content-Type`."""
        if isinstance(body, dict | list):
            body = json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        host = (to or self.url).removeprefix("http://")
        line = http.client.HTTPConnection(host, timeout=_PATIENCE_S)
        try:
            line.request(method, path, body=body, headers=named)
            answer = line.getresponse()
            seen = {name.lower(): value for name, value in answer.getheaders()}
            return Said(answer.status, seen, answer.read())
        finally:
            line.close()

    def send(self, body: Any, **headers: str) -> Said:
        """Send a beacon, whatever it is."""
        sent = {"Content_Type": JSON, **headers}
        return self.call("POST", "/v1/beacons", body, **sent)

    def beacon(self, *events: Any, **fields: Any) -> Said:
        """Send a beacon of a new visitor; fields replace, `...` leaves one out."""
        return self.send(beacon(*events, **{"site": self.site, **fields}))

    def shop(self, method: str, path: str, body: Any = None, **headers: str) -> Said:
        """Call as the shop's server."""
        sent = {"Authorization": f"Bearer {self.key}", "Content_Type": JSON, **headers}
        return self.call(method, path, body, **sent)

    def order(self, **fields: Any) -> Said:
        """Post an order or a refund in euros."""
        return self.shop("POST", "/v1/orders", {"currency": "EUR", **fields})

    def records(self, visitor: str | None = None) -> list[dict[str, Any]]:
        """Read the decision log page by page, of one visitor or of all."""
        found, path = [], "/v1/decisions?limit=1000"
        while path:
            said = self.shop("GET", path)
            found += said.lines()
            path = said.headers.get("link", "").partition(">")[0].lstrip("<")
        return [one for one in found if visitor in (None, one["visitor"])]

    def series(self) -> dict[str, float]:
        """Scrape the metrics: value by name with labels."""
        text = self.call("GET", "/metrics", to=self.admin).body.decode()
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        parts = [line.rpartition(" ") for line in lines]
        return {name: float(value) for name, _, value in parts}

    def card(
        self, *wanted: str, events: tuple[Any, ...] = (LOOK, "ask")
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Let visitors ask until one is given a card; return its beacon and card.

        `wanted` are kinds or actions; any will do without.
        """
        for _ in range(600):
            sent = beacon(*events, site=self.site)
            card = self.send(sent).card
            is_wanted = card and {card["kind"], card["action"]} & set(wanted)
            if card is not None and (is_wanted or not wanted):
                return sent, card
        raise AssertionError(f"no card of {wanted} in 600 decisions")


def until(fact: Callable[[], Any]) -> Any:
    """Return what `fact` says as soon as it says something."""
    pause = threading.Event()
    for _ in range(int(_PATIENCE_S / _PAUSE_S)):
        if found := fact():
            return found
        pause.wait(_PAUSE_S)
    raise AssertionError(f"not within {_PATIENCE_S} s: {fact}")


def beacon(*events: Any, **fields: Any) -> dict[str, Any]:
    """Return a beacon of a visitor nobody has seen; an event may be just its name."""
    number = next(_NUMBERS)
    rows = [{"name": one} if isinstance(one, str) else one for one in events]
    plain = {
        "v": 1,
        "site": "pk_demo",
        "visitor": f"v_{os.getpid()}_{number}",
        "session": f"s_{os.getpid()}_{number}",
        "tab": "t_1",
        "seq": 0,
        "consent": {"measure": True, "personalise": True, "explicit": True},
        "page": {"kind": "product"},
        "events": [{"age_ms": 0, **row} for row in rows],
    }
    return {k: v for k, v in {**plain, **fields}.items() if v is not ...}


def later(sent: dict[str, Any], *events: Any, **fields: Any) -> dict[str, Any]:
    """Return the next beacon of the same visit."""
    who = ("site", "visitor", "session", "tab", "consent", "page")
    same = {name: sent[name] for name in who}
    return beacon(*events, **{**same, "seq": sent["seq"] + 1, **fields})


def about(card: dict[str, Any], name: str, **fields: Any) -> dict[str, Any]:
    """Return an event about a card."""
    return {"name": name, "decision": card["id"], "token": card["token"], **fields}


def padded(length: int) -> bytes:
    """Return a good beacon of exactly so many bytes."""
    body = json.dumps(beacon("page_view")).encode()
    room = length - len(body) - len(b',"x":""')
    return body[:-1] + b',"x":"' + b"a" * room + b'"}'


def zipped(body: bytes) -> bytes:
    """Return a body as gzip."""
    return gzip.compress(body, mtime=0)


@contextmanager
def running(*arguments: str, data: Path, **known: str) -> Iterator[Product]:
    """Run `engage demo` or `engage serve` until the block ends with Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, *arguments, "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "ENGAGE_ADMIN_TOKEN": "t" * 32, **known.pop("env", {})},
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("ready http://"), line
        if arguments[0] == "serve":
            operators = process.stdout.readline().split()[1]
            known["admin"] = operators.removesuffix("/console/")
        yield Product(url=line.split()[1], data=data, **known)
    finally:
        process.send_signal(signal.SIGINT)
        with process.stdout as told:
            told.read()
        assert process.wait(_PATIENCE_S) == 0
