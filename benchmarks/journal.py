"""How much does group commit bring? Records a second, many appenders against one.

    python benchmarks/journal.py [--seconds 5] [--appenders 50] [--dir DIRECTORY]

In one run and interleaved, so that both share the machine's mood: rounds in which N
tasks each wait for their record before they append the next (commits carry whoever
waits), and rounds in which a single task does (one sync a record). The record is a
decision of some 1.5 kB with all its projections. The directory must lie on the disk in
question: on tmpfs a sync costs nothing, and the ratio means nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from engage.clock import SystemClock
from engage.stores.base import Record
from engage.stores.journal.sqlite import SqliteJournal

ROUNDS = 6
CLOCK = SystemClock()


@dataclass
class Commits:
    """Records and seconds of every commit."""

    records: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def note(self, records: int, seconds: float) -> None:
        """Take what the writer tells."""
        self.records.append(records)
        self.seconds.append(seconds)


def decision(number: int) -> Record:
    """Return a decision record of the usual size."""
    features = {f"feature_{i}": i * 1.25 for i in range(40)}
    body = {
        "decision": f"d_{number}",
        "group": "treatment",
        "features": features,
        "eligible": ["none", "autumn10", "chat_guitars", "size_guide"],
        "distribution": {"none": 0.62, "autumn10": 0.38},
        "opens": [{"kind": "short", "due_s": 1.0}, {"kind": "long", "due_s": 2.0}],
    }
    return Record(
        kind="decision",
        site="pk_demo",
        key=f"d_{number}",
        at_s=CLOCK.now_s(),
        body=body,
        visitor=f"v_{number % 5_000}",
    )


async def append_until(
    journal: SqliteJournal, numbers: Iterator[int], *, end_s: float
) -> list[float]:
    """Append one record after the other; return the seconds each one waited."""
    waits = []
    while (started_s := CLOCK.monotonic_s()) < end_s:
        await journal.append(decision(next(numbers)))
        waits.append(CLOCK.monotonic_s() - started_s)
    return waits


async def one_round(
    journal: SqliteJournal, numbers: Iterator[int], *, tasks: int, seconds: float
) -> tuple[float, list[float]]:
    """Return records a second and all waits of so many tasks."""
    started_s = CLOCK.monotonic_s()
    end_s = started_s + seconds
    found = await asyncio.gather(
        *(append_until(journal, numbers, end_s=end_s) for _ in range(tasks))
    )
    waits = [wait for some in found for wait in some]
    return len(waits) / (CLOCK.monotonic_s() - started_s), waits


async def measure(directory: Path, *, tasks: int, seconds: float) -> None:
    """Run the rounds in turn and print the table."""
    commits = Commits()
    numbers = itertools.count()
    rows: dict[int, list[tuple[float, list[float], list[int]]]] = {tasks: [], 1: []}
    path = directory / "journal.sqlite"
    with closing(SqliteJournal(path, on_commit=commits.note)) as journal:
        for _ in range(ROUNDS // 2):
            for some, rounds in rows.items():
                before = len(commits.records)
                rate, waits = await one_round(
                    journal, numbers, tasks=some, seconds=seconds / ROUNDS
                )
                rounds.append((rate, waits, commits.records[before:]))
    rates = {}
    print("appenders  records/s  records/commit  wait p50 ms  wait p99 ms")
    for some, rounds in rows.items():
        rates[some] = statistics.median(rate for rate, _, _ in rounds)
        waits = sorted(wait for _, those, _ in rounds for wait in those)
        batch = statistics.fmean(n for _, _, those in rounds for n in those)
        p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
        print(
            f"{some:9d}  {rates[some]:9.0f}  {batch:14.1f}"
            f"  {p50 * 1e3:11.2f}  {p99 * 1e3:11.2f}"
        )
    middle = statistics.median(commits.seconds) * 1e3
    print(f"ratio {rates[tasks] / rates[1]:.1f}; median commit {middle:.2f} ms")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--appenders", type=int, default=50)
    parser.add_argument("--dir", type=Path, default=Path())
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.dir) as directory:
        asyncio.run(
            measure(Path(directory), tasks=chosen.appenders, seconds=chosen.seconds)
        )


if __name__ == "__main__":
    main()
