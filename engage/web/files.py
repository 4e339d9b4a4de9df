"""How many files the process may have open: a connection is one."""

# Rules of this file: the system's own limit is raised as far as it lets us, once, at
# the start; what is still missing is told.

from __future__ import annotations

import resource
from typing import Final

from engage.telemetry import logger

log = logger()
# Beside connections: the journal, logs, Redis, whoever is told by hooks.
_OURS: Final = 256


def make_room(connections: int) -> None:
    """Let the process have so many connections open, and still reach its journal.

    Most systems start with 1,024 files, and let a process ask for more.
    """
    wanted = connections + _OURS
    given, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if given == resource.RLIM_INFINITY or given >= wanted:
        return
    got = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (got, most))
    except (OSError, ValueError):
        # Some systems name a limit, and do not let us have it.
        got = given
    if got < wanted:
        log.warning("files.few", files=got, wanted=wanted, connections=connections)
