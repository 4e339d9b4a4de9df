"""What has to wait is told at once, then once a minute, then when it goes on again."""

# Rules of this file: an outage of hours must not bury the lines that explain it.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from engage.telemetry import logger

log = logger()
AGAIN_S: Final = 60.0


@dataclass(slots=True, kw_only=True)
class Postponed:
    """Tells of one repeated step that cannot be done now.

    Attributes:
        task: its name in the log.
    """

    task: str
    _since_s: float | None = field(default=None)
    _said_s: float = field(default=0.0)

    def tell(self, error: Exception, *, now_s: float) -> None:
        """Say why it waits, unless that was said within the last minute.

        Args:
            error: what stands in its way.
            now_s: seconds of a clock that only goes on.
        """
        if self._since_s is None:
            self._since_s = now_s
        elif now_s - self._said_s < AGAIN_S:
            return
        self._said_s = now_s
        for_s = round(now_s - self._since_s)
        log.warning("step.postponed", task=self.task, error=str(error), for_s=for_s)

    def end(self, *, now_s: float) -> None:
        """Say that it goes on, if it had to wait."""
        if self._since_s is not None:
            after_s = round(now_s - self._since_s)
            log.info("step.resumed", task=self.task, after_s=after_s)
            self._since_s = None
