"""Recipes: what they may say, and what is said of mistakes."""

import pytest

from engage.errors import ConfigError
from engage.learning.recipes import variants_of


def test_empty_recipe():
    """An empty file is one recipe: what the service itself would learn."""
    (one,) = variants_of("", source="r.toml")

    assert one.recipe.learner.discount == 0.99995
    assert one.recipe.until_s == float("inf")
    assert dict(one.changes) == {}


def test_until_epoch():
    """The first of all instants is one like any other."""
    (one,) = variants_of('until = "1970-01-01T00:00:00Z"', source="r.toml")

    assert one.recipe.until_s == 0.0


def test_sweep():
    """Each combination of a sweep is a recipe of its own; the rest is the same."""
    text = """
    [learner]
    discount = 0.999
    [sweep]
    "learner.prior_scale" = [0.5, 2.0]
    "policy.launch_until_n" = [10, 20, 30]
    """
    found = variants_of(text, source="r.toml")

    assert len(found) == 6
    assert {one.recipe.learner.discount for one in found} == {0.999}
    scales = [one.recipe.learner.prior_scale for one in found]
    assert scales == [0.5, 0.5, 0.5, 2.0, 2.0, 2.0]
    assert [one.recipe.policy.launch_until_n for one in found[:3]] == [10, 20, 30]


def test_thinned_sweep():
    """A sweep that is too large is thinned out, by the seed alone."""
    text = 'most = 3\nseed = {}\n[sweep]\n"policy.gamma_c" = [1.0,2.0,3.0,4.0,5.0,6.0]'
    chosen = [
        [
            one.recipe.policy.gamma_c
            for one in variants_of(text.format(seed), source="r")
        ]
        for seed in (1, 1, 2)
    ]

    assert len(chosen[0]) == 3
    assert chosen[0] == chosen[1] != chosen[2]


MISTAKES = [
    ("[learner]\ndiscount = 2", "r.toml: learner.discount: must be <= 1, got 2"),
    ("seed = -1", "r.toml: seed: must be >= 0, got -1"),
    ('until = "soon"', "r.toml: until: must be RFC 3339, got 'soon'"),
    ("sed = 1", "r.toml: sed: is no setting; did you mean 'seed'?"),
    (
        '[sweep]\n"policy.gamma_c" = [5.0, -1.0]',
        "r.toml: policy.gamma_c: must be > 0, got -1.0",
    ),
    (
        '[sweep]\n"gamma_c" = [5.0, 6.0]',
        "r.toml: sweep: keys must be learner.NAME or policy.NAME, got 'gamma_c'",
    ),
    (
        '[sweep]\n"policy.gama_c" = [5.0]',
        "r.toml: policy.gama_c: is no setting; did you mean 'gamma_c'?",
    ),
    (
        '[sweep]\n"policy.launch_until_n" = [10, 20.7]',
        "r.toml: policy.launch_until_n: must be a whole number, got 20.7",
    ),
    (
        '[sweep]\n"policy.launch_until_n" = [10, inf]',
        "r.toml: policy.launch_until_n: must be a whole number, got inf",
    ),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_mistakes(text, said):
    """A mistake is named with field, limit and value, once."""
    with pytest.raises(ConfigError) as wrong:
        variants_of(text, source="r.toml")

    assert wrong.value.mistakes == [said]


def test_no_toml():
    """A file that is no TOML is refused in one line."""
    with pytest.raises(ConfigError, match=r"^r\.toml: is no TOML"):
        variants_of("seed =", source="r.toml")
