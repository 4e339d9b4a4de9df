"""What interventions cost, for commands that take it off a log's margins."""

# Rules of this file: an option wins over the configuration, that over what a data
# directory was last decided with, that over the defaults.

from __future__ import annotations

import argparse
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from engage.cli.kept import kept_settings
from engage.cli.options import least, text_of
from engage.errors import BadRequest
from engage.evidence.lift.ledger import Costs, CostsOf
from engage.settings import MoneySettings
from engage.tables import Mistakes, read


def costs_options(parser: argparse.ArgumentParser) -> None:
    """Add `--config`, `--chat-cost` and `--dismissal-cost`."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the shop's configuration: what a chat and a dismissed card cost there; "
        "default: as the data directory was last decided with; an export does not say",
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
        BadRequest, ConfigError: the configuration cannot be read, or is wrong.
        StoreError: the journal cannot be read.
    """
    configured = {} if chosen.config is None else _configured(chosen.config)
    kept = kept_settings(chosen.log)
    known = {site: _costs(one.money) for site, one in kept.items()} | configured
    told = {
        "chat_cents": chosen.chat_cost,
        "dismissal_cents": chosen.dismissal_cost,
    }
    cents = {name: round(100 * one) for name, one in told.items() if one is not None}
    return lambda site: replace(known.get(site, Costs()), **cents)


def _configured(path: Path) -> dict[str, Costs]:
    """Return the costs of each site in a configuration; secrets are not asked for."""
    try:
        table = tomllib.loads(text_of(path, expected="expected a configuration"))
    except tomllib.TOMLDecodeError as error:
        raise BadRequest(f"{path} is no TOML: {error}") from error
    sites: Any = table.get("sites")
    if not isinstance(sites, list) or not all(isinstance(one, dict) for one in sites):
        raise BadRequest(f"{path} must hold tables [[sites]]")
    mistakes, found = Mistakes(str(path)), {}
    for index, site in enumerate(sites):
        key = f"sites[{index}].money"
        money = read(MoneySettings, site.get("money", {}), key=key, mistakes=mistakes)
        if money is not None:
            found[str(site.get("key"))] = _costs(money)
    mistakes.raise_any()
    return found


def _costs(money: MoneySettings) -> Costs:
    return Costs(
        chat_cents=money.agent_cost_cents, dismissal_cents=money.annoyance_cents
    )
