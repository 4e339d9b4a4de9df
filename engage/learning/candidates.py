"""Candidates: what `engage train` writes and a promotion test is given.

A snapshot to decide with, the learner's state to go on from should it win, and a card
that says where both come from: reproducible byte for byte from log, seed and commit.
"""

# Rules of this file: plain JSON with a checksum, as snapshots are; reading one runs no
# code. What is torn, foreign or not finite is refused with a reason.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
import orjson

from engage.errors import EngageError, SnapshotRejected
from engage.learning.publication import check_form
from engage.learning.snapshots import Snapshot, checksum
from engage.learning.ways import Way
from engage.settings import (
    LearnerSettings,
    MoneySettings,
    PolicySettings,
    SiteSettings,
)

FORMAT: Final = "engage-candidate-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A trained challenger.

    Attributes:
        card: version, commit, seed, feature schema, log and figures, as plain data.
        site: key of the shop whose log it comes from.
        learner: how its models learn.
        policy: how its policy explores.
        snapshot: what it would decide with; its offset ends its training.
        state: the learner's state at that offset.
        former_id: its name in the release that made it, where this one would write
            its content in another way; empty otherwise.
    """

    card: Mapping[str, Any]
    site: str
    learner: LearnerSettings
    policy: PolicySettings
    snapshot: Snapshot
    state: Mapping[str, Any]
    former_id: str = ""

    @property
    def id(self) -> str:
        """Name of the candidate: 16 hexadecimal digits of its content's hash.

        It deals the visitors of a trial, so it outlives an upgrade amid one.
        """
        return self.former_id or checksum(self._plain())[:16]

    @property
    def way(self) -> Way:
        """How its models learn and its policy explores."""
        return Way(learner=self.learner, policy=self.policy)

    def _plain(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "card": dict(self.card),
            "site": self.site,
            "learner": msgspec.to_builtins(self.learner),
            "policy": msgspec.to_builtins(self.policy),
            "snapshot": self.snapshot.plain(),
            "state": dict(self.state),
        }

    def encode(self) -> bytes:
        """Return the candidate as JSON with its checksum; equal ones are equal bytes.

        The card comes first: `head` of the file tells what it is.
        """
        plain = self._plain()
        former = {"id": self.former_id} if self.former_id else {}
        whole = {"sha256": checksum(plain), **former, "candidate": plain}
        return orjson.dumps(whole, option=orjson.OPT_INDENT_2) + b"\n"

    @classmethod
    def decode(cls, body: bytes) -> Candidate:
        """Return the candidate in `body`.

        Raises:
            SnapshotRejected: torn, of another format or feature table, not finite.
        """
        try:
            envelope = orjson.loads(body)
            plain, stated = envelope["candidate"], envelope["sha256"]
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            why = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
            raise SnapshotRejected("torn", f"candidate is unreadable: {why}") from error
        if not isinstance(plain, dict) or checksum(plain) != stated:
            raise SnapshotRejected("torn", "candidate's checksum differs")
        if plain.get("format") != FORMAT:
            found = plain.get("format")
            raise SnapshotRejected("schema", f"format must be {FORMAT}, got {found!r}")
        try:
            candidate = cls(
                card=plain["card"],
                site=plain["site"],
                learner=msgspec.convert(plain["learner"], LearnerSettings),
                policy=msgspec.convert(plain["policy"], PolicySettings),
                snapshot=Snapshot.from_plain(plain["snapshot"]),
                state=plain["state"],
            )
        except SnapshotRejected:
            raise
        except (EngageError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise SnapshotRejected(
                "schema", f"candidate is malformed: {error!r}"
            ) from error
        name = str(envelope.get("id") or stated[:16])
        return candidate if name == candidate.id else replace(candidate, former_id=name)


def check_fits(
    candidate: Candidate, settings: SiteSettings, *, last_offset: int
) -> None:
    """Let a candidate pass that a site can try, and go on from should it win.

    Args:
        candidate: handed over.
        settings: the site's.
        last_offset: of its journal.

    Raises:
        SnapshotRejected: says what is wrong.
    """
    if candidate.snapshot.offset > last_offset:
        raise SnapshotRejected("schema", "candidate learned from another journal")
    if unlike := unlike_rewards(candidate, settings.money):
        raise SnapshotRejected("schema", unlike)
    check_form(candidate.snapshot, margin_cents=settings.money.order_margin_cents)


def unlike_rewards(candidate: Candidate, money: MoneySettings) -> str:
    """Return why a candidate's rewards are not the shop's, empty if they are.

    A shop may change its mind while a trial runs, too.
    """
    usual_eur = candidate.snapshot.uplift.usual_stake_eur
    if (usual_eur is not None) != (money.outcome == "order"):
        said = f"recipe's outcome must be {money.outcome!r}, as the shop's"
        return f"candidate learned other rewards: {said}"
    if usual_eur is not None and round(100 * usual_eur) != money.order_margin_cents:
        # Once it has won it would predict by the shop's, and be another than was tried.
        said = f"recipe's order_margin_cents must be {money.order_margin_cents}"
        return (
            f"candidate learned other stakes: {said}, "
            f"as the shop's, got {round(100 * usual_eur)}"
        )
    return ""
