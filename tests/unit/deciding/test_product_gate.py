"""Whom an intervention is meant for where no price is known, or no product is there."""

import pytest

from engage.deciding.gates import refusals
from engage.interventions.base import Inputs
from engage.settings import TextSettings
from tests.unit.interventions.builders import (
    NOW_S,
    intervention,
    item,
    site,
    visit,
    visitor,
)


def reason(session, **given):
    """Return why a help is refused on this page, or None."""
    refused = refusals(
        session,
        visitor(),
        [intervention("help", **given)],
        moment="lingering",
        inputs=Inputs(),
        settings=site(),
        at_s=NOW_S,
    )
    return refused.get("one")


@pytest.mark.parametrize(
    "session", [visit(page="home"), visit(page="cart"), visit(shown=item(price=None))]
)
def test_price_bounds_need_a_price(session):
    """Without a product, or with one of unknown price, no price bound holds."""
    assert reason(session, max_price_cents=5_000) == "not_targeted"
    assert reason(session, min_price_cents=1) == "not_targeted"
    assert reason(session) is None


def test_words_that_name_a_price():
    """A card that says a price is not offered where there is none to say."""
    texts = {
        "de": TextSettings(title="Fragen?"),
        "en": TextSettings(title="Questions?", text="Only {price}."),
    }

    assert reason(visit(), texts=texts) is None
    assert reason(visit(page="home"), texts=texts) == "not_targeted"
    assert reason(visit(shown=item(price=None)), texts=texts) == "not_targeted"
    del texts["en"]
    assert reason(visit(page="home"), texts=texts) is None
