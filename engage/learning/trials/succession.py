"""A promoted challenger becomes the site's learner."""

# Rules of this file: the heir goes on from the candidate's state and learns everything
# since from the journal, as if it had been the learner all along.

from __future__ import annotations

from engage.errors import EngageError, SnapshotRejected, StoreError
from engage.learning.learner import KINDS, Learner
from engage.learning.trials.trial import Trial
from engage.stores.base import Journal
from engage.stores.following import sound
from engage.telemetry import logger

log = logger()
_BATCH = 500


def heir_of(trial: Trial, learner: Learner, *, journal: Journal) -> Learner:
    """Return the candidate's learner, brought up to where the present one is.

    Blocks for as long as that takes: some thousand records a second. The present
    snapshots go on deciding meanwhile.

    Raises:
        StoreError: the journal cannot be read now; call again.
        SnapshotRejected: the candidate's state fits no more, as after an upgrade.
    """
    heir = learner.like(trial.candidate.way.settings(learner.settings))
    try:
        heir.restore(trial.candidate.state)
    except (AttributeError, EngageError, KeyError, TypeError, ValueError) as error:
        raise SnapshotRejected("schema", f"its state fits no more: {error}") from error
    log.info("heir.catching_up", site=heir.settings.key, offset=heir.offset)
    entries = sound(
        journal,
        kinds=KINDS,
        batch=_BATCH,
        on_damaged=lambda offset: log.error(
            "record.damaged", offset=offset, reader="heir"
        ),
        after=heir.offset,
    )
    for entry in entries:
        if entry.offset > learner.offset:
            break
        if entry.record.site != heir.settings.key:
            continue
        try:
            heir.learn(entry)
        except (KeyboardInterrupt, SystemExit, StoreError):
            raise
        except BaseException as error:  # noqa: BLE001 - river's Rust parts panic outside Exception
            # The present learner has counted the same record.
            log.warning("record.passed_over", offset=entry.offset, error=repr(error))
    return heir
