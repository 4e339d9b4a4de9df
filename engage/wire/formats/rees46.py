"""Reads events of a REES46 shop: view, cart, remove_from_cart and purchase, as CSV.

Source: "eCommerce behavior data from multi category store", REES46 open data; columns
event_time, event_type, product_id, category_id, category_code, brand, price, user_id,
user_session.
"""

# Rules of this file: columns in, clicks out. Prices have no currency in these files,
# so none is claimed.

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from engage.clock import epoch_s
from engage.errors import BadRequest
from engage.wire.beacon import Item
from engage.wire.catalog import category_of
from engage.wire.formats.base import DEFAULT_SITE, Refused, TimedBeacon, time_column
from engage.wire.formats.clicks import Click, ClickKind, prefixed, read_clicks
from engage.wire.lenient import as_number
from engage.wire.plain import shown

_HEADER = (
    "event_time",
    "event_type",
    "product_id",
    "category_id",
    "category_code",
    "brand",
    "price",
    "user_id",
    "user_session",
)
_KINDS: dict[str, ClickKind] = {
    "view": "view",
    "cart": "cart",
    "remove_from_cart": "remove",
    "purchase": "purchase",
}
_MOST_PRICE = 1e7


def read(
    paths: Sequence[Path], *, site: str = DEFAULT_SITE
) -> Iterator[TimedBeacon | Refused]:
    """Yield refused lines first, then the beacons of all files in order of time.

    The visitor is the file's user, the session its user session, behind `v_` and `s_`.
    """
    return read_clicks(paths, _click, separator=",", header=_HEADER, site=site)


def _click(row: dict[str, str]) -> Click:
    kind = _KINDS.get(row["event_type"])
    if kind is None:
        raise BadRequest(
            f"event_type must be one of {', '.join(_KINDS)}, "
            f"got {shown(row['event_type'])}"
        )
    return Click(
        at_s=_time(row["event_time"]),
        visitor=prefixed("v_", row["user_id"], name="user_id"),
        session=prefixed("s_", row["user_session"], name="user_session"),
        kind=kind,
        item=_item(row),
    )


def _time(text: str) -> float:
    """Return epoch seconds of "2019-10-01 00:00:04 UTC"."""
    stamp, _, zone = text.rpartition(" ")
    try:
        at_s = epoch_s(f"{stamp}+00:00") if zone == "UTC" else -1.0
    except ValueError:
        at_s = -1.0
    return time_column(text, name="event_time", at_s=at_s)


def _item(row: dict[str, str]) -> Item:
    price = None
    if row["price"]:
        price = as_number(row["price"], field="price", bad=BadRequest)
        if not 0 <= price <= _MOST_PRICE:
            raise BadRequest(
                f"price must be 0 to {_MOST_PRICE:.0f}, got {shown(row['price'])}"
            )
    return Item(
        item_id=prefixed("", row["product_id"], name="product_id"),
        price=price,
        item_brand=row["brand"] or None,
        item_category=category_of(row["category_code"].replace(".", "/")) or None,
    )
