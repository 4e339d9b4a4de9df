"""Reads YooChoose clicks as session-rec prepares them: SessionId, ItemId, Time, by tab.

Source: RecSys Challenge 2015; github.com/rn5l/session-rec, `data/rsc15/prepared`.
"""

# Rules of this file: columns in, clicks out. The files are grouped by session, so all
# of them are read before the first beacon, and sorted by time.

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from engage.errors import BadRequest
from engage.wire.beacon import Item
from engage.wire.formats.base import DEFAULT_SITE, Refused, TimedBeacon, time_column
from engage.wire.formats.clicks import Click, prefixed, read_clicks
from engage.wire.plain import shown

_HEADER = ("SessionId", "ItemId", "Time")


def read(
    paths: Sequence[Path], *, site: str = DEFAULT_SITE
) -> Iterator[TimedBeacon | Refused]:
    """Yield refused lines first, then the beacons of all files in order of time.

    Visitor and session ids are the file's session id behind `v_` and `s_`; clicks of
    the same time keep the order of their lines.
    """
    return read_clicks(paths, _click, separator="\t", header=_HEADER, site=site)


def _click(row: dict[str, str]) -> Click:
    return Click(
        at_s=time_column(row["Time"], name="Time", at_s=_number(row["Time"])),
        visitor=prefixed("v_", row["SessionId"], name="SessionId"),
        session=prefixed("s_", row["SessionId"], name="SessionId"),
        kind="view",
        item=Item(item_id=prefixed("", row["ItemId"], name="ItemId")),
    )


def _number(text: str) -> float:
    try:
        at_s = float(text)
    except ValueError:
        at_s = math.nan
    if math.isnan(at_s):
        raise BadRequest(f"Time must be epoch seconds, got {shown(text)}")
    return at_s
