"""A report as one HTML page: no script, no network, for screen, phone and paper."""

# Rules of this file: everything that is put in is escaped, but for plots, which we draw
# ourselves. What a plot shows stands in a table beside it, in words and digits.

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

from engage import __version__
from engage.evidence.report.style import STYLE

SIMULATED: Final = (
    "This is a simulation. No shopper on this page is real, and no figure says "
    "anything about a real shop."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table: the first column is text, the others are digits.

    Attributes:
        heads: one a column.
        rows: cells as they are shown.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One thing to see.

    Attributes:
        title: what it is about.
        says: what to read from it, a sentence or two.
        svg: the plot, empty where digits are enough.
        alt: what the plot shows, for those who do not see it.
        grid: the plot's numbers; None where there are none.
    """

    title: str
    says: str
    svg: str = ""
    alt: str = ""
    grid: Grid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Some panels under one heading.

    Attributes:
        name: of its place in the page, lower-case letters.
        lead: what is to be remembered, in a sentence; shown large.
        notes: further sentences.
    """

    name: str
    title: str
    lead: str = ""
    notes: tuple[str, ...] = ()
    panels: tuple[Panel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole report.

    Attributes:
        about: facts for the head of the page: (name, value).
        is_simulated: whether the log is a simulation's; said at the top.
    """

    title: str
    about: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    is_simulated: bool


def write_page(path: Path, page: Page) -> int:
    """Write a page, whole or not at all, and return its size in bytes."""
    text = render(page).encode()
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(text)
    partial.replace(path)
    return len(text)


def render(page: Page) -> str:
    """Return the page as HTML."""
    facts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in page.about
    )
    banner = f'<p class="sim" role="note">{SIMULATED}</p>' if page.is_simulated else ""
    links = "".join(
        f'<li><a href="#{one.name}">{escape(one.title)}</a></li>'
        for one in page.sections
    )
    nav = f'<nav aria-label="Contents"><ul>{links}</ul></nav>'
    sections = "".join(map(_section, page.sections))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(page.title)}</title><style>{STYLE}</style></head><body>"
        f"<header><h1>{escape(page.title)}</h1>{banner}<dl>{facts}</dl>"
        f"{nav if len(page.sections) > 1 else ''}</header>"
        f"<main>{sections}</main>"
        f"<footer>engage {escape(__version__)}. Intervals are 95 % unless said "
        "otherwise. Plots: matplotlib.</footer></body></html>\n"
    )


def _section(one: Section) -> str:
    lead = f'<p class="lead">{escape(one.lead)}</p>' if one.lead else ""
    notes = "".join(f"<p>{escape(note)}</p>" for note in one.notes)
    panels = "".join(
        _panel(panel, name=f"{one.name}-{number}", under=one.title)
        for number, panel in enumerate(one.panels, 1)
    )
    return (
        f'<section id="{one.name}" aria-labelledby="{one.name}-h">'
        f'<h2 id="{one.name}-h">{escape(one.title)}</h2>{lead}{notes}{panels}</section>'
    )


def _panel(one: Panel, *, name: str, under: str) -> str:
    plot = (
        f'<div class="plot" role="img" aria-label="{escape(one.alt)}">{one.svg}</div>'
        if one.svg
        else ""
    )
    grid = _grid(one.grid, caption=f"{under}: {one.title}") if one.grid else ""
    form = "panel" if plot and grid else "panel one"
    return (
        f'<article class="{form}" aria-labelledby="{name}"><div class="says">'
        f'<h3 id="{name}">{escape(one.title)}</h3><p>{escape(one.says)}</p></div>'
        f"{plot}{grid}</article>"
    )


def _grid(grid: Grid, *, caption: str) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in grid.heads)
    rows = "".join(f"<tr>{_cells(row)}</tr>" for row in grid.rows)
    # Wide tables scroll by themselves, also by keyboard; the page never does.
    return (
        f'<div class="grid" tabindex="0" role="region" '
        f'aria-label="{escape(caption)}, numbers"><table><thead><tr>{heads}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def _cells(row: Sequence[str]) -> str:
    first, *others = row
    # On a phone a long name may break where its parts meet.
    name = re.sub("([_=])", r"\1<wbr>", escape(first))
    return f'<th scope="row">{name}</th>' + "".join(
        f"<td>{escape(cell)}</td>" for cell in others
    )


def number(value: float | None, *, digits: int = 2, sign: bool = False) -> str:
    """Return a number for a table; a dash where there is none, and no minus before 0.

    >>> number(1234.5), number(-0.25, sign=True), number(None)
    ('1,234.50', '-0.25', '-')
    >>> number(-1e-9, sign=True)
    '+0.00'
    """
    if value is None:
        return "-"
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if sign else ''},.{digits}f}"


def interval(
    low: float | None, high: float | None, *, digits: int = 2, sign: bool = True
) -> str:
    """Return an interval for a table; says so where there is none yet.

    >>> interval(-1.0, 2.0), interval(None, None)
    ('-1.00 to +2.00', 'not yet')
    """
    if low is None or high is None:
        return "not yet"
    ends = (number(end, digits=digits, sign=sign) for end in (low, high))
    return " to ".join(ends)


def grid_of(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Grid:
    """Return a table of any cells."""
    return Grid(heads=tuple(heads), rows=tuple(tuple(row) for row in rows))
