"""Plots as SVG inside the page: matplotlib draws, the page's colours and fonts show.

matplotlib, because it is the plotting library with the longest record (since 2003, a
release every few months, a licence as free as Python's), and because what it draws is
static: 10 to 20 kB a plot, no script, the same on paper, in a mail and in ten years.
Altair's and Bokeh's pages carry 0.8 to 4 MB of script and show nothing without it.
"""

# Rules of this file: what matplotlib is told are names of colours, as far as it takes
# names; in the SVG they become the page's variables, so that one plot fits light, dark
# and paper. The same figure gives the same bytes.

from __future__ import annotations

import importlib
import io
import re
import shlex
import sys
from collections.abc import Callable
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from engage.errors import BadRequest

INK: Final = "#010101"
SOFT: Final = "#010102"
LINE: Final = "#010103"
A: Final = "#010104"
B: Final = "#010105"
C: Final = "#010106"
GROUND: Final = "#010107"
_VARIABLES: Final = MappingProxyType(
    {
        INK: "var(--ink)",
        SOFT: "var(--soft)",
        LINE: "var(--line)",
        A: "var(--a)",
        B: "var(--b)",
        C: "var(--c)",
        GROUND: "var(--card)",
    }
)
# Inches at 72 points: a point of the plot is about a pixel of a phone.
WIDTH_IN: Final = 4.5
_SETTINGS: Final = MappingProxyType(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "engage",
        # Names come from logs; a dollar sign in one is no formula.
        "text.parse_math": False,
        "font.size": 10.5,
        "axes.edgecolor": SOFT,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": LINE,
        "grid.linewidth": 0.6,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "text.color": INK,
        "legend.frameon": False,
        "lines.linewidth": 1.8,
    }
)
Draw = Callable[[Any], None]


def drawn(draw: Draw, *, height_in: float) -> str:
    """Return what `draw` puts on axes as SVG, to stand inside a page.

    Args:
        draw: is given matplotlib's axes.
        height_in: inches; the width is 4.5.

    Raises:
        BadRequest: matplotlib is not installed; says the command that installs it.
    """
    matplotlib = _module("matplotlib")
    figures = _module("matplotlib.figure")
    with matplotlib.rc_context(dict(_SETTINGS)):
        figure = figures.Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
        figure.patch.set_alpha(0.0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0.0)
        axes.tick_params(length=0, pad=6)
        draw(axes)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    return _fit(file.getvalue())


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        command = f"{shlex.quote(sys.executable)} -m pip install 'matplotlib>=3.10'"
        raise BadRequest(
            f"--html needs matplotlib, which is not installed ({error}). Install it "
            f"with `{command}` (it is part of the extra `science`)"
        ) from error


def _fit(svg: str) -> str:
    """Return matplotlib's file as an element of a page among others."""
    element = svg[svg.index("<svg") :]
    element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    element = re.sub(r"<!--.*?-->", "", element, flags=re.DOTALL)
    # The page decides the size; the drawing keeps its proportions.
    element = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", element, count=1)
    element = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", element, count=1)
    element = element.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1)
    element = re.sub(
        r"font: ([\d.]+)px [^;\"]*", r"font: \1px system-ui, sans-serif", element
    )
    for name, variable in _VARIABLES.items():
        element = element.replace(name, variable)
    # Names must differ between the plots of one page.
    own = sha256(element.encode()).hexdigest()[:8]
    element = re.sub(r'\bid="', f'id="{own}-', element)
    element = element.replace("url(#", f"url(#{own}-").replace(
        'href="#', f'href="#{own}-'
    )
    return re.sub(r">\s+<", "><", element)
