"""Does every logged decision replay, across a restart and a kill in the middle?

A process of the service's engine decides for visitors; once it is stopped in good
order, once with SIGKILL at a random moment, and each time another one takes over from
what it left. Then every decision is computed again from its record and its snapshot.
Once with sessions in memory, once in Redis, of its own on a Unix socket.

    python benchmarks/replay_verify.py --decisions 100000

Bar: no difference, in either store.
"""

# Rules of this file: nothing is read from the processes but their progress; what is
# verified is what lies in the data directory.

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import orjson

from engage.clock import SystemClock, rfc3339
from engage.evidence.decision_log import open_log
from engage.evidence.replay.verify import KeptSettings, Replay
from engage.stores.journal.sqlite import read_journal
from engage.street.opening import JOURNAL_FILE

HERE = Path(__file__).parent
SEED = 11


def decide(data: Path, *, first: int, decisions: int, url: str, kill: bool) -> int:
    """Run one process; return the number of the first visitor who has not come.

    Args:
        data: its data directory.
        first: number of its first visitor.
        decisions: how many it shall make.
        url: of Redis, empty for sessions in memory.
        kill: kill it with SIGKILL somewhere before it is done.
    """
    command = [sys.executable, str(HERE / "replay_street.py"), str(data)]
    command += ["--first", str(first), "--decisions", str(decisions)]
    command += ["--redis", url] if url else []
    fatal = random.Random(SEED).uniform(0.6, 0.9) * decisions if kill else decisions * 9
    with subprocess.Popen(  # noqa: S603 - our own script
        command, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            words = line.split()
            if words[0] == "made":
                first = int(words[1])
                if int(words[2]) >= fatal:
                    process.kill()
                    break
    if not kill and process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    # The batch that the kill interrupted had begun: its visitors do not come again.
    return first + 32


def verify(data: Path) -> dict[str, Any]:
    """Compute every decision again; return the report as plain data."""
    with ExitStack() as stack:
        log = stack.enter_context(closing(open_log(data)))
        journal = stack.enter_context(closing(read_journal(data / JOURNAL_FILE)))
        salts = {
            one.stem: one.read_text().strip().encode() for one in data.glob("*.salt")
        }
        settings = KeptSettings(journal, {})
        replay = Replay(log.snapshot, salts=salts, settings=settings)
        snapshots = set()
        for body in log.bodies():
            replay.check(body)
            snapshots.add(body["snapshot"])
    return {**replay.report.plain(), "snapshots": len(snapshots)}


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Run a redis-server of our own; its URL."""
    socket = folder / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", ""]
    with subprocess.Popen(  # noqa: S603 - the server we test with
        command, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ready to accept" in line or "ready to accept" in line:
                break
        try:
            yield f"unix://{socket}?socket_timeout=10"
        finally:
            process.terminate()


def run(decisions: int, *, with_redis: bool) -> dict[str, Any]:
    """Decide in three processes, the second of them killed, and verify."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(redis(folder)) if with_redis else ""
        data, first = folder / "data", 0
        data.mkdir()
        for part, kill in ((0.3, False), (0.5, True), (0.4, False)):
            first = decide(
                data, first=first, decisions=round(part * decisions), url=url, kill=kill
            )
        return verify(data)


def main() -> int:
    """Run both stores, print, write; 0 if nothing differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decisions", type=int, default=100_000)
    parser.add_argument("--stores", default="memory,redis")
    parser.add_argument(
        "--out", type=Path, default=HERE / "results" / "replay_verify.json"
    )
    chosen = parser.parse_args()
    found = {}
    for name in chosen.stores.split(","):
        found[name] = run(chosen.decisions, with_redis=name == "redis")
        print(name, orjson.dumps(found[name]).decode(), flush=True)
    is_met = all(
        one["different"] == 0 and one["decisions"] >= chosen.decisions
        for one in found.values()
    )
    report = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "stores": found,
        "met": is_met,
    }
    chosen.out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
