"""Shoes: side views with the toe to the right, on flat, rolling or heeled soles."""

# Rules of this file: a shoe stands on y = 368, its heel near x = 78, its toe near 412.

from __future__ import annotations

from collections.abc import Callable

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

_CREAM = "#f6f1e6"
_INK = "#1d1e25"


def _upper(outline: str, look: Look) -> str:
    """Draw the shaded upper and open a clip `upper` for what is sewn onto it."""
    return tag(
        "defs",
        tag("clipPath", path(outline), id="upper"),
        fade(
            "leather",
            (0, lighter(look.main, 0.24), 1),
            (0.5, look.main, 1),
            (1, darker(look.main, 0.3), 1),
            x2=0.25,
            y2=1,
        ),
    ) + path(outline, fill="url(#leather)")


def _sewn(*parts: str) -> str:
    return group(*parts, clip_path="url(#upper)")


def _seam(d: str, look: Look) -> str:
    return line(d, lighter(look.main, 0.55), 1.6, stroke_dasharray="4 4", opacity=0.85)


def _laces(points: tuple[tuple[int, int], ...], colour: str) -> str:
    """Draw lace bars with their eyelets, from the toe up to the tongue."""
    return "".join(
        line(
            f"M{x - 9} {y + 6}l25 -12",
            darker(colour, 0.35),
            9,
            opacity=0.5,
            transform="translate(1 3)",
        )
        + line(f"M{x - 9} {y + 6}l25 -12", colour, 8)
        + disc(x - 11, y + 8, 3.4, fill=_INK, opacity=0.7)
        for x, y in points
    )


def _mark(x: int, y: int, r: int, colour: str) -> str:
    """Draw the maker's half-lit disc."""
    return disc(x, y, r, fill="none", stroke=colour, stroke_width=4) + path(
        f"M{x} {y - r}a{r} {r} 0 0 1 0 {2 * r}z", fill=colour
    )


def _cup_sole(colour: str, stripe: str, *, y: int = 322) -> str:
    sole = (
        f"M70 {y}C66 {y + 22} 72 368 98 368H388C416 368 430 352 424 {y}"
        f"C360 {y + 12} 150 {y + 8} 70 {y}Z"
    )
    return (
        path(sole, fill=colour)
        + line(f"M74 {y + 20}C160 {y + 27} 350 {y + 29} 423 {y + 20}", stripe, 3)
        + line("M84 362H404", darker(colour, 0.3), 5, opacity=0.45)
    )


def _sketch(*parts: str, close: str = "220 196 170 170") -> Sketch:
    return Sketch(
        body=shadow(248, 370, 200, 14) + "".join(parts),
        details=(close, "60 210 160 160"),
    )


_LOW = (
    "M78 334C70 296 76 250 84 222C88 208 106 206 116 216C130 232 158 240 184 230"
    "L206 202C216 190 236 194 246 208C272 246 306 262 350 272C398 282 422 298 424 334Z"
)
_HIGH = (
    "M78 334C70 286 74 206 84 140C88 124 122 124 150 128L196 132C210 134 216 144 220 "
    "158"
    "C232 212 262 252 350 272C398 282 422 298 424 334Z"
)


def court(look: Look) -> Sketch:
    """Draw a plain leather court sneaker with the maker's mark."""
    return _sketch(
        path("M196 222C206 184 232 176 250 200L236 236Z", fill=darker(look.main, 0.12)),
        _upper(_LOW, look),
        _sewn(
            path(
                "M70 340V230C84 204 118 214 120 232C124 270 116 310 110 340Z",
                fill=look.accent,
            ),
            path(
                "M350 340C346 304 360 286 384 268L440 300V340Z",
                fill=darker(look.main, 0.1),
            ),
            _seam("M348 336C344 302 358 284 382 270", look),
            _seam("M186 242C204 268 236 292 292 300C310 302 330 296 338 280", look),
        ),
        _mark(202, 300, 18, look.accent),
        _laces(((292, 268), (268, 252), (246, 234), (228, 215)), _CREAM),
        _cup_sole(_CREAM, look.accent),
    )


def high_top(look: Look) -> Sketch:
    """Draw a canvas high-top with a rubber toe cap and an ankle patch."""
    return _sketch(
        path("M180 140C186 112 214 112 222 140L226 176Z", fill=darker(look.main, 0.2)),
        _upper(_HIGH, look),
        _sewn(
            path("M352 340C346 302 362 282 392 270L440 290V340Z", fill=_CREAM),
            path("M70 340V240C90 250 104 290 104 340Z", fill=look.accent),
            _seam("M176 136C182 214 214 278 336 290", look),
            line("M86 148C120 152 160 150 196 146", lighter(look.main, 0.4), 3),
        ),
        disc(132, 206, 27, fill=_CREAM),
        _mark(132, 206, 16, look.accent),
        _laces(
            (
                (300, 278),
                (272, 264),
                (248, 246),
                (228, 226),
                (214, 204),
                (205, 180),
                (199, 157),
            ),
            _CREAM,
        ),
        _cup_sole(_CREAM, look.accent),
        close="170 130 150 150",
    )


