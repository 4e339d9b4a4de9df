"""How commands show that they are getting on: a bar on standard error."""

# Rules of this file: standard output belongs to the result. A bar redraws itself only
# on a terminal; in a log it is one line at the end.

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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

# Told how far it is, in the unit of `total`.
Advance = Callable[[int], None]


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

        def advance(done: int) -> None:
            bar.update(task, completed=done)

        yield advance


def say(text: str) -> None:
    """Print one line to people, on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, markup=False)


def tell(text: str) -> None:
    """Print the result, on standard output."""
    Console(highlight=False, soft_wrap=True).print(text, markup=False)
