"""The kinds of plot that reports use."""

# Rules of this file: values in, SVG out. Several series differ in form as well as in
# colour. An interval that does not exist is not drawn.

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from engage.evidence.report.plots import GROUND, INK, LINE, SOFT, A, B, C, drawn

# Inches: a row of a horizontal plot, and what stands around the rows.
_ROW_IN: Final = 0.3
_AROUND_IN: Final = 0.75
_FORMS: Final = ((A, "-", "o"), (B, "--", "s"), (C, ":", "^"), (SOFT, "-.", "D"))
# Letters of a row's name; more would leave no room for the plot on a phone.
_LONGEST: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A value with its interval, or without one."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One series; `low` and `high` make a band where both are numbers."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


def spans(rows: Sequence[Span], *, unit: str, mark: float | None = 0.0) -> str:
    """Return values with intervals, one below the other.

    Args:
        rows: at least one, the first on top.
        unit: of the axis.
        mark: where a line across all rows stands; None: nowhere.
    """

    def draw(axes: Any) -> None:
        if mark is not None:
            axes.axvline(mark, color=SOFT, linewidth=1.2, linestyle=(0, (2, 2)))
        for place, row in enumerate(rows):
            if row.low is not None and row.high is not None:
                axes.plot([row.low, row.high], [place, place], color=A, linewidth=3)
            hollow = row.low is None
            axes.plot(
                [row.value],
                [place],
                marker="o",
                markersize=7,
                color=A,
                markerfacecolor=GROUND if hollow else A,
            )
        _name_rows(axes, [row.name for row in rows], unit=unit)

    return drawn(draw, height_in=_AROUND_IN + _ROW_IN * len(rows))


def bars(rows: Sequence[tuple[str, float]], *, unit: str) -> str:
    """Return numbers as bars from 0, one below the other; negative ones to the left."""

    def draw(axes: Any) -> None:
        for place, (_, value) in enumerate(rows):
            axes.barh(place, value, height=0.62, color=A if value >= 0 else B)
        axes.axvline(0.0, color=SOFT, linewidth=1.0)
        _name_rows(axes, [name for name, _ in rows], unit=unit)

    return drawn(draw, height_in=_AROUND_IN + _ROW_IN * len(rows))


def lines(
    series: Sequence[Line], *, x_unit: str, y_unit: str, mark: float | None = None
) -> str:
    """Return series over a common axis, each with its band if it has one."""

    def draw(axes: Any) -> None:
        if mark is not None:
            axes.axhline(mark, color=SOFT, linewidth=1.2, linestyle=(0, (2, 2)))
        for one, (colour, style, _) in zip(series, _forms(len(series)), strict=False):
            if one.low:
                axes.fill_between(
                    one.x, one.low, one.high, color=colour, alpha=0.18, linewidth=0
                )
            axes.plot(one.x, one.y, color=colour, linestyle=style, label=one.name)
        if len(series) > 1:
            axes.legend(loc="best", fontsize=9.5)
        axes.set_xlabel(x_unit)
        axes.set_ylabel(y_unit)

    return drawn(draw, height_in=3.0)


def against_diagonal(
    series: Sequence[Line], *, x_unit: str, y_unit: str, most: float = 1.0
) -> str:
    """Return points that should lie on the diagonal from 0 to `most`.

    Args:
        series: `low` and `high` are the points' intervals.
        x_unit: what was said.
        y_unit: what came true.
        most: where both axes end.
    """

    def draw(axes: Any) -> None:
        axes.plot([0, most], [0, most], color=SOFT, linewidth=1, linestyle=(0, (2, 2)))
        for one, (colour, _, form) in zip(series, _forms(len(series)), strict=False):
            if one.low:
                axes.vlines(one.x, one.low, one.high, color=colour, linewidth=1.6)
            axes.plot(
                one.x,
                one.y,
                linestyle="none",
                marker=form,
                markersize=5.5,
                color=colour,
                label=one.name,
            )
        if len(series) > 1:
            axes.legend(loc="upper left", fontsize=9.5)
        axes.set(xlim=(0, most * 1.02), ylim=(0, most * 1.02))
        axes.set_xlabel(x_unit)
        axes.set_ylabel(y_unit)

    return drawn(draw, height_in=3.6)


def ranges(rows: Sequence[tuple[str, Sequence[float], float]], *, unit: str) -> str:
    """Return where most of some numbers lie, one row each, with a mark of its own.

    Args:
        rows: name, (5 %, 25 %, 50 %, 75 %, 95 %) quantiles, and where the mark stands.
        unit: of the axis.
    """

    def draw(axes: Any) -> None:
        for place, (_, found, mark) in enumerate(rows):
            axes.plot([found[0], found[4]], [place, place], color=A, linewidth=1.5)
            axes.plot([found[1], found[3]], [place, place], color=A, linewidth=7)
            axes.plot([found[2]], [place], marker="|", color=GROUND, markersize=7)
            axes.plot(
                [mark], [place], marker="D", color=B, markersize=6, linestyle="none"
            )
        _name_rows(axes, [name for name, _, _ in rows], unit=unit)
        axes.set_xlim(left=0)

    return drawn(draw, height_in=_AROUND_IN + _ROW_IN * len(rows))


def _name_rows(axes: Any, names: Sequence[str], *, unit: str) -> None:
    # To the right, because long names leave the plot itself little room.
    axes.set_xlabel(unit, loc="right")
    axes.set_yticks(range(len(names)), [_short(name) for name in names], color=INK)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_color(LINE)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _forms(count: int) -> list[tuple[str, str, str]]:
    return [*_FORMS] * math.ceil(max(count, 1) / len(_FORMS))
