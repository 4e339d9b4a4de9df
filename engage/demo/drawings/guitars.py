"""Guitars: parametric drawings of solid, hollow and acoustic instruments."""

# Rules of this file: an instrument is drawn upright around x = 0 with its body below
# y = 0, then leant against the wall by one transform.

from __future__ import annotations

from collections.abc import Callable

from engage.demo.drawings.guitar_parts import (
    CREAM,
    INK,
    STEEL,
    bridge,
    head,
    humbucker,
    knob,
    neck,
    single_coil,
    strings,
)
from engage.demo.drawings.ink import (
    Look,
    Sketch,
    box,
    darker,
    disc,
    fade,
    glow,
    group,
    lighter,
    line,
    mix,
    path,
    tag,
)

_DOUBLE = (
    "M0 190C62 193 94 162 90 118C87 92 67 84 63 60C60 44 74 26 69 6C66-9 51-15 44-6"
    "C36 6 31 22 18 24H-18C-31 19-35-12-46-27C-58-42-75-27-73 0C-71 25-59 42-63 60"
    "C-67 84-88 94-91 120C-94 163-62 190 0 190Z"
)
_SINGLE = (
    "M0 190C64 193 94 160 89 116C86 92 66 84 64 62C62 46 73 32 66 13C60-2 45 0 37 11"
    "C32 19 27 24 18 24H-18C-24 8-40-5-55-1C-75 5-77 33-69 52C-64 70-84 92-88 116"
    "C-93 160-64 193 0 190Z"
)
_WAIST = (
    "M0 192C70 195 104 160 100 114C97 84 76 76 74 54C73 40 84 30 80 8C76-14 56-18 46-4"
    "C38 6 34 22 18 24H-18C-34 22-38 6-46-4C-56-18-76-14-80 8C-84 30-73 40-74 54"
    "C-76 76-97 84-100 114C-104 160-70 195 0 192Z"
)
_FLATTOP = (
    "M0 196C76 198 108 166 106 116C104 84 78 78 78 52C78 30 86 18 80-4C74-24 44-30 0-30"
    "C-44-30-74-24-80-4C-86 18-78 30-78 52C-78 78-104 84-106 116C-108 166-76 198 0 196Z"
)
_LONG_HORN = (
    "M0 190C58 192 88 164 86 122C84 96 62 88 58 62C55 44 68 24 62 4C58-9 46-12 40-2"
    "C34 10 30 22 18 24H-18C-30 14-34-30-46-52C-56-70-74-56-72-24C-70 8-54 36-57 62"
    "C-61 88-85 98-88 124C-91 166-58 190 0 190Z"
)


def _finish(outline: str, look: Look, *, burst: bool) -> str:
    """Draw the lacquered body: colour, optional burst, rim and sheen."""
    rim = darker(look.main, 0.72) if burst else darker(look.main, 0.2)
    paints = tag(
        "defs",
        glow(
            "burst",
            (0.25, lighter(look.main, 0.22), 1),
            (0.68, look.main, 1),
            (1, rim, 1),
            cx=0.5,
            cy=0.55,
            r=0.62,
        ),
        fade(
            "sheen",
            (0, "#ffffff", 0.34),
            (0.45, "#ffffff", 0.05),
            (1, "#12131a", 0.2),
            x2=1,
            y2=0.7,
        ),
    )
    paint = "url(#burst)" if burst else look.main
    return (
        paints
        + path(outline, fill="#12131a", opacity=0.18, transform="translate(13 9)")
        + path(outline, fill=rim, transform="translate(3 2)")
        + path(outline, fill=paint)
        + path(outline, fill="url(#sheen)")
    )


def _lean(*parts: str, scale: float = 0.98) -> Sketch:
    """Lean the upright instrument so that it fills the square from corner to corner."""
    move = f"translate(245 238) rotate(36) scale({scale}) translate(0 46)"
    return Sketch(
        body=group(*parts, transform=move),
        details=("96 196 210 210", "290 22 170 170"),
        stands=False,
    )


def double_cut(look: Look) -> Sketch:
    """Draw a solid body with two horns, three single coils and a pickguard."""
    guard = (
        "M-22 22C-40 14-48 2-52-8C-60 10-50 40-52 62C-54 84-64 96-62 112C-40 120-14 126"
        " 8 140C30 154 48 152 62 142C66 130 60 116 58 102C54 84 50 70 52 52C50 30 40 26"
        " 22 26Z"
    )
    return _lean(
        _finish(_DOUBLE, look, burst=False),
        path(guard, fill=look.accent),
        path(guard, fill="none", stroke=darker(look.accent, 0.2), stroke_width=1),
        head(-220, "#e2b877", inline=True),
        neck(-220, board="#e2b877", joint=42),
        *(single_coil(y, "#fffdf7", t) for y, t in ((52, 0), (82, 0), (110, -11))),
        bridge(140),
        *(knob(x, y, CREAM) for x, y in ((38, 112), (48, 132), (30, 142))),
        strings(-218, 146),
    )


def plank(look: Look) -> Sketch:
    """Draw a solid single-cut slab with a steel control plate."""
    guard = (
        "M-20 20C-34 6-50 6-58 14C-64 26-62 44-58 60C-56 76-66 88-66 100C-42 108-20 106"
        " 4 108C24 108 40 100 52 90C50 74 46 62 48 46C48 34 38 30 22 30Z"
    )
    return _lean(
        _finish(_SINGLE, look, burst=False),
        path(guard, fill=look.accent),
        head(-220, "#e2b877", inline=True),
        neck(-220, board="#e2b877", joint=40),
        single_coil(56, STEEL),
        box(-24, 118, 48, 42, rx=3, fill=STEEL),
        single_coil(124, INK, -10),
        bridge(140),
        group(
            box(-9, 0, 18, 66, rx=9, fill=STEEL),
            *(knob(0, y, "#9a9da6") for y in (32, 52)),
            box(-2, 8, 4, 14, rx=2, fill=INK),
            transform="translate(56 96) rotate(8)",
        ),
        strings(-218, 146),
    )


