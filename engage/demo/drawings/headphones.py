"""Headphones: over-ear, on-ear, and the small ones with and without a cable."""

# Rules of this file: a headset hangs in front of the wall around x = 240, drawn from
# the front; its two halves are one half and its mirror image.

from __future__ import annotations

from collections.abc import Callable

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
    path,
    tag,
)

_INK = "#1d1e25"
_STEEL = "#c9ccd2"


def _paints(look: Look) -> str:
    mesh = tag(
        "pattern",
        box(0, 0, 8, 8, fill=darker(look.main, 0.55)),
        disc(4, 4, 2.6, fill=darker(look.main, 0.15)),
        id="mesh",
        width=8,
        height=8,
        patternUnits="userSpaceOnUse",
    )
    return tag(
        "defs",
        mesh,
        fade(
            "shell",
            (0, lighter(look.main, 0.35), 1),
            (0.4, look.main, 1),
            (1, darker(look.main, 0.35), 1),
            x2=1,
            y2=0.6,
        ),
        fade(
            "pad",
            (0, lighter(look.accent, 0.18), 1),
            (1, darker(look.accent, 0.35), 1),
            x2=1,
            y2=0,
        ),
        glow(
            "pearl",
            (0, lighter(look.main, 0.6), 1),
            (0.6, look.main, 1),
            (1, darker(look.main, 0.3), 1),
            cx=0.38,
            cy=0.32,
            r=0.75,
        ),
    )


def _mirrored(half: str) -> str:
    """Return the left half and its mirror image around x = 240."""
    return group(half) + group(half, transform="translate(480 0) scale(-1 1)")


def _band(look: Look, *, top: int, width: int, spread: int, padded: bool = True) -> str:
    """Draw the arch over the head: steel outside, padding inside, a line of light."""
    left, right, y = 240 - spread, 240 + spread, 262
    arch = f"M{left} {y}C{left - 6} {top - 6} {right + 6} {top - 6} {right} {y}"
    pad_top = top + width * 0.62
    inner = (
        f"M{left + 34} 176C{left + 72} {pad_top - 4} {right - 72} {pad_top - 4}"
        f" {right - 34} 176"
    )
    return (
        (line(inner, darker(look.accent, 0.1), width * 0.9) if padded else "")
        + line(arch, darker(look.main, 0.15), width)
        + line(arch, look.main, width * 0.72)
        + line(
            arch,
            lighter(look.main, 0.55),
            2,
            opacity=0.7,
            transform=f"translate(0 {-width * 0.18})",
        )
    )


def _yoke(x: int, y: int) -> str:
    return (
        box(x - 6, y - 66, 12, 74, rx=5, fill=_STEEL)
        + line(f"M{x - 1} {y - 60}V{y}", "#8d9098", 1.5)
        + line(
            f"M{x - 30} {y + 44}V{y + 24}C{x - 30} {y - 6} {x + 30} {y - 6} {x + 30}"
            f" {y + 24}V{y + 44}",
            _STEEL,
            8,
        )
    )


def _cup(x: int, y: int, *, width: int, height: int, face: str = "url(#shell)") -> str:
    """Draw one ear cup: pad towards the head, shell outside."""
    r = width * 0.42
    return (
        box(
            x + width * 0.16,
            y - height / 2 + 4,
            width * 0.66,
            height - 8,
            rx=r * 0.9,
            fill="url(#pad)",
        )
        + line(
            f"M{x + width * 0.62} {y - height * 0.32}V{y + height * 0.32}",
            "#12131a",
            1.5,
            opacity=0.35,
        )
        + box(x - width / 2, y - height / 2, width, height, rx=r, fill="url(#shell)")
        + box(
            x - width / 2 + 9,
            y - height / 2 + 12,
            width - 18,
            height - 24,
            rx=r * 0.75,
            fill=face,
        )
        + line(
            f"M{x - width / 2 + 5} {y - height * 0.26}V{y + height * 0.2}",
            "#ffffff",
            2.5,
            opacity=0.35,
        )
    )


def _sketch(look: Look, *parts: str, close: str = "70 214 160 160") -> Sketch:
    things = group(*parts)
    cast = group(
        things, opacity=0.16, transform="translate(12 12)", filter="url(#flat)"
    )
    flat = tag(
        "filter",
        tag("feColorMatrix", values="0 0 0 0 .07 0 0 0 0 .07 0 0 0 0 .1 0 0 0 1 0"),
        tag("feGaussianBlur", stdDeviation=4),
        id="flat",
    )
    body = _paints(look) + tag("defs", flat) + cast + things
    return Sketch(body=body, details=(close, "150 60 180 180"), stands=False)


def over_ear(look: Look) -> Sketch:
    """Draw closed over-ear headphones with a ring of light on the shell."""
    ring = disc(
        122, 300, 17, fill="none", stroke="#ffffff", stroke_width=3, opacity=0.75
    )
    half = path("M122 283a17 17 0 0 1 0 34z", fill="#ffffff", opacity=0.75)
    return _sketch(
        look,
        _band(look, top=62, width=30, spread=122),
        _mirrored(_yoke(124, 258) + _cup(126, 300, width=84, height=146) + ring + half),
    )


