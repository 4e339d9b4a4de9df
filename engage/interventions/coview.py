"""Which products people look at together: an item-to-item learner without epochs.

Every product view adds to decayed co-view counts between it and the last eight
products of the session. A look-up adds up the neighbours of those eight, then walks one
step further from the best of them, which is what finds a fitting product among
those that were seen too rarely to have neighbours of their own.
"""

# Rules of this file: no I/O, no clock, no randomness; times come in as values. Every
# structure has a bound. The order of rows and neighbours is part of the state, so that
# a restored learner adds in the same order and ranks the same to the last bit.

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from heapq import nlargest
from itertools import islice
from typing import Any, Final

import orjson

from engage.errors import ConfigError

# A row may grow to this multiple of its bound before it is cut back, so that a new
# neighbour has time to prove itself and the sort is paid for by many insertions.
SLACK: Final = 2
# Counts are kept on a scale that grows with time; at this size they are scaled back.
RESCALE_AT: Final = 2.0**400
# Views are compared on a scale that moves in steps of this ratio, so that what they
# weigh need not be computed anew for each of the thousand neighbours of a look-up.
_STEP: Final = 1.01


@dataclass(frozen=True, slots=True, kw_only=True)
class CoViewSettings:
    """How co-views are counted and read (measured: benchmarks/alternatives.py)."""

    # A season changes what fits together; two weeks still fill a small shop's rows.
    half_life_s: float = 14 * 86_400.0
    # People compare within a handful of products; further back says little.
    window: int = 8
    # Of one step's weight, what is left for the product seen one step earlier.
    distance_decay: float = 0.8
    # The way back (from the later to the earlier product) counts a little less.
    backward: float = 0.7
    # Weight of the second newest product against the newest in a look-up.
    history_decay: float = 0.5
    # Exponents of the views of the known and of the proposed product: 1 and 0 would be
    # a conditional probability, one half each the cosine.
    own_power: float = 0.8
    other_power: float = 0.2
    # Views added before dividing, so that two lucky co-views do not win.
    shrink: float = 5.0
    # Share of the second step, taken from that many of the best first neighbours; 0
    # neighbours: no second step.
    second_step: float = 0.5
    spread: int = 8
    # Neighbours kept for a product; 30 rank as well as all of them.
    neighbours: int = 32
    # Rows and neighbours together, about 100 bytes each, so 100 MB at most; the
    # products longest unseen go first.
    max_entries: int = 1_000_000


@dataclass(slots=True)
class Row:
    """What is known of one product: its views and its neighbours' co-views.

    `weight` is what its views weigh as somebody's neighbour, computed for step `step`
    of the scale.
    """

    views: float = 0.0
    near: dict[str, float] = field(default_factory=dict)
    weight: float = 1.0
    step: int | None = None


