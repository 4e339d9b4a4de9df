"""Appends to a journal for ever and says what is durable; made to be killed.

Usage: journal_appender.py JOURNAL FIRST. Appends the units FIRST, FIRST + 1, ... from
20 concurrent tasks and prints the number of each unit once all of it is durable. What
a unit holds depends on its number only, so that a later run can repeat it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from engage.stores.base import Record
from engage.stores.journal.sqlite import SqliteJournal

SITE = "pk_demo"
TASKS = 20


def unit(number: int) -> list[Record]:
    """Return the records of one visit: decided, shown, ordered, closed."""
    at_s = 1_763_720_100.0 + number
    decision, order, code = f"d_{number}", f"A-{number}", f"C{number}"
    visitor, subject = f"v_{number % 50}", f"s_{number % 50}"

    def record(kind: str, key: str, **body: object) -> Record:
        return Record(
            kind=kind,
            site=SITE,
            key=key,
            at_s=at_s,
            body=body,
            subject=subject,
            visitor=visitor,
        )

    opens = [{"kind": "short", "due_s": at_s + 60}, {"kind": "long", "due_s": at_s + 9}]
    return [
        record("decision", decision, decision=decision, group="treatment", opens=opens),
        record("codes", "autumn10", codes=[code]),
        record("code", code, state="given", decision=decision, amount_cents=100),
        record("outcome", decision, name="shown", padding="x" * (number * 37 % 900)),
        record("order", order, order_id=order, value_cents=500, margin_cents=200),
        record("refund", order, refund_id="R", refund_cents=number % 7),
        record("closed", decision, reward=number / 8),
        record("visitor", subject, decisions=number),
    ]


async def appender(journal: SqliteJournal, numbers: Iterator[int]) -> None:
    """Append unit after unit: odd ones in one piece, even ones record by record."""
    for number in numbers:
        records = unit(number)
        if number % 2:
            await journal.append(*records)
        else:
            await asyncio.gather(*(journal.append(one) for one in records))
        # One write a line, straight to the pipe: a line that arrives is durable.
        os.write(1, f"{number}\n".encode())


async def main(path: Path, first: int) -> None:
    """Run all appenders until somebody kills the process."""
    journal = SqliteJournal(path)
    numbers = itertools.count(first)
    await asyncio.gather(*(appender(journal, numbers) for _ in range(TASKS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
