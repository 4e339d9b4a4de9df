"""Which page views are comparable: a view's cell as a handful of terms.

A cell is page kind, category, price band, device and new or returning. Its dwell is a
sum of terms: one for each of the five and one for each of four pairs. So a category
seen ten times borrows from the others, and one seen often has its own level.
"""

# Rules of this file: pure. The set of terms is closed: categories, which a shop
# invents, are hashed into 64 buckets; nothing a visitor sends adds a term.

from __future__ import annotations

import zlib
from typing import Final, get_args

from engage.settings import PageKind
from engage.visits.shapes import PageView

# Most shops have fewer categories on their first two levels; collisions share a level.
CATEGORIES: Final = 64
# Bands 0 to 6 of the visits, and one to spare.
BANDS: Final = 8
KINDS: Final[tuple[str, ...]] = get_args(PageKind)
DEVICES: Final = ("desktop", "phone", "unknown")

_KIND_AT: Final = {kind: at for at, kind in enumerate(KINDS)}
_DEVICE_AT: Final = {device: at for at, device in enumerate(DEVICES)}

# First position of each block of terms, in the order of `positions`.
_CATEGORY: Final = 1 + len(KINDS)
_BAND: Final = _CATEGORY + CATEGORIES
_DEVICE: Final = _BAND + BANDS
_RETURNING: Final = _DEVICE + len(DEVICES)
_CATEGORY_BAND: Final = _RETURNING + 2
_CATEGORY_DEVICE: Final = _CATEGORY_BAND + CATEGORIES * BANDS
_KIND_DEVICE: Final = _CATEGORY_DEVICE + CATEGORIES * len(DEVICES)
_KIND_RETURNING: Final = _KIND_DEVICE + len(KINDS) * len(DEVICES)
TERMS: Final = _KIND_RETURNING + len(KINDS) * 2


def bucket(category: str) -> int:
    """Return the bucket of a category, 0 to 63; no category is bucket 0.

    >>> bucket(""), bucket("guitars") == bucket("guitars")
    (0, True)
    """
    if not category:
        return 0
    return 1 + zlib.crc32(category.encode()) % (CATEGORIES - 1)


def positions(view: PageView) -> tuple[int, ...]:
    """Return the positions of the view's ten terms, each in [0, TERMS), ascending.

    Unknown page kinds count as `other`, unknown devices as `unknown`, price bands are
    clipped; so every view has a cell.

    >>> view = PageView("product", "guitars", 5, "phone", False, 48.2, 50.0, 1, "42")
    >>> len(positions(view)), positions(view)[0], max(positions(view)) < TERMS
    (10, 0, True)
    """
    kind = _KIND_AT.get(view.page_kind, _KIND_AT["other"])
    category = bucket(view.category)
    band = min(max(view.price_band, 0), BANDS - 1)
    device = _DEVICE_AT.get(view.device, _DEVICE_AT["unknown"])
    returning = int(view.is_returning)
    return (
        0,
        1 + kind,
        _CATEGORY + category,
        _BAND + band,
        _DEVICE + device,
        _RETURNING + returning,
        _CATEGORY_BAND + category * BANDS + band,
        _CATEGORY_DEVICE + category * len(DEVICES) + device,
        _KIND_DEVICE + kind * len(DEVICES) + device,
        _KIND_RETURNING + kind * 2 + returning,
    )
