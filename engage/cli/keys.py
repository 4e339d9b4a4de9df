"""`engage keys`: new keys, and the integrity hashes of the SDK."""

# Rules of this file: prints secrets to the terminal that asked, and nowhere else.

from __future__ import annotations

import argparse
import secrets
from pathlib import Path

from engage.cli.options import Commands, config_option
from engage.cli.words import say
from engage.config import load
from engage.web.sdk_files import SDK_FILES, sdk_integrity
from engage.wire.hooks import hook_secret


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "keys",
        help="make keys; show the SDK's integrity hashes",
        description="`new` prints a site key, a server key and a salt; `sdk` prints "
        "the hashes for <script integrity> of the versioned SDK files; `hooks` prints "
        "the secrets by which receivers of `[[sites.hooks]]` check what they are told; "
        "it needs the configuration.",
    )
    parser.add_argument("what", choices=["new", "sdk", "hooks"])
    config_option(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print what was asked for."""
    if chosen.what == "new":
        say(f"site key    pk_{secrets.token_hex(8)}")
        say(f"server key  sk_{secrets.token_hex(32)}")
        say(f"salt        {secrets.token_hex(32)}")
        return 0
    if chosen.what == "hooks":
        return _hooks(chosen.config)
    for file in sorted(SDK_FILES):
        say(f"{file}  {sdk_integrity(file)}")
    return 0


def _hooks(config: Path) -> int:
    settings = load(config)
    for site in settings.sites:
        salt = settings.secrets[site.key].salt
        for one in site.hooks:
            secret = hook_secret(salt, site=site.key, hook=one.id)
            say(f"{site.key}  {one.id}  {secret}")
    return 0
