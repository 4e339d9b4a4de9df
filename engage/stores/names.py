"""The stores and journals there are, by the name a configuration gives them."""

# Rules of this file: a new one is its file and a line here; the contract suites in
# `tests/contracts/stores` read these tables, so the line also puts it to the test.

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from engage.errors import ConfigError
from engage.stores.base import Journal, Store, StoreOptions
from engage.stores.journal.sqlite import SqliteJournal
from engage.stores.memory.store import MemoryStore


def _redis_store(options: StoreOptions[Any, Any]) -> Store[Any, Any]:
    """Return a Redis store; the package it needs is an extra of ours.

    Raises:
        ConfigError: the extra is not installed.
        StoreError: the URL is none.
    """
    try:
        from engage.stores.redis.store import RedisStore  # noqa: PLC0415 - optional
    except ImportError as error:
        wanted = "pip install 'redis[hiredis]>=8.1,<9'"
        mistake = f'server.store: "redis" needs {wanted}, got {error}'
        raise ConfigError([mistake]) from error
    return RedisStore(options)


def _cluster_store(options: StoreOptions[Any, Any]) -> Store[Any, Any]:
    """Return a store in a Redis Cluster; same errors."""
    return _redis_store(dataclasses.replace(options, is_cluster=True))


STORES: dict[str, Callable[[StoreOptions[Any, Any]], Store[Any, Any]]] = {
    "memory": MemoryStore,
    "redis": _redis_store,
    "redis_cluster": _cluster_store,
}
"""Name -> class, opened with one `StoreOptions`."""

JOURNALS: dict[str, Callable[..., Journal]] = {"sqlite": SqliteJournal}
"""Name -> class, opened with a path, and `clock` and `on_commit` by keyword."""
