"""Opens a shop: everything a site needs, put together once, the same for every caller.

The service, the in-process replay of a log and the tests all start here.
"""

# Rules of this file: order matters and stands here only - journal, store, catalogue,
# learner, site. Nothing is started.

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from heapq import nlargest
from pathlib import Path
from typing import Any, Final

import msgspec
import orjson

from engage.clock import Clock
from engage.deciding.policies import POLICIES
from engage.errors import StoreError
from engage.interventions.base import Intervention
from engage.interventions.catalogue import MAX_ITEMS, Catalogue
from engage.interventions.coview import CoView
from engage.interventions.kinds import read_all
from engage.learning.learner import Learner, Offered
from engage.learning.lineage import Lineage
from engage.learning.publication import Check
from engage.learning.resuming import resume
from engage.learning.trials.kept import standing, standing_settings
from engage.settings import Settings, SiteSecrets, SiteSettings
from engage.stores.base import Journal, Store, StoreOptions
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.names import STORES
from engage.stores.states import DAY_S
from engage.street.beginning import begun_at_s
from engage.street.site import Site, set_budgets
from engage.street.trying import adopt
from engage.telemetry import Instruments, logger
from engage.visits.session import Session, from_bytes, to_bytes
from engage.visits.visitor import Visitor
from engage.wire.shop import CatalogItem

log = logger()
_TRIES: Final = 5
_PAUSE_S: Final = 1.0


def open_store(settings: Settings) -> Store[Session, Visitor]:
    """Return the store that the settings name; the embedded one is empty.

    Raises:
        ConfigError: what the store needs is not installed.
        StoreError: its URL is none.
    """
    return STORES[settings.server.store](store_options(settings))


def store_options(settings: Settings) -> StoreOptions[Session, Visitor]:
    """Return how a store of these settings is opened."""
    idle_s = max((one.windows.session_idle_s for one in settings.sites), default=0.0)
    return StoreOptions(
        read_session=from_bytes,
        write_session=to_bytes,
        read_visitor=Visitor.from_plain,
        write_visitor=Visitor.to_plain,
        live_sessions=settings.server.live_sessions,
        # None is swept before it ends.
        swept_s=max(DAY_S, round(2 * idle_s)),
        url=settings.server.redis_url,
    )


def journal_path(settings: Settings) -> Path:
    """Return where the journal lies."""
    return Path(settings.server.data) / JOURNAL_FILE


async def open_sites(
    settings: Settings,
    *,
    journal: Journal,
    store: Store[Session, Visitor],
    clock: Clock,
    metrics: Instruments,
    is_worker: bool = False,
) -> dict[str, tuple[Site, Lineage]]:
    """Return every site of the settings, opened, by its key; same errors."""
    return {
        one.key: await open_site(
            one,
            settings.secrets[one.key],
            journal=journal,
            store=store,
            clock=clock,
            metrics=metrics,
            is_worker=is_worker,
        )
        for one in settings.sites
    }


async def open_site(
    settings: SiteSettings,
    secrets: SiteSecrets,
    *,
    journal: Journal,
    store: Store[Session, Visitor],
    clock: Clock,
    metrics: Instruments,
    is_served: bool = True,
    is_worker: bool = False,
) -> tuple[Site, Lineage]:
    """Return a site as its journal left it, and the lineage of its models.

    Raises:
        ConfigError: an intervention's options are wrong; holds every mistake.
        StoreError: the journal cannot be read.
    """
    trial = standing(journal, settings)
    configured, settings = settings, standing_settings(trial, settings)
    interventions = {one.id: one for one in read_all(settings)}
    learner = Learner(
        settings,
        offered=offered_of(interventions),
        find=lambda decision: journal.decision(settings.key, decision),
    )
    snapshot = resume(
        learner,
        journal,
        site=settings.key,
        at_s=clock.now_s(),
        without=None if trial is None else trial.number,
    )
    site = Site(
        settings=configured,
        secrets=secrets,
        clock=clock,
        store=store,
        journal=journal,
        metrics=metrics,
        snapshot=snapshot,
        catalogue=catalogue_of(settings, journal),
        coviews=_coviews(settings, journal),
        config_version=version_of(configured),
        started_at_s=begun_at_s(journal, settings.key) or clock.now_s(),
        is_served=is_served,
        is_worker=is_worker,
        interventions=interventions,
    )
    keep_settings(settings, journal)
    if trial is not None:
        adopt(site, trial.challenge, version_of=version_of)
    await _patiently(lambda: store.restore(journal, settings.key))
    await _patiently(lambda: set_budgets(site))
    policy = POLICIES[settings.policy.policy](settings)
    check = Check(settings, policy, anchor=snapshot)
    return site, Lineage(learner=learner, check=check, last=snapshot)


