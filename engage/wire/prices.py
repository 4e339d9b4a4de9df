"""Reads a price as a feed writes it: an amount with a decimal point, and a currency.

`899.00 EUR` is one. `899,00 EUR`, `EUR 899.00`, `1'299.00 CHF`, `1 299,00 EUR` and
`1299,- EUR` are refused in a sentence: a shop's server can write it as Merchant asks,
and a price that reaches customers is not guessed. So is what has two readings: three
digits after a lone point, `1.299 EUR`, are a guitar's thousands to one shop and a
fraction of a cent to another.
"""

# Rules of this file: pure; text in, cents or a sentence out.

from __future__ import annotations

import re
from datetime import UTC, datetime

from msgspec import Struct

from engage.errors import BadRequest
from engage.wire.currencies import CODES, FINE
from engage.wire.money import cents
from engage.wire.plain import shown

# A blank that does not break (`&nbsp;`) looks the same to whoever reads the message.
_PRICE = re.compile(r"(\d{1,10}(?:\.\d{1,6})?)[ \xa0\u202f]?([A-Z]{3})", re.ASCII)
# No group of thousands begins with 0 or has four digits: 0.125 and 1299.000 are plain.
_TWO_READINGS = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)
_MOST_CENTS = 1_000_000_000


class Sale(Struct, frozen=True, kw_only=True):
    """A lower price of a product, and when it holds: epoch seconds; None: always.

    >>> Sale(price_cents=700, from_s=10.0, until_s=20.0).holds(at_s=20.0)
    False
    """

    price_cents: int
    from_s: float | None = None
    until_s: float | None = None

    def holds(self, *, at_s: float) -> bool:
        """Tell whether it is the price at `at_s`; the end is exclusive."""
        has_begun = self.from_s is None or at_s >= self.from_s
        return has_begun and (self.until_s is None or at_s < self.until_s)


def price_of(text: str, *, field: str, is_paid: bool = True) -> tuple[int, str]:
    """Return a price in cents, rounded half up, and its currency.

    Args:
        text: amount and currency.
        field: what to call it in a message.
        is_paid: customers pay it, and nobody pays a thousandth but where the currency
            has them; what goods cost on average may well be 6.543.

    Raises:
        BadRequest: with the field, the limit and the value.

    >>> price_of("899.00 EUR", field="price"), price_of("1.250 KWD", field="price")
    ((89900, 'EUR'), (125, 'KWD'))
    """
    match = _PRICE.fullmatch(text)
    if not match or match.group(2) not in CODES:
        raise BadRequest(
            f'{field} must be an amount and a currency like "899.00 EUR", '
            f"got {shown(text)}",
            field=field,
        )
    amount, currency = match.groups()
    if is_paid and currency not in FINE and _TWO_READINGS.fullmatch(amount):
        raise BadRequest(
            f"{field} must have two decimals, for three may be thousands, "
            f"got {shown(text)}",
            field=field,
        )
    amount_cents = cents(float(amount))
    if amount_cents > _MOST_CENTS:
        raise BadRequest(
            f"{field} must be <= {_MOST_CENTS // 100}, got {amount}", field=field
        )
    return amount_cents, currency


def cost_of(text: str, *, currency: str) -> int | None:
    """Return what goods cost the shop, in cents; None if it is not given.

    Raises:
        BadRequest: it is no amount, or none in the price's `currency`.
    """
    field = "cost_of_goods_sold"
    return _beside(text, field=field, currency=currency, is_paid=False)


def sale_of(text: str, span: str, *, price_cents: int, currency: str) -> Sale | None:
    """Return the sale; systems that have none write a price of 0 or the price again.

    Args:
        text: the lower price.
        span: from when to when it holds, "" for always.
        price_cents: the price that it is lower than.
        currency: the price's.

    Raises:
        BadRequest: one of both cannot be read, or the time ends before it begins.
    """
    field = "sale_price_effective_date"
    cents_now = _beside(text, field="sale_price", currency=currency)
    if not cents_now or cents_now >= price_cents:
        return None
    if not span:
        return Sale(price_cents=cents_now)
    try:
        first, last = map(_moment, span.split("/"))
    except ValueError:
        raise BadRequest(
            f'{field} must be two times like "2026-11-20T08:00+0100/'
            f'2026-11-27T20:00+0100", got {shown(span)}',
            field=field,
        ) from None
    if first >= last:
        raise BadRequest(
            f"{field} must begin before it ends, got {shown(span)}", field=field
        )
    return Sale(price_cents=cents_now, from_s=first, until_s=last)


def _beside(
    text: str, *, field: str, currency: str, is_paid: bool = True
) -> int | None:
    """Return an amount beside the price, None if it is not given."""
    if not text:
        return None
    amount_cents, own = price_of(text, field=field, is_paid=is_paid)
    if own != currency:
        raise BadRequest(
            f"{field} must be in {currency} as the price, got {own}", field=field
        )
    return amount_cents


def _moment(text: str) -> float:
    """Return epoch seconds of an ISO 8601 time; as in Merchant, UTC without a zone.

    Raises:
        ValueError: it is none.
    """
    at = datetime.fromisoformat(text.strip())
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