def open_back(look: Look) -> Sketch:
    """Draw open studio headphones: perforated shells, wide suspended band."""
    return _sketch(
        look,
        _band(look, top=58, width=22, spread=124, padded=False),
        line("M140 168C190 118 290 118 340 168", look.accent, 20),
        _mirrored(
            _yoke(124, 260) + _cup(126, 302, width=92, height=158, face="url(#mesh)")
        ),
        line("M124 380C126 424 160 444 214 442", _INK, 5),
        close="66 220 130 170",
    )


def on_ear(look: Look) -> Sketch:
    """Draw light on-ear headphones: a thin steel band, round foam pads."""
    arch = "M138 290C116 40 364 40 342 290"
    pad = (
        tag("ellipse", cx=168, cy=300, rx=26, ry=56, fill="url(#pad)")
        + tag("ellipse", cx=142, cy=300, rx=32, ry=58, fill="url(#shell)")
        + tag("ellipse", cx=138, cy=300, rx=20, ry=42, fill=darker(look.main, 0.14))
        + disc(138, 300, 9, fill=_STEEL)
        + box(128, 214, 20, 40, rx=6, fill=_INK)
    )
    return _sketch(
        look,
        line(arch, "#8d9098", 9),
        line(arch, "#e6e8ec", 4),
        line("M188 122C214 98 266 98 292 122", look.accent, 22),
        _mirrored(pad),
        line("M142 356C150 404 240 380 240 428V462", _INK, 4.5),
        line("M338 356C330 404 240 380 240 428", _INK, 4.5),
        close="86 226 140 140",
    )


def studio_set(look: Look) -> Sketch:
    """Draw folding headphones with square cups and a two-colour shell."""
    split = path(
        "M95 300H157V334a27 27 0 0 1-27 24H122a27 27 0 0 1-27-24Z",
        fill=look.accent,
        opacity=0.9,
    )
    return _sketch(
        look,
        _band(look, top=66, width=38, spread=118),
        _mirrored(
            box(112, 214, 26, 44, rx=8, fill=_INK)
            + disc(125, 236, 5, fill=_STEEL)
            + _cup(126, 304, width=80, height=132)
            + split
        ),
    )


def wired(look: Look) -> Sketch:
    """Draw in-ear phones whose cable falls in a loop."""
    cable = (
        "M176 190C172 300 210 300 240 340M304 190C308 300 270 300 240 340"
        "C240 400 330 420 352 360C372 300 300 284 286 340C272 398 330 436 404 428"
    )
    bud = (
        path("M176 122L214 108C224 106 228 116 222 124L196 158Z", fill=look.accent)
        + disc(176, 150, 40, fill="url(#pearl)")
        + disc(176, 150, 24, fill="none", stroke="#ffffff", stroke_width=2, opacity=0.5)
        + path("M176 126a24 24 0 0 1 0 48z", fill="#ffffff", opacity=0.25)
        + box(167, 182, 18, 44, rx=8, fill=darker(look.main, 0.3))
    )
    return _sketch(
        look,
        line(cable, darker(look.main, 0.25), 5),
        box(231, 326, 18, 32, rx=7, fill=_STEEL),
        box(392, 419, 40, 17, rx=5, fill=_INK),
        box(430, 424, 24, 7, rx=3, fill="#d7b064"),
        _mirrored(bud),
        close="112 84 140 140",
    )


def wireless(look: Look) -> Sketch:
    """Draw two wireless buds above their open charging case."""
    bud = (
        box(168, 112, 28, 96, rx=14, fill="url(#shell)")
        + path("M190 120L226 112C238 112 240 132 228 136L194 152Z", fill=look.accent)
        + disc(178, 128, 36, fill="url(#pearl)")
        + disc(178, 128, 10, fill=darker(look.main, 0.2), opacity=0.6)
        + box(178, 194, 8, 8, rx=2, fill="#d7b064")
    )
    case = (
        box(132, 262, 216, 128, rx=52, fill="url(#shell)")
        + path(
            "M132 300C132 276 154 262 184 262H296C326 262 348 276 348 300Z",
            fill=darker(look.main, 0.3),
        )
        + tag("ellipse", cx=204, cy=284, rx=28, ry=12, fill=_INK)
        + tag("ellipse", cx=276, cy=284, rx=28, ry=12, fill=_INK)
        + disc(240, 342, 5, fill="#6be38a")
        + line("M160 372C180 384 300 384 320 372", "#ffffff", 2, opacity=0.25)
    )
    return _sketch(look, case, _mirrored(bud), close="120 80 140 140")


SHAPES: dict[str, Callable[[Look], Sketch]] = {
    "over_ear": over_ear,
    "open_back": open_back,
    "on_ear": on_ear,
    "studio_set": studio_set,
    "wired": wired,
    "wireless": wireless,
}
