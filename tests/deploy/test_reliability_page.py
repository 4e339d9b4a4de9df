"""The page on reliability names tests that exist."""

from __future__ import annotations

import re

from tests.deploy.operators import ROOT

PAGE = (ROOT / "benchmarks/RELIABILITY.md").read_text()
ITEMS = [
    *[f"L{n}" for n in range(1, 3)],
    *[f"F{n}" for n in range(1, 12)],
    *[f"S{n}" for n in range(1, 15)],
    *[f"P{n}" for n in range(1, 4)],
]


def test_every_item_is_accounted_for():
    """The page has one row for each item of the list, each with its state."""
    rows = re.findall(r"^\| ([LFSP]\d+) \|.*\| (\S[^|]*) \|$", PAGE, re.MULTILINE)

    assert [name for name, _ in rows] == ITEMS
    assert {state for _, state in rows} <= {"holds", "in part", "open"}


def test_every_named_test_exists():
    """Each test that the page names is in the tree, under that name."""
    named = re.findall(r"`((?:tests|benchmarks)/[\w/]+\.py)(?:::(\w+))?", PAGE)
    missing = [
        (path, name)
        for path, name in named
        if not (ROOT / path).exists()
        or (name and f"def {name}(" not in (ROOT / path).read_text())
    ]

    assert len(named) > 30
    assert missing == []
