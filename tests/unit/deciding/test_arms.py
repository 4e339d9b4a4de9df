"""Which visitors a challenger decides for."""

from functools import partial

from engage.deciding.arms import is_challenged


def test_arms_are_dealt_anew():
    """Each trial deals the visitors anew, at its share; shares only grow."""
    names = [f"u_{n}" for n in range(4_000)]
    deal = partial(is_challenged, b"salt")
    one = {n for n in names if deal(n, candidate="a", share=0.25)}
    more = {n for n in names if deal(n, candidate="a", share=0.5)}
    other = {n for n in names if deal(n, candidate="b", share=0.25)}

    assert one < more
    # 1,000 expected, four standard errors are 110; 62 are in both by chance alone.
    assert abs(len(one) - 1_000) < 110
    assert abs(len(one & other) - 250) < 60
