import numpy as np
import pytest

from engage.errors import FeatureError
from engage.scoring.basis import Basis

BASIS = Basis(
    names=("a", "b", "f"),
    flags=frozenset({"f"}),
    knots=(-1.0, 1.0),
    pairs=(("f", "a"), ("b", "b")),
    bent=frozenset({"b"}),
)


def test_terms_and_values_agree():
    """Every term has its value, in the order of the names."""
    z = np.array([2.0, -0.5, 1.0])
    values = BASIS.expand(np.array([9.0, 3.0, 1.0]), z=z)

    assert dict(zip(BASIS.terms, values.tolist(), strict=True)) == {
        "bias": 1.0,
        "a": 2.0,
        "b": -0.5,
        "f": 1.0,
        "b>0": 1.0,
        "b>-1.0sd": 0.5,
        "b>1.0sd": 0.0,
        "f*a": 2.0,
        "b*b": 0.25,
    }


def test_numbers_are_clipped_to_five():
    """Neither an input nor a product of two leaves +-5."""
    zero, one = np.zeros(3), np.ones(3)
    far = np.array([1e9, -1e9, 1.0])
    z = BASIS.standardise(far, means=zero, inverse=one)

    assert np.abs(BASIS.expand(far, z=z)).max() <= 6.0
    assert z.tolist() == [5.0, -5.0, 1.0]


def test_unknown_input():
    """A basis of inputs that do not exist is refused, with their names."""
    with pytest.raises(
        FeatureError, match=r"^basis must use known inputs, got \['c', 'd'\]$"
    ):
        Basis(names=("a",), pairs=(("a", "c"),), bent=frozenset({"d"}))


def test_blocks_cover_all_terms():
    """The four blocks are as long as the terms."""
    assert sum(BASIS.blocks) == len(BASIS.terms)


def test_basis_survives_plain_data():
    """A basis read back from plain data equals the one written."""
    assert Basis.from_plain(BASIS.plain()) == BASIS
