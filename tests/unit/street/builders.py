"""A small shop that is really open: journal on disk, store in memory, time by hand."""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import replace

import orjson

from engage.clock import ManualClock
from engage.engine import Engine
from engage.errors import StoreError
from engage.learning.worker import LearnerThread
from engage.settings import (
    GateSettings,
    HoldoutSettings,
    InterventionSettings,
    MomentSettings,
    MoneySettings,
    ServerSettings,
    Settings,
    SiteSecrets,
    SiteSettings,
    TextSettings,
)
from engage.stores.journal.sqlite import SqliteJournal
from engage.street import agents, till
from engage.street.closings import tick
from engage.street.codes import add_codes
from engage.street.opening import journal_path, open_site, open_store
from engage.telemetry import Instruments
from engage.visits.session import to_bytes
from engage.wire.beacon import Beacon, Consent, Event, Item, Page
from engage.wire.decision import decode_record
from engage.wire.shop import Codes, GroupStatus, Order, Refund

SITE = "pk_demo"
NOW_S = 1_763_720_100.0
SECRETS = SiteSecrets(server_key="sk_demo", salt=b"sixteen bytes of")
SHORT_S, LONG_S = 1_800.0, 604_800.0
NO_DICE = MomentSettings(withhold_share=0.0, promote_share=0.0, lingering_s=10.0)


def intervention(name, kind, *, options, **changes):
    """Return an intervention with the least that a card needs."""
    texts = {"en": TextSettings(title=name, cta="Go")}
    return InterventionSettings(
        id=name, kind=kind, texts=texts, options=options, **changes
    )


CHAT = intervention("chat_guitars", "chat", options={"group": "guitars"})
DISCOUNT = intervention(
    "autumn10",
    "discount",
    options={"pool": "autumn10", "percent": 10, "budget_cents": 10_000_000},
)
HELP = intervention("size_guide", "help", options={"href": "/sizes"})
SIMILAR = intervention("similar", "alternative", options={"count": 2})


def settings(**changes):
    """Return a shop without holdout and without dice at its triggers."""
    ordinary = {
        "key": SITE,
        "moments": NO_DICE,
        "holdout": HoldoutSettings(share=0.0, taper_share=0.0),
        "interventions": (CHAT, DISCOUNT, HELP),
        "locale": "en",
        "gates": GateSettings(max_per_session=50, kind_pause_s=0.0),
    }
    return SiteSettings(**{**ordinary, **changes})


def event(name, **fields):
    """Return an event; `item` is put where the wire puts it."""
    one = fields.pop("item", None)
    return Event(name=name, items=(one,) if one is not None else (), **fields)


GUITAR = Item(item_id="42", price=899.0, item_category="guitars", in_stock=True)
VIEW = (event("page_view"), event("view_item", item=GUITAR))
ASK = event("ask")


def beacon(*events, seq, visitor="v_1", session=None, **more):
    """Return a beacon; the session is the visitor's own unless it is named."""
    tab, page = more.pop("tab", "t_1"), more.pop("page", "product")
    measure, personalise = more.pop("consent", (True, True))
    explicit = more.pop("explicit", False)
    return Beacon(
        v=1,
        site=SITE,
        visitor=visitor,
        session=session or f"s_{visitor}",
        tab=tab,
        seq=seq,
        consent=Consent(measure=measure, personalise=personalise, explicit=explicit),
        page=Page(kind=page, locale="en"),
        events=events,
        **more,
    )


def order(order_id="A-1", *, value_cents=10_000, **more):
    """Return an order of 100.00 with a margin of 40.00."""
    ordinary = {"currency": "EUR", "margin_cents": 4_000}
    return Order(order_id=order_id, value_cents=value_cents, **{**ordinary, **more})


def refund(refund_id="R-1", order_id="A-1", *, refund_cents=2_500, **more):
    """Return a refund of 25.00."""
    named = {"order_id": order_id, "refund_id": refund_id, "currency": "EUR"}
    return Refund(refund_cents=refund_cents, **{**named, **more})


def report(decision, name, **fields):
    """Return the event by which a browser reports what happened to a card."""
    return event(name, decision=decision.id, token=decision.token, **fields)


