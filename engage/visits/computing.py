"""How features are computed: what a row is, and the functions the rows share."""

# Rules of this file: a compute function reads what was seen and returns one number;
# bounds and finiteness are `features.describe`'s business.

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

import msgspec

from engage.visits import counters as c
from engage.visits.block import Times, unpacked
from engage.visits.rhythm import surprise
from engage.visits.value import Session

Scale = Literal["linear", "log", "flag"]

# Within ten minutes an A-B-A-B is one comparison.
OSCILLATION_S: Final = 600


class Seen(msgspec.Struct, frozen=True, gc=False):
    """What a row computes from: the session, its numbers and times, and now."""

    session: Session
    n: list[int]
    times: Times
    at_s: float


def see(session: Session, *, at_s: float) -> Seen:
    """Return a session as it is seen at a time, epoch seconds."""
    numbers, times = unpacked(session.block)
    return Seen(session, numbers, times, at_s)


Compute = Callable[[Seen], float]


class Feature(NamedTuple):
    """One row of the table.

    Attributes:
        name: as it is logged.
        unit: of the number.
        low: least value; smaller ones are clipped.
        high: greatest value.
        scale: `linear`, `log` (of 1 + x) or `flag` (0 or 1).
        commutative: whether reordered beacons give the same number.
        source: the events it comes from.
        compute: the number.
    """

    name: str
    unit: str
    low: float
    high: float
    scale: Scale
    commutative: bool
    source: str
    compute: Compute


def alternations(recent: tuple[str, ...], looked: list[int]) -> int:
    """Return how many of the last product views alternate between two products.

    Args:
        recent: products viewed, newest last.
        looked: epoch seconds of the last four views, newest first.

    Returns:
        0, or 3 to 8; 4 is two looks at each. Looks older than ten minutes end it.

    >>> alternations(("c", "a", "b", "a", "b"), [40, 30, 20, 10])
    4
    >>> alternations(("a", "b", "c"), [30, 20, 10, 0])
    0
    """
    run = 2
    while run < len(recent) and recent[-run - 1] == recent[1 - run]:
        run += 1
    if run == 2:
        return 0
    fresh = sum(looked[0] - at_s <= OSCILLATION_S for at_s in looked)
    run = run if fresh == len(looked) else min(run, fresh)
    return run if run > 2 else 0


def total(index: int, *others: int) -> Compute:
    """Return the compute function of a number, or of the sum of two."""
    if others:
        (other,) = others
        return lambda seen: seen.n[index] + seen.n[other]
    return lambda seen: seen.n[index]


def seconds(index: int) -> Compute:
    """Return the compute function of thousandths as units (ms as s)."""
    return lambda seen: seen.n[index] / 1000


def flag(bit: int) -> Compute:
    """Return the compute function of a bit of `counters.FLAGS`."""
    return lambda seen: 1.0 if seen.n[c.FLAGS] & bit else 0.0


def on(*kinds: str) -> Compute:
    """Return the compute function of being on one of these kinds of page."""
    return lambda seen: 1.0 if seen.session.page_kind in kinds else 0.0


def distinct(seen: Seen) -> float:
    """Estimate distinct products from a 64-bit map (linear counting)."""
    used = seen.n[c.SEEN_LOW].bit_count() + seen.n[c.SEEN_HIGH].bit_count()
    return 64 * math.log(64 / max(64 - used, 0.5))


def oscillation(seen: Seen) -> float:
    """Return the length of the A-B-A-B the visitor is in, 0 if none."""
    looked = seen.n[c.LOOKED_1 : c.LOOKED_4 + 1]
    return alternations(seen.session.recent_items, looked)


def rhythm(seen: Seen) -> float:
    """Return how surprising the present pause is, in standard deviations."""
    n = seen.n
    gap_s = max(seen.at_s - seen.times.event_s, 0.0)
    return surprise(
        gap_s, gaps=n[c.GAPS], mean=n[c.GAP_MEAN], variance=n[c.GAP_VARIANCE]
    )
