"""What a simulated shopper does to the outside world, and what comes back."""

# Rules of this file: values only. A wait is in seconds since the act before, so that a
# driver may run on any clock.

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple, TypeAlias

from engage.wire.beacon import Beacon
from engage.wire.decision import Answer


class Send(NamedTuple):
    """Send a beacon; answered with the service's `Answer`, None when it was lost.

    Attributes:
        wait_s: seconds after the act before, >= 0.
        gpc: the browser says `Sec-GPC: 1`.
    """

    wait_s: float
    beacon: Beacon
    gpc: bool = False


class Confirm(NamedTuple):
    """Ask whether a card still holds; answered with True or False."""

    wait_s: float
    decision: str
    token: str


class Place(NamedTuple):
    """The shop's server reports an order, a message of `POST /v1/orders`."""

    wait_s: float
    order: dict[str, Any]


Act: TypeAlias = Send | Confirm | Place
Reply: TypeAlias = Answer | bool | None
# What a visit is: acts out, replies in.
Visit: TypeAlias = Generator[Act, Reply, None]
