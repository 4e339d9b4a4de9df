"""Options that several commands share."""

# Rules of this file: the same option has the same name and help everywhere.

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

Commands = Any


def config_option(parser: argparse.ArgumentParser) -> None:
    """Add `--config`."""
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("engage.toml"),
        metavar="FILE",
        help="the configuration (default: engage.toml)",
    )


def data_option(parser: argparse.ArgumentParser) -> None:
    """Add `--data`."""
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="data directory of a service (server.data in its configuration)",
    )


def host_and_port(text: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`.

    Raises:
        argparse.ArgumentTypeError: it has another form.

    >>> host_and_port("127.0.0.1:9464"), host_and_port("[::1]:80")
    (('127.0.0.1', 9464), ('::1', 80))
    """
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise argparse.ArgumentTypeError(f"must be HOST:PORT, got {text!r}")
    return host.strip("[]"), int(port)
