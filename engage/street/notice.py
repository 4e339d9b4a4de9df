"""What a beacon teaches at once: visitor, catalogue, co-views and labels."""

# Rules of this file: predict before learn - a score is noted with the example before
# anything later is known. Only visitors who are left alone, and no machines, become
# examples.

from __future__ import annotations

import secrets

from msgspec.structs import replace

from engage.deciding.holdout import group_of
from engage.stores.base import Body
from engage.street.looking import Look
from engage.street.site import Site
from engage.street.step import Step
from engage.visits.session import (
    Applied,
    PageView,
    Resolved,
    Seen,
    Session,
    can_open,
    open_checkpoint,
    resolve_checkpoints,
)
from engage.visits.shapes import MAX_RECENT
from engage.visits.visitor import Visitor
from engage.wire.beacon import Beacon, Item

# 128 random bits: a subject key says nothing and never repeats.
_SUBJECT_BYTES = 16
# What one beacon tells of products, in characters: some hundred of them, four or five
# lists. It is kept here and at every other worker, and anybody may send one.
_SIGHTED_CHARS = 10_000
_ITEM_CHARS = 30
# Product views of one beacon that make co-views: of an hour offline there may be more.
_VIEWED_MOST = 20


def meet(site: Site, beacon: Beacon, *, at_s: float) -> Visitor:
    """Return a visitor the store does not hold: from the ledger, or a new one.

    The group is fixed here, at first sight, and never changes.
    """
    found = site.journal.find_visitor(site.key, beacon.visitor)
    if found is not None and found[1] is not None:
        return Visitor.from_plain(found[1])
    share = site.holdout_share(at_s)
    return Visitor(
        subject=found[0] if found else "u_" + secrets.token_hex(_SUBJECT_BYTES),
        group=group_of(site.secrets.salt, beacon.visitor, share),
        holdout_share=share,
        first_at_s=at_s,
    )


def greet(visitor: Visitor, beacon: Beacon, *, at_s: float) -> Visitor:
    """Return the visitor with this visit begun and the customer's orders known."""
    orders = beacon.customer.orders if beacon.customer else None
    return visitor.with_visit(beacon.session, at_s=at_s).with_orders(orders or 0)


def notice(step: Step, applied: Applied, *, before: Session) -> Look:
    """Update what is known around the session; return a look at it as it is now."""
    site = step.site
    is_person = not step.session.is_automated or site.settings.welcome_automated
    _notice_items(step, before, is_person=is_person)
    seen = Seen(step.session, applied.numbers, applied.times, step.at_s)
    look = Look(site, seen, subject=step.visitor.subject)
    _settle_labels(step, applied, is_person=is_person)
    if is_person:
        _note_views(step, applied.left)
        # Asked first: nothing is computed for a label that finds no place.
        if applied.checkpoint and can_open(step.session):
            step.session = open_checkpoint(
                step.session,
                look.vector,
                score=look.hesitation,
                at_s=step.at_s,
            )
    return look


def _notice_items(step: Step, before: Session, *, is_person: bool) -> None:
    """Tell the catalogue which products are told of, co-views what people look at."""
    site, recent, page = step.site, before.recent_items, step.beacon.page
    # What a company has negotiated is nothing to show to anybody else.
    is_negotiated = step.session.segment == "business"
    room = _SIGHTED_CHARS
    for event in step.beacon.events:
        if not event.items:
            continue
        # A page is that of the product it shows, not of those it lists beside it.
        is_shown = page.kind == "product" and event.name == "view_item"
        link = (page.url or "") if is_shown else ""
        for item in event.items:
            room -= _chars_of(item)
            if room < 0:
                break
            told = replace(item, price=None) if is_negotiated else item
            site.catalogue.observe(told, at_s=step.at_s, link=link)
            step.sighted.append((told, link))
            link = ""
        is_look = is_person and event.name == "view_item"
        if is_look and len(step.viewed) < _VIEWED_MOST:
            shown = event.items[0].item_id
            step.viewed.append((recent, shown))
            recent = (*recent, shown)[-MAX_RECENT:]


def _chars_of(item: Item) -> int:
    """Return how much of a beacon's room a product takes, other fields included."""
    words = (item.item_id, item.item_name, item.item_category)
    return _ITEM_CHARS + sum(len(word) for word in words if word)


def _settle_labels(step: Step, applied: Applied, *, is_person: bool) -> None:
    step.session, resolved = resolve_checkpoints(
        step.session,
        progress=applied.progress,
        ended=False,
        horizon_s=step.site.settings.windows.hesitation_s,
        at_s=step.at_s,
    )
    if is_person:
        for one in resolved:
            key, body = hesitation_example(step.site, one, session=step.session)
            step.record("example", body, key=key)


def hesitation_example(
    site: Site, resolved: Resolved, *, session: Session
) -> tuple[str, Body]:
    """Return the journal's key and body for one labelled checkpoint.

    The key names it for good: a session put back by a crash may resolve it again.
    """
    # Logs with whole seconds may open two at a time; their scores differ.
    key = f"{session.id}/checkpoint/{resolved.opened_at_s:.3f}/{resolved.score:.6f}"
    return key, {
        "scorer": "hesitation",
        "session": session.id,
        "network": session.network,
        "features": resolved.features.tolist(),
        "label": resolved.label,
        # As it is learned, so that whoever weighs exported scores agrees with metrics.
        "weight": min(resolved.weight, site.settings.learner.label_weight_cap),
        "predicted": resolved.score,
        "opened_at_s": resolved.opened_at_s,
    }


def _note_views(step: Step, left: tuple[PageView, ...]) -> None:
    for view in left:
        if view.active_s > 0:
            key, body = dwell_example(step.site, view, session=step.session)
            step.record("example", body, key=key)


def dwell_example(site: Site, view: PageView, *, session: Session) -> tuple[str, Body]:
    """Return the journal's key and body for one page view that ended.

    The key names it for good: a session put back by a crash may leave it again.
    """
    key = f"{session.id}/view/{session.started_at_s:.3f}/{view.view_index}"
    censored = view.censored_at_s is not None
    seconds = view.censored_at_s if view.censored_at_s is not None else view.active_s
    return key, {
        "scorer": "dwell",
        "session": session.id,
        "network": session.network,
        "view": view._asdict(),
        "label": seconds,
        "censored": censored,
        "predicted": site.snapshot.scorers.dwell.percentile(view, seconds),
    }
