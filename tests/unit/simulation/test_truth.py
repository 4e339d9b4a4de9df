from collections import Counter
from dataclasses import replace
from math import sqrt

import pytest

from engage.evidence.simulation.goods import advice_need
from engage.evidence.simulation.truth import (
    KINDS,
    SEGMENTS,
    Prices,
    Response,
    draw_truth,
    values,
)
from tests.unit.simulation.builders import GONE, GOODS, GUITAR, generator, truth


def test_advice_rises_with_price():
    """A dearer product of the same complexity needs more advice."""
    dearer = replace(GUITAR, price_cents=300_000)

    assert advice_need(dearer) > advice_need(GUITAR)


def test_advice_rises_with_complexity():
    """A more complex product of the same price needs more advice."""
    simpler = replace(GUITAR, complexity=0.1)

    assert advice_need(simpler) < advice_need(GUITAR)


def test_remedy_persuades():
    """The card that settles the doubt adds most to a persuadable's chance."""
    doubter = truth(doubt="advice", price_sensitivity=0.5)

    gains = {kind: doubter.chance(shown=[kind], accepted=[kind]) for kind in KINDS}

    assert max(gains, key=gains.get) == "chat"
    assert gains["chat"] == pytest.approx(0.56)


def test_shown_is_not_accepted():
    """A card that was only seen changes nothing for a persuadable."""
    doubter = truth()

    assert doubter.chance(shown=["discount"], accepted=[]) == doubter.chance(
        shown=[], accepted=[]
    )


@pytest.mark.parametrize("segment", ["sure_thing", "lost_cause"])
def test_unmoved_segments(segment):
    """Sure things and lost causes buy as often with any card as with none."""
    one = truth(segment)

    chances = {one.chance(shown=[k], accepted=[k]) for k in KINDS}

    assert chances == {one.response.alone[segment]}


def test_do_not_disturb():
    """Who wants to be left in peace buys less once any card was shown."""
    one = truth("do_not_disturb")

    assert one.chance(shown=["help"], accepted=[]) < one.chance(shown=[], accepted=[])


def test_sold_out_needs_alternative():
    """A sold-out wish is as good as lost unless an alternative is accepted."""
    one = truth("sure_thing", wish=GONE, doubt="stock")

    assert one.chance(shown=[], accepted=[]) < 0.05
    assert one.chance(shown=["alternative"], accepted=["alternative"]) > 0.4


def test_discount_burns_a_sure_things_margin():
    """For a sure thing every card is worth less than none, a discount least of all."""
    found = values(truth("sure_thing", doubt="none"), Prices())

    assert max(found, key=found.get) == "none"
    assert min(found, key=found.get) == "discount"


def test_luck_decides_the_same_way_twice():
    """A shopper who buys with a smaller chance also buys with a larger one."""
    one = truth(luck=0.05)

    assert one.buys(shown=[], accepted=[])
    assert one.buys(shown=["discount"], accepted=["discount"])


def test_mix_of_segments():
    """Segments come in the shares of the scenario: 4,000 draws, 4 standard errors."""
    rng, n, mix = generator(), 4_000, Response().mix

    drawn = Counter(
        draw_truth(rng, GOODS, response=Response()).segment for _ in range(n)
    )

    for name in SEGMENTS:
        error = sqrt(mix[name] * (1 - mix[name]) / n)
        assert abs(drawn[name] / n - mix[name]) < 4 * error


def test_sold_out_wish_is_a_doubt_about_stock():
    """Whoever wishes for something sold out doubts its stock, and nobody else does."""
    rng = generator(3)
    drawn = [draw_truth(rng, GOODS, response=Response()) for _ in range(300)]

    assert {one.doubt == "stock" for one in drawn if not one.wish.in_stock} == {True}
    assert {one.doubt == "stock" for one in drawn if one.wish.in_stock} == {False}
