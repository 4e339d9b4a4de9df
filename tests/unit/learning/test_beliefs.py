"""What a shop's first day looks like, before anything was learned."""

import statistics
from dataclasses import replace

import pytest

from engage.learning.beliefs import UNASKED_EUR, uplift_settings
from engage.settings import MoneySettings, RuleSettings
from tests.unit.learning.builders import settings
from tests.unit.street.builders import CHAT, DISCOUNT, HELP, VIEW, event

RULE = RuleSettings(action="chat_guitars", moments=("lingering",))


async def first_day(shop, *, visitors=20):
    """Let visitors linger on a guitar and hover over its price; return the records."""
    for number in range(visitors):
        await shop.linger(f"v_{number}")
        shop.clock.move(100.0)
        doubt = event("hover_cta", ms=2_000, target="price")
        await shop.send(*VIEW, doubt, visitor=f"v_{number}")
    return shop.rows()


def share(rows, moment, action):
    """Return the mean probability of an action at a moment, ghosts included."""
    draws = [
        (row["ghost"] or row)["distribution"]
        for row in rows
        if row["moment"] == moment and len(row["eligible"]) == 4
    ]
    assert len(draws) > 5
    return statistics.fmean(draw[action] for draw in draws)


async def test_without_rules_none_is_likely(opened):
    """A shop that said nothing does nothing most of the time, and explores a little."""
    shop = await opened(settings())
    rows = await first_day(shop)

    for moment in ("lingering", "price_doubt"):
        assert share(rows, moment, "none") > 0.8
        for action in ("chat_guitars", "autumn10", "size_guide"):
            assert 0.01 < share(rows, moment, action) < 0.06


async def test_with_rules_the_list_decides(opened):
    """Where a rule speaks it is carried out, elsewhere nothing is."""
    shop = await opened(settings(rules=(RULE,)))
    rows = await first_day(shop)

    assert share(rows, "lingering", "chat_guitars") > 0.8
    assert share(rows, "lingering", "none") >= 0.1
    assert share(rows, "lingering", "autumn10") < 0.03
    assert share(rows, "price_doubt", "none") > 0.8
    assert {row["proposed"] for row in rows if row["moment"] == "price_doubt"} == {
        "none"
    }


async def test_who_asks_is_answered(opened):
    """Who asks for help gets some, and no money for the asking."""
    shop = await opened(settings())
    _, body = await shop.ask()
    drawn = (body["ghost"] or body)["distribution"]

    assert drawn["chat_guitars"] + drawn["size_guide"] > 0.8
    assert drawn["autumn10"] < 0.05


@pytest.mark.parametrize("margin_cents", [300, 3_000, 300_000])
async def test_any_scale(opened, margin_cents):
    """A shop that sells socks starts as one that sells pianos."""
    money = MoneySettings(order_margin_cents=margin_cents)
    shop = await opened(settings(rules=(RULE,), money=money))
    rows = await first_day(shop, visitors=10)

    assert share(rows, "lingering", "chat_guitars") > 0.8
    assert share(rows, "price_doubt", "none") > 0.8


def test_beliefs():
    """Each kind has its belief once; rules have theirs only where there are rules."""
    chosen = settings(interventions=(CHAT, DISCOUNT, HELP))
    plain = uplift_settings(chosen)
    ruled = uplift_settings(settings(interventions=(CHAT,), rules=(RULE,)))

    assert plain.means["kind:discount"] == UNASKED_EUR
    assert "kind:discount|moment:ask" not in plain.means
    assert "rule" not in plain.means
    assert ruled.means["rule"] == 0.2
    assert plain.prior_rows == ruled.prior_rows == 10_000


def test_a_shop_without_interventions():
    """Nothing to offer, nothing to believe."""
    bare = uplift_settings(settings(interventions=()))

    assert dict(bare.means) == {}
    assert bare.prior_rows == 0.0


def test_beliefs_do_not_depend_on_the_margin():
    """They are shares of what is at stake; the margin only stands in for it.

    A shop that corrects its margin would otherwise read what it has learned in a unit
    in which it was not learned.
    """
    one = uplift_settings(settings(money=MoneySettings(order_margin_cents=3_000)))
    two = uplift_settings(settings(money=MoneySettings(order_margin_cents=6_000)))

    assert replace(two, usual_stake_eur=one.usual_stake_eur) == one
    assert (one.usual_stake_eur, two.usual_stake_eur) == (30.0, 60.0)


@pytest.mark.parametrize("outcome", ["cart", "click"])
def test_a_site_without_orders_has_no_stakes(outcome):
    """A click is worth what the settings say, whatever was clicked."""
    chosen = settings(money=MoneySettings(outcome=outcome))

    assert uplift_settings(chosen).usual_stake_eur is None
