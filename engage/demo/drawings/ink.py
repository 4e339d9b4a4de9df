"""SVG elements as text, colour mixing, and the studio every product stands in."""

# Rules of this file: presentation attributes only, no style and no script, so that a
# drawing passes the strictest content security policy. Numbers are rounded to two
# digits, so the same product is the same bytes on every machine.

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

# Every drawing is a square of this many units.
SIDE = 480

Number: TypeAlias = int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What distinguishes one drawing from its siblings.

    Attributes:
        shape: name of a shape in its category's table, for example `single_cut`.
        main: colour of the body, `#rrggbb`.
        accent: colour of pickguard, lining, grille or pads, `#rrggbb`.
    """

    shape: str
    main: str
    accent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A drawn product without its surroundings.

    Attributes:
        body: SVG elements.
        details: two close-ups as `x y width height` in drawing units.
        stands: true if it stands on the floor, false if it hangs on the wall.
    """

    body: str
    details: tuple[str, str]
    stands: bool = True


def tag(name: str, *children: str, **attributes: Number | str) -> str:
    """Return one SVG element; `stroke_width=2` becomes `stroke-width="2"`.

    >>> tag("circle", cx=1, cy=2.004, fill="#fff")
    '<circle cx="1" cy="2" fill="#fff"/>'
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_text(value))}"
        for key, value in attributes.items()
    )
    if not children:
        return f"<{name}{written}/>"
    return f"<{name}{written}>{''.join(children)}</{name}>"


def _text(value: Number | str) -> str:
    return value if isinstance(value, str) else f"{round(value, 2):g}"


def mix(colour: str, other: str, share: float) -> str:
    """Return `colour` with `share` (0 to 1) of it replaced by `other`.

    >>> mix("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def darker(colour: str, share: float = 0.25) -> str:
    """Return the colour mixed with near-black, for sides that face away from light."""
    return mix(colour, "#12131a", share)


def lighter(colour: str, share: float = 0.25) -> str:
    """Return the colour mixed with white, for edges that catch the light."""
    return mix(colour, "#ffffff", share)


def box(x: Number, y: Number, w: Number, h: Number, **more: Number | str) -> str:
    """Return a rectangle; pass `rx` for round corners."""
    return tag("rect", x=x, y=y, width=w, height=h, **more)


def disc(x: Number, y: Number, r: Number, **more: Number | str) -> str:
    """Return a circle around (x, y)."""
    return tag("circle", cx=x, cy=y, r=r, **more)


def path(d: str, **more: Number | str) -> str:
    """Return a path."""
    return tag("path", d=d, **more)


def line(d: str, colour: str, width: Number, **more: Number | str) -> str:
    """Return an open stroke with round ends."""
    return tag(
        "path",
        d=d,
        fill="none",
        stroke=colour,
        stroke_width=width,
        stroke_linecap="round",
        stroke_linejoin="round",
        **more,
    )


def group(*children: str, **more: Number | str) -> str:
    """Return a group, usually for a `transform` or an `opacity`."""
    return tag("g", *children, **more)


def fade(name: str, *stops: tuple[float, str, float], **more: Number | str) -> str:
    """Return a linear gradient; a stop is (offset 0 to 1, colour, opacity 0 to 1)."""
    return tag("linearGradient", *_stops(stops), id=name, **more)


def glow(name: str, *stops: tuple[float, str, float], **more: Number | str) -> str:
    """Return a radial gradient; stops as in `fade`."""
    return tag("radialGradient", *_stops(stops), id=name, **more)


def _stops(stops: tuple[tuple[float, str, float], ...]) -> list[str]:
    return [
        tag("stop", offset=offset, stop_color=colour, stop_opacity=opacity)
        for offset, colour, opacity in stops
    ]


def scene(sketch: Sketch, *, backdrop: str, title: str) -> str:
    """Return the finished SVG: studio wall, half-lit disc, floor and product.

    Close-ups are named views: `drawing.svg#detail-1` and `#detail-2`.

    Args:
        sketch: the product.
        backdrop: colour of the studio wall, `#rrggbb`.
        title: the product's name, read by screen readers.
    """
    defs = tag(
        "defs",
        fade("wall", (0, lighter(backdrop, 0.3), 1), (1, backdrop, 1), x2=0, y2=1),
        fade(
            "floor",
            (0, darker(backdrop, 0.13), 1),
            (1, darker(backdrop, 0.02), 1),
            x2=0,
            y2=1,
        ),
        glow("ground", (0, "#12131a", 0.34), (1, "#12131a", 0)),
    )
    views = "".join(
        tag("view", id=f"detail-{number}", viewBox=view)
        for number, view in enumerate(sketch.details, start=1)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" '
        f'width="{SIDE}" height="{SIDE}" role="img">'
        f"<title>{escape(title)}</title>{defs}{views}"
        f"{_studio(backdrop, stands=sketch.stands)}{sketch.body}</svg>\n"
    )


def _studio(backdrop: str, *, stands: bool) -> str:
    """Draw the wall with the shop's mark, a disc that is lit from one side."""
    wall = box(0, 0, SIDE, SIDE, fill="url(#wall)")
    bright, dim = lighter(backdrop, 0.42), darker(backdrop, 0.07)
    y, r = (208, 150) if stands else (240, 172)
    lit = disc(240, y, r, fill=bright, opacity=0.75)
    shade = path(f"M240 {y - r}a{r} {r} 0 0 1 0 {2 * r}z", fill=dim, opacity=0.75)
    floor = box(0, 352, SIDE, 128, fill="url(#floor)") if stands else ""
    return wall + lit + shade + floor


def shadow(x: Number, y: Number, rx: Number, ry: Number = 12) -> str:
    """Return the soft shadow of something standing around (x, y)."""
    return tag("ellipse", cx=x, cy=y, rx=rx, ry=ry, fill="url(#ground)")
