"""How commands show that they are getting on: a bar on standard error."""

# Rules of this file: standard output belongs to the result. A bar redraws itself only
# on a terminal; in a log it is one line at the end.

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Advance(Protocol):
    """Is told how far it is and, once that is known, how far it goes."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """Move the bar."""
        ...


@contextmanager
def progress(
    title: str, *, total: int | None, console: Console | None = None
) -> Iterator[Advance]:
    """Show a bar while the block runs, and yield what moves it.

    Args:
        title: what is being done, one or two words.
        total: how much there is to do; None when nobody knows.
        console: where to draw; standard error by default.
    """
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console or Console(stderr=True),
    )
    with bar:
        task = bar.add_task(title, total=total)

        def advance(done: int, total: int | None = None) -> None:
            bar.update(task, completed=done, total=total)

        yield advance
