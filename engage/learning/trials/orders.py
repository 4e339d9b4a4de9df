"""What an operator orders of a trial, and how it is handed over."""

# Rules of this file: a file appears whole or not at all, and no later one goes first.

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec
import orjson

FOLDER: Final = "promotions"
"""Where candidates are handed over, inside the data directory."""
Wish = Literal["try", "force", "withdraw"]


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator hands over.

    Attributes:
        what: `try` a candidate; `force` or `withdraw` the present one.
        candidate: the candidate's file as text; only to try one.
        is_forced: hold the promotion test open; guardrails stay.
        why: the operator's reason, required to force and to withdraw.
    """

    what: Wish
    site: str
    candidate: str = ""
    is_forced: bool = False
    why: str = ""


def hand_over(folder: Path, order: Order) -> Path:
    """Put an order where the service takes it up, whole, and return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    body = orjson.dumps(msgspec.to_builtins(order))
    target = folder / f"{order.site}.{order.what}.json"
    partial = target.with_suffix(".partial")
    partial.write_bytes(body)
    return partial.replace(target)


def handed_over(folder: Path) -> list[Path]:
    """Return the files that wait to be obeyed, the first one first."""
    return sorted(folder.glob("*.json"), key=lambda file: (_made_ns(file), file.name))


def _made_ns(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:  # gone, or unreadable: whoever opens it will say so
        return 0
