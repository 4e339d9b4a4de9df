"""Warm starts: what the scorers believe before a shop's first visitor.

The files come from a simulation and are priors only: each card in `models/` says what
was assumed. They count as some 500 observations, so a shop's own visitors take over
within days.
"""

# Rules of this file: reads package data, knows no formula. An installed package carries
# the files as `engage/warm/`; a source tree has them in `models/`.

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

import orjson

from engage.errors import SnapshotRejected
from engage.scoring.dwell import DwellScorer
from engage.scoring.logistic import LogisticScorer
from engage.scoring.scorers import Scorers

VERSION: Final = 1
"""Form of the files; `models/train.py` writes it."""


def read_warm(name: str) -> Mapping[str, Any]:
    """Return the warm start of one scorer.

    Args:
        name: a name in the table of scorers.

    Raises:
        SnapshotRejected: there is no such file, it is torn, or of another form.

    >>> read_warm("dwell")["kind"]
    'prior from simulation'
    """
    packaged = resources.files("engage") / "warm" / f"{name}.json"
    source = Path(__file__).parents[2] / "models" / f"{name}.json"
    file = packaged if packaged.is_file() else source
    try:
        plain: dict[str, Any] = orjson.loads(file.read_bytes())
        stated = plain.pop("sha256")
    except (KeyError, OSError, orjson.JSONDecodeError) as error:
        raise SnapshotRejected("torn", f"warm start {name}: {error}") from error
    body = orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)
    if hashlib.sha256(body).hexdigest() != stated:
        raise SnapshotRejected("torn", f"warm start {name}: its checksum differs")
    if plain["version"] != VERSION:
        found = plain["version"]
        raise SnapshotRejected(
            "schema", f"warm start {name}: version must be {VERSION}, got {found!r}"
        )
    return plain


def warm_scorers() -> Scorers:
    """Return all scorers at their warm start.

    >>> sorted(warm_scorers().quality())
    ['dwell', 'hesitation', 'intent']
    """
    scorers = Scorers()
    for name, scorer in scorers.table.items():
        if isinstance(scorer, LogisticScorer | DwellScorer):
            scorer.begin(read_warm(name))
    return scorers
