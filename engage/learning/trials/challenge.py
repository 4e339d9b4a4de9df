"""What a trial means for those who decide: whose models, for what share of visitors.

The learner owns the trial and its evidence. Whoever decides (the same process, or the
workers of a service) needs only this value, and adopts it as a whole.
"""

# Rules of this file: a value and its two forms. Encoded it is JSON; the snapshot in it
# has its own checksum, so that torn text is refused.

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec
import orjson

from engage.errors import SnapshotRejected
from engage.learning.snapshots import Snapshot
from engage.learning.trials.promotion import OVER, Stage
from engage.learning.ways import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One stage of one trial.

    Attributes:
        candidate: id of what is tried; deals the visitors.
        stage: where the trial stands.
        share: of the visitors whom the challenger decides for, [0, 1].
        way: how its models learn and its policy explores.
        snapshot: what it decides with, under its number in the archive.
        standing: the way of who decides for everybody else; None: as configured.
    """

    candidate: str
    stage: Stage
    share: float
    way: Way
    snapshot: Snapshot
    standing: Way | None = None

    @property
    def is_over(self) -> bool:
        """Whether the trial has ended, either way."""
        return self.stage in OVER

    @property
    def mark(self) -> str:
        """What tells one stage of one trial from every other."""
        return f"{self.candidate}/{self.snapshot.number}/{self.stage}/{self.share}"

    def waiting(self) -> Challenge:
        """Return the challenge while it decides for nobody, as under a pin."""
        return self if self.is_over else replace(self, share=0.0)

    def encode(self) -> bytes:
        """Return the challenge as JSON."""
        return orjson.dumps(
            {
                "candidate": self.candidate,
                "stage": self.stage,
                "share": self.share,
                "way": msgspec.to_builtins(self.way),
                "snapshot": self.snapshot.encode().decode(),
                "standing": msgspec.to_builtins(self.standing),
            }
        )

    @classmethod
    def decode(cls, body: bytes) -> Challenge:
        """Return the challenge that `encode` wrote.

        Raises:
            SnapshotRejected: it is torn, or another release's.
        """
        try:
            plain = orjson.loads(body)
            return cls(
                candidate=plain["candidate"],
                stage=plain["stage"],
                share=float(plain["share"]),
                way=msgspec.convert(plain["way"], Way),
                snapshot=Snapshot.decode(plain["snapshot"].encode()),
                standing=msgspec.convert(plain["standing"], Way | None),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            said = f"challenge is unreadable: {error!r}"
            raise SnapshotRejected("torn", said) from error