async def _patiently(ask: Callable[[], Awaitable[object]]) -> None:
    """Ask a store; an answer that comes late on a busy machine ends no process."""
    for _ in range(_TRIES - 1):
        try:
            await ask()
        except StoreError as error:
            log.warning("store.asked_again", error=str(error))
            await asyncio.sleep(_PAUSE_S)
        else:
            return
    await ask()


def offered_of(interventions: dict[str, Intervention[Any]]) -> dict[str, Offered]:
    """Return kind and content hash of every intervention."""
    return {
        name: Offered(kind=one.kind, version=one.version)
        for name, one in interventions.items()
    }


def version_of(settings: SiteSettings) -> str:
    """Return the content hash of a site's settings, 16 hexadecimal digits."""
    values = msgspec.to_builtins(settings, enc_hook=dict)
    plain = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(plain).hexdigest()[:16]


def versions_of(settings: Settings) -> dict[str, str]:
    """Return the content hash of every site's settings, by its key."""
    return {one.key: version_of(one) for one in settings.sites}


def keep_settings(settings: SiteSettings, journal: Journal) -> None:
    """Keep what decisions will be made with, so that a replay needs no other file.

    No key, no salt: those are no settings. No hooks: nothing is decided by them, and
    their addresses may hold secrets.
    """
    name = settings_name(version_of(settings))
    if journal.checkpoint(name) is None:
        kept = dataclasses.replace(settings, hooks=())
        body = orjson.dumps(msgspec.to_builtins(kept, enc_hook=dict))
        # A full disk is told by whatever may not be lost; a replay can do without.
        with suppress(StoreError):
            journal.put_checkpoint(name, offset=0, body=body)


def settings_of(body: bytes) -> SiteSettings:
    """Return the settings that were kept under `settings_name`.

    Raises:
        StoreError: they are another release's.
    """
    try:
        return msgspec.convert(orjson.loads(body), SiteSettings)
    except (msgspec.ValidationError, orjson.JSONDecodeError) as error:
        raise StoreError(f"kept settings cannot be read: {error}") from error


def settings_name(version: str) -> str:
    """Return the name under which the settings of a version are kept.

    No site key holds a bar, so it meets no site's checkpoint.
    """
    return f"settings|{version}"


def catalogue_of(
    settings: SiteSettings,
    journal: Journal,
    *,
    most: int = MAX_ITEMS,
    since_s: float | None = None,
) -> Catalogue:
    """Return the products that the journal has, but for those of another release.

    If it has more than `most`, those that the shop spoke of last.
    """
    times: list[float] = []
    catalogue = Catalogue(
        currency=settings.money.currency, origins=settings.origins, max_items=most
    )
    foreign = unreadable = 0
    for _, body in journal.items(settings.key):
        try:
            at_s = body.pop("at_s")
            item = msgspec.convert(body, CatalogItem)
        except (KeyError, msgspec.ValidationError):
            unreadable += 1
            continue
        foreign += item.currency != catalogue.currency
        times.append(at_s)
        if since_s is None or at_s >= since_s:
            catalogue.put(item, at_s=at_s)
    if since_s is None and len(times) > most:
        # Once more: only now it is known which those are.
        since_s = nlargest(most, times)[-1]
        return catalogue_of(settings, journal, most=most, since_s=since_s)
    if foreign:
        # The site had another currency once; the shop has to send them anew.
        log.warning("catalogue.foreign", site=settings.key, items=foreign)
    if unreadable:
        # What a release takes may differ; the shop sends its feed anew anyway.
        log.warning("catalogue.refused", site=settings.key, items=unreadable)
    return catalogue


def _coviews(settings: SiteSettings, journal: Journal) -> CoView:
    """Return what was learned of products seen together; nothing if it is no more."""
    kept = journal.checkpoint(coview_name(settings.key))
    if kept is None:
        return CoView()
    try:
        return CoView.restore(orjson.loads(kept[1]))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Soft state, learned within days: no reason not to start.
        log.warning("coviews.refused", site=settings.key, error=repr(error))
        return CoView()


def coview_name(site: str) -> str:
    """Return the name under which a site's co-views are checkpointed.

    No site key holds a bar, so it meets no other site's checkpoint.
    """
    return f"{site}|coviews"
