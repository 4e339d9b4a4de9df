"""Who is decided on, which luck they have, and the one draw that follows.

The decision id is an HMAC of what was decided on and every throw derives from it, so
a retry after a crash throws the same dice and a log line replays to the same action.
"""

# Rules of this file: no state and no generator. One call returns the action *and* its
# propensity; nothing else in the tree may turn a distribution into an action.

from __future__ import annotations

import base64
import hashlib
import hmac
import math

from engage.errors import PolicyError

Distribution = dict[str, float]
"""Probability per eligible action; sums to 1 within 1e-9, `none` first."""

NONE = "none"
"""The action that is always eligible: leave the visitor alone."""

SUM_TOLERANCE = 1e-9
# Twelve digits survive every JSON writer and hide the last bits in which processors
# differ; so the logged distribution, not the computed one, is what is drawn from.
DIGITS = 12
_ID_LENGTH = 26  # 130 bits: two equal ids never happen.
_MANTISSA_BITS = 53


def decision_id(
    salt: bytes, *, site: str, session: str, tab: str, seq: int, moment: str
) -> str:
    """Return the id of the decision for this moment: the same facts, the same id.

    Args:
        salt: the site's secret; without it ids cannot be guessed.
        site: public site key.
        session: session id.
        tab: tab id.
        seq: sequence number of the beacon that raised the moment, >= 0.
        moment: kind of the moment.

    Returns:
        `d_` and 26 characters of base32, lower case.

    >>> facts = {"site": "pk", "session": "s", "tab": "0", "moment": "lingering"}
    >>> decision_id(b"salt", seq=7, **facts)
    'd_ibmvmsiqjw3xk6y234rqfyyhld'
    """
    # No id may contain "|" (wire/limits), so the parts cannot run together.
    text = f"{site}|{session}|{tab}|{seq}|{moment}"
    digest = hmac.digest(salt, text.encode(), "sha256")
    return "d_" + base64.b32encode(digest).decode()[:_ID_LENGTH].lower()


def luck(decision_id: str, purpose: str) -> float:
    """Return this decision's throw for one purpose, uniform in [0, 1).

    Different purposes (`draw`, `trigger`, ...) give independent throws.

    >>> luck("d_a", "draw") == luck("d_a", "draw")
    True
    >>> luck("d_a", "draw") == luck("d_a", "trigger")
    False
    """
    return fraction_of(hashlib.sha256(f"{purpose}|{decision_id}".encode()).digest())


def fraction_of(digest: bytes) -> float:
    """Return the first bits of a digest as a number in [0, 1), as fine as floats are.

    >>> fraction_of(bytes(32)), fraction_of(bytes([128] + 31 * [0]))
    (0.0, 0.5)
    """
    whole = int.from_bytes(digest[:8], "big") >> (64 - _MANTISSA_BITS)
    return math.ldexp(whole, -_MANTISSA_BITS)


def check_distribution(distribution: Distribution) -> None:
    """Accept a distribution or say what is wrong with it.

    Raises:
        PolicyError: it is empty, holds a probability outside [0, 1] or one that is
            not finite, or does not sum to 1 within 1e-9.
    """
    if not distribution:
        raise PolicyError("distribution must hold an action, got none at all")
    values = distribution.values()
    total = math.fsum(values)
    # A NaN fails the first comparison wherever it stands.
    if abs(total - 1.0) <= SUM_TOLERANCE and min(values) >= 0.0:
        return
    for action, p in distribution.items():
        if not 0.0 <= p <= 1.0 + SUM_TOLERANCE:
            raise PolicyError(f"probability of {action!r} must be in [0, 1], got {p!r}")
    raise PolicyError(f"distribution must sum to 1 within 1e-9, got {total!r}")


def round_distribution(distribution: Distribution) -> Distribution:
    """Return the distribution with 12 digits; the likeliest action takes what is left.

    Raises:
        PolicyError: it is no distribution.

    >>> round_distribution({"none": 1 / 3, "chat": 2 / 3})
    {'none': 0.333333333333, 'chat': 0.666666666667}
    """
    check_distribution(distribution)
    rounded = {action: round(p, DIGITS) for action, p in distribution.items()}
    likeliest = max(rounded, key=rounded.__getitem__)
    left = 1.0 - math.fsum(rounded.values())
    rounded[likeliest] = round(rounded[likeliest] + left, DIGITS)
    return rounded


def draw(distribution: Distribution, u: float) -> tuple[str, float]:
    """Draw one action and return it with its propensity.

    The propensity is the probability the action had *in this draw*; logging any other
    number biases every later off-policy estimate.

    Args:
        distribution: probability per eligible action; the order of its actions is
            part of the draw, `none` first.
        u: this decision's throw, in [0, 1).

    Returns:
        The action and its propensity, in (0, 1].

    Raises:
        PolicyError: it is no distribution, or `u` is outside [0, 1).

    Reference: Horvitz & Thompson, 1952 (inverse-probability weighting).

    >>> draw({"none": 0.25, "chat": 0.75}, 0.3)
    ('chat', 0.75)
    """
    check_distribution(distribution)
    if not 0.0 <= u < 1.0:
        raise PolicyError(f"u must be in [0, 1), got {u!r}")
    reached = 0.0
    last = ""
    for action, p in distribution.items():
        if p <= 0.0:
            continue
        last = action
        reached += p
        if u < reached:
            return action, p
    # The sum may end a rounding error below 1: such a throw belongs to the last.
    return last, distribution[last]
