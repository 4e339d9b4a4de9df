"""The closing account of an ingest: every beacon sent is in exactly one column."""

# Rules of this file: counts only. A line of a file that never became a beacon is not
# sent; it is counted beside, with its reason.

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

# What can become of a beacon that was not refused, in the order it is told.
FATES: Final = ("applied", "duplicate", "late")
# Lines that could not be used: so many are shown, all are counted.
SHOWN_LINES: Final = 10


@dataclass(slots=True)
class Account:
    """Counts of one ingest.

    Attributes:
        sent: beacons that the file held.
        fates: beacons by what the service said: `applied`, `duplicate`, `late`,
            `no_consent`; `taken` when it did not say.
        refused: beacons by the reason of their refusal.
        lines: lines that never became a beacon, as `file:line: why`, the first few.
        bad_lines: how many of those there were.

    >>> account = Account()
    >>> account.note("applied")
    >>> account.refuse("bad-beacon")
    >>> account.text()
    'sent 2 = applied 1 + duplicate 0 + late 0 + refused 1 (bad-beacon 1)'
    >>> account.balances
    True
    """

    sent: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    bad_lines: int = 0

    def note(self, fate: str) -> None:
        """Count a beacon that was sent and taken."""
        self.sent += 1
        self.fates[fate] += 1

    def refuse(self, reason: str) -> None:
        """Count a beacon that was sent and refused."""
        self.sent += 1
        self.refused[reason] += 1

    def refuse_line(self, line: str) -> None:
        """Count a line that never became a beacon."""
        self.bad_lines += 1
        if len(self.lines) < SHOWN_LINES:
            self.lines.append(line)

    @property
    def balances(self) -> bool:
        """Whether every beacon sent is in exactly one column."""
        return self.sent == self.fates.total() + self.refused.total()

    def text(self) -> str:
        """Return the account as one line."""
        others = sorted(set(self.fates) - set(FATES))
        columns = [f"{name} {self.fates[name]}" for name in (*FATES, *others)]
        reasons = ", ".join(f"{name} {n}" for name, n in sorted(self.refused.items()))
        columns.append(
            f"refused {self.refused.total()}" + (f" ({reasons})" if reasons else "")
        )
        return f"sent {self.sent} = {' + '.join(columns)}"

    def plain(self) -> dict[str, Any]:
        """Return the account as plain data."""
        names = sorted({*FATES, *self.fates})
        return {
            "sent": self.sent,
            **{name: self.fates[name] for name in names},
            "refused": self.refused.total(),
            "refused_by_reason": dict(sorted(self.refused.items())),
            "balances": self.balances,
            "lines_refused": self.bad_lines,
            "first_lines_refused": self.lines,
        }
