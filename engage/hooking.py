"""Settings of what other systems of a shop are told: mail tool, CRM, data platform."""

# Rules of this file: values only, as in `settings`, which names them for everybody.

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from engage.campaigns import Id

NewsKind = Literal["checkout_left", "visit", "decision", "outcome", "settled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HookSettings:
    """An address that is told what happens, in signed messages (Standard Webhooks)."""

    # Part of what its secret is made from: a hook under a new id has a new secret.
    id: Id
    # https, or http on this machine. Redirects are not followed.
    url: Annotated[str, Meta(min_length=1, max_length=2_000)]
    # `checkout_left`: a visit that reached the checkout, with a filled cart and consent
    # to personalise, and ended without an order - what a mail tool asks for. The other
    # kinds are everything of that kind, for whoever keeps books.
    tells: Annotated[tuple[NewsKind, ...], Meta(min_length=1)] = ("checkout_left",)
