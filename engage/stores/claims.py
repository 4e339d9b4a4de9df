"""Who has taken something out of stock for a decision: the tries at its beacon.

A beacon that loses the race for its visit is walked again, and a repeat may be walked
by another worker at the same time: for one decision, each try lays its own claim. What
a try took and nobody was told of goes back once no other try claims it.

What a process that knows no claims (a build before the first release) took lies there
without any and is never taken back; a try of its own at what another process had taken
first is not seen, so do not let the two decide side by side.
"""

# Rules of this file: pure. Bounded: MOST claims; what has so many is not taken back any
# more and lapses by its own end. Nothing at all means nobody can take it back: it was
# restored from a journal.

from __future__ import annotations

from typing import Final

MOST: Final = 8


def lay(claims: list[str], claim: str) -> None:
    """Add a try's claim on something another try has taken.

    >>> claims = ["a"]
    >>> lay(claims, "b")
    >>> claims
    ['a', 'b']
    """
    if claims and len(claims) < MOST and claim not in claims:
        claims.append(claim)


def drop(claims: list[str], claim: str) -> bool:
    """Remove a try's claim; True if it was the last one.

    >>> claims = ["a", "b"]
    >>> drop(claims, "a"), drop(claims, "a"), drop(claims, "b")
    (False, False, True)
    """
    if claim not in claims or len(claims) >= MOST:
        return False
    claims.remove(claim)
    return not claims
