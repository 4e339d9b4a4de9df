"""Options that several commands share."""

# Rules of this file: the same option has the same name and help everywhere.

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from engage.errors import BadRequest
from engage.stores.journal_files import JOURNAL_FILE

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


def journal_in(data: Path) -> Path:
    """Return the journal of a data directory.

    Raises:
        BadRequest: there is none; says what was expected.
    """
    journal = data / JOURNAL_FILE
    if not journal.is_file():
        raise BadRequest(
            f"--data must be a service's data directory, got {data}: it holds no "
            f"{JOURNAL_FILE}"
        )
    return journal


def text_of(path: Path, *, expected: str) -> str:
    """Return the text of a file that a user named.

    Args:
        path: as it was given.
        expected: what the file should have been, a clause.

    Raises:
        BadRequest: it cannot be read; names the path, the reason and what was expected.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadRequest(
            f"{path} cannot be read: {error.strerror}; {expected}"
        ) from error
    except UnicodeDecodeError as error:
        raise BadRequest(f"{path} cannot be read: it is no text; {expected}") from error


def html_option(parser: argparse.ArgumentParser) -> None:
    """Add `--html`."""
    parser.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="also write one self-contained page of plots and tables (needs "
        "matplotlib, part of the extra engage[science])",
    )


def port(text: str) -> int:
    """Return a port, 0 to 65535; 0 is any free one.

    Raises:
        argparse.ArgumentTypeError: it is none.

    >>> port("8080")
    8080
    """
    if not text.isascii() or not text.isdecimal() or int(text[:6]) > 65_535:
        raise argparse.ArgumentTypeError(f"must be 0 to 65535, got {text!r}")
    return int(text)


def address(text: str) -> str:
    """Return `HOST:PORT` as it was given.

    Raises:
        argparse.ArgumentTypeError: it has another form.
    """
    host_and_port(text)
    return text


def host_and_port(text: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`.

    Raises:
        argparse.ArgumentTypeError: it has another form.

    >>> host_and_port("127.0.0.1:9464"), host_and_port("[::1]:80")
    (('127.0.0.1', 9464), ('::1', 80))
    """
    host, _, number = text.rpartition(":")
    if not host:
        raise argparse.ArgumentTypeError(f"must be HOST:PORT, got {text!r}")
    return host.strip("[]"), port(number)
