import pytest

from engage.deciding.gates import is_within, local_time, refusals
from engage.interventions.base import Inputs
from engage.settings import GateSettings, ScheduleSettings
from engage.visits.session import with_draw
from engage.wire.beacon import Event
from tests.unit.interventions.builders import (
    NOW_S,
    intervention,
    item,
    site,
    visit,
    visitor,
)

DAY_S = 86_400.0


def reason(session=None, person=None, *, moment="lingering", shop=None, **given):
    """Return why a help is refused now, or None."""
    inputs = given.pop("inputs", Inputs())
    shop = shop or site()
    one = intervention("help", shop=shop, **given)
    refused = refusals(
        session or visit(),
        person or visitor(),
        [one],
        moment=moment,
        inputs=inputs,
        settings=shop,
        at_s=NOW_S,
    )
    return refused.get("one")


def test_nothing_objects():
    """Where no gate objects the intervention is eligible."""
    assert reason() is None


def test_bot():
    """Everything is refused to a machine, unless the site welcomes them."""
    machine = visit(automated=True)

    assert reason(machine) == "bot"
    assert reason(machine, shop=site(welcome_automated=True)) is None


def test_consent():
    """Without consent nothing is offered."""
    assert reason(visit(consent=(True, False))) == "no_consent"


def test_global_privacy_control():
    """Global Privacy Control is named as the reason where it alone forbids."""
    assert reason(visit(gpc=True)) == "gpc"


def test_paused():
    """What the shop paused, in its settings or by hand, is not offered."""
    assert reason(paused=True) == "paused"
    assert reason(inputs=Inputs(paused=frozenset({"one"}))) == "paused"
    assert reason(inputs=Inputs(paused=frozenset({"two"}))) is None


def test_preview_only():
    """What is only previewed is never drawn."""
    assert reason(preview_only=True) == "preview_only"


def test_payment_step():
    """The payment step is never disturbed, not even for those who ask."""
    paying = visit(Event(name="add_payment_info"), page="checkout")

    assert reason(visit(page="payment")) == "payment_step"
    assert reason(paying) == "payment_step"
    assert reason(paying, moment="ask") == "payment_step"
    assert reason(visit(page="checkout")) is None


def test_paying_again():
    """Nor the payment of a second order in a visit; who only looks round pays not."""
    bought = Event(name="purchase", transaction_id="A-1")
    again = visit(bought, Event(name="add_payment_info"), page="checkout")

    assert reason(again) == "payment_step"
    assert reason(visit(bought)) is None


def test_page():
    """It is offered on its own pages only."""
    assert reason(pages=("cart", "list")) == "wrong_page"
    assert reason(pages=("cart", "product")) is None


def test_moment():
    """It is offered at its own moments, or when asked for."""
    assert reason(moments=("leaving",)) == "wrong_moment"
    assert reason(moments=("leaving", "lingering")) is None
    assert reason(moments=("leaving",), moment="ask") is None


def test_segment():
    """It is offered to its own segments only."""
    business = visit(customer={"type": "b2b", "logged_in": True})

    assert reason(segments=("returning",)) == "wrong_segment"
    assert reason(segments=("new",)) is None
    assert reason(business, segments=("new",)) == "wrong_segment"


@pytest.mark.parametrize("category", ["guitars", "Guitars", "Instruments > Guitars"])
def test_category(category):
    """It is offered for its own categories, however they are spelled."""
    assert reason(categories=(category,)) is None
    assert reason(visit(shown=item(category="Amps")), categories=(category,)) == (
        "not_targeted"
    )
    assert reason(visit(page="home"), categories=(category,)) == "not_targeted"


def test_category_that_is_a_number():
    """A shop's own numbers are compared as they are, not as no category at all."""
    on_537 = visit(shown=item(category="537"))

    assert reason(on_537, categories=("537",)) is None
    assert reason(on_537, categories=("538",)) == "not_targeted"
    assert reason(visit(page="home"), categories=("537",)) == "not_targeted"


def test_price():
    """It is offered between its prices, both included."""
    assert reason(min_price_cents=89_900, max_price_cents=89_900) is None
    assert reason(min_price_cents=89_901) == "not_targeted"
    assert reason(max_price_cents=89_899) == "not_targeted"


def test_schedule():
    """It is offered within any of its hours, in the site's own time."""
    inputs = Inputs(local_minute=600, local_day="sat")
    week = ScheduleSettings(days=("mon", "fri"))
    morning = ScheduleSettings(from_time="09:00", to_time="12:00")

    assert reason(inputs=inputs, schedule=(week,)) == "outside_schedule"
    assert reason(inputs=inputs, schedule=(week, morning)) is None


@pytest.mark.parametrize(
    ("minute", "day", "expected"),
    [
        (569, "mon", False),
        (570, "mon", True),
        (1019, "mon", True),
        (1020, "mon", False),
        (600, "sun", False),
    ],
)
def test_hours(minute, day, expected):
    """The first minute is in, the last is out."""
    span = ScheduleSettings(days=("mon",), from_time="09:30", to_time="17:00")

    assert is_within(span, minute=minute, day=day) is expected


