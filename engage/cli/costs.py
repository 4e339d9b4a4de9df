"""What interventions cost, for commands that take it off a log's margins."""

# Rules of this file: an option wins over the configuration, that over what a data
# directory was last decided with or an export says of it, that over the defaults.

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson

from engage.cli.kept import kept_settings
from engage.cli.options import least, text_of
from engage.errors import BadRequest
from engage.evidence.lift.ledger import Costs, CostsOf
from engage.settings import MoneySettings
from engage.tables import Mistakes, read

COSTS_FILE: Final = "costs.json"
"""In an export, beside its tables: what interventions cost, in cents, by site."""
# Exports carry no more of a shop's settings than what lift takes off its margins.
_CARRIED: Final = ("agent_cost_cents", "annoyance_cents")


def costs_options(parser: argparse.ArgumentParser) -> None:
    """Add `--config`, `--chat-cost` and `--dismissal-cost`."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the shop's configuration: what a chat and a dismissed card cost there; "
        "default: as the data directory, or that of an export, was last decided with",
    )
    usual = Costs()
    for name, cents, what in (
        ("--chat-cost", usual.chat_cents, "of one chat, in the site's currency"),
        ("--dismissal-cost", usual.dismissal_cents, "of one dismissed card"),
    ):
        parser.add_argument(
            name,
            type=least(0),
            metavar="AMOUNT",
            help=f"{what}; default: as FILE or the data say, else {cents / 100:g}",
        )


def costs_of(chosen: argparse.Namespace) -> CostsOf:
    """Return what interventions cost at a site, as the options say.

    Raises:
        BadRequest, ConfigError: the configuration, or what an export says, cannot be
            read or is wrong.
        StoreError: the journal cannot be read.
    """
    configured = {} if chosen.config is None else _configured(chosen.config)
    kept = {site: one.money for site, one in kept_settings(chosen.log).items()}
    money = _exported(chosen.log / COSTS_FILE) | kept | configured
    known = {site: _costs(one) for site, one in money.items()}
    told = {
        "chat_cents": chosen.chat_cost,
        "dismissal_cents": chosen.dismissal_cost,
    }
    cents = {name: round(100 * one) for name, one in told.items() if one is not None}
    return lambda site: replace(known.get(site, Costs()), **cents)


def export_costs(data: Path, out: Path, *, site: str | None) -> None:
    """Write what interventions cost at the sites of an export, where the data say.

    Args:
        data: the data directory.
        out: the export; what it says of other sites stays.
        site: one site; None: all.

    Raises:
        BadRequest, ConfigError: what the export says already cannot be read.
        StoreError: the journal cannot be read.
    """
    found = {
        key: one.money
        for key, one in kept_settings(data).items()
        if site in {None, key}
    }
    known = _exported(out / COSTS_FILE) | found
    if not found:
        return
    plain = {
        key: {name: getattr(one, name) for name in _CARRIED}
        for key, one in known.items()
    }
    partial = out / f".{COSTS_FILE}.partial"
    partial.write_bytes(orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE))
    partial.replace(out / COSTS_FILE)


def _exported(path: Path) -> dict[str, MoneySettings]:
    """Return what an export says of each site; nothing where it is none, or older."""
    if not path.is_file():
        return {}
    try:
        table = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"{path} is no JSON: {error}") from error
    if not isinstance(table, dict):
        raise BadRequest(f"{path} must hold costs by site")
    return _read(path, ((site, site, one) for site, one in table.items()))


def _configured(path: Path) -> dict[str, MoneySettings]:
    """Return the money of each site in a configuration; secrets are not asked for."""
    try:
        table = tomllib.loads(text_of(path, expected="expected a configuration"))
    except tomllib.TOMLDecodeError as error:
        raise BadRequest(f"{path} is no TOML: {error}") from error
    sites: Any = table.get("sites")
    if not isinstance(sites, list) or not all(isinstance(one, dict) for one in sites):
        raise BadRequest(f"{path} must hold tables [[sites]]")
    named = (
        (str(site.get("key")), f"sites[{index}].money", site.get("money", {}))
        for index, site in enumerate(sites)
    )
    return _read(path, named)


def _read(path: Path, told: Iterable[tuple[str, str, Any]]) -> dict[str, MoneySettings]:
    """Return the money of sites, of which (site, place in the file, table) is told."""
    mistakes, found = Mistakes(str(path)), {}
    for site, place, table in told:
        money = read(MoneySettings, table, key=place, mistakes=mistakes)
        if money is not None:
            found[site] = money
    mistakes.raise_any()
    return found


def _costs(money: MoneySettings) -> Costs:
    return Costs(
        chat_cents=money.agent_cost_cents, dismissal_cents=money.annoyance_cents
    )