def carved(look: Look) -> Sketch:
    """Draw a bound, carved-top single cut with two humbuckers and a sunburst."""
    return _lean(
        _finish(_SINGLE, look, burst=True),
        path(_SINGLE, fill="none", stroke=CREAM, stroke_width=3.5),
        path("M40 56C50 80 48 110 28 132L22 130V60Z", fill=look.accent, opacity=0.95),
        head(-216, INK, inline=False),
        neck(-216, board="#3d2a22", joint=44),
        humbucker(48),
        humbucker(104),
        box(-22, 140, 44, 7, rx=3.5, fill=STEEL),
        box(-25, 160, 50, 8, rx=4, fill=STEEL),
        *(
            knob(x, y, "#d8a24a")
            for x, y in ((50, 116), (70, 138), (38, 148), (56, 164))
        ),
        strings(-214, 162),
    )


def hollow(look: Look) -> Sketch:
    """Draw a semi-hollow with two rounded horns and f-holes."""
    hole = "M0 0C10-2 12 10 4 16C-6 26-8 44 2 54C8 62 0 70-8 66"
    return _lean(
        _finish(_WAIST, look, burst=True),
        path(_WAIST, fill="none", stroke=CREAM, stroke_width=3.5),
        *(
            group(line(hole, INK, 5), transform=f"translate({60 * side} 74) {flip}")
            for side, flip in ((-1, ""), (1, "scale(-1 1)"))
        ),
        head(-216, look.accent, inline=False),
        neck(-216, board="#3d2a22", joint=42),
        humbucker(48, "#d9bd7c"),
        humbucker(98, "#d9bd7c"),
        box(-22, 134, 44, 7, rx=3.5, fill="#d9bd7c"),
        path("M-16 160H16L11 186H-11Z", fill="#d9bd7c"),
        *(knob(x, y, INK) for x, y in ((54, 152), (72, 134), (40, 168))),
        strings(-214, 162),
    )


def acoustic(look: Look) -> Sketch:
    """Draw a flat-top with a rosette, a dark guard and grain in the top."""
    grain = "".join(
        line(f"M{x} -26V190", darker(look.main, 0.3), 0.9, opacity=0.28)
        for x in range(-96, 100, 8)
    )
    clip = tag("clipPath", path(_FLATTOP), id="top")
    return _lean(
        _finish(_FLATTOP, look, burst=False),
        clip,
        group(grain, clip_path="url(#top)"),
        path(_FLATTOP, fill="none", stroke=look.accent, stroke_width=4),
        path("M26 50C60 56 66 92 48 116C32 112 22 96 12 84Z", fill=look.accent),
        disc(
            0,
            58,
            36,
            fill="none",
            stroke=mix(look.main, look.accent, 0.6),
            stroke_width=5,
        ),
        disc(0, 58, 29, fill="#231a16"),
        head(-212, look.accent, inline=False),
        neck(-212, board="#3d2a22", joint=34),
        bridge(128, wood=True),
        strings(-210, 132),
        scale=0.96,
    )


def bass(look: Look) -> Sketch:
    """Draw a four-string bass with a long horn and split pickups."""
    guard = (
        "M-22 24C-38 10-46-10-50-26C-58-4-44 34-48 60C-52 84-64 96-62 110C-36 112-6 118"
        " 14 134C30 146 46 144 60 132C62 116 52 96 50 76C48 54 48 32 22 26Z"
    )
    return _lean(
        _finish(_LONG_HORN, look, burst=False),
        path(guard, fill=look.accent),
        head(-252, "#e2b877", inline=True, pegs=4),
        neck(-252, board="#5a3a28", width=9, joint=34),
        box(-22, 76, 24, 17, rx=4, fill=INK),
        box(-2, 94, 24, 17, rx=4, fill=INK),
        bridge(146),
        *(knob(x, y, STEEL) for x, y in ((36, 116), (48, 130))),
        strings(-250, 150, count=4),
        scale=0.93,
    )


def plectra(look: Look) -> Sketch:
    """Draw three picks fanned out."""
    shape = "M0 74C-26 44-56 2-50-28C-44-52 44-52 50-28C56 2 26 44 0 74Z"
    picks = []
    for x, y, turn, colour in (
        (150, 250, -24, look.accent),
        (326, 262, 26, lighter(look.main, 0.45)),
        (238, 220, 2, look.main),
    ):
        picks.append(
            group(
                path(shape, fill="#12131a", opacity=0.16, transform="translate(7 9)"),
                path(shape, fill=colour),
                path(
                    shape,
                    fill="none",
                    stroke="#ffffff",
                    stroke_width=2,
                    opacity=0.4,
                    transform="scale(.93)",
                ),
                disc(0, -14, 15, fill="none", stroke="#ffffff", stroke_width=3),
                path("M0-29a15 15 0 0 1 0 30z", fill="#ffffff"),
                transform=f"translate({x} {y}) rotate({turn}) scale(1.42)",
            )
        )
    return Sketch(
        body="".join(picks), details=("150 120 180 180", "60 160 180 180"), stands=False
    )


SHAPES: dict[str, Callable[[Look], Sketch]] = {
    "double_cut": double_cut,
    "plank": plank,
    "carved": carved,
    "hollow": hollow,
    "acoustic": acoustic,
    "bass": bass,
    "plectra": plectra,
}
