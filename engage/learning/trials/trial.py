"""One candidate's trial: what it has shown so far, kept across restarts.

Only decisions made after the candidate had learned are evidence about it. In the
shadow those of the champion count through their logged propensities; once the
challenger decides for some visitors, the arms are compared.
"""

# Rules of this file: single owner, single thread, no clock. Evidence depends on the
# journal alone: the same records give the same verdict, however often restarted.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import orjson

from engage.clock import epoch_s
from engage.deciding.policies import POLICIES
from engage.deciding.policies.base import Policy
from engage.deciding.policies.magnitudes import clip
from engage.deciding.policies.terms import Row
from engage.errors import SnapshotRejected, StoreError
from engage.learning.bounds import Sums
from engage.learning.candidates import Candidate, unlike_rewards
from engage.learning.learner import Find, row_of
from engage.learning.trials.challenge import Challenge
from engage.learning.trials.evidence import Evidence, told
from engage.learning.trials.forward import Baseline, features_of, forward_of
from engage.learning.trials.promotion import Rules, Stage, Verdict, judge
from engage.learning.ways import Way, followed
from engage.settings import SiteSettings
from engage.stores.base import Body, Entry
from engage.visits.features import transform

READ = frozenset({"closed", "settled"})
"""Kinds of record that are evidence."""

_DISMISSED = "dismissed"


