import math

import orjson
import pytest

from engage.errors import ConfigError
from engage.interventions.coview import CoView, CoViewSettings

DAY_S = 86_400.0


def learned(*visits, at_s=0.0, **settings):
    """Return a learner that has seen these visits, each a string of products."""
    learner = CoView(CoViewSettings(**settings))
    for visit in visits:
        for place, item in enumerate(visit):
            learner.learn(visit[:place], item, at_s=at_s)
    return learner


def ranked(learner, recent_items):
    """Return what the learner ranks for `recent_items`, as one string."""
    return "".join(learner.rank(recent_items))


def test_most_seen_together():
    """The product seen together more often comes first."""
    learner = learned("ab", "ab", "ac")

    assert ranked(learner, "a") == "bc"


def test_nothing_learned():
    """A product nobody saw has no neighbours."""
    assert ranked(learned("ab"), "z") == ""


def test_seen_products():
    """Products of the session itself are never ranked."""
    learner = learned("abc", "abc")

    assert ranked(learner, "ab") == "c"


def test_distance():
    """A product seen right after counts more than one seen later."""
    assert ranked(learned("abc"), "a")[0] == "b"


def test_direction():
    """The way from the earlier to the later product counts more than the way back."""
    learner = learned("xa", "ay", spread=0)

    assert ranked(learner, "a") == "yx"


def test_newest_product_weighs_most():
    """Neighbours of the newest product come before those of older ones."""
    learner = learned("ax", "by")

    assert ranked(learner, "ba") == "xy"


def test_second_step():
    """A product two steps away is ranked, behind those one step away."""
    learner = learned("ab", "bc")

    assert ranked(learner, "a") == "bc"


def test_view_again():
    """A product seen again within the window changes nothing."""
    learner = learned("ab")
    before = learner.state()

    learner.learn("ab", "a", at_s=0.0)

    assert learner.state() == before


def test_view_after_the_window():
    """A product seen before the window is new again."""
    learner = learned("ab", window=1)
    before = learner.state()
    learner.learn("ab", "a", at_s=0.0)

    assert learner.state() != before


def test_repeats_in_history():
    """A product twice among the recent ones counts once, at its newest place."""
    learner = learned("ab", "cd")

    assert learner.scores("aca") == learner.scores("ca")


def test_popular_products_are_held_back():
    """Of two products seen with it as often, the rarer one comes first."""
    learner = learned("ap", "ar", "xp", "yp", "zp", spread=0)

    assert ranked(learner, "a") == "rp"


def test_old_views_fade():
    """Half a life later an old co-view weighs half of a new one."""
    learner = learned("ab", half_life_s=DAY_S)
    learner.learn("a", "c", at_s=DAY_S)
    near = learner._rows["a"].near

    assert near["c"] == pytest.approx(2 * near["b"])


def test_centuries():
    """After ever so many half-lives the sums are still finite, and new ones count."""
    learner = learned("ab", half_life_s=1.0)
    learner.learn("a", "c", at_s=1e9)

    assert ranked(learner, "a")[0] == "c"
    assert all(score < 1e3 for score in learner.scores("a").values())


def test_late_view():
    """A view that is told late counts for less, and breaks nothing."""
    learner = learned("ab", at_s=DAY_S, half_life_s=DAY_S)
    learner.learn("a", "c", at_s=-1e9)

    assert ranked(learner, "a")[0] == "b"


def test_neighbours_are_bounded():
    """A product keeps at most twice as many neighbours as stated, the best of them."""
    learner = learned("ab", "ab", neighbours=4)
    for number in range(100):
        learner.learn("a", f"i{number}", at_s=0.0)

    assert len(learner._rows["a"].near) <= 8
    assert "b" in learner._rows["a"].near


def test_entries_are_bounded():
    """Rows and neighbours together stay within their bound; the oldest go first."""
    learner = CoView(CoViewSettings(max_entries=30))
    for number in range(200):
        learner.learn([f"i{number}"], f"i{number + 1}", at_s=float(number))

    assert len(learner) <= 30
    assert learner.rank(["i200"])[0] == "i199"
    assert learner.rank(["i0"]) == []


def test_views_keep_alive():
    """The product that was not seen for longest goes, not the one learned first."""
    learner = CoView(CoViewSettings(max_entries=3))
    for item in "abcad":
        learner.learn([], item, at_s=0.0)

    assert [item for item, *_ in learner.state()["rows"]] == ["c", "a", "d"]


def test_views_alone_are_bounded():
    """Products seen alone, without any neighbour, are bounded, too."""
    learner = CoView(CoViewSettings(max_entries=30))
    for number in range(200):
        learner.learn([], f"i{number}", at_s=0.0)

    assert len(learner) == 30


def test_restore():
    """A learner restored through JSON has the same state, and goes on the same."""
    learner = learned("abc", "bcd", "ade", half_life_s=DAY_S, neighbours=2)
    again = CoView.restore(orjson.loads(orjson.dumps(learner.state())))
    for each in (learner, again):
        each.learn("ae", "f", at_s=12_345.678)

    assert orjson.dumps(again.state()) == orjson.dumps(learner.state())
    assert len(again) == len(learner)
    assert again.scores("ab") == learner.scores("ab")


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_in_pieces(rows):
    """The pieces of a learner are its state, in as many as there are rows for."""
    learner = learned("abc", "bcd", "ade")
    pieces = list(learner.pieces(rows=rows))

    assert orjson.loads(b"".join(pieces)) == learner.state()
    assert len(pieces) == math.ceil(5 / rows) + 1


def test_nothing_in_pieces():
    """A learner that knows nothing has its state in pieces, too."""
    assert orjson.loads(b"".join(CoView().pieces(rows=2))) == CoView().state()


def test_learning_between_pieces():
    """What is learned or forgotten between two pieces leaves a state to restore."""
    learner = learned("abc", "bcd", "ade", max_entries=40)
    pieces = []
    for number, piece in enumerate(learner.pieces(rows=1)):
        pieces.append(piece)
        learner.learn([f"n{number}", "a"], f"m{number}", at_s=2_000.0)
    restored = CoView.restore(orjson.loads(b"".join(pieces)))

    restored.learn(["a"], "z", at_s=3_000.0)

    assert "z" in restored.rank(["a"])
    assert len(restored) <= 40


@pytest.mark.parametrize("every_s", [60.0, 3_600.0])
def test_asking_changes_nothing(every_s):
    """A learner that was asked meanwhile ranks as one that was not, to the last bit."""
    asked, quiet = (CoView(CoViewSettings(half_life_s=DAY_S)) for _ in range(2))
    for number in range(300):
        for each in (asked, quiet):
            each.learn(f"{number % 7}a", f"{number % 11}", at_s=number * every_s)
        asked.scores("a3")

    assert asked.scores("a3") == quiet.scores("a3")
    assert asked.state() == quiet.state()


def test_settings():
    """Every bound below its limit is named, with limit and value."""
    with pytest.raises(ConfigError) as caught:
        CoView(CoViewSettings(window=0, neighbours=-1, max_entries=0, half_life_s=0.0))

    assert caught.value.mistakes == [
        "coview.window: must be >= 1, got 0",
        "coview.neighbours: must be >= 1, got -1",
        "coview.max_entries: must be >= 1, got 0",
        "coview.half_life_s: must be > 0, got 0.0",
    ]
