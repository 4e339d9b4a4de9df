"""Networks: which bucket one falls into, and what one may have of anything.

A session costs nothing and a cookie is deleted with a click; a network of one's own
costs something. So of what matters - what models learn, codes given away - one network
gets a share at most.
"""

# Rules of this file: no address is kept. A network is one of 65,535 buckets, and falls
# into another one every day; 0 is no network and never had too much.

from __future__ import annotations

import hmac
from collections import Counter, deque
from collections.abc import Iterable
from typing import Final

# What "lately" means: so many of a kind.
SPAN: Final = 500
BUCKETS: Final = 65_535
_DAY_S: Final = 86_400


def bucket_of(salt: bytes, network: str, *, at_s: float) -> int:
    """Return today's bucket of a network, 1 to `BUCKETS`; 0 for an empty name.

    Some 250 of the internet's networks share one, so it tells nobody's address, not
    even to who knows the salt; without it nothing links one day's to the next one's.

    >>> bucket_of(b"salt", "9.9.9.0/24", at_s=0.0) in range(1, BUCKETS + 1)
    True
    >>> bucket_of(b"salt", "", at_s=0.0)
    0
    """
    if not network:
        return 0
    text = f"network|{int(at_s // _DAY_S)}|{network}"
    digest = hmac.digest(salt, text.encode(), "sha256")
    return 1 + int.from_bytes(digest[:8], "big") % BUCKETS


class Lately:
    """Who got the last `SPAN` of something: a bucket each, oldest first.

    Args:
        buckets: as `plain` gave them.

    >>> given = Lately()
    >>> for _ in range(5):
    ...     given.add(7)
    >>> given.has_room(7, share=0.01), given.has_room(8, share=0.01)
    (False, True)
    """

    __slots__ = ("_last", "_of")

    def __init__(self, buckets: Iterable[int] = ()) -> None:
        self._last = deque(buckets)
        self._of = Counter(self._last)

    def has_room(self, bucket: int, *, share: float) -> bool:
        """Tell whether a bucket has had less than a share of `SPAN`, in (0, 1]."""
        return not bucket or self._of[bucket] < max(1, round(share * SPAN))

    def add(self, bucket: int) -> None:
        """Note that a bucket got one more."""
        self._last.append(bucket)
        self._of[bucket] += 1
        if len(self._last) > SPAN:
            oldest = self._last.popleft()
            self._of[oldest] -= 1
            if not self._of[oldest]:
                del self._of[oldest]

    def plain(self) -> list[int]:
        """Return the buckets, oldest first."""
        return list(self._last)
