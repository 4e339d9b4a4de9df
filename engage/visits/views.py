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
    return _viewed(page, [*numbers[: c.HERE], *here], since_s=view_s, until_s=until_s)


def _viewed(
    page: Parked | Session, numbers: list[int], *, since_s: float, until_s: float
) -> PageView:
    shown_ms = numbers[c.HERE_SHOWN_MS]
    return PageView(
        page_kind=page.page_kind,
        category=page.item_category,
        price_band=price_band(numbers[c.PRICE_CENTS]),
        device=device_of(numbers[c.FLAGS]),
        is_returning=numbers[c.VISIT_INDEX] > 1 or numbers[c.ORDERS] > 0,
        active_s=held(numbers[c.HERE_ACTIVE_MS], since_s=since_s, until_s=until_s),
        visible_s=held(numbers[c.HERE_VISIBLE_MS], since_s=since_s, until_s=until_s),
        view_index=numbers[c.VIEW_INDEX],
        item_id=page.item_id,
        censored_at_s=(shown_ms - 1) / 1000 if shown_ms else None,
    )


def on_stage(session: Session, numbers: list[int], times: b.Times) -> PageView:
    """Return the page view on stage, as long as it has lasted.

    Args:
        session: whose page it is.
        numbers: all numbers of the session, unpacked.
        times: of the session, unpacked.
    """
    return _viewed(session, numbers, since_s=times.view_s, until_s=times.last_s)


def current_view(session: Session) -> PageView:
    """Return the page view on stage of a session that was not unpacked yet."""
    return on_stage(session, *b.unpacked(session.block))


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
