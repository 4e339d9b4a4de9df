"""Foreign money becomes the site's own: in orders, and in what pages say of prices."""

# Rules of this file: pure. A rate that nobody configured is never guessed: an order in
# such a currency is refused, so is a product; a price on a page counts as unknown.

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from engage.errors import BadRequest
from engage.settings import MoneySettings
from engage.wire.beacon import Beacon, Event, Item
from engage.wire.catalog import CatalogItem
from engage.wire.currencies import FINE
from engage.wire.money import scaled

# The most a price in a beacon may be; a session has no room for more.
_MOST: Final = 1e7


def cents_of(cents: int, currency: str, *, money: MoneySettings) -> int:
    """Return an amount in cents of the site's currency.

    Raises:
        BadRequest: its currency is neither the site's nor one with a rate.
    """
    if currency == money.currency:
        return cents
    if currency in money.rates:
        return scaled(cents, money.rates[currency])
    known = ", ".join([money.currency, *money.rates])
    raise BadRequest(
        f"currency must be one of {known}, got {currency!r}", field="currency"
    )


def foreign_price(item: CatalogItem, *, money: MoneySettings) -> str:
    """Return why a product of the shop's server cannot be taken; "" if it can.

    A card shows prices, and none that we have converted. Taken without its price it
    would never be offered, and what pages tell of it would count no more.
    """
    if item.currency == money.currency:
        return ""
    return f"price must be in {money.currency}, the site's own, got {item.currency}"


def is_rounded(currency: str, *, money: MoneySettings) -> bool:
    """Tell whether an amount may have been rounded on its way into cents of ours."""
    return currency != money.currency or currency in FINE


def with_own_prices(beacon: Beacon, *, money: MoneySettings) -> Beacon:
    """Return the beacon with all prices in the site's currency; mostly itself.

    An item is in its own currency, else in its event's, else in the site's. One that
    was converted still names the currency it was said in: it is good to decide on, and
    no price that the catalogue may show to anybody.
    """
    own = money.currency
    for event in beacon.events:
        for item in event.items:
            if (item.currency or event.currency or own) != own:
                events = tuple(_with_own_prices(one, money) for one in beacon.events)
                return replace(beacon, events=events)
    return beacon


def _with_own_prices(event: Event, money: MoneySettings) -> Event:
    items = tuple(
        _own_price(item, item.currency or event.currency or money.currency, money)
        for item in event.items
    )
    return replace(event, items=items)


def _own_price(item: Item, currency: str, money: MoneySettings) -> Item:
    if currency == money.currency:
        return item
    rate = money.rates.get(currency)

    def own(amount: float | None) -> float | None:
        return None if amount is None or rate is None else min(amount * rate, _MOST)

    return replace(
        item, price=own(item.price), discount=own(item.discount), currency=currency
    )
