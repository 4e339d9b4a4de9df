"""Hardware of a guitar: neck, headstock, strings, pickups, bridge and knobs."""

# Rules of this file: parts are drawn around x = 0, the neck upwards from y = 0.

from __future__ import annotations

from engage.demo.drawings.ink import box, darker, disc, group, line, path

CREAM = "#f3ead7"
STEEL = "#c9ccd2"
INK = "#22232b"


def neck(top: int, *, board: str = "#5a3a28", width: int = 10, joint: int = 40) -> str:
    """Draw fretboard, frets by the rule of eighteen, and position dots."""
    frets, y, scale = [], float(top), float(150 - top)
    for number in range(1, 18):
        step = scale / 17.817
        scale -= step
        y += step
        if y > joint - 4:
            break
        frets.append(line(f"M{-width} {y:.1f}H{width}", STEEL, 1.1))
        if number in {3, 5, 7, 9, 12, 15}:
            frets.append(disc(0, y - step / 2, 2.1, fill=CREAM))
    edge = path(
        f"M{-width} {top}H{width}L{width + 2} {joint}H{-width - 2}Z", fill=board
    )
    return edge + "".join(frets) + box(-width, top - 3, 2 * width, 4, fill=CREAM)


def head(top: int, colour: str, *, inline: bool, pegs: int = 6) -> str:
    """Draw the headstock: tuners in one row, or three a side."""
    dots = []
    if inline:
        shape = (
            f"M-10 {top}C-12 {top - 14}-18 {top - 18}-17 {top - 30}L-12 {top - 74}"
            f"C-8 {top - 88} 14 {top - 90} 18 {top - 76}C20 {top - 66} 12 {top - 62}"
            f" 12 {top - 52}L10 {top}Z"
        )
        gap = 54 / pegs
        for peg in range(pegs):
            y = top - 22 - peg * gap
            dots.append(box(-25, y - 2.5, 10, 5, rx=2.5, fill=STEEL))
            dots.append(disc(-6, y, 2.6, fill=STEEL))
    else:
        shape = (
            f"M-10 {top}C-12 {top - 8}-20 {top - 12}-20 {top - 22}L-23 {top - 66}"
            f"C-14 {top - 74}-6 {top - 66} 0 {top - 70}C6 {top - 66} 14 {top - 74}"
            f" 23 {top - 66}L20 {top - 22}C20 {top - 12} 12 {top - 8} 10 {top}Z"
        )
        for peg in range(pegs // 2):
            y = top - 24 - peg * 15
            for side in (-1, 1):
                dots.append(box(side * 27 - 5, y - 3, 10, 6, rx=3, fill=CREAM))
                dots.append(disc(side * 13, y, 2.6, fill=STEEL))
    return path(shape, fill=colour) + "".join(dots)


def strings(top: int, bottom: int, *, count: int = 6) -> str:
    """Draw strings that spread from the nut to the bridge."""
    lines = []
    for number in range(count):
        side = number / (count - 1) - 0.5
        d = f"M{side * 13:.1f} {top}L{side * 24:.1f} {bottom}"
        lines.append(line(d, "#eceef2", 1.5 - number * 0.13, opacity=0.85))
    return "".join(lines)


def humbucker(y: int, cover: str = STEEL) -> str:
    """Draw a framed humbucker whose top edge is at y."""
    poles = "".join(disc(-12 + n * 4.8, y + 7, 1.2, fill=INK) for n in range(6))
    return (
        box(-21, y - 3, 42, 26, rx=3, fill=INK)
        + box(-18, y, 36, 20, rx=3, fill=cover)
        + poles
    )


def single_coil(y: int, cover: str, tilt: int = 0) -> str:
    """Draw a single coil, turned by `tilt` degrees."""
    poles = "".join(disc(-12 + n * 4.8, y + 6, 1.4, fill="#8d9098") for n in range(6))
    coil = box(-19, y, 38, 12, rx=6, fill=cover) + poles
    rim = box(-20, y - 1, 40, 14, rx=7, fill=darker(cover, 0.3))
    return group(rim, coil, transform=f"rotate({tilt} 0 {y + 6})")


def bridge(y: int, *, wood: bool = False) -> str:
    """Draw a steel bridge with six saddles, or a wooden one."""
    if wood:
        return box(-34, y, 68, 11, rx=5, fill="#4a2f20") + box(
            -20, y + 2, 40, 3, rx=1.5, fill=CREAM
        )
    saddles = "".join(
        box(-15 + n * 5.1, y + 2, 4, 11, fill="#8d9098") for n in range(6)
    )
    return box(-18, y, 36, 16, rx=2.5, fill=STEEL) + saddles


def knob(x: int, y: int, colour: str) -> str:
    """Draw a control knob around (x, y)."""
    return disc(x, y, 8, fill=darker(colour, 0.35)) + disc(x, y - 1, 6.2, fill=colour)
