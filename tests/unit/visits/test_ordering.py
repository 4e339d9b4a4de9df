import pytest

from engage.visits.ordering import MAX_SKIPS, MAX_TABS, place


def placed(*arrivals):
    """Return the results of (tab, seq, at_s) in this order."""
    tabs, skips, results = b"", (), []
    for tab, seq, at_s in arrivals:
        found = place(tabs, skips, tab=tab, seq=seq, at_s=at_s)
        tabs, skips = found.tabs, found.skips
        results.append(found.result)
    return results


def test_numbers_in_order():
    """Numbers that count up are applied."""
    assert placed(("t", 0, 0), ("t", 1, 1), ("t", 2, 2)) == ["applied"] * 3


def test_repeat():
    """A number seen before is a duplicate, however old within the window."""
    arrivals = [("t", seq, seq) for seq in range(64)]

    assert placed(*arrivals, ("t", 0, 64))[-1] == "duplicate"


def test_same_number_of_another_tab():
    """Each tab counts for itself."""
    assert placed(("t", 0, 0), ("u", 0, 1)) == ["applied", "applied"]


@pytest.mark.parametrize(("wait_s", "result"), [(10.0, "applied"), (10.1, "late")])
def test_skipped_number(wait_s, result):
    """A skipped number is applied within ten seconds and late afterwards."""
    assert placed(("t", 0, 0), ("t", 2, 1), ("t", 1, 1 + wait_s))[-1] == result


@pytest.mark.parametrize(("top", "result"), [(64, "applied"), (65, "late")])
def test_window(top, result):
    """A missing number more than 63 below the highest is late."""
    assert placed(("t", 0, 0), ("t", top, 1), ("t", 1, 2))[-1] == result


def test_first_number_heard_is_not_zero():
    """Numbers before the first one heard may still come."""
    assert placed(("t", 3, 0), ("t", 0, 1), ("t", 2, 2)) == ["applied"] * 3


def test_repeat_of_a_late_one():
    """A late number that comes again is a duplicate."""
    results = placed(("t", 0, 0), ("t", 2, 1), ("t", 1, 60), ("t", 1, 61))

    assert results[2:] == ["late", "duplicate"]


def test_later_jumps_do_not_prolong_the_wait():
    """A number is late ten seconds after it was skipped, whatever was skipped since."""
    results = placed(("t", 0, 0), ("t", 2, 1), ("t", 4, 11), ("t", 1, 12), ("t", 3, 12))

    assert results[3:] == ["late", "applied"]


def test_tabs_are_bounded():
    """Only the latest tabs are remembered."""
    tabs = b""
    for number in range(20):
        tabs = place(tabs, (), tab=f"t{number}", seq=0, at_s=0.0).tabs

    assert len(tabs) == 16 * MAX_TABS


def test_skips_are_bounded_and_lenient():
    """Too many jumps are merged, and nothing in time is called late."""
    tabs, skips = b"", ()
    for seq in range(0, 40, 2):
        found = place(tabs, skips, tab="t", seq=seq, at_s=seq / 10)
        tabs, skips = found.tabs, found.skips

    assert len(skips) <= MAX_SKIPS
    assert place(tabs, skips, tab="t", seq=1, at_s=4.0).result == "applied"


def test_jumps_of_many_tabs_are_bounded():
    """Jumps of tabs that cannot be merged make room, oldest first."""
    tabs, skips = b"", ()
    for number in range(20):
        found = place(tabs, skips, tab=f"t{number}", seq=5, at_s=0.0)
        tabs, skips = found.tabs, found.skips

    assert len(skips) == MAX_SKIPS