@pytest.mark.parametrize(
    ("minute", "day", "expected"),
    [
        (1320, "fri", True),
        (0, "sat", True),
        (119, "sat", True),
        (120, "sat", False),
        (0, "fri", False),
        (1320, "sat", False),
    ],
)
def test_over_midnight(minute, day, expected):
    """A span over midnight belongs to the day it starts on."""
    span = ScheduleSettings(days=("fri",), from_time="22:00", to_time="02:00")

    assert is_within(span, minute=minute, day=day) is expected


def test_whole_day():
    """Without times the whole day is in, to the last minute."""
    assert is_within(ScheduleSettings(), minute=0, day="mon")
    assert is_within(ScheduleSettings(), minute=1439, day="mon")


def test_summer_time():
    """Local time follows the zone: 01:30 UTC is 02:30 before and 03:30 in summer."""
    winter_s, summer_s = 1_774_661_400.0, 1_774_747_800.0

    assert local_time(winter_s, "Europe/Berlin") == (150, "sat")
    assert local_time(summer_s, "Europe/Berlin") == (210, "sun")


def test_cooling_down():
    """After any draw, in this session or another, the cool-down has to pass."""
    before = visitor(last_draw_at_s=NOW_S - 89.9)

    assert reason(with_draw(visit(), at_s=NOW_S - 89.9)) == "cooling_down"
    assert reason(None, before) == "cooling_down"
    assert reason(None, visitor(last_draw_at_s=NOW_S - 90.0)) is None


def test_asking_waits_for_an_earlier_ask_only():
    """Who asks is answered at once, but the dice are not thrown at will."""
    offered = visitor(last_draw_at_s=NOW_S)
    asked = offered.with_draw(at_s=NOW_S - 89.9, asked=True)

    assert reason(None, offered, moment="ask") is None
    assert reason(None, asked, moment="ask") == "cooling_down"
    later = asked.with_draw(at_s=NOW_S)
    assert reason(None, later, moment="ask") == "cooling_down", "it was not forgotten"
    assert reason(None, visitor(last_ask_at_s=NOW_S - 90.0), moment="ask") is None


def shown(*ages_s, kind="chat"):
    """Return a visitor who was shown cards so long ago."""
    return visitor(
        shown=tuple((f"c{n}", kind, NOW_S - a) for n, a in enumerate(ages_s))
    )


def test_capped_in_a_session():
    """Two cards a session are enough."""
    card = Event(name="action_shown", decision="d_1", token="t")

    assert reason(visit(card)) is None
    assert reason(visit(card, card)) == "capped"


def test_capped_in_a_day():
    """Four cards in 24 hours are enough, whatever their kinds."""
    assert reason(None, shown(7_200, 7_201, 7_202, DAY_S - 1)) == "capped"
    assert reason(None, shown(7_200, 7_201, 7_202, DAY_S)) is None


def test_capped_by_kind():
    """The same kind is not shown twice within an hour."""
    assert reason(None, shown(3_599, kind="help")) == "capped"
    assert reason(None, shown(3_600, kind="help")) is None
    assert reason(None, shown(3_599, kind="chat")) is None


def test_caps_hold_for_those_who_ask():
    """A page that asks again and again gets no more than anybody."""
    assert reason(None, shown(10, kind="help"), moment="ask") == "capped"


def test_dismissed():
    """Who closed a card is spared it for a week, unless they ask."""
    closed = visitor(dismissed=(("one", NOW_S - 7 * DAY_S + 1),))

    assert reason(None, closed) == "dismissed_before"
    assert reason(None, closed, moment="ask") is None
    assert reason(None, visitor(dismissed=(("one", NOW_S - 7 * DAY_S),))) is None
    assert reason(None, visitor(dismissed=(("two", NOW_S),))) is None


def test_the_kind_objects():
    """When nothing else objects the kind is asked."""
    assert reason(options={"topics": ("search",)}) == "not_targeted"


def test_settings_count():
    """The site's own limits are used."""
    shop = site(gates=GateSettings(cooldown_s=10.0, max_per_visitor_day=1))

    assert reason(None, visitor(last_draw_at_s=NOW_S - 11), shop=shop) is None
    assert reason(None, shown(7_200), shop=shop) == "capped"


def test_first_reason_wins():
    """Of many reasons, the one of the first gate is logged."""
    machine = visit(automated=True, consent=(True, False), page="payment")

    assert reason(machine, paused=True, pages=("cart",)) == "bot"
    assert reason(paused=True, preview_only=True, pages=("cart",)) == "paused"


def test_each_by_itself():
    """Each intervention has its own reason; the eligible ones have none."""
    several = [
        intervention("help", id="a", paused=True),
        intervention("help", id="b"),
        intervention("chat", id="c"),
    ]
    refused = refusals(
        visit(),
        visitor(),
        several,
        moment="lingering",
        inputs=Inputs(),
        settings=site(),
        at_s=NOW_S,
    )

    assert refused == {"a": "paused", "c": "no_agent"}
