"""What a site's evidence says, as metrics: who was helped, and what it was worth.

They come from the same ledgers as the console's pages, so both say the same; they cover
the whole journal, not only the life of this process, and cost beacons nothing.
"""

# Rules of this file: labels are sites, groups, bounds, actions and outcomes of the
# journal: all configured or of a closed list, and bounded besides.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from engage.evidence.lift.report import WARNINGS, Lift
from engage.evidence.values import Values
from engage.instruments import Level, metric


@dataclass(eq=False)
class SiteFigures(Collector):
    """One gauge for each figure that a shop's owner asks for."""

    visitors: Level = metric(
        Level,
        "engage_site_visitors",
        "Visitors with a moment whose horizon is over.",
        ("site", "group"),
    )
    ordering: Level = metric(
        Level,
        "engage_site_ordering_visitors",
        "Those among them who have ordered.",
        ("site", "group"),
    )
    margin: Level = metric(
        Level,
        "engage_site_margin_mean",
        "Margin per visitor with a moment, site's currency.",
        ("site", "group"),
    )
    revenue: Level = metric(
        Level,
        "engage_site_revenue_mean",
        "Revenue per visitor with a moment, site's currency.",
        ("site", "group"),
    )
    conversion: Level = metric(
        Level,
        "engage_site_conversion_ratio",
        "Share of visitors with a moment who ordered.",
        ("site", "group"),
    )
    lift_margin: Level = metric(
        Level,
        "engage_site_lift_margin",
        "Margin per visitor, treatment minus holdout, site's currency.",
        ("site", "bound"),
    )
    broken: Level = metric(
        Level,
        "engage_site_groups_broken",
        "1 while the groups do not have the announced sizes.",
        ("site",),
    )
    warned: Level = metric(
        Level,
        "engage_site_lift_warning",
        "1 while the lift report warns: groups that differ in A/A, pull-forward.",
        ("site", "warning"),
    )
    days_left: Level = metric(
        Level,
        "engage_site_lift_days_left",
        "Days until an effect of 20 % in margin is decidable.",
        ("site",),
    )
    at_horizon: Level = metric(
        Level,
        "engage_site_lift_horizon_margin",
        "Difference in margin per visitor by horizon, once its interval exists.",
        ("site", "horizon_s"),
    )
    decisions: Level = metric(
        Level,
        "engage_site_decisions",
        "Draws with a choice that were carried out, so far.",
        ("site", "action"),
        limit=500,
    )
    outcomes: Level = metric(
        Level,
        "engage_site_outcomes",
        "What happened to them, so far.",
        ("site", "action", "name"),
        limit=1_000,
    )
    reward: Level = metric(
        Level,
        "engage_site_reward_mean",
        "Mean reward at the short close, site's currency.",
        ("site", "action"),
        limit=500,
    )

    def set_lift(self, site: str, lift: Lift) -> None:
        """Take over a report; an interval that is withheld has no value."""
        for group, side in (("treatment", lift.treatment), ("holdout", lift.holdout)):
            self.visitors.set(site, group, to=side.visitors)
            self.ordering.set(site, group, to=side.ordering)
        means = {
            "margin": self.margin,
            "revenue": self.revenue,
            "conversion": self.conversion,
        }
        for name, level in means.items():
            found = lift.metrics[name]
            level.set(site, "treatment", to=found.treatment)
            level.set(site, "holdout", to=found.holdout)
        self.broken.set(site, to=float(lift.ratio.is_broken))
        margin = lift.metrics["margin"]
        bounds = {
            "low": margin.low,
            "difference": margin.difference,
            "high": margin.high,
        }
        for bound, value in bounds.items():
            if margin.low is None or value is None:
                self.lift_margin.values.pop((site, bound), None)
            else:
                self.lift_margin.set(site, bound, to=value)

        self._set_beside(site, lift)

    def _set_beside(self, site: str, lift: Lift) -> None:
        for name in WARNINGS:
            self.warned.set(site, name, to=float(name in lift.warnings))
        days = lift.forecast.days_left
        self.days_left.values.pop((site,), None)
        if days is not None:
            self.days_left.set(site, to=days)
        for one in lift.horizons:
            labels = (site, f"{one.horizon_s:.0f}")
            self.at_horizon.values.pop(labels, None)
            if one.margin.low is not None:
                self.at_horizon.set(*labels, to=one.margin.difference)

    def set_values(self, site: str, values: Values) -> None:
        """Take over counts and rewards by action."""
        for action, one in list(values.actions.items()):
            self.decisions.set(site, action, to=one.sent)
            for name, count in list(one.fates.items()):
                self.outcomes.set(site, action, name, to=count)
            if one.reward.n:
                self.reward.set(site, action, to=one.reward.mean)

    def collect(self) -> Iterator[Metric]:
        """Yield one family for each figure."""
        for one in fields(self):
            level: Level = getattr(self, one.name)
            yield level.family()
