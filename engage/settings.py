"""Every setting of engage: its unit, its default and the reason for it.

Frozen dataclasses, one for each concern, built once by `engage.config` and handed
down as arguments. Bounds stand in the annotation and are checked when they are read.
"""

# Rules of this file: values only. A number's unit ends its name; a default without a
# reason is a bug. Kinds of intervention read their own `options`, so that a new kind
# needs no line here.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Literal

from msgspec import Meta

from engage.campaigns import (
    Cents,
    Count,
    Id,
    InterventionSettings,
    Mode,
    MomentKind,
    PageKind,
    RuleSettings,
    ScheduleSettings,
    Seconds,
    Segment,
    Share,
    TextSettings,
)
from engage.hooking import HookSettings
from engage.promoting import PromotionSettings
from engage.serving import RetentionSettings, ServerSettings
from engage.site_secrets import SiteSecrets

__all__ = [
    "Cents",
    "Count",
    "GateSettings",
    "HoldoutSettings",
    "HookSettings",
    "Id",
    "InterventionSettings",
    "LearnerSettings",
    "Mode",
    "MomentKind",
    "MomentSettings",
    "MoneySettings",
    "PageKind",
    "PolicySettings",
    "PromotionSettings",
    "RetentionSettings",
    "RuleSettings",
    "ScheduleSettings",
    "Seconds",
    "Segment",
    "ServerSettings",
    "Settings",
    "Share",
    "SiteSecrets",
    "SiteSettings",
    "TextSettings",
    "WindowSettings",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSettings:
    """When attribution windows close."""

    # A visit's end by every analytics convention.
    short_close_s: Annotated[float, Meta(ge=1, le=400 * 86_400)] = 1_800.0
    # Most purchases that an advice causes fall within a week.
    long_close_s: Seconds = 7 * 86_400.0
    # Not before the short close, which looks at the visit.
    session_idle_s: Seconds = 1_800.0
    # Horizon of the hesitation label, seconds of active time.
    hesitation_s: Annotated[float, Meta(ge=1, le=400 * 86_400)] = 120.0
    # An order that nobody can be found for waits this long.
    unjoined_order_s: Seconds = 7 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentSettings:
    """Thresholds of the moment detectors."""

    # Longer than 95 % of comparable page views; the walk-through of the design.
    lingering_dwell: Share = 0.95
    # Active seconds that count as lingering; the score and `lingering_least_s` are not
    # asked then: for a demo, or while it is untrained. Left out: the score alone.
    lingering_s: Annotated[float, Meta(gt=0, le=86_400)] | None = None
    # Below this nobody lingers, whatever the percentile says.
    lingering_least_s: Seconds = 15.0
    # Of detected moments nothing is asked, at random: so that when to ask is
    # learned, too. One in twenty costs little.
    withhold_share: Share = 0.05
    # Of near misses, asked at random for the same reason.
    promote_share: Share = 0.02
    # A near miss is within this share of the threshold.
    near_share: Annotated[float, Meta(gt=0, lt=1)] = 0.9
    # Share of sessions that `hesitating` should ever ask.
    hesitating_share: Share = 0.1
    # Interest floor: below it a visitor who makes no progress is merely a passer-by.
    intent_floor: Share = 0.01
    # Without a step forward in the checkout; a form field rarely takes longer.
    stalled_checkout_s: Seconds = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """Limits that hold for all interventions together."""

    # Three times what a shopper needs to read and close a card.
    cooldown_s: Seconds = 90.0
    # Two cards a visit still help, a third pursues: an assumption, stated as such.
    max_per_session: Count = 2
    # Sixteen cards of a week are remembered; a larger number is no limit.
    max_per_visitor_day: Count = 4
    # The same kind is not repeated within an hour; at most a week is remembered.
    kind_pause_s: Seconds = 3_600.0
    # Who dismissed an intervention is left alone by it for a week.
    dismissed_pause_s: Seconds = 7 * 86_400.0
    # Chance that more invited visitors accept than agents are free; whoever is one too
    # many is told before the chat opens. 0 would leave most agents waiting.
    overbooking: Share = 0.05
    # Most of the codes given of late that one public network (/24, /64) may have got:
    # five of five hundred. Counted by each process since its start. 1: no limit.
    network_codes: Annotated[float, Meta(gt=0, le=1)] = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """How the learned policy explores."""

    # `inverse_gap` regrets less than VW's SquareCB (benchmarks/README.md); the others
    # are to compare with.
    policy: Literal["inverse_gap", "uniform", "epsilon_greedy", "rules"] = "inverse_gap"
    # gamma = c sqrt(n_eff) / sigma; 10 did best at a shop's rates (shop_rates.py), 5 on
    # a campaign's (hillstrom_replay.py).
    gamma_c: Annotated[float, Meta(gt=0, le=1_000)] = 10.0
    # Mixed over the eligible set; bounds every weight by K / floor.
    floor: Annotated[float, Meta(ge=0.001, le=0.5)] = 0.02
    # `none` must stay likely enough to weigh hesitation labels.
    none_floor: Annotated[float, Meta(ge=0.05, le=0.9)] = 0.10
    # Of `epsilon_greedy` alone: the share that goes to all eligible actions alike.
    epsilon: Annotated[float, Meta(gt=0, le=1)] = 0.1
    # The shop's own rules explore, too, or nothing could be learned from them.
    rules_explore: Annotated[float, Meta(ge=0.2, le=1)] = 0.2
    # A new or edited intervention gets at most this share of its moments at first,
    # where a model decides. On a new site, where all are new, nothing is held back.
    launch_share: Share = 0.10
    # Decisions that could have had it; by then the model knows it as well as others. A
    # model that has learned from fewer holds nothing back, itself neither (`max_move`).
    launch_until_n: Count = 1_000
    # Agents go to who gains most, not to who comes first (capacity.py); False: a slot
    # costs nobody anything.
    price_agents: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerSettings:
    """How models forget, and how often they are published."""

    # Half of a decision's weight is gone after about 14,000 later ones (45 shop days).
    # Changed: models are learned anew from what the journal still has.
    discount: Annotated[float, Meta(gt=0.9, le=1)] = 0.99995
    # Only the learning target is winsorised, at this quantile of |reward|, never below
    # 1.5 times what is at stake; at ten times before the quantile can be known. Above
    # .99 the few largest orders drown a month of others (see ARCHITECTURE.md). 1: it
    # never is known.
    winsor_quantile: Annotated[float, Meta(gt=0.5, le=1)] = 0.99
    # Faster than the promised second between a short close and a new snapshot.
    publish_every_s: Annotated[float, Meta(gt=0, le=3_600)] = 0.3
    # Scores drift slowly: what only they have learned may wait, and saves archives.
    refresh_every_s: Annotated[float, Meta(gt=0, le=3_600)] = 10.0
    # What a crash of the learner would read again: some seconds of the journal.
    checkpoint_every_s: Annotated[float, Meta(gt=0, le=3_600)] = 10.0
    # How far one publication may move the distribution on recent contexts; twice as far
    # after each hour (two `short_close_s`) without one.
    max_move: Annotated[float, Meta(gt=0, le=1)] = 0.1
    # The same over a day, so that many small steps are not one that nobody saw.
    max_move_per_day: Annotated[float, Meta(gt=0, le=1)] = 0.3
    # Beyond 20 one label would outshout a day; scorers take no more.
    label_weight_cap: Annotated[float, Meta(ge=1, le=20)] = 20.0
    # Certainty of hesitation and intent kept per label: half is gone after 3,500.
    forget: Annotated[float, Meta(gt=0.9, le=1)] = 0.9998
    # What one session may teach: its first decisions, and labels of each scorer. Who
    # is busier than this is no shopper, and should not move a model.
    session_decisions: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 3
    # Of each scorer: a visit of half an hour has about that many.
    session_labels: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 40
    # Most of what was learned of late that one public network (/24, /64) may be: a new
    # session costs nothing, a new network does. 1: no limit.
    network_share: Annotated[float, Meta(gt=0, le=1)] = 0.01
    # Multiplies the prior sds of uplifts; 1 did best at a shop's rates (shop_rates.py).
    prior_scale: Annotated[float, Meta(ge=0.01, le=100)] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutSettings:
    """Who never sees an intervention."""

    # 20 % for 90 days: a third of the days to a verdict that 5 % would need.
    share: Share = 0.2
    # Of the full share: a quarter of a year.
    days: Count = 90
    # Nested taper: visitors only ever leave the holdout.
    taper_share: Share = 0.05
    # From the one share to the other, a little every day.
    taper_days: Count = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneySettings:
    """What things cost and earn, where an order does not say."""

    # ISO 4217. All amounts of the site are in it.
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] = "EUR"
    # Units of the site's currency for one of the named. Orders in others are refused,
    # prices that pages say in others are unknown.
    rates: Mapping[str, Annotated[float, Meta(gt=0, le=1e6)]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    # Contribution as a share of the price, where order and product do not say.
    margin_rate: Share = 0.3
    # Usual margin of an order: taken where nobody knows what is at stake.
    order_margin_cents: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 3_000
    # One chat: six minutes of an agent at 40 EUR an hour.
    agent_cost_cents: Cents = 400
    # What a dismissed card costs in goodwill; an assumption, stated as such.
    annoyance_cents: Cents = 10
    # What counts as success: `cart` and `click` are for sites that send no orders; the
    # model learns from them and `evaluate` counts them, lift counts orders only.
    outcome: Literal["order", "cart", "click"] = "order"
    # Worth of one outcome where the outcome is no order.
    outcome_value_cents: Cents = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """One shop."""

    # Stands in the script tag and in every beacon; public. `engage keys new` makes one.
    key: Id
    # What operators read in the console.
    name: str = ""
    # Whose pages may send, exactly as browsers write it: `https://www.shop.example`.
    # Nobody by default; others are answered 403.
    origins: tuple[str, ...] = ()
    # The demo only: any loopback origin may send.
    any_loopback_origin: bool = False
    # Tests and demos: automated browsers are treated as people.
    welcome_automated: bool = False
    # Keep every beacon, so that `engage replay` can compute features again, too: all
    # behaviour in full, so off unless a shop has a reason.
    record_beacons: bool = False
    # Language of cards where the visitor's has no text.
    locale: Annotated[str, Meta(pattern=r"^[a-z]{2}$")] = "de"
    # IANA name; what schedules are read in.
    time_zone: str = "Europe/Berlin"
    # Groups of agents that are announced beside those that chats name, and nobody is
    # invited to; of any other the log says that nobody knows it.
    chat_groups: tuple[Id, ...] = ()
    # `shadow`: decides and records, shows nothing. `rules`: the list decides and
    # explores, until a candidate has beaten it. `learned`: the model does; it starts
    # from the list.
    mode: Mode = "learned"
    windows: WindowSettings = WindowSettings()
    moments: MomentSettings = MomentSettings()
    gates: GateSettings = GateSettings()
    policy: PolicySettings = PolicySettings()
    learner: LearnerSettings = LearnerSettings()
    promotion: PromotionSettings = field(default_factory=PromotionSettings)
    holdout: HoldoutSettings = HoldoutSettings()
    money: MoneySettings = MoneySettings()
    interventions: tuple[InterventionSettings, ...] = ()
    rules: tuple[RuleSettings, ...] = ()
    hooks: tuple[HookSettings, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything one process is told."""

    server: ServerSettings = field(default_factory=ServerSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    sites: tuple[SiteSettings, ...] = ()
    secrets: Mapping[str, SiteSecrets] = field(default_factory=dict, repr=False)
