"""Settings of what is offered: interventions, their words and hours, the rule list."""

# Rules of this file: values only, as in `settings`, which names them for everybody.
# Kinds of intervention read their own `options`, so that a new kind needs no line here.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Literal

from msgspec import Meta

Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=400 * 86_400)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Cents = Annotated[int, Meta(ge=0, le=1_000_000_000_000)]
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:-]{1,64}\Z")]
Mode = Literal["shadow", "rules", "learned"]
PageKind = Literal[
    "home",
    "list",
    "search",
    "product",
    "cart",
    "checkout",
    "payment",
    "thanks",
    "content",
    "other",
]
MomentKind = Literal[
    "lingering",
    "wavering",
    "struggling",
    "price_doubt",
    "leaving",
    "returning_tab",
    "out_of_stock",
    "stalled_checkout",
    "paused",
    "hesitating",
    "ask",
]
Segment = Literal["new", "returning", "loyal", "business"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSettings:
    """What a card says in one language (`de`) or region (`de-AT`); never markup."""

    # May hold {title} {price} {percent} {amount} {code} {conditions}, as all of these;
    # the last four on discounts only. With {price} it needs a product that has one.
    title: Annotated[str, Meta(min_length=1, max_length=120)]
    # One or two sentences. Empty, here and below: our own words in that language (de,
    # en, es, fr, it), else in English.
    text: Annotated[str, Meta(max_length=400)] = ""
    # What the accepting button says.
    cta: Annotated[str, Meta(max_length=40)] = ""
    # What the other button says.
    decline: Annotated[str, Meta(max_length=40)] = ""
    # That the card was chosen automatically; people have a right to know.
    disclosure: Annotated[str, Meta(max_length=300)] = ""
    # Conditions of a discount.
    terms: Annotated[str, Meta(max_length=400)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSettings:
    """When an intervention may be offered, in the site's time zone."""

    # Weekdays. Several tables: any of them opens it.
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
    )
    # Not before `to_time`: over midnight, and of the day it begins on.
    from_time: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "00:00"
    # Exclusive; "24:00" is the end of the day.
    to_time: Annotated[str, Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")] = (
        "24:00"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class InterventionSettings:
    """One intervention: where it may be offered and what it says."""

    # The action's name in rules, records, exports and the console.
    id: Id
    # `chat`, `discount`, `alternative` or `help`; `options` below depend on it.
    kind: str
    # Kinds of page; empty: on any.
    pages: tuple[PageKind, ...] = ()
    # Empty: at any moment.
    moments: tuple[MomentKind, ...] = ()
    # Of the product looked at, by its page or by the feed; `Running Shoes` and
    # `running-shoes` are one, of `Apparel > Shoes` the last part counts.
    categories: tuple[str, ...] = ()
    # `business`: pages say `customer.type` `b2b`; else `loyal`: two orders or more, as
    # pages (`customer.orders`) or the shop's server told. Empty: everybody.
    segments: tuple[Segment, ...] = ()
    # Of the product looked at; where none is, or its price is unknown, no bound holds.
    min_price_cents: Cents = 0
    # Of the product looked at; left out: any price.
    max_price_cents: Cents | None = None
    schedule: tuple[ScheduleSettings, ...] = ()
    # By language or region; without one the card says what its kind says by itself.
    texts: Mapping[str, TextSettings] = field(
        default_factory=lambda: MappingProxyType({})
    )
    # How long an answered card may still be shown or accepted.
    expires_ms: Annotated[int, Meta(ge=1_000, le=3_600_000)] = 60_000
    # Not offered until somebody changes the file; the console can pause it at once.
    paused: bool = False
    # A draft: `engage preview` shows it, and no visitor gets it.
    preview_only: bool = False
    # What its kind reads: tables of their own, further down.
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """One of the shop's own rules: the first that fits and is not refused proposes."""

    # Id of an intervention, or `none`: here nobody is asked.
    action: Id
    # Empty, here and below: any.
    moments: tuple[MomentKind, ...] = ()
    # Of the product looked at, as interventions read them.
    categories: tuple[str, ...] = ()
    # Kinds of page.
    pages: tuple[PageKind, ...] = ()
    # Kinds of visitor.
    segments: tuple[Segment, ...] = ()
    # Of the product looked at.
    min_price_cents: Cents = 0
    # Of the product looked at; left out: any price.
    max_price_cents: Cents | None = None
