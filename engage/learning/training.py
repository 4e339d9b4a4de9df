"""Trains a candidate from a log, predicting everything before learning it.

The same learner as the service's reads the same records in the same order; what a
recipe changes is how it learns. Beside it the figures by which recipes are compared.
"""

# Rules of this file: no clock and no luck: the same records and recipe give the same
# bytes. Every figure is prequential, and its error is by visitor: what one visitor's
# decisions and labels tell is told together more often than not.

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import orjson

from engage.deciding.draw import NONE
from engage.deciding.policies import POLICIES
from engage.deciding.policies.base import Policy
from engage.deciding.policies.magnitudes import clip
from engage.errors import EngageError
from engage.learning.candidates import Candidate
from engage.learning.formerly import Formerly
from engage.learning.learner import Find, Learner, Offered, row_of
from engage.learning.recipes import Variant
from engage.learning.trials.arms import Arm, one_mean
from engage.learning.trials.forward import Baseline, forward_of
from engage.scoring.logistic import LogisticScorer
from engage.settings import (
    InterventionSettings,
    MomentSettings,
    MoneySettings,
    RuleSettings,
    SiteSettings,
)
from engage.stores.base import Body, Entry
from engage.visits.features import SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A candidate and the figures of its training.

    Attributes:
        figures: `log_loss NAME` in nats, weighted as in reports, `r_loss` in EUR^2
            against the predictions as logged, `gain` in EUR a decision over the logged
            policy, each with `_se`.
        refused: records that could not be learned.
    """

    candidate: Candidate
    figures: Mapping[str, float]
    refused: int


def offered_in(bodies: Iterable[Body]) -> dict[str, Offered]:
    """Return the interventions as the last of these decision records had them."""
    offered: dict[str, Offered] = {}
    for body in bodies:
        versions = body["versions"]
        offered = {
            name: Offered(kind=versions["kinds"][name], version=version)
            for name, version in versions["interventions"].items()
        }
    return offered


def settings_of(
    variant: Variant, *, site: str, offered: Mapping[str, Offered]
) -> SiteSettings:
    """Return settings under which a learner learns as the recipe says."""
    recipe = variant.recipe
    return SiteSettings(
        key=site,
        learner=recipe.learner,
        policy=recipe.policy,
        moments=MomentSettings(hesitating_share=recipe.hesitating_share),
        money=MoneySettings(
            order_margin_cents=recipe.order_margin_cents, outcome=recipe.outcome
        ),
        interventions=tuple(
            InterventionSettings(id=name, kind=one.kind, texts={})
            for name, one in offered.items()
        ),
        rules=(RuleSettings(action=NONE),) if recipe.has_rules else (),
    )


@dataclass(slots=True, kw_only=True)
class Training:
    """One recipe's learner while it reads a log.

    Args:
        variant: the recipe.
        site: key of the shop.
        offered: the interventions at the log's end.
        find: looks decision records up.
        is_journal: the log is the shop's journal. Should the candidate win, its learner
            goes on from here then; else it begins anew, for nobody could say which of
            the journal's records it has learned already.
    """

    variant: Variant
    site: str
    offered: Mapping[str, Offered]
    find: Find
    is_journal: bool = True
    learner: Learner = field(init=False)
    policy: Policy = field(init=False)
    refused: int = 0
    read: int = 0
    _last_s: float = 0.0
    _digest: Any = field(default_factory=hashlib.sha256)
    _formerly: dict[str, Formerly] = field(default_factory=dict)
    _figures: dict[str, Arm] = field(default_factory=dict)
    _baseline: Baseline = field(default_factory=Baseline)

    def __post_init__(self) -> None:
        """Make the learner and the policy of the recipe."""
        settings = settings_of(self.variant, site=self.site, offered=self.offered)
        self.learner = Learner(settings, offered=self.offered, find=self.find)
        self.policy = POLICIES[settings.policy.policy](settings)

    def take(self, entry: Entry) -> None:
        """Note what is predicted, then learn; one that cannot be learned is counted."""
        record = entry.record
        if record.site != self.site or record.at_s > self.variant.recipe.until_s:
            return
        self._sign(entry)
        try:
            if record.kind == "example":
                self._before_example(entry)
            elif record.kind == "closed" and record.body["learned"]:
                self._before_close(entry)
            self.learner.learn(entry)
        except (EngageError, KeyError, TypeError, ValueError):
            self.refused += 1

    def finish(self, card: Mapping[str, Any]) -> Trained:
        """Return the candidate of everything taken.

        Args:
            card: what is known of the run beside: version, commit.
        """
        snapshot = self.learner.freeze(number=0, at_s=self._last_s)
        figures = self.figures()
        recipe, heir = self.variant.recipe, self.learner
        if not self.is_journal:
            heir = self.learner.like(self.learner.settings)
            snapshot = replace(snapshot, offset=heir.offset)
        whole = {
            **card,
            "seed": recipe.seed,
            "schema": SCHEMA,
            "recipe": dict(self.variant.plain),
            "log": {
                "records": self.read,
                "offset": self.learner.offset,
                "sha256": self._digest.hexdigest(),
            },
            "figures": figures,
        }
        candidate = Candidate(
            card=whole,
            site=self.site,
            learner=recipe.learner,
            policy=recipe.policy,
            snapshot=snapshot,
            state=heir.state(),
        )
        return Trained(candidate=candidate, figures=figures, refused=self.refused)

    def figures(self) -> dict[str, float]:
        """Return the prequential figures so far."""
        found: dict[str, float] = {}
        for name, arm in sorted(self._figures.items()):
            one = one_mean(arm)
            found[name] = one.difference
            found[f"{name}_se"] = one.sd / math.sqrt(one.n)
        closed = self._figures.get("gain")
        return found | {"decisions": closed.units if closed else 0}

    def _sign(self, entry: Entry) -> None:
        record = entry.record
        self.read += 1
        self._last_s = max(self._last_s, record.at_s)
        name = f"{entry.offset}|{record.kind}|{record.key}|{record.at_s!r}|"
        self._digest.update(name.encode())
        self._digest.update(orjson.dumps(record.body, option=orjson.OPT_SORT_KEYS))

    def _before_example(self, entry: Entry) -> None:
        body, at_s = entry.record.body, entry.record.at_s
        scorer = self.learner.scorers.table.get(body["scorer"])
        if not isinstance(scorer, LogisticScorer) or body.get("features") is None:
            return
        formerly = self._formerly.setdefault(scorer.name, Formerly(scorer))
        formerly.mark(at_s=at_s)
        # Older records of intent do not say when it was predicted.
        opened_s = float(body.get("opened_at_s") or at_s)
        features = np.array(body["features"], dtype=np.float64)
        said = formerly.said(features, at_s=opened_s)
        # Never 0 or 1: a scorer clamps what it says.
        loss = -math.log(said if body["label"] else 1.0 - said)
        weight = float(body.get("weight", 1.0))
        self._note(f"log_loss {scorer.name}", entry, loss, weight=weight)

    def _before_close(self, entry: Entry) -> None:
        body = self.find(entry.record.key)
        if body is None:
            return
        row = row_of(body, target_eur=entry.record.body["reward"])
        weights = self.learner.residuals.believed(self.learner.uplift)
        one = forward_of(
            body,
            row,
            weights=weights,
            policy=self.policy,
            launch_until_n=self.variant.recipe.policy.launch_until_n,
            expected_eur=self._baseline.expected(body),
        )
        self._baseline.learn(body, clip(row.target_eur, row.clip_eur))
        self._note("gain", entry, one.gain_eur)
        self._note("r_loss", entry, one.loss - one.logged_loss)

    def _note(
        self, name: str, entry: Entry, value: float, *, weight: float = 1.0
    ) -> None:
        record = entry.record
        visitor = record.subject or record.body.get("session") or record.key
        self._figures.setdefault(name, Arm()).add(visitor, value, weight=weight)


Tell = Callable[[int], None]


def train(
    entries: Iterable[Entry], trainings: Iterable[Training], *, tell: Tell
) -> None:
    """Let every training read the same entries, each once; tells their offsets."""
    several = list(trainings)
    for entry in entries:
        for one in several:
            one.take(entry)
        tell(entry.offset)
