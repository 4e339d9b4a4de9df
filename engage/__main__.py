"""Where the command begins, before anything large is loaded."""

# Rules of this file: loads nothing of its own until it knows how to end. Process 1 of a
# container has no usual ways: what it does not say itself, a signal does not do.

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

# As a shell tells a process that ended by a signal.
_TERMINATED = 128 + signal.SIGTERM
_INTERRUPTED = 128 + signal.SIGINT


def _end(_number: int, _frame: FrameType | None) -> None:
    """End at once: nothing has begun that a kill would not leave whole as well."""
    os._exit(_TERMINATED)


def main() -> int:
    """Run a command and return its exit code.

    SIGTERM ends it until the command heeds signals itself, which a service does as soon
    as it has anything to drain.
    """
    signal.signal(signal.SIGTERM, _end)
    try:
        from engage.cli import main as run  # noqa: PLC0415 - takes a second to load
    except KeyboardInterrupt:
        return _INTERRUPTED
    return run()


if __name__ == "__main__":
    sys.exit(main())
