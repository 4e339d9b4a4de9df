"""What every format yields: beacons with their time, and lines that were refused."""

# Rules of this file: shapes and how a line becomes a refusal. A wrong line costs that
# line only, and it is never silent.

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from engage.errors import BadRequest
from engage.wire.beacon import Beacon
from engage.wire.plain import shown

# A public key like the demo's; a file of clicks does not know whose shop it was.
DEFAULT_SITE = "pk_demo"


class TimedBeacon(NamedTuple):
    """A beacon and when it arrived, epoch seconds."""

    at_s: float
    beacon: Beacon


class Refused(NamedTuple):
    """A line that could not be used: which one (from 1), and why.

    >>> str(Refused("clicks.txt", 7, "Time must be epoch seconds, got x"))
    'clicks.txt:7: Time must be epoch seconds, got x'
    """

    path: str
    line: int
    detail: str

    def __str__(self) -> str:
        """Return it as compilers do, so that editors can jump there."""
        return f"{self.path}:{self.line}: {self.detail}"


class Reader(Protocol):
    """Reads files of one format, merged by time."""

    def __call__(
        self, paths: Sequence[Path], *, site: str = DEFAULT_SITE
    ) -> Iterator[TimedBeacon | Refused]:
        """Yield the beacons of all `paths` in order of time, and refused lines.

        Args:
            paths: files, gzip when their name ends in `.gz`.
            site: the public key to write into beacons that carry none.

        Raises:
            OSError: a file cannot be opened or read.
        """
        ...


def lines_of(path: Path) -> Iterator[bytes]:
    """Yield the lines of `path`, unpacked when it is gzip.

    Raises:
        OSError: it cannot be opened or read, or is no whole gzip file.
    """
    packed = path.suffix == ".gz"
    with gzip.open(path, "rb") if packed else path.open("rb") as lines:
        try:
            yield from lines
        except (EOFError, zlib.error) as error:
            raise OSError(f"{path} must be a whole gzip file: {error}") from error


def rows_of(
    path: Path, *, separator: str, header: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]] | Refused]:
    """Yield the rows of a table with their line numbers, or what is wrong with them.

    Fields are never quoted in these formats. A file with another header yields one
    refusal and nothing else.
    """
    lines = lines_of(path)
    names = _cells(next(lines, b"").removeprefix(b"\xef\xbb\xbf"), separator)
    if names != list(header):
        wanted, got = separator.join(header), separator.join(names or [])
        yield Refused(str(path), 1, f"header must be {wanted!r}, got {shown(got)}")
        return
    yield from _rows(lines, path=str(path), separator=separator, header=header)


def time_column(text: str, *, name: str, at_s: float) -> float:
    """Return `at_s` when it is a plausible time, epoch seconds of 1970 to 2100.

    Raises:
        BadRequest: it is not finite or outside.
    """
    if not 0.0 <= at_s < 4_102_444_800.0:
        raise BadRequest(f"{name} must be a time from 1970 to 2100, got {shown(text)}")
    return at_s


def _rows(
    lines: Iterable[bytes], *, path: str, separator: str, header: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]] | Refused]:
    for number, line in enumerate(lines, start=2):
        cells = _cells(line, separator)
        if cells is None:
            yield Refused(path, number, "line must be UTF-8")
        elif len(cells) == len(header):
            yield number, dict(zip(header, cells, strict=True))
        elif cells != [""]:
            yield Refused(
                path, number, f"line must have {len(header)} columns, got {len(cells)}"
            )


def _cells(line: bytes, separator: str) -> list[str] | None:
    try:
        return line.decode().rstrip("\r\n").split(separator)
    except UnicodeDecodeError:
        return None
