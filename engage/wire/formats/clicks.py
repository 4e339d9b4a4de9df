"""Turns a shop's click stream into the beacons its visitors' browsers would have sent.

A file of clicks knows when somebody did what, not how long they looked. So the time
between two clicks counts as time on the page that was left, active and visible, and at
most 30 minutes of it.
"""

# Rules of this file: every beacon is decided by the files alone, so that reading them
# twice gives the same beacons.

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Literal, NamedTuple

from engage.errors import BadRequest
from engage.settings import PageKind
from engage.wire.beacon import Beacon, Consent, Event, Item, Page
from engage.wire.formats.base import Refused, TimedBeacon, rows_of
from engage.wire.limits import is_id
from engage.wire.plain import shown

# Longer silence is no reading; a session ends after it by every convention.
LONGEST_GAP_MS = 30 * 60 * 1000

ClickKind = Literal["view", "cart", "remove", "purchase"]

_PAGES: dict[ClickKind, PageKind] = {
    "view": "product",
    "cart": "product",
    "remove": "cart",
    "purchase": "thanks",
}
# People who clicked in a shop years ago were measured with consent, then.
_CONSENT = Consent(measure=True, personalise=True, explicit=True)


class Click(NamedTuple):
    """One line of a click stream; ids are already those of the wire."""

    at_s: float
    visitor: str
    session: str
    kind: ClickKind
    item: Item


@dataclass(slots=True)
class _Trail:
    """What the next click of a session depends on."""

    at_s: float
    seq: int
    # Page kind and, on a product page, the product.
    page: tuple[PageKind, str]
    purchases: int


def read_clicks(
    paths: Sequence[Path],
    click_of: Callable[[dict[str, str]], Click],
    *,
    separator: str,
    header: tuple[str, ...],
    site: str,
) -> Iterator[TimedBeacon | Refused]:
    """Yield refused lines first, then the beacons of all files in order of time.

    Clicks of the same time keep the order of their lines.

    Args:
        paths: files with a header line.
        click_of: makes a click of a line; raises `BadRequest` where it cannot.
        separator: what stands between columns.
        header: names of all columns, in order.
        site: the shop's key.
    """
    clicks: list[Click] = []
    for path in paths:
        for row in rows_of(path, separator=separator, header=header):
            if isinstance(row, Refused):
                yield row
                continue
            try:
                clicks.append(click_of(row[1]))
            except BadRequest as error:
                yield Refused(str(path), row[0], str(error))
    clicks.sort(key=attrgetter("at_s"))
    yield from beacons_of(clicks, site=site)


def beacons_of(clicks: Iterable[Click], *, site: str) -> Iterator[TimedBeacon]:
    """Yield one beacon for each click, in the same order.

    A click on another page makes `ping` for the page left, `page_view` and the event;
    a click on the same page (into the cart) makes `ping` and the event.
    """
    trails: dict[str, _Trail] = {}
    for click in clicks:
        before = trails.get(click.session)
        trail = _follow(before, click)
        trails[click.session] = trail
        events = _events(click, before, trail)
        yield TimedBeacon(click.at_s, _beacon(click, trail, events, site=site))


def prefixed(prefix: str, text: str, *, name: str) -> str:
    """Return an id of the wire made from a column.

    Raises:
        BadRequest: the column holds no id.

    >>> prefixed("s_", "17", name="SessionId")
    's_17'
    """
    if not is_id(prefix + text) or not text:
        most = 64 - len(prefix)
        raise BadRequest(
            f"{name} must match [A-Za-z0-9_.:-]{{1,{most}}}, got {shown(text)}"
        )
    return prefix + text


def _follow(before: _Trail | None, click: Click) -> _Trail:
    kind = _PAGES[click.kind]
    page = (kind, click.item.item_id if kind == "product" else "")
    return _Trail(
        at_s=click.at_s,
        seq=before.seq + 1 if before else 0,
        page=page,
        purchases=(before.purchases if before else 0) + (click.kind == "purchase"),
    )


def _events(click: Click, before: _Trail | None, trail: _Trail) -> tuple[Event, ...]:
    events = []
    if before is not None:
        gap_ms = min(round((click.at_s - before.at_s) * 1000), LONGEST_GAP_MS)
        events.append(Event(name="ping", active_ms=gap_ms, visible_ms=gap_ms))
    # Looking at the same product again is a new view; the cart is filled on the page.
    if before is None or click.kind == "view" or before.page != trail.page:
        events.append(Event(name="page_view"))
    events.append(_event(click, trail))
    return tuple(events)


def _event(click: Click, trail: _Trail) -> Event:
    items = (click.item,)
    if click.kind == "view":
        return Event(name="view_item", items=items)
    if click.kind == "cart":
        return Event(name="add_to_cart", items=items)
    if click.kind == "remove":
        return Event(name="remove_from_cart", items=items)
    return Event(
        name="purchase",
        items=items,
        value=click.item.price,
        # The session's own id and its how-manieth purchase: unique and repeatable.
        transaction_id=f"{click.session.removeprefix('s_')[:58]}-{trail.purchases}",
    )


def _beacon(
    click: Click, trail: _Trail, events: tuple[Event, ...], *, site: str
) -> Beacon:
    return Beacon(
        v=1,
        site=site,
        visitor=click.visitor,
        session=click.session,
        seq=trail.seq,
        consent=_CONSENT,
        page=Page(kind=trail.page[0]),
        events=events,
    )
