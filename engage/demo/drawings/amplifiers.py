"""Amplifiers: cabinets with grille cloth, control panels and speakers."""

# Rules of this file: a cabinet is drawn from the front and stands on y = 384. Cloth is
# one pattern; speakers show through it faintly, as they do in a shop window.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engage.demo.drawings.ink import (
    Look,
    Sketch,
    box,
    darker,
    disc,
    fade,
    group,
    lighter,
    line,
    path,
    shadow,
    tag,
)

_FLOOR = 384
_INK = "#1d1e25"
_BRASS = "#d7b064"
_CHROME = "#d3d6dc"
_LAMP = "#ff5a36"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """A cabinet's front, in drawing units."""

    x: float
    y: float
    w: float
    h: float


def _paints(look: Look) -> str:
    cloth = tag(
        "pattern",
        box(0, 0, 7, 7, fill=look.accent),
        line("M0 0L7 7M7 0L0 7", darker(look.accent, 0.2), 1.1),
        disc(3.5, 3.5, 0.9, fill=lighter(look.accent, 0.45)),
        id="cloth",
        width=7,
        height=7,
        patternUnits="userSpaceOnUse",
    )
    shade = fade(
        "shade",
        (0, "#ffffff", 0.18),
        (0.5, "#ffffff", 0),
        (1, "#12131a", 0.3),
        x2=0.4,
        y2=1,
    )
    return tag("defs", cloth, shade)


def _case(frame: _Frame, look: Look, *, rx: int = 14) -> str:
    """Draw the covered box with its feet and a top edge in the light."""
    feet = "".join(
        box(x, frame.y + frame.h - 3, 26, 11, rx=4, fill=_INK)
        for x in (frame.x + 18, frame.x + frame.w - 44)
    )
    size = {"x": frame.x, "y": frame.y, "width": frame.w, "height": frame.h, "rx": rx}
    edge = line(
        f"M{frame.x + rx} {frame.y + 2.5}H{frame.x + frame.w - rx}",
        lighter(look.main, 0.4),
        2,
        opacity=0.7,
    )
    return (
        feet
        + tag("rect", **size, fill=look.main)
        + tag("rect", **size, fill="url(#shade)")
        + edge
    )


def _grille(frame: _Frame, *, speakers: int) -> str:
    """Draw cloth with piping, and the speakers behind it."""
    size = {"x": frame.x, "y": frame.y, "width": frame.w, "height": frame.h, "rx": 8}
    radius = min(frame.h / 2 - 12, frame.w / speakers / 2 - 14)
    cones = "".join(
        disc(x, frame.y + frame.h / 2, r, fill="#12131a", opacity=o)
        for n in range(speakers)
        for x in [frame.x + frame.w * (n + 0.5) / speakers]
        for r, o in ((radius, 0.2), (radius * 0.82, 0.1), (radius * 0.34, 0.24))
    )
    return (
        tag("rect", **size, fill="url(#cloth)")
        + cones
        + tag("rect", **size, fill="none", stroke="#f3ead7", stroke_width=2.5)
    )


def _panel(frame: _Frame, *, knobs: int, plate: str) -> str:
    """Draw a control plate: input jack, knobs turned to different values, pilot."""
    middle = frame.y + frame.h / 2
    parts = [box(frame.x, frame.y, frame.w, frame.h, rx=5, fill=plate)]
    parts += [disc(frame.x + 20, middle, 6.5, fill=_INK)]
    parts += [disc(frame.x + 20, middle, 3, fill="#6d7079")]
    gap = (frame.w - 84) / max(knobs - 1, 1)
    for number in range(knobs):
        x, turn = frame.x + 46 + number * gap, (number * 83) % 240 - 120
        pointer = line(f"M{x} {middle - 3}V{middle - 9}", "#ffffff", 2.2)
        parts.append(disc(x, middle + 1.5, 11, fill="#12131a", opacity=0.25))
        parts.append(disc(x, middle, 10.5, fill=_INK))
        parts.append(group(pointer, transform=f"rotate({turn} {x} {middle})"))
    pilot = frame.x + frame.w - 16
    parts.append(disc(pilot, middle, 8, fill=_LAMP, opacity=0.35))
    parts.append(disc(pilot, middle, 4.5, fill=_LAMP))
    return "".join(parts)


def _handle(x: float, y: float, *, width: float = 92) -> str:
    half = width / 2
    strap = (
        f"M{x - half} {y}C{x - half + 10} {y - 22}"
        f" {x + half - 10} {y - 22} {x + half} {y}"
    )
    ends = "".join(
        box(x + side * half - 9, y - 5, 18, 9, rx=3, fill=_CHROME) for side in (-1, 1)
    )
    return line(strap, _INK, 11) + line(strap, "#4b4d58", 2.5, opacity=0.8) + ends


def _badge(x: float, y: float, colour: str) -> str:
    """Draw the maker's mark: a half-lit disc on a small plate."""
    return (
        box(x - 24, y - 9, 48, 18, rx=4, fill=_INK)
        + disc(x - 11, y, 5, fill="none", stroke=colour, stroke_width=1.6)
        + path(f"M{x - 11} {y - 5}a5 5 0 0 1 0 10z", fill=colour)
        + line(f"M{x} {y}H{x + 16}", colour, 2)
    )


