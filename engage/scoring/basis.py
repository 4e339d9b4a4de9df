"""The terms a logistic scorer sees: a fixed, closed expansion of its inputs.

A linear model of standardised inputs cannot bend or combine; hinges and named products
let it, and stay a handful of numpy operations when serving. The table of terms is
decided before the first example, so that no client can make a model grow.
"""

# Rules of this file: pure. The learning side (dicts for river) and the serving side
# (arrays) call the same `expand`, so training and serving cannot differ.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engage.errors import FeatureError
from engage.scoring.base import Plain, Vector

# Beyond five standard deviations a number says "very many" and nothing else.
Z_LIMIT = 5.0
BIAS = "bias"
# As arrays: numpy takes longer to make an array of a number than to use it.
_LEAST = np.array(-Z_LIMIT)
_MOST = np.array(Z_LIMIT)
_ZERO = np.array(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Which terms are made of which inputs.

    Terms, in this order: the constant 1; every input (standardised, or 0/1 as it is
    for flags); for each numeric input whether it is above 0; hinges `max(z - knot, 0)`
    of each numeric input; products of the named pairs, clipped to +-5.

    Attributes:
        names: inputs, in the order of the vector.
        flags: inputs that are 0 or 1 and pass unscaled.
        knots: positions of the hinges, in standard deviations.
        pairs: inputs to multiply; twice the same is a square.
        bent: numeric inputs that get hinges and the above-0 term; None: all of them.

    >>> basis = Basis(names=("a", "b"), knots=(0.0,), pairs=(("a", "b"),))
    >>> basis.terms
    ('bias', 'a', 'b', 'a>0', 'b>0', 'a>0.0sd', 'b>0.0sd', 'a*b')
    >>> basis.expand(np.array([3.0, 0.0]), z=np.array([2.0, -1.0]))
    array([ 1.,  2., -1.,  1.,  0.,  2.,  0., -2.])
    """

    names: tuple[str, ...]
    flags: frozenset[str] = frozenset()
    knots: tuple[float, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    bent: frozenset[str] | None = None
    numeric: tuple[str, ...] = field(init=False)
    terms: tuple[str, ...] = field(init=False)
    _bent_at: Any = field(init=False, repr=False, compare=False)
    # Inputs that hinges are made of, then the left and the right ones of the pairs.
    _used_at: Any = field(init=False, repr=False, compare=False)
    _hinges: Any = field(init=False, repr=False, compare=False)
    _ends: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive the positions once.

        Raises:
            FeatureError: a flag, pair or bent input is not among the names.
        """
        place = {name: at for at, name in enumerate(self.names)}
        used = set(self.flags) | {name for pair in self.pairs for name in pair}
        unknown = sorted((used | set(self.bent or ())) - set(place))
        if unknown:
            raise FeatureError(f"basis must use known inputs, got {unknown}")
        numeric = tuple(name for name in self.names if name not in self.flags)
        bent = tuple(n for n in numeric if self.bent is None or n in self.bent)
        terms = (BIAS, *self.names, *(f"{name}>0" for name in bent))
        terms += tuple(f"{name}>{knot}sd" for knot in self.knots for name in bent)
        terms += tuple(f"{left}*{right}" for left, right in self.pairs)
        bent_at = np.array([place[n] for n in bent], dtype=np.intp)
        hinged_at = np.tile(bent_at, len(self.knots))
        paired = (*(a for a, _ in self.pairs), *(b for _, b in self.pairs))
        paired_at = np.array([place[name] for name in paired], dtype=np.intp)
        sizes = (1 + len(place), len(bent), len(hinged_at))
        for name, value in (
            ("numeric", numeric),
            ("terms", terms),
            ("_bent_at", bent_at),
            ("_used_at", np.concatenate((hinged_at, paired_at))),
            ("_hinges", np.repeat(np.array(self.knots, dtype=float), len(bent))),
            ("_ends", (*np.cumsum(sizes).tolist(), len(terms))),
        ):
            object.__setattr__(self, name, value)

    @property
    def blocks(self) -> tuple[int, int, int, int]:
        """Return how many terms are constant, inputs (and above 0), hinges, products.

        >>> Basis(names=("a", "b"), knots=(0.0,), pairs=(("a", "b"),)).blocks
        (1, 4, 2, 1)
        """
        _, above, hinges, end = self._ends
        return 1, above - 1, hinges - above, end - hinges

    def standardise(self, inputs: Vector, *, means: Vector, inverse: Vector) -> Vector:
        """Return inputs as standard deviations from their mean, clipped to +-5.

        `means` and `inverse` (1 / standard deviation) have shape (n_inputs,); a flag
        has 0 and 1 there.
        """
        z: Vector = inputs - means
        np.multiply(z, inverse, out=z)
        # Two in-place passes cost a third of `np.clip` on so few numbers.
        np.maximum(z, _LEAST, out=z)
        np.minimum(z, _MOST, out=z)
        return z

    def expand(self, inputs: Vector, *, z: Vector) -> Vector:
        """Return all terms of inputs and their standardised form.

        Args:
            inputs: shape (n_inputs,).
            z: shape (n_inputs,).

        Returns:
            shape (n_terms,), float64.
        """
        above, hinges, products, end = self._ends
        terms = np.empty(end)
        terms[0] = 1.0
        terms[1:above] = z
        terms[above:hinges] = inputs[self._bent_at] > _ZERO
        # Indexing, not `take`: that lets go of the interpreter's lock each time, and
        # whoever has it then keeps a beacon waiting. Once, as it costs a microsecond.
        used = z[self._used_at]
        bent, pairs = products - hinges, end - products
        hinge = np.subtract(used[:bent], self._hinges, out=terms[hinges:products])
        np.maximum(hinge, _ZERO, out=hinge)
        product = terms[products:]
        np.multiply(used[bent : bent + pairs], used[bent + pairs :], out=product)
        np.maximum(product, _LEAST, out=product)
        np.minimum(product, _MOST, out=product)
        return terms

    def plain(self) -> Plain:
        """Return the definition as plain data."""
        return {
            "names": list(self.names),
            "flags": sorted(self.flags),
            "knots": list(self.knots),
            "pairs": [list(pair) for pair in self.pairs],
            "bent": None if self.bent is None else sorted(self.bent),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Basis:
        """Return the definition that `plain` wrote."""
        bent = plain["bent"]
        return cls(
            names=tuple(plain["names"]),
            flags=frozenset(plain["flags"]),
            knots=tuple(plain["knots"]),
            pairs=tuple((left, right) for left, right in plain["pairs"]),
            bent=None if bent is None else frozenset(bent),
        )
