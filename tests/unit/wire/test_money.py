"""Money is whole cents, rounded as on a receipt."""

import math

import pytest

from engage.wire.currencies import CODES
from engage.wire.money import cents, units


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0.0, 0),
        (129.9, 12_990),
        (0.1 + 0.2, 30),
        (1.005, 101),
        (2.675, 268),
        (1.0049, 100),
        (0.004999, 0),
        (0.005, 1),
        (1e7, 1_000_000_000),
        (9_999_999.995, 1_000_000_000),
        (1e10, 1_000_000_000_000),
        (-41.205, -4_121),
    ],
)
def test_half_up(amount, expected):
    """A half is what was written as a half, whatever its binary value."""
    assert cents(amount) == expected


@pytest.mark.parametrize("amount", [math.nan, math.inf, -math.inf])
def test_not_finite(amount):
    """An amount that is no number has no cents."""
    with pytest.raises(ValueError, match="amount must be finite"):
        cents(amount)


def test_there_and_back():
    """Cents survive the way over the wire."""
    assert all(cents(units(one)) == one for one in range(0, 1_000_000, 37))


def test_currencies():
    """Codes are three capitals; neither metals nor test codes are money."""
    assert all(len(code) == 3 and code.isupper() for code in CODES)
    assert {"EUR", "USD", "CHF", "JPY"} <= CODES
    assert not CODES & {"XXX", "XTS", "XAU", "HRK", "eur"}
