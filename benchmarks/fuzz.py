"""Does hostile input ever make the service fail, rather than refuse?

A real `engage serve` is fed by Schemathesis (cases from its own `/openapi.json`:
examples, coverage, fuzzing, links) and by mutants of the golden messages of both suites
(values, keys, bytes, compression, headers, torn heads). No answer may be 5xx, no line
of the log loud, every refusal a problem; afterwards the service lives, decides, its
metrics are sane, and `engage replay --verify` finds every decision as it was recorded.

    python benchmarks/fuzz.py --seconds 3600 --seed 1
"""

# Rules of this file: a finding is printed as soon as it is made, with what was sent;
# the exit code is 0 only if there is none.

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import orjson
from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    ServerDisconnectedError,
)
from fuzz_aftermath import aftermath, replayed
from fuzz_messages import Card, Mutant, mutants
from fuzz_service import KEYS, Fuzzed, fuzzed, stock

from engage.clock import SystemClock, rfc3339

ANSWERS = frozenset((200, 202, 204, 400, 401, 403, 404, 405, 409, 410, 413, 415))
AT_ONCE = 8
# A schema cannot say all: currencies of a site, what a feed must hold, whole numbers
# written with a fraction. So a valid case may be refused; that it is refused well is
# what the other checks are for.
CHECKS = "--exclude-checks=positive_data_acceptance"
_MOST_CARDS = 500
TORN_EVERY = 20
_MUTANTS, _EXAMPLES, _PHASES = 5_000, 50, "examples,coverage,fuzzing,stateful"


@dataclass
class Tally:
    """What was sent and what came back.

    Attributes:
        statuses: how often each status answered a mutant.
        schema_cases: how many cases Schemathesis sent.
        findings: what must not be.
        cards: decisions that were answered, newest last.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    schema_cases: int = 0
    torn_heads: int = 0
    findings: list[str] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)

    def find(self, what: str) -> None:
        """Note a finding and print it."""
        self.findings.append(what[:4_000])
        print(f"FOUND {what[:4_000]}", flush=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What is sent in one round; the same for the same seed.

    Attributes:
        mutants: how many mutants of golden messages.
        examples: how many cases Schemathesis makes for each operation.
        phases: which of its phases run; `coverage` alone makes some 3,000 cases.
    """

    seed: int
    mutants: int = _MUTANTS
    examples: int = _EXAMPLES
    phases: str = _PHASES


