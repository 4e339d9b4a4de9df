"""Visits that end: their last labels and page views, and what intent learns from."""

# Rules of this file: a visit ends once, after 30 minutes of silence. Whoever comes back
# later begins a new one, even while the old one is still being written down.

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

from engage.errors import StoreError
from engage.stores.base import Body, Known, Record
from engage.street.looking import Look
from engage.street.notice import dwell_example, hesitation_example
from engage.street.site import Site
from engage.visits.session import Session, open_views, resolve_checkpoints, see
from engage.visits.visitor import Visitor
from engage.wire.money import units

T = TypeVar("T")
P = TypeVar("P")
# At a time, while one waits: a beacon waits for a step of each at most.
_ABREAST: Final = 4
Keyed = tuple[str, str, Body]
"""Kind, key and body of a record."""
_Ended = tuple[Known[Session, Visitor], list[Record]]


async def end_visits(site: Site, *, at_s: float, limit: int) -> int:
    """End up to `limit` visits that have been silent; return how many."""
    idle_s = at_s - site.settings.windows.session_idle_s
    ending: list[Awaitable[None]] = []

    async def take_out(known: Known[Session, Visitor]) -> _Ended | None:
        now = await site.store.load(site.key, known.visitor_id, known.session_id)
        if now.version != known.version:
            # Somebody is back, in this visit or another: next time.
            return None
        records = _records(site, now, at_s=at_s)
        # First out of the store: a beacon that comes now belongs to a new visit.
        await site.store.drop(site.key, now.visitor_id, now.session_id)
        return now, records

    def end(_: Known[Session, Visitor], taken: _Ended | None) -> None:
        if taken is not None:
            now, records = taken
            ending.append(_kept(site, now, site.journal.append(*records)))

    idle = await site.store.idle(site.key, before_s=idle_s, limit=limit)
    try:
        await abreast(idle, take_out, end)
    finally:
        await together(ending)
    return len(ending)


async def abreast(
    items: Iterable[T],
    prepare: Callable[[T], Awaitable[P]],
    finish: Callable[[T, P], None],
) -> None:
    """Prepare items and finish them one by one, in their order.

    One a turn of the loop, for beacons come between. Once one has to wait, a few are
    done abreast: they share trips to Redis and syncs of the disk, and one that waits
    holds up no other; what the journal gets stands in the same order all the same.

    Raises:
        StoreError: of the first that failed, once all are done that could be.
    """
    numbered, ready, due = enumerate(items), dict[int, tuple[T, P] | None](), 0
    loop, waiting = asyncio.get_running_loop(), asyncio.Event()

    def finish_due() -> None:
        nonlocal due
        while due in ready:
            prepared = ready.pop(due)
            due += 1
            if prepared is not None:
                finish(*prepared)

    async def lane() -> None:
        for number, item in numbered:
            ready_now: tuple[T, P] | None = None
            # The loop comes to this only if the next line has to wait.
            told = loop.call_soon(waiting.set)
            try:
                ready_now = item, await prepare(item)
            finally:
                told.cancel()
                ready[number] = ready_now
                finish_due()
            # A beacon that waits comes first.
            await asyncio.sleep(0)

    async def first() -> None:
        try:
            await lane()
        finally:
            waiting.set()

    async def another() -> None:
        await waiting.wait()
        await lane()

    await together([first(), *(another() for _ in range(_ABREAST - 1))])


