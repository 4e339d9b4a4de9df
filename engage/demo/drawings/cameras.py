"""Cameras: seen from the front, with lenses that have real-looking glass."""

# Rules of this file: a camera stands on y = 366. Parts from back to front: top plate,
# body, leatherette, lens.

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
    lighter,
    line,
    path,
    shadow,
    tag,
)

_INK = "#1b1c22"
_CHROME = "#d5d8de"


def _paints(look: Look) -> str:
    """Define metal, leather grain and coated glass."""
    grain = tag(
        "pattern",
        box(0, 0, 6, 6, fill=look.accent),
        disc(1.5, 1.5, 0.9, fill=lighter(look.accent, 0.14)),
        disc(4.5, 4.5, 0.9, fill=darker(look.accent, 0.3)),
        id="grain",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
    )
    return tag(
        "defs",
        grain,
        fade(
            "metal",
            (0, lighter(look.main, 0.4), 1),
            (0.25, look.main, 1),
            (1, darker(look.main, 0.22), 1),
            x2=0,
            y2=1,
        ),
        glow(
            "glass",
            (0, "#5d6fc4", 1),
            (0.45, "#2a2f63", 1),
            (1, "#0d0e18", 1),
            cx=0.42,
            cy=0.4,
            r=0.6,
        ),
        fade(
            "barrel",
            (0, "#4a4c57", 1),
            (0.5, "#1b1c22", 1),
            (1, "#33353e", 1),
            x2=1,
            y2=1,
        ),
    )


def _lens(x: float, y: float, r: float, *, ring: str = _CHROME) -> str:
    """Draw barrel, name ring, glass and two reflections."""
    marks = "".join(
        line(
            f"M{x} {y - r * 0.9}v{r * 0.07}",
            "#ffffff",
            1.6,
            opacity=0.8,
            transform=f"rotate({turn} {x} {y})",
        )
        for turn in range(-70, 80, 20)
    )
    return (
        disc(x + 4, y + 7, r * 1.02, fill="#12131a", opacity=0.25)
        + disc(x, y, r, fill=ring)
        + disc(x, y, r * 0.96, fill="url(#barrel)")
        + marks
        + disc(x, y, r * 0.76, fill=_INK)
        + disc(x, y, r * 0.74, fill="none", stroke=ring, stroke_width=1.5, opacity=0.6)
        + disc(x, y, r * 0.6, fill="url(#glass)")
        + disc(x, y, r * 0.3, fill="#090a12", opacity=0.75)
        + tag(
            "ellipse",
            cx=x - r * 0.22,
            cy=y - r * 0.26,
            rx=r * 0.19,
            ry=r * 0.12,
            fill="#ffffff",
            opacity=0.75,
            transform=f"rotate(-38 {x} {y})",
        )
        + disc(x + r * 0.26, y + r * 0.28, r * 0.07, fill="#b6c4ff", opacity=0.6)
    )


def _dial(x: float, y: float, width: float, height: float) -> str:
    """Draw a knurled dial seen from the side."""
    count = int(width / 4)
    ribs = "".join(
        line(f"M{x + 3 + n * 4} {y + 3}v{height - 5}", "#8d9098", 1)
        for n in range(count)
    )
    return box(x, y, width, height, rx=3, fill=_CHROME) + ribs


def _window(x: float, y: float, width: float, height: float) -> str:
    return (
        box(x, y, width, height, rx=4, fill=_INK)
        + box(x + 4, y + 4, width - 8, height - 8, rx=2, fill="#4d5a94")
        + path(
            f"M{x + 4} {y + height - 4}L{x + width * 0.6} {y + 4}H{x + 4}Z",
            fill="#ffffff",
            opacity=0.3,
        )
    )


def _sketch(look: Look, *parts: str, width: float, close: str) -> Sketch:
    body = _paints(look) + shadow(240, 370, width * 0.6, 14) + "".join(parts)
    return Sketch(body=body, details=(close, "90 150 150 150"))


def _metal_body(x: float, y: float, w: float, h: float) -> str:
    """Draw a metal shell with a leatherette band."""
    return (
        box(x, y, w, h, rx=22, fill="url(#metal)")
        + box(x, y + 52, w, h - 82, fill="url(#grain)")
        + line(
            f"M{x} {y + 52}H{x + w}M{x} {y + h - 30}H{x + w}",
            "#12131a",
            1.2,
            opacity=0.4,
        )
    )


def rangefinder(look: Look) -> Sketch:
    """Draw a rangefinder: flat top, three windows, small lens."""
    return _sketch(
        look,
        _dial(112, 160, 44, 18),
        _dial(316, 156, 34, 22),
        box(172, 166, 22, 12, rx=3, fill=_CHROME),
        _metal_body(78, 172, 324, 196),
        _window(104, 186, 30, 24),
        _window(206, 188, 40, 20),
        _window(318, 184, 52, 30),
        _lens(240, 288, 74),
        disc(292, 200, 5, fill="#d5402b"),
        width=324,
        close="166 212 150 150",
    )


