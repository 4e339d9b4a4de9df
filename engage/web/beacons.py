"""What is done with one beacon between its bytes and the bytes of its answer.

Two doors lead here: the plain route (`browser`) and the express lane (`express`), which
reads the same HTTP with less ceremony. What is checked, counted and answered is the
same, because it is written here once.
"""

# Rules of this file: nothing of a connection, everything of a beacon. Nothing of a
# refused beacon is applied.

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from engage.engine import Taken
from engage.errors import CallerError, Crowded
from engage.web.access import cors, require_origin
from engage.web.answers import (
    Ready,
    empty_head,
    ended,
    json_head,
    rendered,
    with_length,
)
from engage.web.errors import answer_to
from engage.web.robots import is_robot
from engage.web.service import Service
from engage.wire.beacon import decode_beacon
from engage.wire.decision import encode

# The name of the route, for whoever counts.
ROUTE: Final = "beacons"
# For accounts that must balance; browsers do not ask.
RESULT_WANTED: Final = "engage-result"
# Rushes last seconds; a browser's queue spreads what comes back.
COME_BACK_S: Final = 2


class Envelope(NamedTuple):
    """What the head of a request says that matters to a beacon.

    Attributes:
        origin: of the page, or None where no browser asks.
        has_gpc: the request carried `Sec-GPC: 1`.
        wants_result: the answer is to say what became of the beacon.
        is_robot: the sender names itself as no person.
    """

    origin: str | None
    has_gpc: bool
    wants_result: bool
    is_robot: bool


def envelope_of(headers: Mapping[str, str]) -> Envelope:
    """Return the envelope of a request with these (case-insensitive) headers."""
    return Envelope(
        origin=headers.get("Origin"),
        has_gpc=headers.get("Sec-GPC") == "1",
        wants_result=headers.get("Prefer") == RESULT_WANTED,
        is_robot=is_robot(headers.get("User-Agent", "")),
    )


async def apply_beacon(
    service: Service, body: bytes, envelope: Envelope, *, network: str
) -> Taken:
    """Decode, check and apply a beacon that came from a network (see `Engine.take`).

    Raises:
        CallerError: it is refused; nothing of it is applied.
    """
    beacon, ignored = decode_beacon(body)
    engine = service.engine(beacon.site)
    require_origin(engine.site.settings, envelope.origin)
    service.limit_session(f"{beacon.site} {beacon.session}")
    service.require_ready()
    if ignored.fields:
        service.metrics.dropped.add("unknown_field", by=ignored.fields)
    if ignored.events:
        service.metrics.dropped.add("unknown_event", by=ignored.events)
    if envelope.is_robot:
        beacon = replace(beacon, automated=True)
    gpc = envelope.has_gpc and not beacon.consent.explicit
    return await engine.take(beacon, gpc=gpc, network=network)


def answer_with(service: Service, taken: Taken, envelope: Envelope) -> Ready:
    """Return what a browser is answered."""
    second = int(service.clock.now_s())
    if taken.answer.is_empty:
        status, body = 204, b""
        head = empty_head(envelope.origin, second)
    else:
        status, body = 200, encode(taken.answer)
        head = with_length(json_head(envelope.origin, second), body)
    if envelope.wants_result:
        head += b"Engage-Result: " + taken.result.encode() + b"\r\n"
    return Ready(status, head, body)


def crowded_out(service: Service, origin: str | None) -> Ready:
    """Return what a beacon is answered that there is no time for; counted, not read."""
    error = Crowded("more beacons come than can be answered", retry_after_s=COME_BACK_S)
    note_refusal(service, error)

    def make() -> Ready:
        told = answer_to(error)
        told.headers.update(readable_by(service, origin))
        return rendered(told, second=int(service.clock.now_s()))

    return service.crowd.refusal(origin, make)


def turned_away(service: Service) -> bytes:
    """Return the same as the whole answer to a caller who is not let in; counted.

    Nothing was read, so no origin is named: a browser hears of a failed request and
    waits by itself.
    """
    ready = crowded_out(service, None)
    service.answered.note(ROUTE, "POST", status=ready.status, seconds=0.0)
    return ended(ready)


def note_refusal(service: Service, error: CallerError) -> None:
    """Count a refused beacon; whose it would have been is not believed."""
    service.metrics.beacons.of("").add("refused")
    service.metrics.dropped.add(error.kind)


def readable_by(service: Service, origin: str | None) -> dict[str, str]:
    """Return the headers that let a page of one of our sites read an answer.

    A page may read why it was refused, but not which origins are the site's.
    """
    return cors((one.site.settings for one in service.engines.values()), origin)