class Shop:
    """An open shop; made by `open_shop`, closed by `close`."""

    def __init__(self, *, chosen, path, clock, journal, store, site, lineage):
        self.chosen, self.path, self.clock = chosen, path, clock
        self.journal, self.store, self.site = journal, store, site
        self.engine, self.lineage = Engine(site), lineage
        self.told = []
        site.listeners.append(lambda name, fields: self.told.append((name, fields)))
        self.learner = LearnerThread(
            journal=journal,
            lineages={SITE: lineage},
            publish=self._publish,
            clock=clock,
            metrics=site.metrics,
        )
        self.seqs = {}

    def _publish(self, _, snapshot):
        self.site.snapshot = snapshot

    async def stock(self, *, codes=50, free=50):
        """Fill the pools, where there are any, and the chat group."""
        names = tuple(f"C-{number}" for number in range(codes))
        for pool in self.site.budgets_cents:
            await add_codes(self.site, Codes(pool=pool, codes=names))
        status = GroupStatus(online=free, free=free, ttl_s=3_600.0)
        await agents.announce(self.site, "guitars", status)

    async def send(self, *events, visitor="v_1", gpc=False, **more):
        """Send the next beacon of a visitor's session and return the answer."""
        key = more.get("session") or f"s_{visitor}"
        seq = more.pop("seq", None)
        if seq is None:
            seq = self.seqs[key] = self.seqs.get(key, -1) + 1
        one = beacon(*events, seq=seq, visitor=visitor, **more)
        return await self.engine.receive(one, gpc=gpc)

    async def ask(self, visitor="v_1", **more):
        """Open a product page, ask for a decision there, and return its record."""
        answer = await self.send(*VIEW, ASK, visitor=visitor, **more)
        return answer, self.last()

    async def until(self, action, **more):
        """Let visitors ask until one is given `action`; return answer and record."""
        for number in itertools.count():
            answer, body = await self.ask(f"v_{action}_{number}", **more)
            if body["action"] == action:
                return answer, body
        raise AssertionError(action)

    async def linger(self, visitor="v_1", *, seconds=12, **more):
        """Stay on a product page until the moment `lingering`; return the answer."""
        await self.send(*VIEW, visitor=visitor, **more)
        self.clock.move(seconds)
        stay = event("ping", active_ms=seconds * 1_000, visible_ms=seconds * 1_000)
        return await self.send(stay, visitor=visitor, **more)

    def rows(self):
        """Return all decision records, oldest first."""
        return self.journal.decisions(SITE, limit=100_000).rows

    def last(self):
        """Return the latest decision record."""
        return self.rows()[-1]

    def row(self, decision):
        """Return one decision record as it is now, checked against the wire's type."""
        body = self.journal.decision(SITE, decision)
        decode_record(orjson.dumps(body))
        return body

    def kinds(self, *kinds):
        """Return the bodies of all records of these kinds."""
        return [entry.record.body for entry in self.journal.read(0, 10**6, kinds=kinds)]

    def close_of(self, kind, body):
        """Return what the short (`closed`) or long (`settled`) close recorded."""
        entries = self.journal.read(0, 10**6, kinds=[kind])
        found = [e.record.body for e in entries if e.record.key == body["decision"]]
        assert len(found) == 1
        return found[0]

    async def wait(self, seconds):
        """Let time pass and close what is due."""
        self.clock.move(seconds)
        while await tick(self.site):
            continue

    def learn(self):
        """Let the learner catch up and publish; return how many entries it read."""
        self.clock.move(60.0)
        return sum(iter(self.learner.step, 0))

    async def order(self, *args, **more):
        """Post an order of this shop; not before the time that it says."""
        one = order(*args, **more)
        at_s = max(self.site.now_s(), one.at_s or 0.0)
        return await till.take_order(self.site, one, at_s=at_s)

    async def refund(self, *args, **more):
        """Post a refund; not before the time that it says."""
        one = refund(*args, **more)
        at_s = max(self.site.now_s(), one.at_s or 0.0)
        return await till.take_refund(self.site, one, at_s=at_s)

    async def keep_visits(self):
        """Keep the sessions as the service does every few seconds."""
        changed = await self.store.dirty()
        rows = {key: to_bytes(one) for key, one in changed.items() if one is not None}
        await self.journal.keep_visits(rows, at_s=self.clock.now_s())
        gone = [key for key, one in changed.items() if one is None]
        await self.journal.drop_visits(gone)

    async def crash(self, **changes):
        """Lose everything that is not in the journal; return the shop open again."""
        self.journal.close()
        chosen = replace(self.chosen, **changes)
        shop = await open_shop(self.path, chosen, clock=self.clock)
        shop.seqs = self.seqs
        return shop

    def close(self):
        """Close the journal."""
        self.journal.close()


async def open_shop(path, chosen=None, *, clock=None, is_served=True):
    """Open the shop whose data lies in `path`."""
    chosen = settings() if chosen is None else chosen
    clock = ManualClock(at_s=NOW_S) if clock is None else clock
    whole = Settings(server=ServerSettings(data=str(path)), sites=(chosen,))
    journal = SqliteJournal(journal_path(whole), clock=clock)
    store = open_store(whole)
    site, lineage = await open_site(
        chosen,
        SECRETS,
        journal=journal,
        store=store,
        clock=clock,
        metrics=Instruments(),
        is_served=is_served,
    )
    return Shop(
        chosen=chosen,
        path=path,
        clock=clock,
        journal=journal,
        store=store,
        site=site,
        lineage=lineage,
    )


def fill_disk(shop):
    """Let the journal's file not grow any more, as on a full disk."""
    pages = shop.journal._writer.run(
        "pages", lambda c: c.execute("PRAGMA page_count").fetchone()[0]
    )
    _allow(shop, pages)


def free_disk(shop):
    """Give the disk its room back, after all that still fails."""
    for _ in range(100):
        with suppress(StoreError):
            return _allow(shop, 1_000_000)
    raise AssertionError("the journal takes nothing any more")


def _allow(shop, pages):
    shop.journal._writer.run(
        "room", lambda c: c.execute(f"PRAGMA max_page_count={pages}").fetchone()
    )


RATES = MoneySettings(rates={"USD": 0.9})
