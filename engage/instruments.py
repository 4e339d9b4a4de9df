"""Counters, levels and histograms that cost one addition an observation."""

# Rules of this file: no label value comes from the outside unbounded - past its limit
# every further value is counted as "other". Nothing here allocates per request.

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import ParamSpec, TypeVar

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    UnknownMetricFamily,
)

# Seconds; from a fast answer to a request that somebody waits for in vain.
LATENCY_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
# Seconds from an outcome's moment to the model: short closes take 30 min, long 7 days.
DELAY_S = (1.0, 60.0, 600.0, 1_800.0, 3_600.0, 86_400.0, 604_800.0)

Labels = tuple[str, ...]
P = ParamSpec("P")
T = TypeVar("T")


def metric(kind: Callable[P, T], *given: P.args, **options: P.kwargs) -> T:
    """Return the field of a table of metrics; each table makes its own instrument."""
    return field(default_factory=partial(kind, *given, **options))


@dataclass(slots=True)
class Tally:
    """Sums by label values; `add` is the hot path."""

    name: str
    text: str
    labels: Labels = ()
    limit: int = 200
    sums: dict[Labels, float] = field(default_factory=dict)

    def add(self, *values: str, by: float = 1.0) -> None:
        """Add `by` to the sum of these label values, in the order of `labels`."""
        sums = self.sums
        if values in sums:
            sums[values] += by
        elif len(sums) < self.limit:
            sums[values] = by
        else:
            other = ("other",) * len(values)
            sums[other] = sums.get(other, 0.0) + by

    def add_each(self, values: Iterable[str]) -> None:
        """Add one to the sum of each of these values of the only label."""
        sums = self.sums
        for value in values:
            labels = (value,)
            if labels in sums:
                sums[labels] += 1.0
            else:
                self.add(value)

    def total(self) -> float:
        """Return the sum over all label values."""
        return sum(self.sums.values())

    def family(self) -> Metric:
        """Return the sums in the exposition's own form."""
        family = CounterMetricFamily(
            self.name.removesuffix("_total"), self.text, labels=self.labels
        )
        # Without labels there is one sum, and it begins at nothing.
        sums = self.sums or ({} if self.labels else {(): 0.0})
        for values, total in list(sums.items()):
            family.add_metric(values, total)
        return family


@dataclass(slots=True)
class SiteTally:
    """Sums by site and label values.

    Two shops have pools of the same name, and one whose orders stay away is not made
    up for by another. What is shown is as with `SiteLevel`.

    Attributes:
        limit: of the sums of one site.
        sites: each site's own.
        is_several: the service has more than one site.
    """

    name: str
    text: str
    labels: Labels = ()
    limit: int = 200
    is_several: bool = False
    sites: dict[str, Tally] = field(default_factory=dict)

    def of(self, site: str) -> Tally:
        """Return a site's own sums."""
        found = self.sites.get(site)
        if found is None:
            found = Tally(self.name, self.text, self.labels, limit=self.limit)
            self.sites[site] = found
        return found

    def total(self) -> float:
        """Return the sum over all sites and label values."""
        return sum(tally.total() for tally in list(self.sites.values()))

    @property
    def sums(self) -> dict[Labels, float]:
        """The sums over all sites by label values."""
        whole: dict[Labels, float] = {}
        for tally in list(self.sites.values()):
            for values, total in list(tally.sums.items()):
                whole[values] = whole.get(values, 0.0) + total
        return whole

    def family(self) -> Metric:
        """Return the sums in the exposition's own form."""
        labels = (*self.labels, "site") if self.is_several else self.labels
        family = CounterMetricFamily(
            self.name.removesuffix("_total"), self.text, labels=labels
        )
        if not self.is_several:
            for values, total in self.sums.items():
                family.add_metric(values, total)
            return family
        for site, tally in list(self.sites.items()):
            for values, total in list(tally.sums.items()):
                family.add_metric((*values, site), total)
        return family


@dataclass(slots=True)
class Level:
    """The present value by label values."""

    name: str
    text: str
    labels: Labels = ()
    limit: int = 200
    # The exposition reserves the label `quantile` for summaries; a value by quantile
    # that is no summary has no type there.
    is_typed: bool = True
    values: dict[Labels, float] = field(default_factory=dict)

    def set(self, *values: str, to: float) -> None:
        """Set the value for these label values; past the limit they are ignored."""
        if values in self.values or len(self.values) < self.limit:
            self.values[values] = to

    def family(self) -> Metric:
        """Return the values in the exposition's own form."""
        kind = GaugeMetricFamily if self.is_typed else UnknownMetricFamily
        family = kind(self.name, self.text, labels=self.labels)
        for values, value in list(self.values.items()):
            family.add_metric(values, value)
        return family


@dataclass(slots=True)
class SiteLevel:
    """The present value by site and label values.

    Two shops have two snapshots, and groups of the same name: neither may overwrite
    the other's value. A service of one shop shows no site; one of several has the label
    `site` beside the others.

    Attributes:
        values: by site, then the label values in the order of `labels`.
        is_several: the service has more than one site.
    """

    name: str
    text: str
    labels: Labels = ()
    limit: int = 1_000
    is_typed: bool = True
    is_several: bool = False
    values: dict[Labels, float] = field(default_factory=dict)

    def set(self, site: str, *values: str, to: float) -> None:
        """Set the value for these label values; past the limit they are ignored."""
        if (site, *values) in self.values or len(self.values) < self.limit:
            self.values[site, *values] = to

    def of(self, site: str) -> dict[Labels, float]:
        """Return a site's values by label values."""
        return {k[1:]: value for k, value in list(self.values.items()) if k[0] == site}

    def clear(self, site: str) -> None:
        """Forget a site's values."""
        for labels in [labels for labels in self.values if labels[0] == site]:
            del self.values[labels]

    def family(self) -> Metric:
        """Return the values in the exposition's own form."""
        kind = GaugeMetricFamily if self.is_typed else UnknownMetricFamily
        labels = (*self.labels, "site") if self.is_several else self.labels
        family = kind(self.name, self.text, labels=labels)
        for (site, *values), value in list(self.values.items()):
            family.add_metric([*values, site] if self.is_several else values, value)
        return family


@dataclass(slots=True)
class Spread:
    """A classic histogram by label values."""

    name: str
    text: str
    labels: Labels = ()
    bounds: tuple[float, ...] = LATENCY_S
    limit: int = 50
    counts: dict[Labels, list[float]] = field(default_factory=dict)

    def observe(self, *values: str, of: float) -> None:
        """Count one observation; the last cell of a row holds the sum of values."""
        row = self.counts.get(values)
        if row is None:
            if len(self.counts) >= self.limit:
                values = ("other",) * len(values)
            row = self.counts.setdefault(values, [0.0] * (len(self.bounds) + 2))
        row[bisect_left(self.bounds, of)] += 1
        row[-1] += of

    def family(self) -> Metric:
        """Return cumulative buckets in the exposition's own form."""
        family = HistogramMetricFamily(self.name, self.text, labels=self.labels)
        for values, row in list(self.counts.items()):
            total = 0.0
            buckets: list[tuple[str, float]] = []
            for bound, count in zip((*self.bounds, "+Inf"), row[:-1], strict=True):
                total += count
                buckets.append((str(bound), total))
            family.add_metric(values, buckets, row[-1])
        return family
