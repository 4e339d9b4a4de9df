import random

import pytest

from engage.scoring.detectors import DETECTORS
from engage.scoring.moments import Detection, Trigger, choose
from engage.visits.session import advance, with_moment, with_near
from tests.unit.scoring.sights import SETTINGS, found
from tests.unit.visits.builders import event, first, product_visit


def test_asking():
    """`ask` is a moment of its own and comes first."""
    session = product_visit(event("exit_intent"))

    assert list(found(session, asked=True)) == ["ask", "leaving"]


def test_settled_kinds_are_left_out():
    """A kind settled on this page view is not detected on it again."""
    session = with_moment(product_visit(event("exit_intent")), "leaving")

    assert found(session) == {}
    after = advance(session, first(event("exit_intent"), seq=2), at_s=session.last_at_s)
    assert list(found(after.session)) == ["leaving"]


FLEETING = [
    ("exit_intent", "leaving", {"how": "top"}),
    ("tab_visible", "returning_tab", {"ms": 42_000}),
]


@pytest.mark.parametrize(("name", "kind", "fields"), FLEETING)
def test_old_news(name, kind, fields):
    """Who was about to leave, or came back, half a minute ago is not doing so now."""
    fresh = product_visit(event(name, age_ms=29_000, **fields))
    old = product_visit(event(name, age_ms=31_000, **fields))

    assert list(found(fresh)) == [kind]
    assert found(old) == {}


BOTH = (Detection("leaving"), Detection("lingering"))
NEAR = (Detection("lingering", near=True),)


def chosen(detections, luck, session=None):
    """Choose with the default shares; `luck` is a number for all kinds or by kind."""
    throws = luck if isinstance(luck, dict) else dict.fromkeys(DETECTORS, luck)
    return choose(detections, session or product_visit(), SETTINGS, throws.__getitem__)


def test_first_in_order():
    """The first kind that is not withheld is asked about; later ones stay open."""
    assert chosen(BOTH, 0.05) == Trigger("leaving", 0.95)


def test_withheld():
    """A kind withheld is reported, and the next one has its turn."""
    luck = {"leaving": 0.04, "lingering": 0.5}

    assert chosen(BOTH, luck) == Trigger("lingering", 0.95, withheld=("leaving",))
    assert chosen(BOTH, 0.04) == Trigger(withheld=("leaving", "lingering"))


def test_near_miss():
    """A near miss is promoted rarely, and tried once on a page view."""
    assert chosen(NEAR, 0.019) == Trigger("lingering", 0.02)
    assert chosen(NEAR, 0.02) == Trigger(near=("lingering",))
    assert chosen(NEAR, 0.0, with_near(product_visit(), "lingering")) == Trigger()


def test_ask_is_never_withheld():
    """Who asks is answered, whatever the dice say."""
    assert chosen((Detection("ask"), *BOTH), 0.0) == Trigger("ask", 1.0)


def test_nothing_detected():
    """Without detections there is no trigger and no throw."""
    assert choose((), product_visit(), SETTINGS, {}.__getitem__) == Trigger()


def test_shares_are_true():
    """The logged probability is the share of throws that trigger.

    Seed 5, 20,000 throws each; tolerance 4 standard errors: .0062 and .0040.
    """
    dice = random.Random(5)
    session, n = product_visit(), 20_000

    def share(detections):
        triggers = (
            choose(detections, session, SETTINGS, lambda _: dice.random())
            for _ in range(n)
        )
        return sum(trigger.kind is not None for trigger in triggers) / n

    assert share((Detection("leaving"),)) == pytest.approx(0.95, abs=0.0062)
    assert share(NEAR) == pytest.approx(0.02, abs=0.0040)
