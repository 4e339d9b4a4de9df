"""Opens the stores of a service of several processes: workers, and one learner.

| process | journal | store |
|---|---|---|
| worker | its own, shipped to the ledger | Redis, and its own memory without Redis |
| learner | the ledger | Redis |
"""

# Rules of this file: where things lie and how they are put together; nothing is
# started. A worker's name outlives the process: stream and journal belong to it.

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from engage.settings import Settings
from engage.stores.journal.worker import WorkerJournal
from engage.stores.memory.store import MemoryStore
from engage.stores.redis.cluster import connect
from engage.stores.redis.link import Link
from engage.stores.redis.shared import SharedStore
from engage.stores.redis.store import RedisStore
from engage.stores.states import StoreOptions
from engage.street.opening import store_options
from engage.visits.session import Session
from engage.visits.visitor import Visitor

# Nobody's answer waits for these: shipping, snapshots, news.
PATIENT_S: Final = 2.0
LEDGER: Final = "ledger"
_NAME_FILE: Final = "worker.name"


def worker_settings(settings: Settings, index: int) -> Settings:
    """Return the settings of one worker: its own data directory below the service's.

    >>> worker_settings(Settings(), 1).server.data
    'engage-data/workers/1'
    """
    data = str(Path(settings.server.data) / "workers" / str(index))
    server = dataclasses.replace(settings.server, data=data)
    return dataclasses.replace(settings, server=server)


def worker_name(settings: Settings) -> str:
    """Return the name of the worker whose data this is, made up at its first start."""
    path = Path(settings.server.data) / _NAME_FILE
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        partial = path.with_suffix(".partial")
        partial.write_text(secrets.token_hex(8), encoding="ascii")
        partial.replace(path)
    return path.read_text(encoding="ascii").strip()


def patient_link(settings: Settings) -> Link:
    """Return a way to Redis for what runs beside the requests."""
    server = settings.server
    return connect(
        server.redis_url,
        is_cluster=server.store == "redis_cluster",
        patience_s=PATIENT_S,
    )


def shared_options(settings: Settings, *, name: str) -> StoreOptions[Session, Visitor]:
    """Return how this process opens the store that it shares with others."""
    return dataclasses.replace(
        store_options(settings),
        is_shared=True,
        is_cluster=settings.server.store == "redis_cluster",
        name=name,
    )


def ledger_store(settings: Settings) -> RedisStore[Session, Visitor]:
    """Return the learner's store."""
    return RedisStore(shared_options(settings, name=LEDGER))


def worker_store(
    settings: Settings,
    *,
    name: str,
    journal: WorkerJournal,
    recollect: Callable[[str, str], Awaitable[Visitor | None]],
) -> SharedStore[Session, Visitor]:
    """Return a worker's store.

    Args:
        settings: the worker's own.
        name: the worker's.
        journal: where it makes good what others could not journal.
        recollect: asks the ledger who a visitor is.
    """
    options = shared_options(settings, name=name)
    return SharedStore(
        RedisStore(options),
        local=MemoryStore(options),
        journal=journal,
        recollect=recollect,
    )
