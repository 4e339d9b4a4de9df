"""Every bound of the wire contract, once, as annotated types and constants.

A type says what a field may hold; `explain` turns a breach into a sentence with the
field, the limit and the value.
"""

# Rules of this file: bounds only. Whoever needs a bound imports it from here, so that
# the contract and the code cannot drift apart in two places.

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

# Bytes of a beacon as it arrives, and after inflating.
WIRE_BYTES = 16 * 1024
INFLATED_BYTES = 64 * 1024
# What a shop's server may send at once: orders, groups, codes; and a whole catalogue.
SHOP_BYTES = 1024 * 1024
FEED_BYTES = 64 * 1024 * 1024

EVENTS_PER_BEACON = 100
ITEMS_PER_EVENT = 20
# GA4 ends at 200; a company's order has hundreds.
ITEMS_PER_ORDER = 1_000
CODES_PER_CALL = 10_000

# `\Z`, because `$` would let a trailing line feed pass.
ID_PATTERN = r"^[A-Za-z0-9_.:-]{1,64}\Z"
_ID = re.compile(ID_PATTERN)

Id = Annotated[str, Meta(pattern=ID_PATTERN)]
# The ids of every single beacon: their length is checked while decoding, their
# characters in one go afterwards (a pattern for each costs more than the decoding).
PlainId = Annotated[
    str, Meta(min_length=1, max_length=64, extra_json_schema={"pattern": ID_PATTERN})
]
Token = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:-]{1,256}\Z")]

Word = Annotated[str, Meta(max_length=100)]
Name = Annotated[str, Meta(max_length=500)]
# As long as Google Merchant lets the path of a category be.
Categories = Annotated[str, Meta(max_length=750)]
Url = Annotated[str, Meta(max_length=2_048)]
Locale = Annotated[str, Meta(max_length=35)]

Seq = Annotated[int, Meta(ge=0, le=1_000_000_000)]
# Milliseconds may be fractions (`performance.now()`); whole ones stay whole.
Ms = (
    Annotated[int, Meta(ge=0, le=86_400_000)]
    | Annotated[float, Meta(ge=0, le=86_400_000)]
)
PingMs = (
    Annotated[int, Meta(ge=0, le=3_600_000)]
    | Annotated[float, Meta(ge=0, le=3_600_000)]
)
Share = Annotated[float, Meta(ge=0, le=1)]
Amount = Annotated[float, Meta(ge=0, le=1e7)]
Quantity = Annotated[float, Meta(ge=1, le=1e5)]
# A line of an order: half a metre of cloth, what was taken out again, what came back.
LineQuantity = Annotated[float, Meta(ge=-1e9, le=1e9)]
Count = Annotated[int, Meta(ge=0, le=10_000)]
Length = Annotated[int, Meta(ge=0, le=100_000)]
Results = Annotated[int, Meta(ge=0, le=1_000_000)]
Rating = Annotated[int, Meta(ge=1, le=5)]
# By number or by name, as the shop counts its checkout.
Step = Annotated[int, Meta(ge=0, le=100)] | Annotated[str, Meta(max_length=64)]
OrderCount = Annotated[int, Meta(ge=0, le=1_000_000)]

# Orders of companies, and of currencies with many zeros, pass a browser's 1e7.
Money = Annotated[float, Meta(ge=0, le=1e10)]
SignedMoney = Annotated[float, Meta(ge=-1e10, le=1e10)]
# Read by `messages.epoch_of`, which knows more of calendars than a pattern.
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Agents = Annotated[int, Meta(ge=0, le=100_000)]
TtlS = Annotated[float, Meta(gt=0, le=3_600)]


def is_id(text: str) -> bool:
    r"""Return whether `text` may be an id: 1 to 64 of `A-Z a-z 0-9 _ . : -`.

    >>> is_id("v_8JxK2m"), is_id(""), is_id("a b"), is_id("x\n")
    (True, False, False, False)
    """
    return _ID.match(text) is not None
