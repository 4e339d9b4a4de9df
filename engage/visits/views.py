"""Page views as the dwell scorer sees them: ended, on stage, or parked."""

# Rules of this file: pure reading. Dwell comes from the browser's own monotonic clock
# as increments; it is held to what the server's clock allows, so that no skew, sleep
# or forgery can make a view longer than it was.

from __future__ import annotations

from engage.visits import block as b
from engage.visits import counters as c
from engage.visits.shapes import PageView, Parked, device_of, held, price_band
from engage.visits.value import Session


def viewed(page: Parked, numbers: list[int], *, until_s: float) -> PageView:
    """Return a page with its own numbers as a page view.

    Args:
        page: the page and its packed numbers and start.
        numbers: all numbers of the session; device and visits are read from them.
        until_s: the server's time up to which the view lasted.
    """
    here, view_s = b.unpacked_view(page.here)
    shown_ms = here[c.HERE_SHOWN_MS - c.HERE]
    return PageView(
        page_kind=page.page_kind,
        category=page.item_category,
        price_band=price_band(here[c.PRICE_CENTS - c.HERE]),
        device=device_of(numbers[c.FLAGS]),
        is_returning=numbers[c.VISIT_INDEX] > 1 or numbers[c.ORDERS] > 0,
        active_s=held(here[c.HERE_ACTIVE_MS - c.HERE], since_s=view_s, until_s=until_s),
        visible_s=held(
            here[c.HERE_VISIBLE_MS - c.HERE], since_s=view_s, until_s=until_s
        ),
        view_index=here[c.VIEW_INDEX - c.HERE],
        item_id=page.item_id,
        censored_at_s=(shown_ms - 1) / 1000 if shown_ms else None,
    )


def current_view(session: Session) -> PageView:
    """Return the page view on stage, as long as it has lasted."""
    page = Parked(
        page_kind=session.page_kind,
        item_id=session.item_id,
        item_category=session.item_category,
        here=session.block[b.VIEW_AT :],
    )
    numbers, times = b.unpacked(session.block)
    return viewed(page, numbers, until_s=times.last_s)


def open_views(session: Session) -> tuple[PageView, ...]:
    """Return every page view that has not been reported as left: when a session ends.

    The one on stage is last; a parked page of another tab comes before it.
    """
    current = current_view(session)
    if session.parked is None:
        return (current,)
    numbers, times = b.unpacked(session.block)
    parked = viewed(session.parked, numbers, until_s=times.last_s)
    return (parked, current)
