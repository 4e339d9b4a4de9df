"""Co-views counted from their definition, without a scale that grows or caches."""

import random
from collections import Counter

import pytest

from engage.interventions.coview import CoView, CoViewSettings

DAY_S = 86_400.0
ITEMS = "abcdefghij"


class ByHand:
    """Every view as it was told; what is asked for is summed up anew each time."""

    def __init__(self, settings):
        self.settings, self.views = settings, []

    def learn(self, recent_items, item, *, at_s):
        """Note a view, unless the product is among the last ones of the visit."""
        earlier = self.newest_first(recent_items)
        if item not in earlier:
            self.views.append((earlier, item, at_s))

    def newest_first(self, recent_items):
        """Return the last different products, the newest first."""
        return list(dict.fromkeys(reversed(recent_items)))[: self.settings.window]

    def scores(self, recent_items):
        """Return what every product near these is worth, of views as old as now."""
        self.known, self.together = Counter(), Counter()
        settings, now_s = self.settings, max(at_s for *_, at_s in self.views)
        for earlier, item, at_s in self.views:
            weight = 0.5 ** ((now_s - at_s) / settings.half_life_s)
            self.known[item] += weight
            for place, other in enumerate(earlier):
                share = weight * settings.distance_decay**place
                self.together[other, item] += share
                self.together[item, other] += share * settings.backward
        first = Counter()
        for place, item in enumerate(self.newest_first(recent_items)):
            first.update(self.near(item, settings.history_decay**place))
        total = Counter(first)
        for item, score in first.most_common(settings.spread):
            total.update(self.near(item, settings.second_step * score))
        return dict(total)

    def near(self, item, weight):
        """Return what the neighbours of a product are worth, times a weight."""
        settings = self.settings
        own = (self.known[item] + settings.shrink) ** settings.own_power
        return {
            other: weight
            * together
            / own
            / (self.known[other] + settings.shrink) ** settings.other_power
            for (one, other), together in self.together.items()
            if one == item
        }


def traffic(settings, *, days, views=400, seed=1):
    """Return a learner and its double by hand after the same visits."""
    luck = random.Random(seed)
    learner, double, visit = CoView(settings), ByHand(settings), []
    for number in range(views):
        item = luck.choice(ITEMS[: 3 + number % 8])
        at_s = 1_000.0 + days * DAY_S * number / views
        for each in (learner, double):
            each.learn(visit, item, at_s=at_s)
        visit = [*visit, item] if luck.random() < 0.9 else []
    return learner, double


@pytest.mark.parametrize("recent_items", ["a", "ab", "jihgfedcbaj", "z"])
@pytest.mark.parametrize(
    "changes",
    [{}, {"window": 2}, {"spread": 0}, {"shrink": 0.5, "own_power": 0.5}],
)
def test_scores(changes, recent_items):
    """Scores are those of the definition within the step in which views are weighed.

    One in a hundred to the power of a fifth is two in a thousand; so much again for
    the second step.
    """
    settings = CoViewSettings(half_life_s=3 * DAY_S, **changes)
    learner, double = traffic(settings, days=20)
    expected = double.scores(list(recent_items))

    assert learner.scores(recent_items) == pytest.approx(expected, rel=5e-3)


def test_scores_after_years():
    """When sums are scaled back, half-lives by the hundred later, they stay right."""
    settings = CoViewSettings(half_life_s=DAY_S)
    learner, double = traffic(settings, days=402)
    assert learner.state()["landmark_s"] > 400 * DAY_S

    assert learner.scores("ab") == pytest.approx(double.scores(["a", "b"]), rel=5e-3)


def test_restored_scores():
    """A restored learner says the same at once, to the last bit."""
    learner, _ = traffic(CoViewSettings(half_life_s=3 * DAY_S), days=20)

    assert CoView.restore(learner.state()).scores("ab") == learner.scores("ab")
