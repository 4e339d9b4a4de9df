from engage.deciding.holdout import group_of, place_of, share_at
from engage.settings import HoldoutSettings

DAY_S = 86_400.0
PLAN = HoldoutSettings(share=0.2, days=90, taper_share=0.05, taper_days=90)


def test_share_of_visitors_held_out():
    """A fifth of 20,000 visitors is held out (4 standard errors: .0113)."""
    n = 20_000
    held = sum(group_of(b"s", f"v_{i}", 0.2) == "holdout" for i in range(n))

    assert abs(held / n - 0.2) <= 0.0113


def test_group_is_sticky():
    """A visitor has one place, whenever it is asked for."""
    assert place_of(b"s", "v_1") == place_of(b"s", "v_1")


def test_sites_are_independent():
    """Another salt is another lottery: 1,000 visitors share about 4 % of holdouts."""
    both = sum(
        place_of(b"a", f"v_{i}") < 0.2 and place_of(b"b", f"v_{i}") < 0.2
        for i in range(1_000)
    )

    assert 15 <= both <= 65


def test_taper_is_nested():
    """Whoever is held out at a smaller share was held out at every larger one."""
    shares = [share_at(PLAN, started_at_s=0, at_s=d * DAY_S) for d in range(0, 200, 7)]
    for i in range(500):
        groups = [group_of(b"s", f"v_{i}", share) for share in shares]
        assert groups == sorted(groups)


def test_full_share_for_the_first_days():
    """Until day 90 the whole holdout stands, also before the site's first decision."""
    assert share_at(PLAN, started_at_s=0, at_s=90 * DAY_S) == 0.2
    assert share_at(PLAN, started_at_s=0, at_s=-DAY_S) == 0.2


def test_share_changes_once_a_day():
    """Within a day the share is one number, so a log line names its day."""
    morning = share_at(PLAN, started_at_s=0, at_s=100 * DAY_S)
    evening = share_at(PLAN, started_at_s=0, at_s=101 * DAY_S - 1)

    assert morning == evening < 0.2


def test_taper_never_rises():
    """A taper share above the share is the share: nobody enters the holdout late."""
    plan = HoldoutSettings(share=0.05, days=1, taper_share=0.2, taper_days=10)

    assert share_at(plan, started_at_s=0, at_s=400 * DAY_S) == 0.05


def test_taper_without_days():
    """With a taper of no days the share steps down at once."""
    plan = HoldoutSettings(share=0.2, days=1, taper_share=0.05, taper_days=0)

    assert share_at(plan, started_at_s=0, at_s=2 * DAY_S) == 0.05
