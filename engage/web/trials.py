"""Lets the learner of a service try the candidates that are handed over."""

# Rules of this file: trials live on the learner's thread; what a stage changes is
# adopted on the event loop.

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from engage.learning.lineage import Lineage
from engage.learning.trials.trial import Trial
from engage.settings import SiteSettings
from engage.stores.base import Body
from engage.street.opening import keep_settings
from engage.street.trying import attach
from engage.web.service import Service


def attach_trials(
    service: Service,
    lineages: Mapping[str, Lineage],
    *,
    loop: asyncio.AbstractEventLoop,
) -> None:
    """Let every site try what is handed over in the data directory."""

    def on_change(one: SiteSettings, trial: Trial) -> None:
        # A replay finds what the challenger's decisions were made with.
        keep_settings(trial.candidate.way.settings(one), service.journal)
        loop.call_soon_threadsafe(service.adopt_trial, one.key, trial.challenge)

    def on_look(site: str, told: Body) -> None:
        loop.call_soon_threadsafe(service.tell_trial, site, told)

    for one in service.settings.sites:
        attach(
            lineages[one.key],
            one,
            data=Path(service.settings.server.data),
            journal=service.journal,
            metrics=service.metrics,
            on_change=partial(on_change, one),
            on_look=partial(on_look, one.key),
        )