def runner(look: Look) -> Sketch:
    """Draw a running shoe on a thick rocker sole."""
    sole = (
        "M62 318C52 340 60 366 92 368H330C380 368 424 356 438 328C440 318 430 312 "
        "420 312"
        "C340 330 180 300 110 296C84 294 68 302 62 318Z"
    )
    return _sketch(
        path("M198 220C206 178 236 176 252 202L238 236Z", fill=look.accent),
        _upper(_LOW, look),
        _sewn(
            path("M60 300C120 262 190 268 244 330L60 350Z", fill=look.accent),
            path("M356 340C356 300 372 282 396 270L440 296V340Z", fill=look.accent),
            *(
                line(
                    f"M{206 + n * 22} 336C{226 + n * 20} 312 {240 + n * 18} 292"
                    f" {250 + n * 16} {254 + n * 6}",
                    lighter(look.main, 0.4),
                    4,
                    opacity=0.8,
                )
                for n in range(5)
            ),
        ),
        _laces(((296, 268), (272, 253), (250, 236), (231, 216)), _CREAM),
        line("M84 226C74 210 80 196 92 198", look.accent, 9),
        path(sole, fill=_CREAM),
        path(
            "M66 340C160 322 300 352 434 332C422 356 380 368 330 368H92C74 367 66 356"
            " 66 340Z",
            fill=lighter(look.accent, 0.2),
        ),
        line(
            "M120 368l-8-12M170 368l-8-12M220 368l-8-12M270 368l-8-12M320 368l-8-12",
            _INK,
            4,
            opacity=0.3,
        ),
    )


def boot(look: Look) -> Sketch:
    """Draw a laced winter boot with a lugged sole and a padded collar."""
    lugs = "".join(box(x, 362, 20, 12, rx=2, fill=_INK) for x in range(80, 410, 30))
    return _sketch(
        path("M182 136C190 96 226 104 230 140L230 190Z", fill=look.accent),
        _upper(_HIGH, look),
        _sewn(
            path("M60 110H240V158C180 168 130 166 60 156Z", fill=look.accent),
            path(
                "M344 340C338 300 356 280 390 266L440 290V340Z",
                fill=darker(look.main, 0.22),
            ),
            path("M70 340V262C96 258 122 284 124 340Z", fill=darker(look.main, 0.22)),
            _seam("M342 336C338 300 354 282 386 270", look),
            _seam("M170 160C182 222 214 278 330 292", look),
        ),
        line("M84 146C74 126 82 112 96 116", _INK, 6),
        _laces(
            ((300, 280), (270, 266), (246, 248), (226, 226), (212, 202), (203, 176)),
            "#d9a441",
        ),
        path(
            "M66 322H426C432 344 424 366 404 366H92C70 366 62 346 66 322Z",
            fill="#3a332d",
        ),
        line("M70 326H424", "#d9a441", 2.5, stroke_dasharray="6 5"),
        lugs,
        close="170 130 150 150",
    )


def derby(look: Look) -> Sketch:
    """Draw a leather derby with a stacked heel and a shining toe."""
    return _sketch(
        path("M196 222C206 188 230 186 246 208L232 240Z", fill=darker(look.main, 0.25)),
        _upper(_LOW, look),
        _sewn(
            path(
                "M338 340C330 300 346 278 372 266L440 290V340Z",
                fill=darker(look.main, 0.12),
            ),
            path(
                "M346 282C370 276 396 284 410 302C396 290 370 286 350 294Z",
                fill="#ffffff",
                opacity=0.45,
            ),
            path("M70 340V236C98 226 128 250 132 340Z", fill=darker(look.main, 0.16)),
            _seam("M336 336C330 298 344 280 370 268", look),
            _seam("M176 240C190 284 226 306 276 300C294 296 304 284 306 266", look),
        ),
        _laces(((280, 258), (258, 241), (238, 221)), darker(look.main, 0.5)),
        path(
            "M72 330H426C434 342 426 352 410 352H190V368H80C72 358 68 344 72 330Z",
            fill=look.accent,
        ),
        line("M76 333H424", lighter(look.accent, 0.45), 1.8, stroke_dasharray="5 4"),
        line("M78 346H188M80 356H188", darker(look.accent, 0.35), 1.5),
    )


def loafer(look: Look) -> Sketch:
    """Draw a loafer with a saddle strap."""
    outline = (
        "M78 336C72 300 76 264 84 244C90 232 108 234 118 244C142 268 206 276 244 252"
        "C256 240 280 236 300 246C326 260 350 270 378 280C408 290 424 306 424 336Z"
    )
    return _sketch(
        path(
            "M92 250C140 272 214 276 262 246L246 284L110 292Z",
            fill=darker(look.accent, 0.1),
        ),
        _upper(outline, look),
        _sewn(
            path(
                "M214 340C222 300 238 268 262 238L318 252C296 280 286 310 284 340Z",
                fill=darker(look.main, 0.2),
            ),
            path(
                "M226 306C240 300 262 300 274 308L270 324C258 318 242 318 230 322Z",
                fill=look.accent,
            ),
            _seam("M300 262C330 262 380 280 402 304", look),
            path("M70 340V256C96 250 116 280 118 340Z", fill=darker(look.main, 0.16)),
        ),
        path(
            "M72 332H426C434 346 428 358 410 358H182V368H82C72 358 68 346 72 332Z",
            fill="#4a2f20",
        ),
        line("M76 336H424", "#caa26a", 1.8, stroke_dasharray="5 4"),
        close="196 230 130 130",
    )


SHAPES: dict[str, Callable[[Look], Sketch]] = {
    "court": court,
    "high_top": high_top,
    "runner": runner,
    "boot": boot,
    "derby": derby,
    "loafer": loafer,
}
