"""What a worker does while nobody learns: first no experiments, then the shop's rules.

A challenger decides only while the learner watches over it: its guardrails are no use
if nobody can take it back here. A snapshot that nobody has renewed for a day says more
about last week than about today; then the shop's own rule list decides.
"""

# Rules of this file: changes a site as a whole, and puts it back as a whole. Time is
# the site's clock; what is compared is when the learner was last heard of.

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from engage.settings import SiteSettings
from engage.street.opening import version_of
from engage.street.shared_metrics import SharedInstruments
from engage.street.site import Site
from engage.telemetry import logger

log = logger()
# The learner says every ten seconds that it lives.
UNWATCHED_S: Final = 60.0
STALE_S: Final = 86_400.0


def baseline(settings: SiteSettings) -> SiteSettings:
    """Return a site's settings under which its own rules decide; shadow stays shadow.

    >>> baseline(SiteSettings(key="pk_x")).mode
    'rules'
    """
    return replace(settings, mode="rules") if settings.mode == "learned" else settings


@dataclass(slots=True, kw_only=True)
class Vigil:
    """Keeps an eye on the learner for one site of a worker.

    Attributes:
        alive_s: when the learner was last known to live, epoch seconds of this
            machine's clock; at first, when the worker started.
    """

    site: Site
    metrics: SharedInstruments
    alive_s: float = field(init=False)
    _said_s: float | None = None
    _learned: SiteSettings | None = None

    def __post_init__(self) -> None:
        """Count from now."""
        self.alive_s = self.site.now_s()

    @property
    def is_watched(self) -> bool:
        """Whether the learner could take a challenger back in time."""
        return self.site.now_s() - self.alive_s < UNWATCHED_S

    def hear(self, alive_s: float | None) -> None:
        """Take in when the learner last said that it lives, and act on it.

        Args:
            alive_s: by the learner's own clock; what counts is that it moves.
        """
        if alive_s is not None and alive_s != self._said_s:
            now_s = self.site.now_s()
            is_first = self._said_s is None
            self.alive_s = min(alive_s, now_s) if is_first else now_s
            self._said_s = alive_s
        self.look()

    def look(self) -> None:
        """Fall back if the learner was silent for too long, or return from there."""
        site = self.site
        if not self.is_watched and site.challenger is not None:
            log.warning("challenger.unwatched", site=site.key)
            site.challenger = None
        is_stale = site.now_s() - self.alive_s >= STALE_S
        if is_stale and self._learned is None:
            log.error("learner.missed", site=site.key, since_s=self.alive_s)
            self._learned = site.settings
            self._follow(baseline(site.settings))
        elif not is_stale and self._learned is not None:
            log.info("learner.back", site=site.key)
            self._follow(self._learned)
            self._learned = None
        self.metrics.baseline.set(to=float(self._learned is not None))

    async def step(self) -> bool:
        """Look; False: there is nothing more to do."""
        self.look()
        return False

    def _follow(self, settings: SiteSettings) -> None:
        self.site.follow(settings, version=version_of(settings))
