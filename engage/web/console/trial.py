"""The challenger's trial as the console tells it, and what an operator may do to it.

Going on without the promotion test and ending a trial are orders like those of `engage
promote`: handed over as files, taken up by the learner, recorded with their reason.
"""

# Rules of this file: the learner owns the trial; here it is only told and asked for.

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from engage.errors import Conflict
from engage.learning.trials.kept import standing
from engage.learning.trials.orders import FOLDER, Order, hand_over
from engage.learning.trials.promotion import OVER
from engage.stores.base import Body
from engage.street.site import Site
from engage.web.service import Service

MOST_MOVES: Final = 20
"""Transitions that the page lists."""


class TrialWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let the present trial go on without the test, or end it; and the reason."""

    what: Literal["force", "withdraw"]
    why: Annotated[str, Meta(min_length=1, max_length=200)]


class Tried:
    """What the console knows of a site's trials.

    Attributes:
        present: the latest trial as `Trial.told` has it, over or not; None: none ever.
        moves: its and earlier ones' transitions, the newest first.
    """

    def __init__(self) -> None:
        self.present: Body | None = None
        self.moves: list[Body] = []

    def hear(self, told: Body) -> None:
        """Take in how the trial stands; a transition carries where it came from."""
        self.present = {k: v for k, v in told.items() if k not in {"from", "at_s"}}
        if "from" in told:
            self.moves = [move_of(told, to=told["stage"]), *self.moves][:MOST_MOVES]

    def seed(self, present: Body | None, recorded: list[Body]) -> None:
        """Recall what the journal says, where nothing newer was heard."""
        if self.present is None:
            self.present = present
            self.moves = [move_of(one, to=one["to"]) for one in recorded]

    def plain(self) -> Body:
        """Return everything as plain data."""
        return {"present": self.present, "moves": self.moves}


def move_of(told: Body, *, to: str) -> Body:
    """Return one transition in short."""
    names = ("at_s", "candidate", "snapshot", "from", "why", "share")
    return {"to": to, **{name: told[name] for name in names}}


def standing_of(site: Site) -> Body | None:
    """Return how a site's latest trial stands, as it was kept; blocks."""
    trial = standing(site.journal, site.configured)
    return None if trial is None else trial.told(why="")


async def order(service: Service, site: Site, tried: Tried, wish: TrialWish) -> None:
    """Hand an operator's wish over to the learner, which records it.

    Raises:
        Conflict: nothing is tried now.
    """
    present = tried.present
    is_won_back = wish.what == "withdraw" and present and present["has_taken_over"]
    if present is None or (present["stage"] in OVER and not is_won_back):
        raise Conflict("no challenger is tried now", field="what")
    folder = Path(service.settings.server.data) / FOLDER
    one = Order(what=wish.what, site=site.key, why=wish.why)
    await asyncio.to_thread(hand_over, folder, one)
    service.learner.wake()