def mirrorless(look: Look) -> Sketch:
    """Draw a mirrorless body with a deep grip and a large lens."""
    grip = "M84 196C84 178 96 172 112 172H150V368H112C94 368 84 358 84 344Z"
    return _sketch(
        look,
        _dial(330, 154, 48, 22),
        box(104, 158, 34, 16, rx=6, fill="#33353e"),
        disc(121, 160, 9, fill="#d5402b"),
        path(
            "M184 178L204 140C206 136 210 134 214 134H268C272 134 276 136 278 140"
            "L298 178Z",
            fill="url(#metal)",
        ),
        box(216, 128, 52, 8, rx=2, fill=_INK),
        box(84, 172, 316, 196, rx=24, fill="url(#metal)"),
        box(150, 216, 250, 122, fill="url(#grain)"),
        path(grip, fill="url(#grain)"),
        path(grip, fill="#ffffff", opacity=0.06),
        _lens(252, 274, 92, ring="#3a3c46"),
        disc(366, 198, 5, fill="#ffffff", opacity=0.85),
        width=316,
        close="176 190 170 170",
    )


def reflex(look: Look) -> Sketch:
    """Draw a single-lens reflex with its prism hump and wind lever."""
    return _sketch(
        look,
        _dial(104, 164, 46, 22),
        _dial(336, 168, 40, 18),
        line("M330 166C348 160 372 160 388 168", _CHROME, 6),
        disc(318, 174, 8, fill=_CHROME),
        path(
            "M168 190L198 138C200 134 204 132 208 132H272C276 132 280 134 282 138"
            "L312 190Z",
            fill="url(#metal)",
        ),
        path("M190 186L208 150H272L290 186Z", fill="url(#grain)"),
        box(218, 122, 44, 10, rx=2, fill=_CHROME),
        _metal_body(76, 182, 328, 186),
        _lens(240, 280, 82),
        box(104, 196, 50, 16, rx=3, fill=_INK, opacity=0.85),
        disc(114, 204, 3.5, fill=look.main),
        line("M123 204H146", look.main, 2.5),
        width=328,
        close="160 198 165 165",
    )


def compact(look: Look) -> Sketch:
    """Draw a slim pocket camera with a flash and a collapsed lens."""
    return _sketch(
        look,
        box(126, 206, 40, 14, rx=5, fill=darker(look.main, 0.35)),
        disc(312, 214, 12, fill=_CHROME),
        box(100, 216, 280, 152, rx=30, fill="url(#metal)"),
        path(
            "M100 246a30 30 0 0 1 30-30H176V368H130a30 30 0 0 1-30-30Z",
            fill="url(#grain)",
        ),
        _window(196, 232, 34, 22),
        box(318, 232, 40, 24, rx=6, fill="#f7f4e8"),
        line(
            "M324 238V250M330 238V250M336 238V250M342 238V250M348 238V250",
            "#c9c5b4",
            1.5,
        ),
        _lens(272, 304, 54, ring=lighter(look.main, 0.3)),
        width=280,
        close="212 244 120 120",
    )


def instant(look: Look) -> Sketch:
    """Draw an instant camera with a picture sliding out below."""
    photo = (
        box(176, 322, 128, 66, rx=3, fill="#fdfcf8")
        + box(186, 322, 108, 46, fill="#8fb8c9")
        + path("M186 368V350L214 334L238 354L262 342L294 360V368Z", fill="#46766b")
        + disc(272, 336, 8, fill="#fbe8b0")
    )
    return _sketch(
        look,
        photo,
        box(116, 128, 248, 214, rx=44, fill="url(#metal)"),
        path(
            "M116 284H364V298a44 44 0 0 1-44 44H160a44 44 0 0 1-44-44Z",
            fill=look.accent,
        ),
        box(166, 316, 148, 10, rx=5, fill=_INK),
        _window(142, 152, 40, 32),
        box(292, 150, 48, 36, rx=10, fill="#f7f4e8"),
        line(
            "M300 158V178M308 158V178M316 158V178M324 158V178M332 158V178", "#c9c5b4", 2
        ),
        _lens(240, 228, 66, ring=lighter(look.main, 0.5)),
        disc(146, 252, 14, fill="#d5402b"),
        disc(146, 252, 9, fill="#ee6a52"),
        width=248,
        close="170 300 140 100",
    )


def twin_lens(look: Look) -> Sketch:
    """Draw a twin-lens reflex with an open waist-level hood."""
    return _sketch(
        look,
        path("M160 128L150 84H330L320 128Z", fill=darker(look.main, 0.3)),
        path("M168 124L162 94H318L312 124Z", fill=_INK),
        path("M168 124L162 94H240L200 124Z", fill="#ffffff", opacity=0.08),
        box(148, 122, 184, 246, rx=18, fill="url(#metal)"),
        box(148, 146, 184, 198, fill="url(#grain)"),
        box(176, 138, 128, 220, rx=24, fill="url(#metal)"),
        _lens(240, 196, 46),
        _lens(240, 296, 54),
        disc(344, 296, 24, fill=_CHROME),
        disc(344, 296, 18, fill="#8d9098"),
        disc(344, 296, 7, fill=_CHROME),
        line("M136 196V236", _CHROME, 8),
        width=190,
        close="170 228 140 140",
    )


SHAPES: dict[str, Callable[[Look], Sketch]] = {
    "rangefinder": rangefinder,
    "mirrorless": mirrorless,
    "reflex": reflex,
    "compact": compact,
    "instant": instant,
    "twin_lens": twin_lens,
}
