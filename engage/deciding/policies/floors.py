"""Floors, the share of `none` and the launch quota, mixed into a distribution.

All of it happens before the draw and in closed form, so the logged probability is the
one the action really had.
"""

# Rules of this file: arithmetic on one distribution. Each step only moves mass from
# above a floor, so no step breaks what an earlier one has guaranteed. Sums are exact
# (fsum): the order of the actions never shows in a probability.

from __future__ import annotations

import math

from engage.deciding.draw import NONE, Distribution, round_distribution
from engage.errors import PolicyError

_NOBODY: frozenset[str] = frozenset()


def with_floors(
    wish: Distribution,
    *,
    floor: float,
    none_floor: float = 0.0,
    launching: frozenset[str] = _NOBODY,
    launch_share: float = 1.0,
) -> Distribution:
    """Return the wish mixed with the floors, bounded by the launch quota and rounded.

    Every action keeps at least `floor / K` of K eligible ones, `none` at least
    `none_floor`, and a launching action at most `launch_share` (or its floor, if that
    is more); what a bound takes away goes to the others in proportion.

    Args:
        wish: what the policy would do without floors.
        floor: share of a uniform draw over the eligible actions, in [0, 1].
        none_floor: least probability of `none`, in [0, 1].
        launching: actions under the launch quota; never `none`.
        launch_share: most of its moments that a launching action gets, in [0, 1].

    Raises:
        PolicyError: the wish is no distribution, lacks `none`, or the floors leave
            nothing to distribute.

    Reference: mixing keeps weights below K / floor (Foster & Rakhlin, 2020; VW #4298
    shows what a missing floor does).

    >>> with_floors({"none": 0.0, "chat": 1.0}, floor=0.02, none_floor=0.1)
    {'none': 0.1, 'chat': 0.9}
    """
    if NONE not in wish:
        raise PolicyError(f"distribution must hold 'none', got {sorted(wish)!r}")
    least = floor / len(wish)
    mixed = {action: (1.0 - floor) * p + least for action, p in wish.items()}
    if mixed[NONE] < none_floor:
        mixed = _raise_none(mixed, least=least, none_floor=none_floor)
    if launching:
        mixed = _bound(mixed, launching - {NONE}, most=max(launch_share, least))
    return round_distribution(mixed)


def _raise_none(
    mixed: Distribution, *, least: float, none_floor: float
) -> Distribution:
    held = least * (len(mixed) - 1)
    free = 1.0 - none_floor - held
    if free < 0.0:
        raise PolicyError(
            f"none_floor must leave {held:.6g} to the others, got {none_floor!r}"
        )
    if len(mixed) == 1:
        return mixed
    # Only what lies above the floors is scaled, so that the floors still hold.
    above = math.fsum(p - least for a, p in mixed.items() if a != NONE)
    scale = free / above
    raised = {a: least + (p - least) * scale for a, p in mixed.items()}
    raised[NONE] = none_floor
    return raised


def _bound(
    mixed: Distribution, launching: frozenset[str], *, most: float
) -> Distribution:
    over = [a for a in mixed if a in launching and mixed[a] > most]
    if not over:
        return mixed
    excess = math.fsum(mixed[a] - most for a in over)
    kept = math.fsum(p for a, p in mixed.items() if a not in launching)
    if kept <= 0.0:
        return {a: min(p, most) if a in over else p for a, p in mixed.items()} | {
            NONE: excess
        }
    scale = 1.0 + excess / kept
    return {
        a: (min(p, most) if a in launching else p * scale) for a, p in mixed.items()
    }
