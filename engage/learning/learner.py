"""The learner of one site: reads the journal in order, owns every mutable model.

What it knows depends on the journal alone, never on when something was published or
how often it was restarted: a fresh learner over the same records is the same learner.
"""

# Rules of this file: single owner, single thread, no clock. A record is learned once;
# one that cannot be learned raises, changes nothing, and is set aside by the caller.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engage.deciding.context import context_of
from engage.deciding.draw import NONE
from engage.deciding.policies.terms import Row
from engage.deciding.policies.uplift import UpliftModel
from engage.deciding.policies.weights import UpliftWeights
from engage.errors import SnapshotRejected, StoreError
from engage.learning.beliefs import USUAL_MARGIN_EUR, uplift_settings
from engage.learning.influence import Influence
from engage.learning.prices import ShadowPrices, sights_in
from engage.learning.residuals import TOLERANCE_EUR, ResidualWatch
from engage.learning.snapshots import Snapshot
from engage.learning.trials.forward import features_of
from engage.learning.watch import LossWatch
from engage.learning.watches import Watches
from engage.scoring.base import Example, Scores
from engage.scoring.logistic import LogisticScorer
from engage.scoring.scorers import Scorers
from engage.scoring.threshold import Threshold
from engage.scoring.warm import warm_scorers
from engage.settings import SiteSettings
from engage.stores.base import Body, Entry
from engage.visits.session import PageView

KINDS = ("decision", "example", "closed", "settled", "visit")
"""Kinds of record that are learned from."""

