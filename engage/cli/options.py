"""Options that several commands share."""

# Rules of this file: the same option has the same name and help everywhere.

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engage.errors import BadRequest
from engage.stores.journal.files import JOURNAL_FILE

Commands = Any


class Lines(argparse.HelpFormatter):
    """Wraps a paragraph and leaves lists in a help text as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


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
        return path.read_text(encoding="utf-8-sig")
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
        type=new_file,
        metavar="FILE",
        help="also write one self-contained page of plots and tables (needs "
        "matplotlib, part of the extra `science`)",
    )


def json_option(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="plain data for machines")


def log_option(parser: argparse.ArgumentParser, *, default: str) -> None:
    """Add how much is logged."""
    parser.add_argument(
        "--log-level",
        default=default,
        choices=["debug", "info", "warning", "error"],
        help=f"the least that is logged (default: {default})",
    )


def new_file(text: str) -> Path:
    """Return a path that a file can be written to: said before the work, not after.

    Raises:
        argparse.ArgumentTypeError: its directory does not exist, or it is one, a pipe
            or a device: a file that appears whole would take its place.
    """
    path = Path(text)
    if not path.parent.is_dir() or (path.exists() and not path.is_file()):
        raise argparse.ArgumentTypeError(
            f"must be a file in a directory that exists, got {text!r}"
        )
    return path


def least(bound: float, *, is_open: bool = False) -> Callable[[str], float]:
    """Return what reads a number of at least `bound`, or above it.

    >>> least(0)("2.5")
    2.5
    """
    sign = ">" if is_open else ">="

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (
            math.isfinite(value) and (value > bound or (value == bound and not is_open))
        ):
            raise argparse.ArgumentTypeError(
                f"must be a number {sign} {bound:g}, got {text!r}"
            )
        return value

    return read


def some_of(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Return what reads a list of known names, apart by commas; empty: none.

    >>> some_of(("moment", "segment"))("segment,moment")
    ('segment', 'moment')
    """

    def read(text: str) -> tuple[str, ...]:
        names = tuple(filter(None, text.split(",")))
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(
                    f"must be of {', '.join(known)}, got {name!r}"
                )
        return names

    return read


def one_site(sites: Sequence[str], wanted: str | None) -> str:
    """Return the site of a log that is meant: the one named, or the only one.

    Raises:
        BadRequest: it is not in the log, none was named of several, or there is none.
    """
    if not sites:
        raise BadRequest("LOG must hold decisions, got none")
    if wanted is None and len(sites) == 1:
        return sites[0]
    if wanted is not None and wanted in sites:
        return wanted
    names = ", ".join(sites)
    got = "none" if wanted is None else repr(wanted)
    raise BadRequest(f"--site must be one of the log's sites ({names}), got {got}")


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
