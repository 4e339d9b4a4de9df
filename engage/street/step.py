"""One step of one visitor: what a beacon changes, kept as a whole or not at all."""

# Rules of this file: collects and keeps; decides nothing. Nothing is told or counted
# before it is kept.

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import msgspec

from engage.deciding.draw import decision_id, luck
from engage.errors import StoreError
from engage.instruments import Tally
from engage.scoring.moments import ASK, Detection, Trigger
from engage.stores.base import Known, Record
from engage.street.looking import Look
from engage.street.site import Site
from engage.visits.session import PageView, Session, advance, with_moment, with_near
from engage.visits.visitor import Visitor
from engage.wire.beacon import Beacon, Item
from engage.wire.decision import Answer

# Kinds of record that must be durable before the browser gets its answer.
_MUST_LAST = frozenset({"decision", "outcome", "code", "purchase"})
# What a catalogue takes from a page.
_SIGHTED = ("item_id", "item_name", "price", "currency", "item_category", "in_stock")
# 64 random bits: two tries at one decision never share a claim.
_CLAIM_BYTES = 8


@dataclass(slots=True, kw_only=True)
class Step:
    """What one beacon changes.

    Attributes:
        known: what the store held before.
        session: the session after the beacon.
        visitor: the visitor after the beacon.
        records: what the journal gets, in order.
        answer: what the browser gets, once that is durable.
        told: what listeners hear, once that is durable.
        counted: what metrics count then, each with its labels.
        viewed: products looked at, each with those before it, for the co-views.
        sighted: products of events, each with the address of its page.
        spent: pool, cents and snapshot of each promise, for the arms of a trial.
        claimed: decision and claim of what was taken out of stock, if anything was.
        is_forgotten: the visitor was erased; there is nothing to save.
    """

    site: Site
    beacon: Beacon
    at_s: float
    known: Known[Session, Visitor]
    visitor: Visitor
    session: Session = field(init=False)
    result: str = "applied"
    records: list[Record] = field(default_factory=list)
    answer: Answer = field(default_factory=Answer)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    counted: list[tuple[Tally, tuple[str, ...]]] = field(default_factory=list)
    viewed: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    sighted: list[tuple[Item, str]] = field(default_factory=list)
    spent: list[tuple[str, int, int]] = field(default_factory=list)
    claimed: tuple[str, str] | None = None
    is_forgotten: bool = False

    def record(self, kind: str, body: dict[str, Any], *, key: str = "") -> None:
        """Add a record about this visitor to what will be kept."""
        self.records.append(
            Record(
                kind=kind,
                site=self.site.key,
                key=key,
                at_s=self.at_s,
                body=body,
                subject=self.visitor.subject,
                visitor=self.beacon.visitor,
            )
        )

    def count(self, tally: Tally, *labels: str) -> None:
        """Add one to a sum, once the step is kept."""
        self.counted.append((tally, labels))

    def claim(self, decision: str) -> str:
        """Return the claim under which this try takes things out of stock."""
        self.claimed = (decision, secrets.token_hex(_CLAIM_BYTES))
        return self.claimed[1]

    async def let_go(self) -> None:
        """Put back what was taken out of stock: somebody else has saved the visit.

        Raises:
            StoreError: the store does not answer; it lapses by its own end.
        """
        if self.claimed is not None:
            decision, claim = self.claimed
            await self.site.store.take_back(self.site.key, decision, claim=claim)

    def outcomes_of(self, body: dict[str, Any]) -> set[str]:
        """Return what happened to a decision so far, this beacon included."""
        here = {
            record.body["name"]
            for record in self.records
            if record.kind == "outcome" and record.key == body["decision"]
        }
        return here | {outcome["name"] for outcome in body["outcomes"]}

    def decision_id(self, moment: str) -> str:
        """Return the id of the decision that this beacon's moment would lead to."""
        return decision_id(
            self.site.secrets.salt,
            site=self.site.key,
            session=self.beacon.session,
            tab=self.beacon.tab,
            seq=self.beacon.seq,
            moment=moment,
        )

    def luck(self, kind: str) -> float:
        """Return the throw in [0, 1) that withholds or promotes a moment's kind."""
        return luck(self.decision_id(kind), "trigger")

    def let_pass(self, detections: tuple[Detection, ...]) -> Trigger:
        """Return the trigger that settles what came in the cool-down and is over."""
        passed = tuple(one.kind for one in detections if not one.near)
        for _ in passed:
            self.count(self.site.counts.refusals, "cooling_down")
        return Trigger(withheld=passed)

    def settle(self, trigger: Trigger) -> None:
        """Note in the session which moments are settled on this page view."""
        asked = () if trigger.kind in (None, ASK) else (trigger.kind,)
        for kind in (*trigger.withheld, *asked):
            self.session = with_moment(self.session, kind)
        for kind in trigger.near:
            self.session = with_near(self.session, kind)

    def tell_noticed(
        self, look: Look, *, left: tuple[PageView, ...], moment: str | None
    ) -> None:
        """Tell listeners what can be seen, before anything later is learned."""
        fields = {
            "session": self.beacon.session,
            "tab": self.beacon.tab,
            "seq": self.beacon.seq,
            "at_s": self.at_s,
            "look": look,
            "left": left,
            "moment": moment,
        }
        self.told.append(("noticed", fields))


async def keep(step: Step) -> Answer:
    """Journal a step and return its answer, durable where it has to be.

    Raises:
        StoreError: it cannot be kept now; the browser will send the beacon again.
    """
    site = step.site
    if step.records:
        if any(record.kind in _MUST_LAST for record in step.records):
            try:
                await site.journal.append(*step.records)
            except StoreError:
                await _undo(step)
                raise
        else:
            # Plain behaviour may be lost with the disk.
            site.journal.note(*step.records)
    _teach(step)
    site.counts.beacons.add(step.result)
    if step.result == "applied":
        site.counts.events.add_each([event.name for event in step.beacon.events])
    for tally, labels in step.counted:
        tally.add(*labels)
    for pool, cents, snapshot in step.spent:
        site.note_spent(pool, cents, snapshot=snapshot)
    for name, fields in step.told:
        site.tell(name, **fields)
    return step.answer


def _teach(step: Step) -> None:
    """Let co-views learn, once the step is kept: a lost walk teaches nothing."""
    site = step.site
    for recent, shown in step.viewed:
        site.coviews.learn(recent, shown, at_s=step.at_s)
    if site.share is not None and step.sighted:
        items = [[_told_of(item), link] for item, link in step.sighted]
        seen = {"at_s": step.at_s, "items": items, "viewed": step.viewed}
        site.share("seen", seen)


def _told_of(item: Item) -> dict[str, Any]:
    """Return what others need of a product: nothing of who looked at it, no coupon."""
    plain: dict[str, Any] = msgspec.to_builtins(item)
    return {name: plain[name] for name in _SIGHTED if name in plain}


async def _undo(step: Step) -> None:
    """Put the visit back to before the beacon, so that its repeat is no duplicate.

    What came after the beacon goes, too: it was kept on the same disk. A visit that
    an earlier step has put back already knows nothing of this beacon; it stays.
    """
    store, known = step.site.store, step.known
    now = await store.load(known.site, known.visitor_id, known.session_id)
    if now.session is None:
        return
    again = advance(now.session, step.beacon, at_s=step.at_s)
    if again.result != "duplicate":
        return
    before = known.session or now.session
    await store.save(now, session=before, visitor=known.visitor)
    if known.session is None:
        await store.drop(known.site, known.visitor_id, known.session_id)
