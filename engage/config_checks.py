"""What no single setting can know about itself: how settings fit together."""

# Rules of this file: values in, mistakes noted; no I/O but the list of time zones.

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from ipaddress import ip_network
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from engage.settings import (
    PromotionSettings,
    RetentionSettings,
    ServerSettings,
    SiteSettings,
)
from engage.tables import Mistakes

_ORIGIN = re.compile(r"(https?)://[a-z0-9.-]+(:[0-9]{1,5})?")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_REDIS = ("redis://", "rediss://", "unix://")
_DAY_S = 86_400.0
# Of the shop's own list, which decides at times in every mode (`PolicySettings`).
_LEAST_EXPLORED = 0.2
_ADDRESS = re.compile(r"(\S+):([0-9]{1,5})")


def check_server(server: ServerSettings, *, mistakes: Mistakes) -> None:
    """Note networks and addresses that are none."""
    for network in server.trusted_proxies:
        try:
            ip_network(network)
        except ValueError:
            mistakes.add(
                "server.trusted_proxies",
                f"must be networks such as 10.0.0.0/8, got {network!r}",
            )
    admin = _ADDRESS.fullmatch(server.admin)
    if admin is None or int(admin[2]) > 65_535:
        mistakes.add("server.admin", f"must be HOST:PORT, got {server.admin!r}")
    _check_redis(server.redis_url, mistakes=mistakes)


def _check_redis(url: str, *, mistakes: Mistakes) -> None:
    """Note what is no address of Redis; it may carry a password, so it is not told."""
    scheme, _, rest = url.partition(":")
    before_place, at, _ = rest.removeprefix("//").rpartition("@")
    if not url.startswith(_REDIS):
        mistakes.add(
            "server.redis_url", f"must begin with {' or '.join(_REDIS)}, got {scheme!r}"
        )
    elif at and scheme != "unix" and re.search("[/?#]", before_place):
        mistakes.add(
            "server.redis_url", "must write / ? # in a password as %2F %3F %23"
        )


def check_unique(names: list[str], *, key: str, mistakes: Mistakes) -> None:
    """Note names that occur more than once."""
    for name in sorted({name for name in names if names.count(name) > 1}):
        mistakes.add(key, f"must be unique, got {name!r} {names.count(name)} times")


def check_site(site: SiteSettings, *, key: str, mistakes: Mistakes) -> None:
    """Note what no single field of a site can know about itself."""
    if ":" in site.key:
        # In Redis a visit is kept as site:visitor, and visitors may hold one.
        mistakes.add(f"{key}.key", f"must not hold a colon, got {site.key!r}")
    try:
        ZoneInfo(site.time_zone)
    except (OSError, ValueError, KeyError):
        zone = site.time_zone
        mistakes.add(f"{key}.time_zone", f"must be an IANA zone, got {zone!r}")
    ids = [one.id for one in site.interventions]
    check_unique(ids, key=f"{key}.interventions", mistakes=mistakes)
    if "none" in ids:
        mistakes.add(f"{key}.interventions", "must not be called 'none'")
    for index, rule in enumerate(site.rules):
        if rule.action not in {*ids, "none"}:
            mistakes.add(
                f"{key}.rules[{index}].action",
                f"must be 'none' or an intervention, got {rule.action!r}",
            )
    for origin in site.origins:
        if problem := _problem_with(origin):
            mistakes.add(f"{key}.origins", f"{problem}, got {origin!r}")
    hooks = [one.id for one in site.hooks]
    check_unique(hooks, key=f"{key}.hooks", mistakes=mistakes)
    for index, hook in enumerate(site.hooks):
        if not _is_private(hook.url):
            mistakes.add(
                f"{key}.hooks[{index}].url",
                # It may hold a secret, so it is not repeated.
                "must be https://..., or http:// on this machine, without user and "
                "fragment",
            )
    _check_bounds(site, key=key, mistakes=mistakes)
    _check_trials(site.promotion, key=f"{key}.promotion", mistakes=mistakes)


def check_retention(
    retention: RetentionSettings, sites: Iterable[SiteSettings], *, mistakes: Mistakes
) -> None:
    """Note what would be gone before its last window closes.

    Decisions could not be settled then, nor visits teach whether they led to an order.
    """
    longest_s = max((site.windows.long_close_s for site in sites), default=0.0)
    least = math.ceil(longest_s / _DAY_S)
    for name in ("raw_days", "decision_days"):
        if (days := getattr(retention, name)) < least:
            mistakes.add(
                f"retention.{name}",
                f"must be >= {least}, until the last long_close_s, got {days}",
            )


def _is_private(url: str) -> bool:
    """Tell whether nobody on the way to `url` can read along."""
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
        # No name that nobody could look up.
        (parts.hostname or "").encode("idna")
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc or parts.fragment or not has_port:
        return False
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in _LOOPBACK
    )


def _problem_with(origin: str) -> str | None:
    """Return why no browser would ever send `origin`, or None."""
    form = _ORIGIN.fullmatch(origin)
    if form is None:
        return "must be scheme://host[:port]"
    if (form[1], form[2]) in {("https", ":443"), ("http", ":80")}:
        return "must leave out the scheme's own port, as browsers do"
    return None


def _check_bounds(site: SiteSettings, *, key: str, mistakes: Mistakes) -> None:
    windows, policy = site.windows, site.policy
    if windows.long_close_s <= windows.short_close_s:
        mistakes.add(
            f"{key}.windows.long_close_s",
            f"must be > short_close_s {windows.short_close_s:g}, "
            f"got {windows.long_close_s:g}",
        )
    # A visit that has ended by then tells nothing of what became of the decision.
    if windows.session_idle_s < windows.short_close_s:
        mistakes.add(
            f"{key}.windows.session_idle_s",
            f"must be >= short_close_s {windows.short_close_s:g}, "
            f"got {windows.session_idle_s:g}",
        )
    # All others keep an even part of what is explored, and `none` its floor: where that
    # is more than there is, every draw would fail.
    actions, room = len(site.interventions) + 1, 1 - policy.none_floor
    for name in ("floor", "epsilon", "rules_explore"):
        least = getattr(policy, name) / actions
        if least >= policy.none_floor or least * (actions - 1) <= room - 1e-9:
            continue
        most = room * actions / (actions - 1)
        if name == "rules_explore" and most < _LEAST_EXPLORED:
            floor = 1 - _LEAST_EXPLORED * (actions - 1) / actions
            mistakes.add(
                f"{key}.policy.none_floor",
                f"must be < {floor:.2f} with {actions} actions, for rules_explore is "
                f">= {_LEAST_EXPLORED:g}, got {policy.none_floor:g}",
            )
            continue
        mistakes.add(
            f"{key}.policy.{name}",
            f"must be < {most:.2f} with {actions} actions and none_floor "
            f"{policy.none_floor:g}, got {getattr(policy, name):g}",
        )


def _check_trials(
    promotion: PromotionSettings, *, key: str, mistakes: Mistakes
) -> None:
    """Note numbers of a trial that must not fall: shares, and how long it may take."""
    for name, later in (
        ("canary_share", "ramp_share"),
        ("ramp_share", "half_share"),
        ("least_decisions", "patience_decisions"),
    ):
        least, got = getattr(promotion, name), getattr(promotion, later)
        if got < least:
            mistakes.add(f"{key}.{later}", f"must be >= {name} {least}, got {got}")
