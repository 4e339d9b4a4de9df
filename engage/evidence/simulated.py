"""Whether a log is a simulation's; whatever is said of one must call it so."""

# Rules of this file: nothing is written but the mark. It travels: a data directory has
# it or its truth beside it, an export says so in the first line of its manifest.

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import orjson

from engage.evidence.export.manifest import MANIFEST

TRUTH_FILE: Final = "truth.json"
"""Beside the journal of a simulation; says what is true of each shopper."""
MARK_FILE: Final = "simulation.mark"
"""Beside the journal of simulated visitors whose truth is not written down."""


def is_simulated(path: Path) -> bool:
    """Tell whether a data directory or an export comes from a simulation."""
    if any((path / name).is_file() for name in (TRUTH_FILE, MARK_FILE)):
        return True
    manifest = path / MANIFEST
    if not manifest.is_file():
        return False
    with manifest.open("rb") as lines:
        return bool(orjson.loads(lines.readline()).get("simulation"))


def mark_simulated(path: Path) -> None:
    """Mark a data directory as a simulation's, for good."""
    (path / MARK_FILE).touch()


def truth_in(path: Path) -> dict[str, dict[str, Any]] | None:
    """Return what is true of each visitor of a data directory; None without a truth."""
    file = path / TRUTH_FILE
    if not file.is_file():
        return None
    return {one["visitor"]: one for one in orjson.loads(file.read_bytes())["visitors"]}
