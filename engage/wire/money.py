"""Money: integer cents inside, decimal numbers outside."""

# Rules of this file: pure. A cent is a hundredth of the currency's unit, whatever the
# currency; rounding is half up, as on a receipt.

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")


def cents(amount: float) -> int:
    """Return `amount` (units of a currency) in cents, rounded half up.

    The shortest decimal that reads back as the same float is what was written, so
    1.005 counts as a half although its binary value lies below it.

    Raises:
        ValueError: `amount` is not finite.

    >>> cents(129.9), cents(1.005), cents(-0.005), cents(0.0)
    (12990, 101, -1, 0)
    """
    scaled = amount * 100
    if not math.isfinite(scaled):
        raise ValueError(f"amount must be finite, got {amount!r}")
    nearest = round(scaled)
    # Far from a half the nearest integer is right and cheap.
    if abs(scaled - nearest) < 0.49:
        return nearest
    return int(Decimal(repr(amount)).quantize(_CENT, ROUND_HALF_UP) * 100)


def scaled(amount_cents: int, rate: float) -> int:
    """Return cents times a rate as it was written, rounded half up.

    >>> scaled(1215, 0.3), scaled(-5, 0.5), scaled(400, 0.9)
    (365, -3, 360)
    """
    exact = amount_cents * Decimal(repr(rate))
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def units(amount_cents: int) -> float:
    """Return cents as units of the currency, for the wire and for models.

    >>> units(12990)
    129.9
    """
    return amount_cents / 100