def _corners(frame: _Frame) -> str:
    return "".join(
        group(
            path("M0 26V10C0 4 4 0 10 0H26C22 12 12 22 0 26Z", fill=_CHROME),
            disc(9, 9, 1.8, fill="#6d7079"),
            transform=f"translate({x} {y}) scale({sx} {sy})",
        )
        for x, sx in ((frame.x - 1, 1), (frame.x + frame.w + 1, -1))
        for y, sy in ((frame.y - 1, 1), (frame.y + frame.h + 1, -1))
    )


def _sketch(look: Look, *parts: str, width: float, knobs: str) -> Sketch:
    body = _paints(look) + shadow(240, _FLOOR + 8, width * 0.6, 15) + "".join(parts)
    return Sketch(body=body, details=(knobs, "190 230 150 150"))


def practice(look: Look) -> Sketch:
    """Draw a small practice amplifier with a slanted top plate."""
    case = _Frame(x=146, y=196, w=188, h=180)
    return _sketch(
        look,
        _handle(240, 198, width=70),
        _case(case, look, rx=16),
        _panel(_Frame(x=158, y=208, w=164, h=34), knobs=3, plate=_CHROME),
        _grille(_Frame(x=158, y=252, w=164, h=112), speakers=1),
        _badge(294, 350, _BRASS),
        width=188,
        knobs="150 190 110 110",
    )


def combo(look: Look) -> Sketch:
    """Draw a combo with one speaker and a dark panel above the cloth."""
    case = _Frame(x=108, y=130, w=264, h=246)
    return _sketch(
        look,
        _handle(240, 132),
        _case(case, look),
        _panel(_Frame(x=124, y=146, w=232, h=40), knobs=5, plate="#2b2d36"),
        _grille(_Frame(x=124, y=198, w=232, h=162), speakers=1),
        _badge(320, 342, _BRASS),
        _corners(case),
        width=264,
        knobs="112 120 150 150",
    )


def twin(look: Look) -> Sketch:
    """Draw a wide combo with two speakers and a brushed plate."""
    case = _Frame(x=62, y=150, w=356, h=226)
    return _sketch(
        look,
        _handle(240, 152, width=110),
        _case(case, look),
        _panel(_Frame(x=78, y=164, w=324, h=40), knobs=8, plate=_CHROME),
        _grille(_Frame(x=78, y=216, w=324, h=144), speakers=2),
        _badge(126, 342, _CHROME),
        _corners(case),
        width=356,
        knobs="66 130 150 150",
    )


def stack(look: Look) -> Sketch:
    """Draw a head on a cabinet with four speakers."""
    low, top = _Frame(x=112, y=176, w=256, h=200), _Frame(x=120, y=92, w=240, h=78)
    return _sketch(
        look,
        _case(low, look, rx=12),
        *(_grille(_Frame(x=126, y=y, w=228, h=84), speakers=2) for y in (188, 280)),
        _corners(low),
        _handle(240, 94, width=80),
        _case(top, look, rx=12),
        box(132, 104, 216, 20, rx=4, fill="url(#cloth)"),
        _panel(_Frame(x=132, y=130, w=216, h=32), knobs=6, plate=_BRASS),
        _badge(240, 114, _BRASS),
        width=256,
        knobs="120 80 130 130",
    )


def radio(look: Look) -> Sketch:
    """Draw a battery amplifier in a wooden frame with a carrying strap."""
    wood = look.main
    strap = "M118 300C104 168 160 112 240 112C320 112 376 168 362 300"
    frame = _Frame(x=112, y=222, w=256, h=154)
    return _sketch(
        look,
        line(strap, darker(look.accent, 0.45), 12),
        line(strap, lighter(look.accent, 0.25), 1.5, stroke_dasharray="5 5"),
        _case(frame, look, rx=26),
        line("M136 236H344M130 362H350", darker(wood, 0.3), 1.2, opacity=0.5),
        _grille(_Frame(x=130, y=242, w=136, h=114), speakers=1),
        box(278, 242, 74, 114, rx=10, fill="#2b2d36"),
        *(
            disc(x, y, 10, fill=_BRASS) + line(f"M{x} {y - 2}V{y - 7}", _INK, 2)
            for x, y in ((298, 264), (332, 264), (298, 296), (332, 296))
        ),
        box(292, 322, 46, 22, rx=11, fill="#14151b"),
        disc(302, 333, 3.5, fill="#6be38a"),
        width=256,
        knobs="262 222 110 110",
    )


def lunchbox(look: Look) -> Sketch:
    """Draw a small valve head whose glowing tubes show behind a steel mesh."""
    case = _Frame(x=96, y=214, w=288, h=162)
    mesh = "".join(
        line(f"M{x} 232V306", "#12131a", 2, opacity=0.55) for x in range(122, 368, 10)
    )
    tubes = "".join(
        disc(x, 272, 34, fill="#ff9a3c", opacity=0.2)
        + box(x - 14, 240, 28, 62, rx=14, fill="#ffd9a0", opacity=0.55)
        + box(x - 6, 258, 12, 36, rx=5, fill="#ff8a2b")
        for x in (164, 214, 266, 316)
    )
    return _sketch(
        look,
        _handle(240, 216, width=120),
        _case(case, look, rx=18),
        box(112, 228, 256, 82, rx=10, fill="#17181e"),
        tubes,
        mesh,
        _panel(_Frame(x=112, y=320, w=256, h=42), knobs=5, plate=look.accent),
        width=288,
        knobs="110 222 130 130",
    )


SHAPES: dict[str, Callable[[Look], Sketch]] = {
    "practice": practice,
    "combo": combo,
    "twin": twin,
    "stack": stack,
    "radio": radio,
    "lunchbox": lunchbox,
}