class CoView:
    """Online co-view counts of one site; bounded, decayed, exact to restore.

    Reference: item-to-item co-counts with shrinkage (Deshpande & Karypis 2004);
    forward decay of sums (Cormode et al. 2009).

    >>> learner = CoView()
    >>> learner.learn(["strat"], "tele", at_s=0.0)
    >>> learner.learn(["tele"], "amp", at_s=1.0)
    >>> learner.rank(["strat"])
    ['tele', 'amp']
    """

    def __init__(self, settings: CoViewSettings | None = None) -> None:
        """Start with nothing known.

        Raises:
            ConfigError: a bound is below 1 or a half-life not positive.
        """
        self.settings = settings or CoViewSettings()
        _check(self.settings)
        self._rows: dict[str, Row] = {}
        self._neighbours = 0
        self._landmark_s: float | None = None
        self._unit = 1.0
        self._step = 0
        # Stands for a neighbour that has been forgotten itself.
        self._unseen = Row()

    def __len__(self) -> int:
        """Return rows and neighbours held, which `max_entries` bounds."""
        return len(self._rows) + self._neighbours

    def learn(self, recent_items: Sequence[str], item: str, *, at_s: float) -> None:
        """Count that `item` was viewed after `recent_items` (newest last).

        A product seen again within the window is no co-view and changes nothing.
        """
        earlier = self._newest_first(recent_items)
        if item in earlier:
            return
        weight = self._weight_at(at_s)
        row = self._touch(item)
        row.views += weight
        row.step = None
        share = weight
        for other in earlier:
            self._add(self._touch(other), item, share)
            self._add(row, other, share * self.settings.backward)
            share *= self.settings.distance_decay
        self._forget_oldest()

    def rank(self, recent_items: Sequence[str]) -> list[str]:
        """Return all products that fit `recent_items`, best first, none of them.

        Args:
            recent_items: products of the session, newest last; only the last `window`
                different ones are used.
        """
        seen, scores = frozenset(recent_items), self.scores(recent_items)
        best = sorted((-score, item) for item, score in scores.items())
        return [item for _, item in best if item not in seen]

    def scores(self, recent_items: Sequence[str]) -> dict[str, float]:
        """Return an unscaled score > 0 for every product near `recent_items`."""
        settings = self.settings
        first: dict[str, float] = {}
        weight = 1.0
        for item in self._newest_first(recent_items):
            self._spread(first, item, weight)
            weight *= settings.history_decay
        total = dict(first)
        best = nlargest(settings.spread, [(first[item], item) for item in first])
        for score, item in best:
            self._spread(total, item, settings.second_step * score)
        return total

    def state(self) -> dict[str, Any]:
        """Return everything learned as plain data; floats survive JSON exactly."""
        return {
            "settings": asdict(self.settings),
            "landmark_s": self._landmark_s,
            "unit": self._unit,
            "rows": [
                [item, row.views, dict(row.near)] for item, row in self._rows.items()
            ],
        }

    def pieces(self, *, rows: int) -> Iterator[bytes]:
        """Yield `state` as JSON, so many rows at a time, each as it is by then.

        A large shop's is a third of a second's work. What is learned between two pieces
        is in those that follow; a scale that moves meanwhile, once in many years, not.
        """
        names, mark = iter(tuple(self._rows)), b'{"rows":['
        while some := list(islice(names, rows)):
            known = [(name, self._rows[name]) for name in some if name in self._rows]
            plain = orjson.dumps([[name, one.views, one.near] for name, one in known])
            if known:
                yield mark + plain[1:-1]
                mark = b","
        rest = {
            "settings": asdict(self.settings),
            "landmark_s": self._landmark_s,
            "unit": self._unit,
        }
        yield (mark if mark != b"," else b"") + b"]," + orjson.dumps(rest)[1:]

    @classmethod
    def restore(cls, plain: Mapping[str, Any]) -> CoView:
        """Return the learner whose `state` was `plain`."""
        learner = cls(CoViewSettings(**plain["settings"]))
        learner._landmark_s = plain["landmark_s"]
        learner._unit = plain["unit"]
        learner._step = learner._step_now()
        learner._rows = {
            item: Row(views, dict(near)) for item, views, near in plain["rows"]
        }
        learner._neighbours = sum(len(row.near) for row in learner._rows.values())
        return learner

    def _newest_first(self, recent_items: Iterable[str]) -> list[str]:
        """Return the last `window` different products, newest first."""
        different = dict.fromkeys(reversed(list(recent_items)))
        return list(different)[: self.settings.window]

    def _spread(self, scores: dict[str, float], item: str, weight: float) -> None:
        """Add the neighbours of `item` to `scores`, times `weight`."""
        row = self._rows.get(item)
        if row is None:
            return
        settings, unit = self.settings, self._unit
        own = (row.views / unit + settings.shrink) ** settings.own_power
        scale, step = weight / (own * unit), self._step
        known, so_far, unseen = self._rows.get, scores.get, self._unseen
        for other, together in row.near.items():
            theirs = known(other, unseen)
            if theirs.step != step:
                self._weigh(theirs)
            scores[other] = so_far(other, 0.0) + scale * together * theirs.weight

    def _weigh(self, row: Row) -> None:
        """Compute what a neighbour's views weigh at the present step of the scale."""
        settings = self.settings
        views = row.views / _STEP**self._step
        row.weight = (views + settings.shrink) ** -settings.other_power
        row.step = self._step

    def _weight_at(self, at_s: float) -> float:
        """Return what a view at `at_s` adds, on the growing scale of the sums."""
        if self._landmark_s is None:
            self._landmark_s = at_s
        ages = (at_s - self._landmark_s) / self.settings.half_life_s
        if 2.0 ** min(ages, 1000.0) > RESCALE_AT:
            self._rescale(at_s)
            ages = 0.0
        weight: float = 2.0**ages
        if weight > self._unit:
            self._unit = weight
            self._step = self._step_now()
        return weight

    def _step_now(self) -> int:
        """Return the present step of the scale; follows from the unit alone."""
        return math.floor(math.log(self._unit, _STEP))

    def _rescale(self, at_s: float) -> None:
        """Move the landmark to `at_s`; sums too old to matter become zero."""
        since = at_s - (self._landmark_s or 0.0)
        factor = 2.0 ** -min(since / self.settings.half_life_s, 1000.0)
        for row in self._rows.values():
            row.views *= factor
            row.near = {other: sum_ * factor for other, sum_ in row.near.items()}
            row.step = None
        self._landmark_s = at_s
        self._unit = 1.0
        self._step = 0

    def _touch(self, item: str) -> Row:
        """Return the row of `item`, now the one used last."""
        row = self._rows.pop(item, None)
        if row is None:
            row = Row()
        self._rows[item] = row
        return row

    def _add(self, row: Row, other: str, share: float) -> None:
        """Add a co-view to `row`; cut it back to its best once it is twice too long."""
        before = len(row.near)
        row.near[other] = row.near.get(other, 0.0) + share
        keep = self.settings.neighbours
        if len(row.near) > SLACK * keep:
            near = row.near
            best = nlargest(keep, near, key=lambda item: (near[item], item))
            row.near = {item: near[item] for item in best}
        self._neighbours += len(row.near) - before

    def _forget_oldest(self) -> None:
        """Drop the products longest unseen until the bound holds."""
        while len(self) > self.settings.max_entries:
            oldest = next(iter(self._rows))
            self._neighbours -= len(self._rows.pop(oldest).near)


def _check(settings: CoViewSettings) -> None:
    """Raise one `ConfigError` with every bound that is broken."""
    mistakes = [
        f"coview.{key}: must be >= 1, got {value!r}"
        for key in ("window", "neighbours", "max_entries")
        if (value := getattr(settings, key)) < 1
    ]
    if settings.half_life_s <= 0:
        half_life_s = settings.half_life_s
        mistakes.append(f"coview.half_life_s: must be > 0, got {half_life_s!r}")
    if mistakes:
        raise ConfigError(mistakes)
