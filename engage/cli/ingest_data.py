"""Runs recorded beacons through the engine in process, on the file's own clock."""

# Rules of this file: backfill - every record is marked `served: false`. Scores are
# written before anything later is learned; learning happens after every so many
# beacons, so the same file gives the same models.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Final

import orjson

from engage.cli.account import Account
from engage.cli.dwell_check import LEVELS, DwellCheck
from engage.cli.progress import Advance
from engage.clock import rfc3339
from engage.config import own_secret
from engage.errors import CallerError
from engage.evidence.simulation.inprocess import InProcess, open_in_process
from engage.scoring.dwell import DwellScorer
from engage.scoring.frozen_dwell import QUANTILES, log_dwell
from engage.settings import SiteSecrets, SiteSettings
from engage.wire.beacon import Beacon
from engage.wire.formats import Refused, TimedBeacon

# Beacons between two lessons; each costs a sync of the disk.
LEARN_EVERY: Final = 25
# Seconds of the file's time between two snapshots; each is archived.
PUBLISH_EVERY_S: Final = 600.0
CHECKPOINT_EVERY_S: Final = 21_600.0
_COLUMNS: Final = {level: QUANTILES.index(level) for level in LEVELS}


@dataclass(slots=True, kw_only=True)
class Backfill:
    """One backfill: which site, where to, and what to write.

    Attributes:
        settings: of the site; learning is slowed down to the file's time.
        secrets: None takes the salt of the data directory.
        data: the data directory.
        scores: where to write a line for each beacon, None for nowhere.
        advance: told how many beacons are done.
    """

    settings: SiteSettings
    data: Path
    advance: Advance
    secrets: SiteSecrets | None = None
    scores: Path | None = None
    account: Account = field(default_factory=Account)
    check: DwellCheck = field(default_factory=DwellCheck)
    _local: InProcess | None = None
    # What the engine noticed about the beacon at hand.
    _noticed: Mapping[str, Any] | None = None

    async def run(self, stream: Iterable[TimedBeacon | Refused]) -> None:
        """Apply every beacon at its own time, end all visits, and close.

        Raises:
            StoreError: the data directory is in use or cannot be written.
            OSError: a file cannot be read, or the scores cannot be written.
        """
        with ExitStack() as files:
            out = files.enter_context(self.scores.open("wb")) if self.scores else None
            try:
                await self._apply(stream, out=out)
            finally:
                await self._end()

    async def _apply(
        self, stream: Iterable[TimedBeacon | Refused], *, out: IO[bytes] | None
    ) -> None:
        for found in stream:
            if isinstance(found, Refused):
                self.account.refuse_line(str(found))
                continue
            # The site opens when the recording begins.
            local = self._local or await self._open(found.at_s)
            await local.move_to(found.at_s)
            await self._take(local, found.beacon, out=out)

    async def _open(self, at_s: float) -> InProcess:
        slow = replace(
            self.settings.learner,
            publish_every_s=PUBLISH_EVERY_S,
            checkpoint_every_s=CHECKPOINT_EVERY_S,
        )
        salt = own_secret(self.data / f"{self.settings.key}.salt").encode()
        local = await open_in_process(
            replace(self.settings, learner=slow),
            self.secrets or SiteSecrets(server_key="", salt=salt),
            data=self.data,
            at_s=at_s,
            is_served=False,
        )
        local.site.listeners.append(self._listen)
        self._local = local
        return local

    def _listen(self, name: str, fields: Mapping[str, Any]) -> None:
        if name == "noticed":
            self._noticed = fields

    async def _take(
        self, local: InProcess, beacon: Beacon, *, out: IO[bytes] | None
    ) -> None:
        self._noticed = None
        try:
            if beacon.site != self.settings.key:
                self.account.refuse("unknown-site")
            else:
                self.account.note((await local.take(beacon)).result)
        except CallerError as error:
            self.account.refuse(error.kind)
        self._note_scores(local, out=out)
        self.advance(self.account.sent)
        if self.account.sent % LEARN_EVERY == 0:
            await local.learn()

    def _note_scores(self, local: InProcess, *, out: IO[bytes] | None) -> None:
        """Write the line of the beacon at hand, and count the views it left."""
        noticed = self._noticed
        if noticed is None:
            return
        scorer = local.lineage.learner.scorers.table["dwell"]
        assert isinstance(scorer, DwellScorer)
        dwell = None
        for view in noticed["left"]:
            dwell = scorer.percentile(view, view.active_s)
            knots = scorer.knots(view)
            quantiles = {level: knots[at] for level, at in _COLUMNS.items()}
            self.check.add(quantiles, observed=log_dwell(view.active_s))
        if out is None:
            return
        line = {
            "session": noticed["session"],
            "tab": noticed["tab"],
            "seq": noticed["seq"],
            "at": rfc3339(noticed["at_s"]),
            "hesitation": noticed["look"].scores.hesitation,
            "dwell": dwell,
            "moment": noticed["moment"],
        }
        out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    async def _end(self) -> None:
        """End the visits that nothing more will be heard of, and close."""
        local = self._local
        if local is None:
            return
        idle_s = self.settings.windows.session_idle_s
        await local.move_to(local.clock.now_s() + idle_s + 2 * local.tick_s)
        await local.close_due()
        await local.close()
