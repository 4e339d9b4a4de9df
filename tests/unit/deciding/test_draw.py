import math

import pytest

from engage.deciding.draw import decision_id, draw, luck, round_distribution
from engage.errors import PolicyError

FACTS = {"site": "pk", "session": "s_1", "tab": "t_1", "moment": "lingering"}


def test_same_facts_same_id():
    """A retry of the same beacon after a crash asks for the same decision."""
    assert decision_id(b"s", seq=3, **FACTS) == decision_id(b"s", seq=3, **FACTS)


@pytest.mark.parametrize("change", ["site", "session", "tab", "moment"])
def test_any_fact_changes_the_id(change):
    """Every fact that was decided on is part of the id."""
    other = FACTS | {change: "other"}

    assert decision_id(b"s", seq=3, **FACTS) != decision_id(b"s", seq=3, **other)


def test_salt_changes_the_id():
    """Without the site's salt an id cannot be computed."""
    assert decision_id(b"a", seq=3, **FACTS) != decision_id(b"b", seq=3, **FACTS)


def test_id_shape():
    """An id is `d_` and 26 characters that may stand in a URL."""
    name = decision_id(b"s", seq=3, **FACTS)

    assert name.startswith("d_")
    assert len(name) == 28
    assert name[2:].isalnum()
    assert name == name.lower()


def test_luck_is_uniform():
    """10,000 throws fill ten bins evenly (4 standard errors of a bin: 120)."""
    counts = [0] * 10
    for i in range(10_000):
        counts[int(10 * luck(f"d_{i}", "draw"))] += 1

    assert all(abs(count - 1_000) <= 120 for count in counts)


def test_purposes_are_independent():
    """The trigger's throw says nothing about the draw's (|r| below 4 / sqrt(n))."""
    n = 10_000
    product = sum(
        (luck(f"d_{i}", "draw") - 0.5) * (luck(f"d_{i}", "trigger") - 0.5)
        for i in range(n)
    )

    assert abs(product * 12 / n) <= 4 / math.sqrt(n)


@pytest.mark.parametrize(
    ("u", "action"), [(0.0, "none"), (0.24, "none"), (0.25, "a"), (0.9999999999, "b")]
)
def test_draw_follows_the_order(u, action):
    """The throw falls into the action whose stretch of [0, 1) holds it."""
    assert draw({"none": 0.25, "a": 0.5, "b": 0.25}, u)[0] == action


def test_draw_returns_the_propensity():
    """The propensity is the probability of the action in this draw."""
    assert draw({"none": 0.25, "a": 0.75}, 0.5) == ("a", 0.75)


def test_impossible_action_is_never_drawn():
    """An action of probability 0 is not drawn, even by the throw at its edge."""
    assert draw({"none": 0.0, "a": 1.0, "b": 0.0}, 0.0) == ("a", 1.0)


def test_throw_above_a_short_sum():
    """A sum a rounding error below 1 leaves no throw without an action."""
    third = round(1 / 3, 12)

    assert draw({"none": third, "a": third, "b": third}, 1 - 2**-53) == ("b", third)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"none": 0.5},
        {"none": 0.6, "a": 0.6},
        {"none": 1.2, "a": -0.2},
        {"none": math.nan},
        {"none": 1.0, "a": math.inf},
    ],
)
def test_no_distribution_no_draw(broken):
    """What is no distribution is refused, whatever the throw."""
    with pytest.raises(PolicyError):
        draw(broken, 0.5)


@pytest.mark.parametrize("u", [-0.1, 1.0, math.nan])
def test_throw_outside_its_range(u):
    """A throw outside [0, 1) is a bug of the caller and is refused."""
    with pytest.raises(PolicyError, match=r"^u must be in \[0, 1\), got"):
        draw({"none": 1.0}, u)


def test_rounding_gives_the_rest_to_the_likeliest():
    """Sixths do not fit into twelve digits; the likeliest action takes what is left."""
    rounded = round_distribution({"none": 1 / 6, "a": 1 / 6, "b": 4 / 6})

    assert rounded == {"none": 0.166666666667, "a": 0.166666666667, "b": 0.666666666666}
    assert math.fsum(rounded.values()) == 1.0