def by_schema(service: Fuzzed, tally: Tally, one: Round) -> None:
    """Let Schemathesis test the service's own description of itself."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [str(Path(sys.executable).parent / "st"), "run"]
        command += [f"{service.admin}/openapi.json", "--url", service.url]
        command += ["--header", f"Authorization: {KEYS['Authorization']}", CHECKS]
        command += ["--seed", str(one.seed), "--max-examples", str(one.examples)]
        command += ["--phases", one.phases]
        command += ["--report", "json", "--report-json-path", str(report)]
        command += ["--generation-database", "none", "--continue-on-failure"]
        hooks = {"SCHEMATHESIS_HOOKS": "fuzz_hooks"}
        paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
        ran = subprocess.run(  # noqa: S603 - ours
            [*command, "--no-color"],
            cwd=folder,
            env={**os.environ, **hooks, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.exists():
            tally.find(f"schemathesis ended with {ran.returncode}: {ran.stderr}")
            return
        told = orjson.loads(report.read_bytes())
    tally.schema_cases += told["test_cases"]["generated"]
    wrong = [one for one in told["failures"] if not _is_by_contract(one)]
    if wrong or told["errors"]:
        said = ran.stdout.partition("= FAILURES =")[2] or ran.stdout
        tally.find(f"schemathesis, seed {one.seed}: {wrong} {said}")


def _is_by_contract(failure: dict[str, Any]) -> bool:
    """Tell whether this is the contract's word: unknown events and fields are ignored.

    A beacon of a later version must not be refused, so one that breaks the schema by
    an unknown name is taken.
    """
    is_taken = failure["code"] == "ST201"
    return is_taken and failure["operations"] == ["POST /v1/beacons"]


async def by_mutants(service: Fuzzed, tally: Tally, one: Round) -> None:
    """Send mutants over several connections, and some of their heads torn."""
    source = islice(mutants(one.seed, cards=tally.cards), one.mutants)
    numbered = enumerate(source)
    timeout = ClientTimeout(total=60)

    async def sender(client: ClientSession) -> None:
        for number, mutant in numbered:
            await _send(client, mutant, tally)
            if number % TORN_EVERY == 0:
                await _tear(service, mutant, tally)

    async with ClientSession(service.url, timeout=timeout) as client:
        await asyncio.gather(*(sender(client) for _ in range(AT_ONCE)))


async def _send(client: ClientSession, one: Mutant, tally: Tally) -> None:
    try:
        try:
            status, media, body = await _answer(client, one)
        except ServerDisconnectedError:
            # After a body that was too long the service hangs up, and this connection
            # was the next to be used: like a browser, ask once more.
            status, media, body = await _answer(client, one)
    except (ClientError, TimeoutError) as error:
        tally.find(f"no answer ({error!r}) to {one!r}")
        return
    tally.statuses[str(status)] += 1
    if status not in ANSWERS:
        tally.find(f"{status} {body!r} to {one!r}")
    elif status >= 400 and not _is_problem(status, media, body):
        tally.find(f"{status} without a problem, {body!r}, to {one!r}")
    elif status == 200 and one.path == "/v1/beacons":
        _keep_card(one, body, tally)


async def _answer(client: ClientSession, one: Mutant) -> tuple[int, str, bytes]:
    async with client.request(
        one.method, one.path, data=one.body, headers=one.headers
    ) as answer:
        return answer.status, answer.content_type, await answer.read()


def _is_problem(status: int, media: str, body: bytes) -> bool:
    if media != "application/problem+json":
        return False
    told = orjson.loads(body)
    return told["status"] == status and bool(told["detail"]) and bool(told["title"])


def _keep_card(one: Mutant, body: bytes, tally: Tally) -> None:
    card = orjson.loads(body).get("decision")
    # A mutant that was taken may still be no JSON to us: compressed, for one.
    with suppress(orjson.JSONDecodeError):
        sent = orjson.loads(one.body)
        if card is not None:
            who = Card(card["id"], card["token"], sent["visitor"], sent["session"])
            tally.cards.append(who)
            del tally.cards[:-_MOST_CARDS]


async def _tear(service: Fuzzed, one: Mutant, tally: Tally) -> None:
    """Send a request whose bytes are torn anywhere, then hang up."""
    head = f"{one.method} {one.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in one.headers.items())
    whole = head.encode("utf-8") + b"Content-Length: %d\r\n\r\n" % len(one.body)
    whole += one.body
    tally.torn_heads += 1
    # Deterministic for the mutant; cut, doubled or overwritten somewhere in the head.
    at = (len(one.body) * 7_919 + len(whole)) % len(head)
    torn = (
        whole[:at],
        whole[:at] + b"\r\n" + whole[at:],
        whole[:at] + b"\x00\xff" + whole[at + 2 :],
        whole.replace(b"Content-Length: ", b"Content-Length: -", 1),
        whole.replace(b"Content-Length", b"Transfer-Encoding: chunked\r\nX", 1),
    )[at % 5]
    with suppress(OSError, TimeoutError):
        host, port = service.url.removeprefix("http://").rsplit(":", 1)
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(torn)
        async with asyncio.timeout(0.2):
            answer = await reader.read()
        if answer.startswith(b"HTTP/1.1 5"):
            tally.find(f"{answer!r} to torn {torn!r}")
        writer.close()


def fill(service: Fuzzed) -> None:
    """Fill the shop through its own routes."""

    def call(method: str, path: str, body: Any) -> None:
        headers = {"Content-Type": "application/json", **KEYS}
        data = orjson.dumps(body)
        request = Request(  # noqa: S310 - our own loopback
            service.url + path, data=data, headers=headers, method=method
        )
        with urlopen(request, timeout=30):  # noqa: S310 - same
            pass

    stock(call)


def fuzz(one: Round, *, seconds: float, folder: Path) -> dict[str, Any]:
    """Fuzz a fresh service, a round at least, and return counts and findings."""
    tally, clock, rounds = Tally(), SystemClock(), 0
    until_s = clock.monotonic_s() + seconds
    with fuzzed(folder) as service:
        fill(service)
        before_mb = service.memory_mb()
        while not rounds or clock.monotonic_s() < until_s:
            asyncio.run(by_mutants(service, tally, one))
            by_schema(service, tally, one)
            one, rounds = replace(one, seed=one.seed + 1), rounds + 1
            if service.process.poll() is not None:
                break
        state = aftermath(service)
        memory_mb = [round(before_mb), round(service.memory_mb())]
    for what in state.pop("complaints") + replayed(folder / "data"):
        tally.find(what)
    return {
        "rounds": rounds,
        "mutants": tally.statuses.total(),
        "statuses": dict(sorted(tally.statuses.items())),
        "torn_heads": tally.torn_heads,
        "schema_cases": tally.schema_cases,
        "memory_mb_before_after": memory_mb,
        **state,
        "findings": tally.findings,
    }


def main() -> int:
    """Fuzz, print and write the counts; 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutants", type=int, default=_MUTANTS)
    parser.add_argument("--examples", type=int, default=_EXAMPLES)
    parser.add_argument("--phases", default=_PHASES)
    parser.add_argument("--out", default="benchmarks/results/fuzz.json")
    args = parser.parse_args()
    one = Round(
        seed=args.seed,
        mutants=args.mutants,
        examples=args.examples,
        phases=args.phases,
    )
    with tempfile.TemporaryDirectory() as folder:
        found = fuzz(one, seconds=args.seconds, folder=Path(folder))
    result = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "seconds": args.seconds,
        "seed": args.seed,
        **found,
    }
    text = orjson.dumps(result, option=orjson.OPT_INDENT_2)
    print(text.decode())
    Path(args.out).write_bytes(text + b"\n")
    return 1 if found["findings"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
