"""Were the scores true? Reliability of hesitation and intent, coverage of dwell."""

# Rules of this file: a prediction is compared with its label as it was made, before the
# label was known to any model. A view that a card cut short says "longer than that".

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engage.evidence.offpolicy.estimators import Indices
from engage.evidence.report.charts import Line, against_diagonal
from engage.evidence.report.page import Panel, Section, grid_of
from engage.scoring.quality import calibration, log_loss, roc_auc, share_below
from engage.visits.features import NAMES
from engage.visits.shapes import ORDERED_STEP

Floats = NDArray[np.float64]

_WORDS: Final = {
    "hesitation": "Hesitation: makes no progress when left alone",
    "intent": "Intent: orders within the long window",
}
_HOW: Final = (
    "Every prediction was made before its label was known. Only visitors left alone "
    "count, weighted by one over the probability of that. Intervals are by visit: its "
    "labels share what happened in it."
)
_BINS: Final = 10
_LEVELS: Final = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
_Z: Final = 1.96
_FUNNEL_AT: Final = NAMES.index("funnel")
# With fewer a plot would show noise.
_LEAST: Final = 50


class ScoreLog:
    """Predictions and labels by scorer, collected from an export's rows or a journal's.

    >>> log = ScoreLog()
    >>> log.take([{"scorer": "intent", "predicted": 0.1, "label": 0.0, "weight": 1.0}])
    >>> log.rows("intent").shape
    (1, 3)
    """

    def __init__(self) -> None:
        self._flat: dict[str, array[float]] = defaultdict(lambda: array("d"))
        self._visits: dict[str, array[int]] = defaultdict(lambda: array("l"))
        self._numbers: dict[str, int] = {}
        self._ordered = array("b")

    def take(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Note rows of the table `scores`; a view that was cut short weighs nothing."""
        for row in rows:
            if row["predicted"] is None:
                continue
            weight = 0.0 if row.get("censored") else row.get("weight")
            self._flat[row["scorer"]].extend(
                (row["predicted"], row["label"], 1.0 if weight is None else weight)
            )
            count = len(self._numbers)
            visit = row.get("session") or f"of nobody known {count}"
            number = self._numbers.setdefault(visit, count)
            self._visits[row["scorer"]].append(number)
            if row["scorer"] == "intent":
                self._ordered.append(_funnel(row.get("features")) >= ORDERED_STEP)

    @property
    def has_ordered(self) -> NDArray[np.bool_]:
        """Which visits of intent's rows held an order already, shape (n,)."""
        return np.array(self._ordered, dtype=bool)

    def rows(self, scorer: str) -> Floats:
        """Return (predicted, label, weight), shape (n, 3)."""
        return np.array(self._flat[scorer]).reshape(-1, 3)

    def visits(self, scorer: str) -> Indices:
        """Return whose those are: a number of the visit, shape (n,)."""
        return np.array(self._visits[scorer], dtype=np.intp)


def _funnel(features: Mapping[str, float] | Sequence[float] | None) -> float:
    """Return how deep in the funnel a vector is; by name in an export."""
    if not features:
        return 0.0
    if isinstance(features, Mapping):
        return features["funnel"]
    return features[_FUNNEL_AT]


def scores_section(log: ScoreLog) -> Section:
    """Return the reliability of every scorer with enough examples."""
    more = {"intent": _without_orders(log.rows("intent"), log.has_ordered)}
    panels = [
        _reliability(
            scorer, log.rows(scorer), log.visits(scorer), more=more.get(scorer, "")
        )
        for scorer in _WORDS
        if len(log.rows(scorer)) >= _LEAST
    ]
    dwell = log.rows("dwell")
    if np.count_nonzero(dwell[:, 2]) >= _LEAST:
        is_cut_short = (dwell[:, 2] == 0).astype(np.float64)
        panels.append(
            _coverage(dwell[:, 0], log.visits("dwell"), is_cut_short=is_cut_short)
        )
    return Section(
        name="scores",
        title="Are the scores true?",
        notes=(_HOW if panels else f"Fewer than {_LEAST} labels: too few to show.",),
        panels=tuple(panels),
    )


def _without_orders(rows: Floats, has_ordered: NDArray[np.bool_]) -> str:
    """Return how well intent tells what is not known yet, a sentence.

    A visit that has ordered is predicted to order: true, and easy.
    """
    rest, known = rows[~has_ordered], int(has_ordered.sum())
    if not known:
        return ""
    said = f" {known:,} of these visits had ordered by then"
    if not 0.0 < rest[:, 1].sum() < len(rest):
        return f"{said}."
    return f"{said}; the other {len(rest):,}: {_quality(rest)}."


def _quality(rows: Floats) -> str:
    predicted, labels, weights = rows.T
    loss = log_loss(predicted, labels, weights=weights)
    base = float(np.average(labels, weights=weights))
    base_loss = log_loss(np.full_like(predicted, base), labels, weights=weights)
    auc = roc_auc(predicted, labels, weights=weights)
    return (
        f"base rate {base:.1%}, log-loss {loss:.4f} (base rate alone: "
        f"{base_loss:.4f}), AUC {auc:.3f}"
    )


def _reliability(scorer: str, rows: Floats, visits: Indices, *, more: str) -> Panel:
    predicted, labels, weights = rows.T
    bins, spread = _binned(rows, visits)
    error, floor = calibration(predicted, labels, weights=weights)
    floor *= math.sqrt(spread)
    most = min(1.0, max(float(bins[:, :2].max()), float(bins[:, 3].max())) * 1.05)
    return Panel(
        title=_WORDS[scorer],
        says=f"{len(rows):,} labels: {_quality(rows)}, calibration error {error:.3f} "
        f"(a perfect model would show {floor:.3f}).{more}",
        svg=against_diagonal(
            [
                Line(
                    name=scorer,
                    x=bins[:, 0].tolist(),
                    y=bins[:, 1].tolist(),
                    low=bins[:, 2].tolist(),
                    high=bins[:, 3].tolist(),
                )
            ],
            x_unit="predicted probability",
            y_unit="share that came true",
            most=most,
        ),
        alt=f"Reliability of {scorer} in {len(bins)} groups, lowest predictions first; "
        "on the diagonal it is true. "
        + "; ".join(f"said {p:.0%}, came true {y:.0%}" for p, y, *_ in bins),
        grid=grid_of(
            ("predicted", "came true", "95 %", "labels"),
            (
                (f"{p:.1%}", f"{y:.1%}", f"{low:.1%} to {high:.1%}", f"{n:,.0f}")
                for p, y, low, high, n in bins
            ),
        ),
    )


def _binned(rows: Floats, visits: Indices) -> tuple[Floats, float]:
    """Return (predicted, true, low, high, n) of bins of equal size, and their spread.

    Returns:
        shape (k, 5), and the mean of what `spread_by` says of each bin.
    """
    found, spreads = [], []
    for part in np.array_split(np.argsort(rows[:, 0], kind="stable"), _BINS):
        predicted, labels, weights = rows[part].T
        share = float(np.average(labels, weights=weights))
        spreads.append(spread_by(visits[part], weights * (labels - share)))
        # Weights cost rows: Kish's effective number.
        size = float(weights.sum() ** 2 / (weights**2).sum()) / spreads[-1]
        low, high = wilson(share, size)
        mean = float(np.average(predicted, weights=weights))
        found.append((mean, share, low, high, len(part)))
    return np.array(found), float(np.mean(spreads))


def spread_by(visits: Indices, deviations: Floats) -> float:
    """Return how much larger a sum's variance is by visit than by row, at least 1.

    Reference: Kish 1965 (the design effect of clusters).

    >>> spread_by(np.array([0, 0, 1, 1]), np.array([1.0, 1.0, -1.0, -1.0]))
    2.0
    """
    alone = float((deviations**2).sum())
    together = float((np.bincount(visits, weights=deviations) ** 2).sum())
    return max(1.0, together / alone) if alone > 0.0 else 1.0


def wilson(share: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a share of `n`.

    Reference: Wilson, 1927.

    >>> [round(end, 3) for end in wilson(0.5, 100)]
    [0.404, 0.596]
    """
    spread = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    middle, scale = share + _Z**2 / (2 * n), 1 + _Z**2 / n
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def _coverage(percentiles: Floats, visits: Indices, *, is_cut_short: Floats) -> Panel:
    """Return how often a view was shorter than the dwell of each percentile."""
    n, cut = len(percentiles), int(is_cut_short.sum())
    shares = share_below(percentiles, _LEVELS, is_cut_short=is_cut_short)
    # Of a share that is partly made up of others: as wide as whole views alone say.
    whole, whose = percentiles[is_cut_short == 0], visits[is_cut_short == 0]
    are_below = [(whole <= level).astype(np.float64) for level in _LEVELS]
    spreads = [spread_by(whose, below - below.mean()) for below in are_below]
    bounds = [
        wilson(share, (n - cut) / spread)
        for share, spread in zip(shares, spreads, strict=True)
    ]
    return Panel(
        title="Dwell: longer than other views of its kind",
        says=f"{n:,} page views, {cut:,} of them cut short by a card and taken for "
        "longer than that. A view at percentile p must be longer than a share p of "
        "comparable views: all points on the diagonal.",
        svg=against_diagonal(
            [
                Line(
                    name="dwell",
                    x=_LEVELS,
                    y=shares,
                    low=[low for low, _ in bounds],
                    high=[high for _, high in bounds],
                )
            ],
            x_unit="percentile said",
            y_unit="share of views at or below it",
        ),
        alt="Coverage of dwell; on the diagonal it is true. "
        + "; ".join(
            f"at {level:.0%}: {share:.1%}"
            for level, share in zip(_LEVELS, shares, strict=True)
        ),
        grid=grid_of(
            ("percentile", "views at or below", "error"),
            (
                (f"{level:.0%}", f"{share:.1%}", f"{share - level:+.1%}")
                for level, share in zip(_LEVELS, shares, strict=True)
            ),
        ),
    )
