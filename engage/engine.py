"""The whole street on one screen: beacon in, decision out.

    beacon -> session -> features -> scores -> moment -> gate -> policy -> draw
           -> decision -> (outcomes -> closings -> reward -> learn -> snapshot)

Reading down `receive` and `_walk` is reading the street. How a step works is in the
folder of its name; what puts steps together is in `engage.street`: what becomes of a
decision in `closings`, money in `till`. Models are learned in `engage.learning`.
"""

# Rules of this file: one beacon is one step from (session, visitor) to (session,
# visitor). What may not be lost is durable before it is answered. Time comes only from
# the site's clock, luck only from the decision id.

from __future__ import annotations

from typing import NamedTuple

from engage.deciding.networks import bucket_of
from engage.street.currency import with_own_prices
from engage.street.decide import answer_again, decide, recall
from engage.street.erasure import erase
from engage.street.notice import greet, meet, notice
from engage.street.outcomes import check_tokens, forget, keep_outcomes, revoke
from engage.street.sensing import sense
from engage.street.site import Site
from engage.street.step import Step, keep
from engage.street.trail import keep_trail
from engage.visits.session import advance, begin
from engage.wire.beacon import Beacon
from engage.wire.decision import Answer


class Taken(NamedTuple):
    """What became of a beacon, and what the browser should do.

    Attributes:
        result: `applied`, `duplicate`, `late` or `no_consent`.
    """

    result: str
    answer: Answer


class Engine:
    """Walks the beacons of one site down the street."""

    def __init__(self, site: Site) -> None:
        """Keep the site; all state lives in its stores."""
        self.site = site

    async def receive(self, beacon: Beacon, *, gpc: bool = False) -> Answer:
        """Apply one beacon and return what the browser should do; see `take`."""
        return (await self.take(beacon, gpc=gpc)).answer

    async def take(
        self, beacon: Beacon, *, gpc: bool = False, network: str = ""
    ) -> Taken:
        """Apply one beacon and return what became of it.

        Args:
            beacon: decoded and within the limits of the contract.
            gpc: the request carried `Sec-GPC: 1`.
            network: the /24 or /64 it came from; empty: nobody knows, or our own.

        Raises:
            Unauthorised: an outcome's token is forged; nothing is applied.
            StoreError: what may not be lost cannot be kept now.
        """
        site, at_s = self.site, self.site.now_s()
        if not beacon.consent.measure:
            if any(event.name == "forget" for event in beacon.events):
                # Whoever takes consent back may still ask for what was kept.
                await erase(site, beacon.visitor)
            site.counts.beacons.add("no_consent")
            return Taken("no_consent", Answer())
        check_tokens(site, beacon)
        beacon = with_own_prices(beacon, money=site.settings.money)
        while True:
            known = await site.store.load(site.key, beacon.visitor, beacon.session)
            visitor = known.visitor or meet(site, beacon, at_s=at_s)
            step = Step(
                site=site,
                beacon=beacon,
                at_s=at_s,
                known=known,
                visitor=greet(visitor, beacon, at_s=at_s),
            )
            await self._walk(step, gpc=gpc, network=network)
            if step.result == "duplicate":
                return Taken(step.result, await answer_again(step))
            if step.is_forgotten:
                return Taken(step.result, await keep(step))
            if await site.store.save(
                known,
                session=step.session,
                visitor=step.visitor,
                records=step.records,
            ):
                return Taken(step.result, await keep(step))
            await step.let_go()

    async def _walk(self, step: Step, *, gpc: bool, network: str) -> None:
        """Take one beacon as far down the street as it goes."""
        site, beacon, at_s = self.site, step.beacon, step.at_s
        before = step.known.session or begin(
            beacon,
            visit_index=step.visitor.visit_index,
            orders=step.visitor.orders,
            at_s=at_s,
            gpc=gpc,
            network=bucket_of(site.secrets.salt, network, at_s=at_s),
        )
        applied = advance(before, beacon, at_s=at_s, gpc=gpc)
        step.session, step.result = applied.session, applied.result
        if applied.result == "duplicate":
            return
        await keep_outcomes(step, applied)
        if applied.forget:
            await forget(step)
        if applied.forget or applied.result == "late":
            return
        keep_trail(step, gpc=gpc)
        look = notice(step, applied, before=before)
        if await recall(step):
            return
        await revoke(step)
        trigger = sense(step, look, asked=applied.asked)
        if site.listeners:
            step.tell_noticed(look, left=applied.left, moment=trigger.kind)
        if trigger.kind is not None:
            await decide(step, look, trigger)
