"""Drawings of the demo shop's products, made by code instead of photographs."""

# Rules of this file: the same id gives the same bytes; nothing is read from disk.

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engage.demo.catalogue import product
from engage.demo.drawings import amplifiers, cameras, guitars, headphones, shoes
from engage.demo.drawings.ink import Look, Sketch, scene
from engage.errors import NotFound

_SHAPES: Mapping[str, Mapping[str, Callable[[Look], Sketch]]] = MappingProxyType(
    {
        "guitars": guitars.SHAPES,
        "amplifiers": amplifiers.SHAPES,
        "shoes": shoes.SHAPES,
        "cameras": cameras.SHAPES,
        "headphones": headphones.SHAPES,
    }
)


def drawing(item_id: str) -> str:
    """Return the picture of a product as an SVG document, 480 units square.

    The name of a picture is the product's id, or `{id}--{n}` for its n-th variant,
    counted from 0. A drawing holds two close-ups as named views: append `#detail-1`
    or `#detail-2` to its address.

    Args:
        item_id: for example `gtr-luv` or `gtr-luv--2`.

    Raises:
        NotFound: there is no such product or variant.

    >>> drawing("gtr-luv")[:40]
    '<svg xmlns="http://www.w3.org/2000/svg" '
    >>> drawing("gtr-luv") == drawing("gtr-luv--0")
    True
    """
    name, _, number = item_id.partition("--")
    chosen = product(name)
    variants = {str(n): variant for n, variant in enumerate(chosen.variants)}
    variant = variants.get(number or "0")
    if variant is None:
        raise NotFound(
            f"variant of {name} must be 0 to {len(variants) - 1}, got {number!r}"
        )
    look = Look(shape=chosen.shape, main=variant.main, accent=variant.accent)
    sketch = _SHAPES[chosen.category][chosen.shape](look)
    return scene(sketch, backdrop=chosen.backdrop, title=chosen.title["de"])