@dataclass(slots=True, kw_only=True)
class Trial:
    """A candidate while it is tried, and after.

    Attributes:
        candidate: what is tried.
        number: of its snapshot in the archive; records of its decisions name it.
        settings: the site's own.
        rules: what it is held to.
        stage: where it stands.
        offset: journal offset up to which evidence was read.
        dealt_at_s: since when the challenger decides for somebody, epoch seconds.
        is_crowned: promoted, and the site's learner goes on from its state.
        former: the way of who decided before; None: as configured.
    """

    candidate: Candidate
    number: int
    settings: SiteSettings
    rules: Rules
    stage: Stage = "shadow"
    offset: int = 0
    dealt_at_s: float = 0.0
    evidence: Evidence = field(default_factory=Evidence)
    baseline: Baseline = field(default_factory=Baseline)
    is_crowned: bool = False
    former: Way | None = None
    _policy: Policy | None = None

    @property
    def share(self) -> float:
        """Share of the visitors whom the challenger decides for."""
        return self.rules.share(self.stage)

    @property
    def standing(self) -> Way | None:
        """The way of who decides for everybody else; None: as configured."""
        return self.candidate.way if self.stage == "promoted" else self.former

    @property
    def has_taken_over(self) -> bool:
        """Whether it has won where the shop's own list would decide."""
        return self.stage == "promoted" and self.settings.mode == "rules"

    @property
    def policy(self) -> Policy:
        """The candidate's policy."""
        if self._policy is None:
            own = self.candidate.way.settings(self.settings)
            self._policy = POLICIES[own.policy.policy](own)
        return self._policy

    @property
    def challenge(self) -> Challenge:
        """What the present stage means for those who decide."""
        candidate = self.candidate
        return Challenge(
            candidate=candidate.id,
            stage=self.stage,
            share=self.share,
            way=candidate.way,
            snapshot=replace(candidate.snapshot, number=self.number),
            standing=self.standing,
        )

    def take(self, entry: Entry, find: Find) -> None:
        """Read one entry; only closes of decisions after the training count.

        Raises:
            KeyError, TypeError, ValueError, EngageError: the record cannot be read;
                the evidence has not changed.
            StoreError: the decision cannot be looked up now; nothing has moved.
        """
        if entry.offset <= self.offset:
            return
        before, self.offset = self.offset, entry.offset
        record = entry.record
        if record.kind not in READ or not record.body["learned"]:
            return
        try:
            body = find(record.key)
        except StoreError:
            self.offset = before
            raise
        # By time: whoever decided may have been published long before.
        if body is None or epoch_s(body["at"]) <= self.candidate.snapshot.at_s:
            return
        visitor = record.subject or record.key
        if record.kind == "closed":
            self._close(body, record.body, visitor)
        elif record.body["correction"] is not None:
            self._add(body, visitor, value=float(record.body["value"]))

    def _close(self, body: Body, closed: Mapping[str, Any], visitor: str) -> None:
        row = row_of(body, target_eur=closed["reward"])
        if body["snapshot"] != self.number:
            self._look_forward(body, row, visitor)
        names = [one["name"] for one in body["outcomes"]]
        self._add(
            body,
            visitor,
            surrogate=clip(row.target_eur, row.clip_eur),
            dismissals=float(names.count(_DISMISSED)),
            errors=float("failed" in body["exploration"]),
            orders=float(bool(closed.get("sales"))),
            discount=float(body.get("promised", 0.0)),
        )

    def _look_forward(self, body: Body, row: Row, visitor: str) -> None:
        """Take in what a champion's decision says of the challenger."""
        one = forward_of(
            body,
            row,
            weights=self.candidate.snapshot.uplift,
            policy=self.policy,
            launch_until_n=self.candidate.policy.launch_until_n,
            expected_eur=self.baseline.expected(body),
        )
        self.baseline.learn(body, clip(row.target_eur, row.clip_eur))
        self.evidence.gain.add(visitor, one.gain_eur)
        self.evidence.better.add(visitor, one.logged_loss - one.loss)

    def _add(self, body: Body, visitor: str, **outcomes: float) -> None:
        # None while it decides for nobody: in the shadow, under a pin, or where it has
        # not been heard of yet. Then there is nothing that could be compared.
        share = body.get("challenger_share")
        # The other share would be that of a trial before this one.
        if share is None or epoch_s(body["at"]) < self.dealt_at_s:
            return
        is_own, known = body["snapshot"] == self.number, self._known(body)
        for name, value in outcomes.items():
            self.evidence.add(
                name, visitor, value, known, share=float(share), is_own=is_own
            )

    def _known(self, body: Body) -> tuple[float, float]:
        """Return what a decision could expect, and its stake, EUR; before the draw.

        By one model for both arms: what each arm's own said would tell the models
        apart, and the difference between them would be taken for one of the outcome.
        """
        stake_eur = float(body.get("stake", 0.0))
        inputs = transform(features_of(body))
        intent = self.candidate.snapshot.scorers.intent.chance(inputs)
        return intent * stake_eur, stake_eur

    def verdict(self) -> Verdict:
        """Return what the evidence says now; nothing, once rewards are others."""
        if unlike := unlike_rewards(self.candidate, self.settings.money):
            return Verdict("rolled_back", unlike)
        return judge(self.stage, self.evidence, self.rules)

    def move(self, stage: Stage, *, at_s: float) -> None:
        """Begin a stage now."""
        if self.share <= 0.0:
            self.dealt_at_s = at_s
        self.stage = stage

    def force(self) -> None:
        """Hold the promotion test open from now on; guardrails stay."""
        self.rules = replace(self.rules, is_forced=True)

    def told(self, *, why: str) -> Body:
        """Return how it stands, for whoever looks: plain data, no models.

        Args:
            why: what the last verdict said.
        """
        needs, own = self.rules.settings, self.evidence.own_visitors(self.share)
        have, need = {
            "shadow": (self.evidence.gain.units, needs.least_decisions),
            "half": (
                min(arm.units for arm in self.evidence.outcomes["value"]),
                needs.settled_visitors,
            ),
        }.get(self.stage, (own, needs.stage_visitors))
        return {
            "candidate": self.candidate.id,
            "card": dict(self.candidate.card),
            "snapshot": self.number,
            "stage": self.stage,
            "share": self.share,
            "is_forced": self.rules.is_forced,
            "has_taken_over": self.has_taken_over,
            "alpha": self.rules.alpha,
            "why": why,
            "have": have,
            "need": need,
            "evidence": told(self.evidence),
        }

    def encode(self) -> bytes:
        """Return everything as JSON, to be kept."""
        plain = {
            "candidate": self.candidate.encode().decode(),
            "number": self.number,
            "stage": self.stage,
            "offset": self.offset,
            "dealt_at_s": self.dealt_at_s,
            "evidence": self.evidence.plain(),
            "baseline": self.baseline.rest.plain(),
            "candidates": self.rules.candidates,
            "is_forced": self.rules.is_forced,
            "is_crowned": self.is_crowned,
            "former": msgspec.to_builtins(self.former),
        }
        return orjson.dumps(plain)

    @classmethod
    def decode(cls, body: bytes, *, settings: SiteSettings) -> Trial:
        """Return the trial that `encode` wrote, under the site's settings of today.

        Raises:
            SnapshotRejected: it cannot be read.
        """
        try:
            plain = orjson.loads(body)
            former = msgspec.convert(plain.get("former"), Way | None)
            trial = cls(
                candidate=Candidate.decode(plain["candidate"].encode()),
                number=int(plain["number"]),
                settings=settings,
                former=former,
                rules=rules_of(
                    followed(former, settings),
                    candidates=int(plain["candidates"]),
                    is_forced=bool(plain["is_forced"]),
                ),
                stage=plain["stage"],
                offset=int(plain["offset"]),
                dealt_at_s=float(plain.get("dealt_at_s", 0.0)),
                evidence=Evidence.from_plain(plain["evidence"]),
                baseline=Baseline(Sums.from_plain(plain["baseline"])),
                is_crowned=bool(plain["is_crowned"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SnapshotRejected("torn", f"trial is unreadable: {error!r}") from error
        return trial


def rules_of(settings: SiteSettings, *, candidates: int, is_forced: bool) -> Rules:
    """Return what a candidate is held to where these settings decide."""
    return Rules(
        settings=settings.promotion,
        candidates=candidates,
        # The defaults are for orders that earn 30 EUR.
        scale=settings.money.order_margin_cents / 3_000,
        is_forced=is_forced,
        is_takeover=settings.mode == "rules",
    )
