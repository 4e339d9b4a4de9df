import pytest

from engage.evidence.simulation.scenarios import SCENARIOS, arrivals_share


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_shares_are_shares(name):
    """Every scenario's segments sum to 1, before and after its turn."""
    scenario = SCENARIOS[name]

    for response in (scenario.before, scenario.after):
        assert sum(response.mix.values()) == pytest.approx(1.0)


def test_drift_turns_at_half_time():
    """In `drift` discounts pull until half time and not any more from then on."""
    drift = SCENARIOS["drift"]

    assert drift.response_at(0.49).discount_pull > 0
    assert drift.response_at(0.5).discount_pull == 0


def test_day_averages_to_one():
    """The rhythm of the day moves visitors and makes none."""
    hours = [arrivals_share(hour * 3_600.0) for hour in range(24)]

    assert sum(hours) / 24 == pytest.approx(1.0)
