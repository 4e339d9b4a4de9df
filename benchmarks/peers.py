"""How does engage compare with what one would put in its place, on the same beacons?

Four peers beside it, one process each on the same core, rounds interleaved: bare
aiohttp with river's defaults, or with Vowpal Wabbit, as one would write it in an
afternoon (`peers_naive`); GrowthBook's evaluation behind node's http; the Unleash proxy
with a stub upstream (`peers_node`). Each answers every beacon with an arm. None of them
keeps anything: no journal, consent, limits, caps, holdout or replay, and three of them
do not learn here. engage scores every beacon, draws at moments, and records it all;
between its rounds cool-downs end, so in some of them it decides more than in others.

    python benchmarks/peers.py               # needs wrk, node, npm, vowpalwabbit
    python benchmarks/peers.py --rounds 8 --seconds 5

Bars: 6 x river, 4 x VW, 3 x GrowthBook, 15 x Unleash.
"""

# Rules of this file: as `full_path`, whose servers and load these are.

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import orjson
import psutil
from full_path import Round, Server, interleaved

HERE = Path(__file__).parent
PACKAGES = ("@growthbook/growthbook", "@unleash/proxy")


class Peer(NamedTuple):
    """What is asked beside engage, and by how much it has to be beaten."""

    command: tuple[str, ...]
    bar: float | None = None


PEERS = {
    "river": Peer((sys.executable, str(HERE / "peers_naive.py"), "river"), 6.0),
    "vw": Peer((sys.executable, str(HERE / "peers_naive.py"), "vw"), 4.0),
    "growthbook": Peer(("node", str(HERE / "peers_node.mjs"), "growthbook"), 3.0),
    "unleash": Peer(("node", str(HERE / "peers_node.mjs"), "unleash"), 15.0),
    "node": Peer(("node", str(HERE / "peers_node.mjs"), "constant")),
}


class PeerServer(Server):
    """A peer in a process of its own, on the first core."""

    def __init__(self, peer: Peer, *, folder: Path) -> None:
        """Start it and wait until it listens."""
        self.process = subprocess.Popen(  # noqa: S603 - our own files, our own arguments
            peer.command, stdout=subprocess.PIPE, text=True, cwd=folder
        )
        self.handle = psutil.Process(self.process.pid)
        self.handle.cpu_affinity([0])
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[1]


def install(folder: Path) -> dict[str, str]:
    """Install node's packages into a folder; return their versions."""
    (folder / "package.json").write_bytes(b'{"private": true}')
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    command = ("npm", "install", *quiet, *PACKAGES)
    subprocess.run(command, cwd=folder, check=True)  # noqa: S603 - npm with our own arguments
    found = {}
    for name in PACKAGES:
        told = folder / "node_modules" / name / "package.json"
        found[name] = orjson.loads(told.read_bytes())["version"]
    return found


def measure(*, rounds: int, seconds: int, seed: int) -> dict[str, Any]:
    """Run the rounds and return the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        versions = install(folder)
        peers = {kind: PeerServer(one, folder=folder) for kind, one in PEERS.items()}
        servers: dict[str, Server] = {"engage": Server("engage"), **peers}
        ran = interleaved(servers, rounds=rounds, seconds=seconds, seed=seed)
    return {
        "versions": versions,
        "decisions_per_beacon": ran.decisions / ran.beacons,
        "peers": {kind: _beside(ran.found, kind) for kind in PEERS},
    }


def _beside(found: dict[str, list[Round]], kind: str) -> dict[str, Any]:
    """Return how many times a peer's requests a second engage answers, by round."""
    pairs = list(zip(found["engage"], found[kind], strict=True))
    times = sorted(ours.rps / theirs.rps for ours, theirs in pairs)
    return {
        "times": {"median": median(times), "low": times[0], "high": times[-1]},
        "bar": PEERS[kind].bar,
        "rps": median(theirs.rps for _, theirs in pairs),
        "cpu_us": median(theirs.cpu_us for _, theirs in pairs),
        "engage_cpu_us": median(ours.cpu_us for ours, _ in pairs),
        "errors": sum(theirs.errors for _, theirs in pairs),
    }


def main() -> None:
    """Measure, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "peers.json")
    args = parser.parse_args()
    table = measure(rounds=args.rounds, seconds=args.seconds, seed=args.seed)
    table["command"] = (
        f"python benchmarks/peers.py --rounds {args.rounds} --seconds {args.seconds}"
    )
    table["load_average"] = os.getloadavg()[0]
    args.out.write_bytes(orjson.dumps(table, option=orjson.OPT_INDENT_2) + b"\n")
    print(orjson.dumps(table, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    main()
