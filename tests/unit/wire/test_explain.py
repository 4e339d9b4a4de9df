"""Complaints of the decoder become sentences, even those nobody foresaw."""

from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta, Struct

from engage.wire.explain import explain


class Wanted(Struct):
    """A message with every kind of bound."""

    pair: Annotated[tuple[int, ...], Meta(min_length=2)] = (1, 2)
    share: Annotated[float, Meta(gt=0.25)] = 0.5
    word: Annotated[str, Meta(pattern="^[a-z]+$")] = "a"
    answer: Literal["yes"] = "yes"
    step: Annotated[int, Meta(multiple_of=5)] = 5
    deep: dict[str, list[Literal["a", "b"]]] = {}


@pytest.mark.parametrize(
    ("plain", "field", "sentence"),
    [
        ({"pair": [1]}, "x.pair", "must hold at least 2 entries, got 1"),
        ({"share": 0.25}, "x.share", "must be > 0.25, got 0.25"),
        ({"word": "A"}, "x.word", 'must match [a-z]+$, got "A"'),
        ({"answer": "no"}, "x.answer", 'must be "yes", got "no"'),
        ({"deep": {"k": ["c"]}}, "x.deep[...][0]", "must be one of a, b"),
        (
            {"step": 3},
            "x.step",
            "is not accepted: Expected `int` that's a multiple of 5, got 3",
        ),
        ([], "x", "must be an object, got a list"),
    ],
)
def test_sentences(plain, field, sentence):
    """Every complaint names the field and shows the value where it is known."""
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(plain, Wanted)

    mistake = explain(caught.value, Wanted, plain=plain, path="x")

    assert mistake == (field, f"{field} {sentence}")


def test_a_number_out_of_range():
    """A number that no double holds is said to be one."""
    plain = {"share": 10**400}
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(plain, Wanted)

    mistake = explain(caught.value, Wanted, plain=plain)

    assert mistake.sentence == (
        f"share must be a number of double precision, got 1{'0' * 36}..."
    )
