"""Shows one intervention to its editor: nothing is logged, learned or reserved."""

# Rules of this file: needs a signed token with an end, or anybody could page through
# a shop's campaigns.

from __future__ import annotations

import hmac
from typing import Final

from msgspec.structs import replace

from engage.errors import NotFound, Unauthorised
from engage.interventions.base import PREVIEWED, Inputs, Suggestion
from engage.street.site import Site
from engage.visits.session import Session, advance, begin
from engage.wire.beacon import Beacon, Consent, Event, Item, Page
from engage.wire.decision import Answer, DecisionAnswer
from engage.wire.money import units

# A preview link works for a day: long enough to pass round, short enough to leak.
VALID_S: Final = 86_400.0
# As many as a card may propose; what it proposes its options say.
_MOST_PRODUCTS: Final = 6
# A preview is of nobody's visit.
_NOBODY: Final = Beacon(
    v=1,
    site="preview",
    visitor="preview",
    session="preview",
    seq=0,
    consent=Consent(measure=False),
    page=Page(kind="other"),
    events=(),
)


def preview_token(salt: bytes, site: str, intervention: str, *, at_s: float) -> str:
    """Return a token that shows an intervention of a site for a day from `at_s`."""
    until = str(int(at_s + VALID_S))
    return f"{until}.{_sign(salt, site, intervention, until)}"


def preview(site: Site, intervention: str, *, token: str, locale: str) -> Answer:
    """Return the card of an intervention as a visitor would see it.

    Raises:
        Unauthorised: the token is forged or its day is over.
        NotFound: there is no such intervention.
    """
    until, _, signature = token.partition(".")
    good = hmac.compare_digest(
        signature, _sign(site.secrets.salt, site.key, intervention, until)
    )
    if not good or not until.isdigit() or int(until) < site.clock.now_s():
        raise Unauthorised("the preview link is not valid any more", field="token")
    one = site.interventions.get(intervention)
    if one is None:
        raise NotFound(f"there is no intervention {intervention[:64]!r}", field="id")
    at_s = site.clock.now_s()
    shown = site.catalogue.offered(count=_MOST_PRODUCTS, at_s=at_s)
    inputs = Inputs(slate={one.id: shown}, item_title=shown[0].title if shown else "")
    session = _visit_to(shown[:1], at_s=at_s)
    return Answer(
        decision=DecisionAnswer(
            id="preview",
            token="",
            action=one.id,
            kind=one.kind,
            moment="ask",
            content=one.content(
                session, inputs, locale or site.settings.locale, PREVIEWED
            ),
            expires_in_ms=round(one.open_s * 1000),
        )
    )


def _visit_to(products: tuple[Suggestion, ...], *, at_s: float) -> Session:
    """Return nobody's visit to the page of a product, if there is one."""
    items = tuple(
        Item(item_id=one.item_id, price=units(one.price_cents)) for one in products
    )
    beacon = replace(_NOBODY, events=(Event(name="view_item", items=items),))
    session = begin(beacon, visit_index=1, orders=0, at_s=at_s)
    return advance(session, beacon, at_s=at_s).session


def _sign(salt: bytes, site: str, intervention: str, until: str) -> str:
    text = f"preview|{site}|{intervention}|{until}"
    return hmac.digest(salt, text.encode(), "sha256").hex()[:32]
