"""Who browses, as the SDK knows it, and what they do about a card."""

# Rules of this file: values only.

from __future__ import annotations

from dataclasses import dataclass

from engage.wire.beacon import Consent, Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What the shopper does about a card.

    Attributes:
        how: `click`, `dismiss` or `expire`.
        after_s: seconds after it was shown.
    """

    how: str
    after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who browses, as the SDK knows it.

    Attributes:
        automated: the browser says that a program drives it.
        gpc: it says `Sec-GPC: 1`.
    """

    site: str
    visitor: str
    session: str
    locale: str
    is_phone: bool
    consent: Consent
    customer: Customer | None = None
    automated: bool = False
    gpc: bool = False
