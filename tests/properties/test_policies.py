import itertools
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engage.deciding.draw import check_distribution, draw
from engage.deciding.policies import POLICIES
from engage.deciding.policies.base import Situation
from engage.deciding.policies.inverse_gap import inverse_gap
from engage.settings import PolicySettings, SiteSettings

# No deadline: a busy machine is no bug of ours.
NAMES = tuple(f"a{i}" for i in range(1, 9))
EUR = st.one_of(
    st.floats(-10, 10),
    st.sampled_from([0.0, 1.0, -1.0, 1e9, -1e9, 1e-300]),
)
SITES = st.builds(
    lambda c, floor, none_floor, launch: SiteSettings(
        key="pk",
        policy=PolicySettings(
            gamma_c=c, floor=floor, none_floor=none_floor, launch_share=launch
        ),
    ),
    c=st.floats(0.001, 1_000),
    floor=st.floats(0.001, 0.5),
    none_floor=st.floats(0.05, 0.5),
    launch=st.floats(0, 1),
)


@st.composite
def situations(draw_):
    """Any situation: one to nine actions, ties and extremes, some launching."""
    others = draw_(st.lists(st.sampled_from(NAMES), unique=True, max_size=8))
    values = {name: draw_(EUR) for name in others}
    return Situation(
        context=np.zeros(0),
        moment="lingering",
        eligible=("none", *others),
        predictions={"none": 0.0} | values,
        sigma=draw_(st.floats(1e-3, 1e3)),
        n_eff=draw_(st.floats(0, 1e6)),
        launching=frozenset(draw_(st.lists(st.sampled_from(NAMES), max_size=3))),
    )


@settings(deadline=None)
@given(site=SITES, name=st.sampled_from(sorted(POLICIES)), situation=situations())
def test_every_answer_is_a_distribution(site, name, situation):
    """Any policy in any situation answers with a distribution over the eligible."""
    answer = POLICIES[name](site).distribution(situation).distribution

    check_distribution(answer)
    assert tuple(answer) == situation.eligible
    assert all(p > 0 for p in answer.values())
    assert all(p == round(p, 12) for p in answer.values())


@settings(deadline=None)
@given(site=SITES, situation=situations())
def test_floors_hold(site, situation):
    """Every action keeps floor / K and `none` its own floor, launch quota or not."""
    answer = POLICIES["inverse_gap"](site).distribution(situation).distribution

    least = site.policy.floor / len(answer)
    assert all(p >= least - 1e-11 for p in answer.values())
    if len(answer) > 1:
        assert answer["none"] >= site.policy.none_floor - 1e-11


@settings(deadline=None)
@given(site=SITES, situation=situations())
def test_launch_quota_holds(site, situation):
    """A launching action never gets more than its share or its floor."""
    answer = POLICIES["inverse_gap"](site).distribution(situation).distribution

    most = max(site.policy.launch_share, site.policy.floor / len(answer))
    assert all(answer[a] <= most + 1e-11 for a in answer if a in situation.launching)


@settings(deadline=None)
@given(
    name=st.sampled_from(sorted(POLICIES)),
    situation=situations(),
    order=st.randoms(use_true_random=False),
)
def test_order_gives_no_advantage(name, situation, order):
    """Listing the eligible actions in another order changes no probability."""
    policy = POLICIES[name](SiteSettings(key="pk"))
    others = list(situation.eligible[1:])
    order.shuffle(others)
    other = Situation(
        context=situation.context,
        moment=situation.moment,
        eligible=("none", *others),
        predictions=situation.predictions,
        sigma=situation.sigma,
        n_eff=situation.n_eff,
        launching=situation.launching,
    )

    first = policy.distribution(situation).distribution
    second = policy.distribution(other).distribution

    # The likeliest takes what rounding leaves: at most 1e-12 per action.
    assert all(abs(first[a] - second[a]) <= 1e-11 for a in first)


@settings(deadline=None)
@given(values=st.lists(EUR, min_size=1, max_size=9), gamma=st.floats(0, 1e6))
def test_better_is_likelier(values, gamma):
    """A higher prediction never has a lower probability, whatever gamma."""
    p = inverse_gap(values, gamma=gamma)
    ranked = sorted(zip(values, p, strict=True))

    assert all(a[1] <= b[1] + 1e-12 for a, b in itertools.pairwise(ranked))
    assert math.isclose(math.fsum(p), 1.0, abs_tol=1e-9)


@settings(deadline=None)
@given(situation=situations(), u=st.floats(0, 1, exclude_max=True, allow_nan=False))
def test_drawn_action_is_eligible(situation, u):
    """Whatever the throw, the draw gives an eligible action and its probability."""
    site = SiteSettings(key="pk")
    answer = POLICIES["inverse_gap"](site).distribution(situation).distribution
    action, propensity = draw(answer, u)

    assert answer[action] == propensity > 0
