"""The front of this folder: a session, how it begins and advances, what is noted in it.

Other layers import from here; how a session is made lies in the files beside.
"""

# Rules of this file: names others rely on, and the small pure functions that note a
# decision or a moment in a session. They return a new session, like `advance`.

from __future__ import annotations

from msgspec.structs import replace

from engage.settings import MomentKind
from engage.visits import block as b
from engage.visits import counters as c
from engage.visits.advance import Applied, advance, begin
from engage.visits.checkpoints import (
    Resolved,
    can_open,
    discount_checkpoints,
    open_checkpoint,
    resolve_checkpoints,
)
from engage.visits.computing import Seen, see
from engage.visits.packing import from_bytes, to_bytes
from engage.visits.shapes import (
    MOMENT_BITS,
    CartLine,
    Device,
    LatestDecision,
    PageView,
    price_band,
)
from engage.visits.value import Session
from engage.visits.views import current_view, on_stage, open_views
from engage.visits.waiting import Checkpoint

__all__ = [
    "MOMENT_BITS",
    "Applied",
    "CartLine",
    "Checkpoint",
    "Device",
    "LatestDecision",
    "PageView",
    "Resolved",
    "Seen",
    "Session",
    "advance",
    "begin",
    "can_open",
    "current_view",
    "discount_checkpoints",
    "from_bytes",
    "on_stage",
    "open_checkpoint",
    "open_views",
    "price_band",
    "resolve_checkpoints",
    "see",
    "to_bytes",
    "with_decision",
    "with_draw",
    "with_moment",
    "with_near",
]


def with_moment(session: Session, kind: MomentKind) -> Session:
    """Return the session with a moment of this kind settled on the page view."""
    return _with_bit(session, c.MOMENTS, kind)


def with_near(session: Session, kind: MomentKind) -> Session:
    """Return the session with a near miss of this kind tried on the page view."""
    return _with_bit(session, c.NEARS, kind)


def with_draw(session: Session, *, at_s: float) -> Session:
    """Return the session with the dice thrown at `at_s`; the cool-down counts on."""
    block = b.replaced_time(session.block, b.DRAW_AT, at_s)
    return replace(session, block=block)


def with_decision(
    session: Session, decision_id: str, *, tab: str, seq: int, until_s: float
) -> Session:
    """Return the session with its latest decision noted.

    A repeat of beacon `seq` of `tab` is answered with it until `until_s`.
    """
    latest = LatestDecision(decision_id, tab, seq, until_s)
    return replace(session, decision=latest)


def _with_bit(session: Session, index: int, kind: MomentKind) -> Session:
    bits = session.number(index) | MOMENT_BITS[kind]
    return replace(session, block=b.replaced(session.block, index, bits))