# Finds a decision's record by its id; the journal's own look-up.
Find = Callable[[str], Body | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """An intervention as configured now: its kind and the hash of its content."""

    kind: str
    version: str


class Learner:
    """All models of one site while they learn.

    Args:
        settings: the site's; windows, discount and money.
        offered: the interventions as configured now, by id.
        find: looks decisions up, for the context they were made in.
    """

    def __init__(
        self, settings: SiteSettings, *, offered: Mapping[str, Offered], find: Find
    ) -> None:
        self.settings = settings
        self.offset = 0
        self.scorers: Scorers = self._forgetting(warm_scorers())
        self.uplift = UpliftModel(uplift_settings(settings))
        self.threshold = Threshold()
        self.watch = LossWatch()
        self.residuals = ResidualWatch(self._tolerance_eur)
        self.watches = self._new_watches()
        self.prices = ShadowPrices(settings.money)
        self.influence = Influence(settings.learner)
        self._accepted: dict[str, tuple[int, int]] = {}
        self._offered = dict(offered)
        self._find = find
        self._verbs: dict[str, Callable[[Entry], bool]] = {
            "decision": self._decision,
            "example": self._example,
            "closed": self._closed,
            "settled": self._settled,
            "visit": self._visit,
        }

    def like(self, settings: SiteSettings) -> Learner:
        """Return a learner of the same shop that has learned nothing."""
        return Learner(settings, offered=self._offered, find=self._find)

    def learn(self, entry: Entry) -> bool:
        """Learn from one entry and move the offset past it.

        Returns:
            Whether any model may have changed.

        Raises:
            FeatureError, PolicyError, KeyError, TypeError, ValueError: the record
                cannot be learned; the offset has moved, the models have not.
            StoreError: the decision cannot be looked up now; nothing has moved.
        """
        before, self.offset = self.offset, entry.offset
        verb = self._verbs.get(entry.record.kind)
        try:
            return False if verb is None else verb(entry)
        except StoreError:
            self.offset = before
            raise

    def freeze(self, *, number: int, at_s: float) -> Snapshot:
        """Return everything known now as an immutable snapshot."""
        return Snapshot(
            number=number,
            offset=self.offset,
            at_s=at_s,
            scorers=self.scorers.freeze(),
            uplift=self.offering(self.uplift.freeze()),
            threshold=self.threshold.value,
            accepted=dict(self._accepted),
            prices=self.prices.prices(),
        )

    def offering(self, weights: UpliftWeights) -> UpliftWeights:
        """Return the weights for the interventions as configured now."""
        kinds = {name: one.kind for name, one in self._offered.items()}
        versions = {name: one.version for name, one in self._offered.items()}
        return weights.offering(kinds, versions)

    def state(self) -> dict[str, Any]:
        """Return everything as plain data; restored from it, it goes on bit for bit."""
        return {
            "offset": self.offset,
            "discount": self.settings.learner.discount,
            "scorers": self.scorers.state(),
            "uplift": self.uplift.state(),
            "threshold": self.threshold.plain(),
            "watch": self.watch.state(),
            "residuals": self.residuals.state(),
            "watches": self.watches.state(),
            "influence": self.influence.state(),
            "accepted": {name: list(pair) for name, pair in self._accepted.items()},
            "prices": self.prices.state(),
        }

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Become the learner that `state` described, or stay as it is.

        Raises:
            EngageError, KeyError, TypeError, ValueError: it was made for another
                feature table, context or discount, or is no learner's state.
        """
        discount = self.settings.learner.discount
        if plain.get("discount", discount) != discount:
            # Its sums grew by another one: thousands of decisions would count as two.
            raise SnapshotRejected("schema", f"discount must be {discount}")
        scorers, uplift = warm_scorers(), UpliftModel(uplift_settings(self.settings))
        watch, residuals = LossWatch(), ResidualWatch(self._tolerance_eur)
        watches, influence = self._new_watches(), Influence(self.settings.learner)
        prices = ShadowPrices(self.settings.money)
        scorers.restore(plain["scorers"])
        uplift.restore(plain["uplift"])
        watch.restore(plain["watch"])
        residuals.restore(plain["residuals"])
        watches.restore(plain["watches"])
        influence.restore(plain["influence"])
        prices.restore(plain["prices"])
        threshold = Threshold.from_plain(plain["threshold"])
        accepted = {n: (int(s), int(a)) for n, (s, a) in plain["accepted"].items()}
        self.offset = int(plain["offset"])
        self.scorers, self.uplift = self._forgetting(scorers), uplift
        self.watch, self.residuals = watch, residuals
        self.watches, self.influence = watches, influence
        self.threshold, self._accepted = threshold, accepted
        self.prices = prices

    def _forgetting(self, scorers: Scorers) -> Scorers:
        """Return the scorers, told how fast to forget."""
        for scorer in scorers.table.values():
            if isinstance(scorer, LogisticScorer):
                scorer.forget_at(self.settings.learner.forget)
        return scorers

    @property
    def _tolerance_eur(self) -> float:
        """What a mean may be off by, in the scale of the shop's orders, EUR."""
        margin_cents = self.settings.money.order_margin_cents
        return TOLERANCE_EUR * margin_cents / (100 * USUAL_MARGIN_EUR)

    def _new_watches(self) -> Watches:
        return Watches(
            uplift_settings(self.settings), tolerance_eur=self._tolerance_eur
        )

    def _decision(self, entry: Entry) -> bool:
        body = entry.record.body
        sights = sights_in(body)
        if not sights or not self.influence.admits(body, "moment"):
            return False
        return self.prices.learn(sights)

    def _example(self, entry: Entry) -> bool:
        body = entry.record.body
        features, view = body.get("features"), body.get("view")
        example = Example(
            scorer=body["scorer"],
            label=float(body["label"]),
            features=None if features is None else np.array(features, dtype=np.float64),
            weight=min(
                float(body.get("weight", 1.0)), self.settings.learner.label_weight_cap
            ),
            predicted=body["predicted"],
            view=None if view is None else PageView(**view),
            censored=bool(body.get("censored", False)),
        )
        if not self.influence.admits(body, example.scorer):
            return False
        scorer = self.scorers.table.get(example.scorer)
        if isinstance(scorer, LogisticScorer) and example.features is not None:
            # What this model says before it learns: so a frozen publication thaws as
            # soon as the model behind it is sound again.
            said = scorer.predict(example.features)
            self.scorers.learn(example)
            self.watch.see(example.scorer, said, label=example.label)
            self.watches.label(example.scorer, said, label=example.label)
        else:
            self.scorers.learn(example)
        return True

    def _closed(self, entry: Entry) -> bool:
        body, closed = self._find(entry.record.key), entry.record.body
        if body is None:
            return False
        if closed["learned"]:
            self._learn_close(body, closed["reward"])
        action = body["action"]
        if action != NONE:
            # As the close counted them: a later look would count later chats, too.
            sent, started = self._accepted.get(action, (0, 0))
            self._accepted[action] = (sent + 1, started + closed.get("chats", 0))
        return bool(closed["learned"] or action != NONE)

    def _learn_close(self, body: Body, reward_eur: float) -> None:
        row = row_of(body, target_eur=reward_eur)
        look = self.residuals.look(row, self.uplift)
        if not self.influence.admits(body, "decision"):
            return
        self.uplift.learn(row)
        self.residuals.take(look)
        self.watches.close(look)

    def _settled(self, entry: Entry) -> bool:
        settled = entry.record.body
        if not settled["learned"] or settled["correction"] is None:
            return False
        body = self._find(entry.record.key)
        if not self.uplift.correct(entry.record.key, settled["correction"]):
            return False
        if body is not None:
            row = row_of(body, target_eur=settled["value"])
            reward = settled["value"] - settled["correction"]
            self.watches.settle(row, reward_eur=reward)
        return True

    def _visit(self, entry: Entry) -> bool:
        body = entry.record.body
        if body["is_person"]:
            self.threshold = self.threshold.step(
                asked=body["asked"], share=self.settings.moments.hesitating_share
            )
        return bool(body["is_person"])


def row_of(body: Body, *, target_eur: float) -> Row:
    """Return a decision record as the uplift model learns it.

    Raises:
        FeatureError: a feature that the context needs is missing.
    """
    vector = features_of(body)
    eligible = [name for name in body["eligible"] if name != NONE]
    versions = body["versions"]
    return Row(
        decision=body["decision"],
        context=context_of(vector, Scores(**body["scores"])),
        moment=body["moment"],
        action=body["action"],
        distribution=body["distribution"],
        kinds={name: versions["kinds"][name] for name in eligible},
        versions={name: versions["interventions"][name] for name in eligible},
        target_eur=target_eur,
        stake_eur=body.get("stake"),
        proposed=body["proposed"],
        clip_eur=body["clip"],
    )
