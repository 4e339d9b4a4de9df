"""What the parts of one shop share: its settings, stores, models and stock.

A `Site` is put together once at start. The engine, the till and the closings get it as
an argument; nothing in engage is global.
"""

# Rules of this file: holds, never decides. Snapshot, switches, pin, what a trial
# changes and what is known are the only fields that change, each replaced as a whole.

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engage.clock import Clock
from engage.deciding.holdout import share_at
from engage.deciding.networks import Lately
from engage.deciding.policies import policy_of
from engage.deciding.policies.base import Policy
from engage.interventions.base import Intervention
from engage.interventions.catalogue import Catalogue
from engage.interventions.coview import CoView
from engage.interventions.discount import Discount
from engage.learning.snapshots import Snapshot
from engage.learning.trials.challenge import Challenge
from engage.settings import SiteSecrets, SiteSettings
from engage.stores.base import Journal, Store
from engage.street.challenger import Challenger
from engage.street.locks import Locks
from engage.telemetry import Instruments, SiteCounts
from engage.visits.session import Session
from engage.visits.visitor import Visitor

# What a listener is told: the name of a change and its fields.
Listener = Callable[[str, Mapping[str, Any]], None]
# Tells the other processes of a service what this one has seen: a kind and a body.
Share = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What the operator has switched off; everything runs by default.

    Attributes:
        all_paused: no decision other than `none` anywhere.
        paused: interventions that are paused one by one.
    """

    all_paused: bool = False
    paused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A snapshot that decides until an operator says otherwise.

    Attributes:
        number: of the snapshot, in the archive.
        why: the operator's reason.
        at_s: since when, epoch seconds.
    """

    number: int
    why: str
    at_s: float


@dataclass(slots=True, kw_only=True)
class Site:
    """One shop at run time.

    Attributes:
        started_at_s: when the site first decided; the holdout's taper counts from it.
        is_served: False for backfill: recorded, never shown, never learned from.
        is_worker: one of several: what it has not recorded, another one may have.
        share: tells the other processes what was seen here; None: there are none.
        challenge: what the latest trial said last, over or not; None: never any.
        challenger: decides for some of the visitors while it is tried.
        till: one of them is held, by order, while money is judged and recorded, so that
            of two messages about an order that come at once the second sees the first.
        codes_given: to which networks, by this process.
        known_until_s: what other processes recorded is known here up to then, epoch
            seconds; infinite where there is nothing more to hear of now.
        configured: its settings before any trial.
        counts: its own among the counters of `metrics`.
    """

    settings: SiteSettings
    secrets: SiteSecrets
    clock: Clock
    store: Store[Session, Visitor]
    journal: Journal
    metrics: Instruments
    snapshot: Snapshot
    catalogue: Catalogue
    config_version: str
    started_at_s: float
    is_served: bool = True
    is_worker: bool = False
    share: Share | None = None
    interventions: dict[str, Intervention[Any]] = field(default_factory=dict)
    coviews: CoView = field(default_factory=CoView)
    switches: Switches = field(default_factory=Switches)
    listeners: list[Listener] = field(default_factory=list)
    pin: Pin | None = None
    challenge: Challenge | None = None
    challenger: Challenger | None = None
    till: Locks = field(default_factory=Locks, repr=False)
    codes_given: Lately = field(default_factory=Lately, repr=False)
    known_until_s: float = math.inf
    policy: Policy = field(init=False)
    configured: SiteSettings = field(init=False)
    counts: SiteCounts = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Choose the policy that the site's mode asks for."""
        self.configured = self.settings
        self.counts = self.metrics.counts(self.key)
        self.policy = policy_of(self.settings)

    def follow(self, settings: SiteSettings, *, version: str) -> None:
        """Decide by these settings, of that hash, from the next beacon on."""
        self.settings, self.config_version = settings, version
        self.policy = policy_of(settings)

    @property
    def key(self) -> str:
        """The site's public key."""
        return self.settings.key

    @property
    def trying(self) -> Challenger | None:
        """The challenger that decides for some now: none while one is pinned."""
        return self.challenger if self.pin is None else None

    def note_spent(self, pool: str, cents: int, *, snapshot: int) -> None:
        """Count what an arm has promised while a challenger is tried, everywhere.

        Args:
            pool: the budget's.
            cents: what was promised, >= 0.
            snapshot: number of the one that decided; tells the arm.
        """
        tried = self.challenger
        if tried is None:
            return
        is_own = snapshot == tried.snapshot.number
        tried.note_spent(pool, cents, is_own=is_own)
        if self.share is not None:
            spent = {"pool": pool, "cents": cents, "is_own": is_own}
            self.share("spent", {"candidate": tried.candidate, **spent})

    @property
    def currency(self) -> str:
        """The currency that all of the site's money is in."""
        return self.settings.money.currency

    @property
    def budgets_cents(self) -> dict[str, int]:
        """The whole budget of every pool that an intervention gives codes from."""
        return {
            one.options.pool: one.options.budget_cents
            for one in self.interventions.values()
            if isinstance(one, Discount)
        }

    @property
    def paused(self) -> frozenset[str]:
        """Interventions that may not be offered now."""
        if self.switches.all_paused:
            return frozenset(self.interventions)
        return self.switches.paused

    def now_s(self) -> float:
        """Return the epoch seconds of now, to the millisecond.

        A record's `at` has milliseconds: so what was computed with and what a replay
        reads are the same number.
        """
        return round(self.clock.now_s(), 3)

    def holdout_share(self, at_s: float) -> float:
        """Return the share of visitors who never see an intervention, now."""
        return share_at(
            self.settings.holdout, started_at_s=self.started_at_s, at_s=at_s
        )

    def tell(self, name: str, /, **fields: Any) -> None:
        """Tell every listener (the console's live stream) of a change."""
        for listener in self.listeners:
            listener(name, fields)


async def set_budgets(site: Site) -> None:
    """Tell the store the budget of every discount pool."""
    for pool, cents in site.budgets_cents.items():
        await site.store.codes.set_budget(site.key, pool, cents)
