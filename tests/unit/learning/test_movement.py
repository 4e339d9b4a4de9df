"""How far a candidate would move the decisions of late: by hand, of a greedy policy."""

import numpy as np
import pytest

from engage.deciding.context import CONTEXT
from engage.deciding.policies.base import RuleFacts
from engage.deciding.policies.epsilon_greedy import EpsilonGreedy
from engage.deciding.policies.terms import RULE_TERM
from engage.learning.publication import Check, Remembered
from engage.settings import PolicySettings, SiteSettings
from tests.unit.learning.builders import weighed

# The better one of two actions gets .9 and the other .1.
SITE = SiteSettings(key="pk_x", policy=PolicySettings(epsilon=0.2))
NOBODY = RuleFacts(
    category=None, feed_category=None, price_cents=None, page_kind="", segment=""
)


def snapshot(chat_eur, *, proposed_eur=0.0):
    """Return what believes that chats earn so much where 30 EUR are at stake."""
    return weighed({"kind:chat": chat_eur, RULE_TERM: proposed_eur})


def situation(*, eligible=("none", "chat"), proposed="none", stake_eur=30.0, **more):
    """Return a decision's situation; what it does not name is ordinary."""
    return Remembered(
        context=np.zeros(len(CONTEXT)),
        moment="ask",
        eligible=eligible,
        proposed=proposed,
        stake_eur=stake_eur,
        facts=NOBODY,
        **more,
    )


def movement(candidate, *situations):
    """Return how far it is to the candidate from who would not invite anybody."""
    check = Check(SITE, EpsilonGreedy(SITE))
    check.recent.extend(situations)
    return check.movement(candidate, snapshot(-1.0))


def test_total_variation():
    """It is the share of decisions that would be others, on average of situations."""
    none_only = situation(eligible=("none",))

    assert movement(snapshot(1.0), situation()) == pytest.approx(0.8)
    assert movement(snapshot(1.0), situation(), none_only) == pytest.approx(0.4)
    assert movement(snapshot(-2.0), situation()) == 0.0


def test_what_was_proposed():
    """What the shop's own rules proposed then is worth what the candidate says."""
    candidate = snapshot(-1.0, proposed_eur=2.0)

    assert movement(candidate, situation(proposed="chat")) == pytest.approx(0.8)
    assert movement(candidate, situation()) == 0.0


def test_stakes_and_charges():
    """Uplifts grow with what was at stake, and are less what a slot cost then."""
    costly = {"charges": {"chat": 5.0}}

    assert movement(snapshot(1.0), situation(**costly)) == 0.0
    assert movement(
        snapshot(1.0), situation(stake_eur=300.0, **costly)
    ) == pytest.approx(0.8)
