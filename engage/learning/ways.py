"""A way to learn and explore: what a candidate brings along, and who it follows."""

# Rules of this file: values only.

from __future__ import annotations

from dataclasses import dataclass, replace

from engage.settings import LearnerSettings, PolicySettings, SiteSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How models learn and a policy explores.

    Attributes:
        learner: how the models learn.
        policy: how the policy explores.
        takes_over: whether it decides where the shop's own list did, in mode `rules`.
    """

    learner: LearnerSettings
    policy: PolicySettings
    takes_over: bool = True

    def settings(self, site: SiteSettings) -> SiteSettings:
        """Return a site's settings with this way to learn and explore.

        >>> from engage.settings import LearnerSettings, PolicySettings
        >>> way = Way(learner=LearnerSettings(), policy=PolicySettings())
        >>> way.settings(SiteSettings(key="pk_x", mode="rules")).mode
        'learned'
        >>> way.settings(SiteSettings(key="pk_x", mode="shadow")).mode
        'shadow'
        """
        is_handed_over = self.takes_over and site.mode == "rules"
        mode = "learned" if is_handed_over else site.mode
        return replace(site, learner=self.learner, policy=self.policy, mode=mode)


def followed(way: Way | None, site: SiteSettings) -> SiteSettings:
    """Return a site's settings under a way; without one, as they are configured."""
    return site if way is None else way.settings(site)
