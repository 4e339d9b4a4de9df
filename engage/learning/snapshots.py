"""Snapshots: immutable, versioned, checked sets of model parameters.

Everything a decision depends on beside the visit itself is in the snapshot that its
record names. A snapshot is plain JSON with a checksum: reading one runs no code.
"""

# Rules of this file: values and their plain form. What is torn, foreign or not finite
# is refused with a reason that is a metric's label.

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import orjson

from engage.deciding.context import CONTEXT
from engage.deciding.policies.weights import UpliftWeights
from engage.errors import FeatureError, SnapshotRejected
from engage.scoring.frozen import FrozenScorers

FORMAT: Final = 1
# A shown card stands for so many earlier ones at the kind's prior acceptance.
_PRIOR_CARDS: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What decides from now on.

    Attributes:
        number: grows by one with each publication of the site, from 0.
        offset: journal offset up to which it has learned.
        at_s: when it was published, epoch seconds.
        scorers: hesitation, intent and dwell.
        uplift: what each action earns over `none`.
        threshold: of the moment `hesitating`, in (0, 1).
        accepted: (cards sent, chats started) by intervention.
        prices: shadow price of a slot by chat group, EUR, >= 0; 0 where it is missing.
    """

    number: int
    offset: int
    at_s: float
    scorers: FrozenScorers
    uplift: UpliftWeights
    threshold: float
    accepted: Mapping[str, tuple[int, int]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    prices: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def acceptance(self, intervention: str, *, prior: float) -> float:
        """Return how likely an invite is accepted, in [0, 1].

        The prior counts as 20 cards (a beta prior's mean).
        """
        sent, started = self.accepted.get(intervention, (0, 0))
        return (started + prior * _PRIOR_CARDS) / (sent + _PRIOR_CARDS)

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data; floats survive JSON exactly."""
        return {
            "format": FORMAT,
            "number": self.number,
            "offset": self.offset,
            "at_s": self.at_s,
            "scorers": self.scorers.plain(),
            "uplift": self.uplift.plain(),
            "threshold": self.threshold,
            "accepted": {name: list(pair) for name, pair in self.accepted.items()},
            "prices": dict(self.prices),
        }

    def encode(self) -> bytes:
        """Return the snapshot as JSON with its checksum."""
        plain = self.plain()
        return orjson.dumps({"sha256": checksum(plain), "snapshot": plain})

    @classmethod
    def decode(cls, body: bytes) -> Snapshot:
        """Return the snapshot in `body`.

        Raises:
            SnapshotRejected: torn, of another format or feature table, not finite.
        """
        try:
            envelope = orjson.loads(body)
            plain = envelope["snapshot"]
            stated = envelope["sha256"]
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise SnapshotRejected(
                "torn", f"snapshot cannot be read: {error}"
            ) from error
        if not isinstance(plain, dict) or checksum(plain) != stated:
            raise SnapshotRejected("torn", "snapshot's checksum differs")
        if plain.get("format") != FORMAT:
            raise SnapshotRejected(
                "schema", f"format must be {FORMAT}, got {plain.get('format')!r}"
            )
        return cls.from_plain(plain)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Snapshot:
        """Return the snapshot that `plain` wrote.

        Raises:
            SnapshotRejected: of another feature table, or not finite.
        """
        try:
            return cls._from_plain(plain)
        except (AttributeError, FeatureError, KeyError, TypeError, ValueError) as error:
            raise SnapshotRejected(
                "schema", f"snapshot is malformed: {error!r}"
            ) from error

    @classmethod
    def _from_plain(cls, plain: Mapping[str, Any]) -> Snapshot:
        uplift = UpliftWeights.from_plain(plain["uplift"])
        if uplift.context != CONTEXT:
            raise SnapshotRejected("schema", "context differs from this release's")
        threshold = float(plain["threshold"])
        # Snapshots of before there were prices have none: then nothing is charged.
        prices = {n: float(price) for n, price in plain.get("prices", {}).items()}
        numbers = (*uplift.terms.values(), uplift.sigma, uplift.n_eff, threshold)
        if not all(math.isfinite(number) for number in (*numbers, *prices.values())):
            raise SnapshotRejected("not_finite", "terms and prices must be finite")
        return cls(
            number=int(plain["number"]),
            offset=int(plain["offset"]),
            at_s=float(plain["at_s"]),
            scorers=FrozenScorers.from_plain(plain["scorers"]),
            uplift=uplift,
            threshold=threshold,
            accepted={n: (int(s), int(a)) for n, (s, a) in plain["accepted"].items()},
            prices=prices,
        )


def checksum(plain: Mapping[str, Any]) -> str:
    """Return the SHA-256 of plain data, whatever the order of its keys."""
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()
