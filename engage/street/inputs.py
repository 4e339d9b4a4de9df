"""What gates and kinds judge a moment on, fetched as values: stock, agents, slates."""

# Rules of this file: fetches, never decides. The time is given, never asked for.

from __future__ import annotations

from collections.abc import Mapping

from engage.deciding.gates import belongs_on, local_time
from engage.interventions.alternative import Alternative
from engage.interventions.base import Inputs
from engage.interventions.slate import Slate, suggest
from engage.stores.overflow import room
from engage.stores.states import GroupState
from engage.street.site import Site
from engage.visits.session import Session


async def inputs_of(site: Site, session: Session, *, at_s: float) -> Inputs:
    """Fetch, as values, everything that gates and kinds judge on."""
    groups = await site.store.chats.groups(site.key, at_s=at_s)
    stock = await site.store.codes.stock(site.key, at_s=at_s)
    slates = _slates(site, session, at_s=at_s)
    minute, day = local_time(at_s, site.settings.time_zone)
    item = site.catalogue.get(session.item_id or "")
    return Inputs(
        free_agents={
            name: room(
                group.invited,
                free=group.free,
                overbooking=site.settings.gates.overbooking,
            )
            for name, group in groups.items()
        },
        acceptance={
            one.id: site.snapshot.acceptance(one.id, prior=one.prior_accept)
            for one in site.interventions.values()
        },
        idle_agents={name: float(group.free) for name, group in groups.items()},
        prices=_prices(site, groups),
        stale_groups=frozenset(
            name for name, group in groups.items() if not group.is_fresh
        ),
        budget_left={pool: left.budget_left_cents for pool, left in stock.items()},
        codes_left={pool: left.codes_left for pool, left in stock.items()},
        network_had=_network_had(site, session),
        slate={name: slate.items for name, slate in slates.items()},
        sold_out=frozenset(n for n, slate in slates.items() if slate.is_sold_out),
        costs=_costs(site, session),
        item_title=item.title if item else "",
        item_category=item.category if item and item.is_from_feed else "",
        paused=site.paused,
        local_minute=minute,
        local_day=day,
    )


def _slates(site: Site, session: Session, *, at_s: float) -> dict[str, Slate]:
    """Return what every alternative that belongs on this page could propose."""
    return {
        one.id: suggest(
            session,
            learner=site.coviews,
            catalogue=site.catalogue,
            count=one.options.count,
            at_s=at_s,
        )
        for one in site.interventions.values()
        # Elsewhere it is refused, whatever it could propose.
        if isinstance(one, Alternative) and belongs_on(one, session.page_kind)
    }


def _network_had(site: Site, session: Session) -> bool:
    """Tell whether a visitor's network has had its share of codes."""
    share = site.settings.gates.network_codes
    return not site.codes_given.has_room(session.network, share=share)


def _prices(site: Site, groups: Mapping[str, GroupState]) -> dict[str, float]:
    """Return the price of a slot of every group that has somebody online.

    The champion's, for both arms of a trial: it belongs to the agents.
    """
    if not site.settings.policy.price_agents:
        return {}
    known = site.snapshot.prices
    return {n: known.get(n, 0.0) for n, group in groups.items() if group.online}


def _costs(site: Site, session: Session) -> dict[str, int]:
    wanted = {line.item_id for line in session.cart} | {session.item_id or ""}
    known = ((item_id, site.catalogue.get(item_id)) for item_id in wanted)
    return {
        item_id: item.cost_cents
        for item_id, item in known
        if item is not None and item.cost_cents is not None
    }
