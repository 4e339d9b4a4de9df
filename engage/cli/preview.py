"""`engage preview ID`: a link that shows one intervention to its editor."""

# Rules of this file: the token is good for a day; nothing is logged or learned by it.

from __future__ import annotations

import argparse

from engage.cli.options import Commands, config_option
from engage.cli.words import say
from engage.clock import SystemClock
from engage.config import load
from engage.demo.settings import DemoOptions, demo_settings
from engage.errors import ConfigError
from engage.settings import Settings, SiteSettings
from engage.street.preview import preview_token


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "preview",
        help="a link that shows one intervention, without logging or learning",
        description="Prints a query to put behind any page of the shop; the SDK then "
        "shows that card for a day. Nothing is logged, learned or reserved.",
    )
    parser.add_argument("id", metavar="ID", help="an intervention")
    config_option(parser)
    parser.add_argument("--site", metavar="KEY", help="needed with several sites")
    parser.add_argument("--demo", action="store_true", help="of the demo shop")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the query.

    Raises:
        ConfigError: there is no such site or intervention.
    """
    settings = demo_settings(DemoOptions()) if chosen.demo else load(chosen.config)
    site = _site(settings, chosen.site)
    known = [one.id for one in site.interventions]
    if chosen.id not in known:
        raise ConfigError([f"ID: must be one of {', '.join(known)}, got {chosen.id!r}"])
    salt = settings.secrets[site.key].salt
    token = preview_token(salt, site.key, chosen.id, at_s=SystemClock().now_s())
    say(f"?engage_preview={chosen.id}&engage_token={token}")
    return 0


def _site(settings: Settings, key: str | None) -> SiteSettings:
    found = [site for site in settings.sites if key in (None, site.key)]
    if len(found) != 1:
        keys = ", ".join(site.key for site in settings.sites)
        raise ConfigError([f"--site: must be one of {keys}, got {key!r}"])
    return found[0]
