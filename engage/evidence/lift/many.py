"""Keeps many intervals honest together.

Who looks at ten segments finds one that stands out by chance. Each part's e-value says
how strongly it speaks; those that speak loudly enough for how many were asked are
found, and all intervals are widened by the share that was.
"""

# Rules of this file: pure. E-values may depend on one another in any way and on when
# one looks; what is promised holds all the same.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engage.evidence.lift.report import Lift, Verdict
from engage.evidence.sequences.means import Difference


def discoveries(e_values: Sequence[float], *, alpha: float) -> list[bool]:
    """Return which hypotheses are rejected with a false discovery rate of `alpha`.

    Reference: Wang & Ramdas 2022, false discovery rate control with e-values (e-BH).

    >>> discoveries([100.0, 41.0, 3.0, 1.0], alpha=0.05)
    [True, True, False, False]
    >>> discoveries([60.0, 1.0, 1.0, 1.0], alpha=0.05)
    [False, False, False, False]
    """
    count = len(e_values)
    ordered = sorted(e_values, reverse=True)
    passed = [
        rank for rank, one in enumerate(ordered, 1) if one >= count / (rank * alpha)
    ]
    if not passed:
        return [False] * count
    least = ordered[passed[-1] - 1]
    return [one >= least for one in e_values]


def together(
    differences: Mapping[str, Difference], *, alpha: float
) -> dict[str, tuple[Difference, bool]]:
    """Return each difference with the interval it deserves, and whether it stands out.

    The share of intervals that miss, among those of parts that stand out, is at most
    `alpha` on average. Where nothing stands out all are as wide as for one of so many.

    Args:
        differences: by the part's name.
        alpha: that share, in (0, 1).

    Reference: Xu, Wang & Ramdas 2024, post-selection inference for e-value based
    confidence intervals (e-BY).
    """
    found = discoveries([one.e_value for one in differences.values()], alpha=alpha)
    level = alpha * max(sum(found), 1) / max(len(found), 1)
    return {
        name: (one.at(level), is_found)
        for (name, one), is_found in zip(differences.items(), found, strict=True)
    }


def controlled(parts: Mapping[str, Lift], *, alpha: float) -> dict[str, Lift]:
    """Return the parts of a breakdown, their margins controlled together."""
    margins = {name: part.metrics["margin"] for name, part in parts.items()}
    held = together(margins, alpha=alpha)
    return {
        name: replace(
            part,
            metrics={**part.metrics, "margin": held[name][0]},
            is_found=held[name][1],
            verdict=_verdict(part, held[name][0], is_found=held[name][1]),
        )
        for name, part in parts.items()
    }


def _verdict(part: Lift, margin: Difference, *, is_found: bool) -> Verdict:
    if part.verdict not in {"better", "worse"}:
        return part.verdict
    if not is_found:
        return "undecided"
    return "better" if margin.difference > 0 else "worse"
