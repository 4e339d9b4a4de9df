"""The beacon around its events: who, where, with what consent."""

# Rules of this file: shapes only. Every field that is absent has the value that costs
# the visitor nothing: no consent, not automated.

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct, field

from engage.settings import PageKind
from engage.wire.events import Event
from engage.wire.limits import Id, Locale, OrderCount, PlainId, Seq, Url, Word

DEFAULT_TAB = "0"


def _default_tab() -> str:
    return DEFAULT_TAB


class Consent(
    Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What the visitor agreed to; None was not said, which is no agreement.

    Attributes:
        measure: behaviour may be observed and kept.
        personalise: a decision other than `none` may follow.
        explicit: the visitor said so here, which outweighs a general `Sec-GPC: 1`.
    """

    # None and not False, so that encoding writes what was said and nothing else: see
    # `beacon`.
    measure: bool | None = None
    personalise: bool | None = None
    explicit: bool | None = None


class Page(
    Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """The page that sent the beacon."""

    kind: PageKind
    url: Url = ""
    locale: Locale = ""


class Customer(
    Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What the shop tells about a customer it knows.

    Attributes:
        id: the shop's own, opaque to us.
        type: the shop's word, for example `b2b`.
        orders: how many the customer placed before, 0 to 1e6.
    """

    id: Id | None = None
    logged_in: bool | None = None
    type: Word | None = None
    orders: OrderCount | None = None


class Beacon(
    Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One HTTP message of a browser: a batch of events of one session.

    Attributes:
        v: version of the contract, 1.
        seq: counts the beacons of a tab; `(session, tab, seq)` names a beacon.
        automated: the browser says it is driven by a program (`navigator.webdriver`).
    """

    v: Literal[1]
    site: PlainId
    visitor: PlainId
    session: PlainId
    # Factories, so that encoding never leaves these out: see `beacon`.
    tab: PlainId = field(default_factory=_default_tab)
    seq: Seq
    consent: Consent
    page: Page
    customer: Customer | None = None
    events: tuple[Event, ...]
    automated: bool = False


class Ignored(NamedTuple):
    """How much of a beacon was unknown, and therefore counted and left out."""

    fields: int = 0
    events: int = 0
