"""How a site stands right now, as plain data for the console."""

# Rules of this file: reads and arranges, changes nothing. Everything here is cheap
# enough to be asked for every other second.

from __future__ import annotations

from typing import Any, Final, NamedTuple

from engage.deciding.gates import local_time
from engage.deciding.policies.terms import version_key
from engage.errors import StoreError
from engage.instruments import Level, SiteLevel
from engage.interventions.base import Intervention
from engage.interventions.chat import ChatOptions
from engage.interventions.discount import DiscountOptions
from engage.learning.beliefs import uplift_settings
from engage.stores.base import GroupState, PoolState
from engage.street.site import Site
from engage.web.console.pins import plain
from engage.web.counting import Counts, added, counts_of, sums
from engage.web.service import Service

Plain = dict[str, Any]
_LISTED: Final = ("pages", "moments", "categories", "segments")


class Held(NamedTuple):
    """What the store holds of a site right now.

    Attributes:
        groups: the chat groups, by name.
        stock: the pools of codes, by name.
        visits: how many sessions are going on.
    """

    groups: dict[str, GroupState]
    stock: dict[str, PoolState]
    visits: int


async def levels(service: Service, site: Site) -> Plain:
    """Return everything about the present of a site but its decisions.

    While the store does not answer, `is_degraded` says so, and what only it knows is
    None: nought agents or cents would be a statement.
    """
    at_s = service.clock.now_s()
    held = await held_now(site, at_s=at_s)
    counted = counts(service)
    return {
        "at_s": at_s,
        "is_degraded": held is None,
        "pulse": pulse(service, site, counted, held, at_s=at_s),
        "interventions": [
            _intervention(site, one, held) for one in site.interventions.values()
        ],
        "groups": None if held is None else _groups(site, held.groups),
        "models": models(service, site, at_s=at_s),
        "counts": counted,
        "workers": service.workers(at_s=at_s),
        "has_workers": service.roll is not None,
        "switches": {
            "all_paused": site.switches.all_paused,
            "paused": sorted(site.switches.paused),
        },
    }


async def held_now(site: Site, *, at_s: float) -> Held | None:
    """Return what the store holds of a site, or None while it does not answer."""
    store = site.store
    try:
        return Held(
            groups=await store.chats.groups(site.key, at_s=at_s),
            stock=await store.codes.stock(site.key, at_s=at_s),
            visits=await store.live_sessions(),
        )
    except StoreError:
        # What it means stands on the page; the log has it from whoever asked first.
        return None


def pulse(
    service: Service, site: Site, counted: Counts, held: Held | None, *, at_s: float
) -> Plain:
    """Return the handful of figures that say whether all is well."""
    minute, day = local_time(at_s, site.settings.time_zone)
    return {
        "ready": service.journal.is_writable() and not service.is_draining,
        "live_sessions": None if held is None else held.visits,
        "mode": site.settings.mode,
        "holdout_share": site.holdout_share(at_s),
        "started_at_s": site.started_at_s,
        "local": [day, minute],
        "time_zone": site.settings.time_zone,
        "decisions": sum(counted["actions"].values()),
        "beacons": sum(counted["beacons"].values()),
        "lag_s": _only(service.metrics.learner_lag),
    }


def models(service: Service, site: Site, *, at_s: float) -> Plain:
    """Return the snapshot that decides and how good its scorers are."""
    snapshot, metrics = site.snapshot, service.metrics
    return {
        "snapshot": snapshot.number,
        "offset": snapshot.offset,
        "age_s": max(0.0, at_s - snapshot.at_s) if snapshot.at_s else None,
        "learned": snapshot.uplift.learned,
        "n_eff": snapshot.uplift.n_eff,
        # What of it was there before anything was learned.
        "prior_n": uplift_settings(site.settings).prior_rows,
        "sigma": snapshot.uplift.sigma,
        "clip_eur": snapshot.uplift.clip_eur,
        "threshold": snapshot.threshold,
        "pin": plain(site.pin),
        "scorers": {
            "labels": _by_label(metrics.labels, site),
            "log_loss": _by_label(metrics.log_loss, site),
            "auc": _by_label(metrics.auc, site),
            "ece": _by_label(metrics.ece, site),
        },
        "coverage_error": _by_label(metrics.coverage_error, site),
        "rejected": sums(metrics.snapshot_rejected),
        "quarantined": metrics.quarantined.total(),
        "lag_s": _only(metrics.learner_lag),
    }


def counts(service: Service) -> Counts:
    """Return what was counted since the start, here and by all workers."""
    return added(counts_of(service.metrics), service.reports())


def _intervention(site: Site, one: Intervention[Any], held: Held | None) -> Plain:
    settings, options = one.settings, one.options
    told: Plain = {
        "id": one.id,
        "kind": one.kind,
        "status": _status(site, one),
        "version": one.version,
        **{name: list(getattr(settings, name)) for name in _LISTED},
        "min_price_cents": settings.min_price_cents,
        "max_price_cents": settings.max_price_cents,
        "schedule": [
            {"days": list(s.days), "from": s.from_time, "to": s.to_time}
            for s in settings.schedule
        ],
        "launch": _launch(site, one),
        "accepted": list(site.snapshot.accepted.get(one.id, (0, 0))),
    }
    if isinstance(options, ChatOptions):
        told["group"] = options.group
        told["capacity"] = held and _group(held.groups.get(options.group))
    if isinstance(options, DiscountOptions):
        told["pool"] = options.pool
        told["budget"] = _budget(options, held)
    return told


def _budget(options: DiscountOptions, held: Held | None) -> Plain:
    """Return what a pool can still give; None for both while nobody knows."""
    left = held and held.stock.get(options.pool, PoolState(0, 0))
    return {
        "total_cents": options.budget_cents,
        "left_cents": left and left.budget_left_cents,
        "codes_left": left and left.codes_left,
    }


def _status(site: Site, one: Intervention[Any]) -> str:
    if one.settings.paused:
        return "paused_in_settings"
    if one.settings.preview_only:
        return "preview_only"
    return "paused" if one.id in site.paused else "on"


def _launch(site: Site, one: Intervention[Any]) -> Plain:
    """Return how far a version is from being explored enough."""
    uplift, until_n = site.snapshot.uplift, site.settings.policy.launch_until_n
    return {
        "seen": uplift.counts.get(version_key(one.id, one.version), 0),
        "until": until_n,
        "is_launching": one.id in uplift.launching((one.id,), until_n),
        "share": site.settings.policy.launch_share,
    }


def _groups(site: Site, groups: dict[str, GroupState]) -> list[Plain]:
    """Return every group announced or needed by a chat, with who needs it."""
    needed: dict[str, list[str]] = {name: [] for name in groups}
    for one in site.interventions.values():
        if isinstance(one.options, ChatOptions):
            needed.setdefault(one.options.group, []).append(one.id)
    return [
        {"group": name, "for": used, **_group(groups.get(name))}
        for name, used in sorted(needed.items())
    ]


def _group(state: GroupState | None) -> Plain:
    if state is None:
        return {"online": 0, "free": 0, "left": 0.0, "is_fresh": False}
    return state._asdict()


def _by_label(level: SiteLevel, site: Site) -> dict[str, float]:
    return {" ".join(labels): value for labels, value in level.of(site.key).items()}


def _only(level: Level) -> float | None:
    return level.values.get(())