async def together(waiting: Iterable[Awaitable[object]]) -> None:
    """Wait for all of them, even when one fails; then raise the first failure.

    Raises:
        StoreError: something was not kept.
    """
    for result in await asyncio.gather(*waiting, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


async def _kept(
    site: Site, known: Known[Session, Visitor], kept: Awaitable[int]
) -> None:
    """Wait until the end is durable, or else put the visit back.

    Raises:
        StoreError: it cannot be kept now; the visit will end later.
    """
    try:
        await kept
    except StoreError:
        now = await site.store.load(site.key, known.visitor_id, known.session_id)
        if now.session is None and known.session is not None:
            visitor = now.visitor or known.visitor
            await site.store.save(now, session=known.session, visitor=visitor)
        raise


def _records(
    site: Site, known: Known[Session, Visitor], *, at_s: float
) -> list[Record]:
    """Return the records of a visit that is over: labels, views, the visit itself."""
    session, visitor = known.session, known.visitor or _who(site, known.visitor_id)
    if session is None or visitor is None:
        return []
    is_person = not session.is_automated or site.settings.welcome_automated
    keyed = _examples(site, session, at_s=at_s) if is_person else []
    visit = _visit(site, session, visitor, at_s=at_s, is_person=is_person)
    key = f"{session.id}@{session.started_at_s:.3f}"
    # The ledger outlives the store: who comes back is known as who they were.
    keyed += [("visit", key, visit), ("visitor", "", visitor.to_plain())]
    return [
        Record(
            kind=kind,
            site=site.key,
            key=key,
            at_s=at_s,
            body=body,
            subject=visitor.subject,
            visitor=known.visitor_id,
        )
        for kind, key, body in keyed
    ]


def _who(site: Site, visitor: str) -> Visitor | None:
    """Return whose visit it is: a worker brings back visits, the ledger has people."""
    found = site.journal.find_visitor(site.key, visitor)
    return None if found is None or found[1] is None else Visitor.from_plain(found[1])


def _examples(site: Site, session: Session, *, at_s: float) -> list[Keyed]:
    """Return the labels that waited and the page views still open."""
    _, resolved = resolve_checkpoints(
        session,
        progress=False,
        ended=True,
        horizon_s=site.settings.windows.hesitation_s,
        at_s=at_s,
    )
    views = (view for view in open_views(session) if view.active_s > 0)
    keyed = [hesitation_example(site, one, session=session) for one in resolved]
    keyed += [dwell_example(site, view, session=session) for view in views]
    return [("example", key, body) for key, body in keyed]


def _visit(
    site: Site, session: Session, visitor: Visitor, *, at_s: float, is_person: bool
) -> Body:
    look = Look(site, see(session, at_s=session.last_at_s))
    drawn = site.journal.decisions_of(
        site.key, visitor.subject, since_s=session.started_at_s, until_s=at_s
    )
    bodies = (site.journal.decision(site.key, name) for name in drawn)
    own = [body for body in bodies if body and body["session"] == session.id]
    weight, is_alone = left_alone(own)
    long_s = site.settings.windows.long_close_s
    return {
        "session": session.id,
        "network": session.network,
        "started_at_s": session.started_at_s,
        "ended_at_s": session.last_at_s,
        "features": look.vector.tolist(),
        "intent": look.scores.intent,
        "funnel": session.funnel,
        "group": visitor.group,
        "decisions": len(own),
        "asked": any(body["moment"] == "hesitating" for body in own),
        "weight": min(weight, site.settings.learner.label_weight_cap),
        "is_example": is_person and is_alone,
        "is_person": is_person,
        **_left_behind(session),
        "opens": [{"kind": "visit", "due_s": session.last_at_s + long_s}],
    }


def _left_behind(session: Session) -> Body:
    """Return what a visit leaves in the cart, where that may be used to write to them.

    Kept only with leave to personalise: it is for the shop's own mail tool.
    """
    if not session.cart or not session.consent_personalise:
        return {}
    lines = [
        {
            "item_id": one.item_id,
            "quantity": one.quantity,
            "price": units(one.price_cents),
        }
        for one in session.cart
    ]
    return {"locale": session.locale, "cart": lines}


def left_alone(decisions: list[Body]) -> tuple[float, bool]:
    """Return the weight of a visit left alone, and whether it was.

    The inverse of the probability that nothing was done: 1 without decisions and for
    ghosts, the product of 1 / p(none) where the dice said `none`.

    >>> left_alone([{"action": "none", "distribution": {"none": 0.25, "chat": 0.75}}])
    (4.0, True)
    >>> left_alone([{"action": "chat", "distribution": {"none": 0.25, "chat": 0.75}}])
    (0.0, False)
    """
    weight = 1.0
    for body in decisions:
        if body["action"] != "none":
            return 0.0, False
        weight /= body["distribution"]["none"]
    return weight, True
