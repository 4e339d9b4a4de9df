"""Reads the configuration whole, or says everything that is wrong with it.

One TOML file becomes one frozen `Settings`. Every mistake is collected, each with
its key, its limit and its value, so that nobody fixes a file one error at a time.
Secrets never stand in the file: they come from the environment or from files.
"""

# Rules of this file: the only one that reads the environment. It knows shapes and
# bounds (from the annotations in `settings`), never what a kind of intervention means.

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engage.config_checks import (
    check_retention,
    check_server,
    check_site,
    check_unique,
)
from engage.config_secrets import (
    KEY_LENGTH,
    SECRET_KEYS,
    Also,
    Where,
    own_secret,
    secrets_of,
)
from engage.errors import ConfigError
from engage.settings import Settings
from engage.tables import Mistakes, read

__all__ = [
    "Mistakes",
    "TraceWish",
    "admin_token",
    "admin_token_place",
    "load",
    "own_secret",
    "parse",
    "read",
    "reader_token",
    "server_key",
    "trace_wish",
]


def load(
    path: Path,
    *,
    environment: Mapping[str, str] | None = None,
    data: Path | None = None,
    may_write: bool = True,
    also: Also | None = None,
) -> Settings:
    """Read and check the file at `path` and the secrets it names.

    Args:
        path: a TOML file.
        environment: where secrets may stand; the process's own by default.
        data: the data directory instead of the file's.
        may_write: make a salt where nobody gave one, and keep it in the data directory.
        also: returns `key: problem` for what only a higher layer knows.

    Raises:
        ConfigError: with every mistake found.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: is no TOML: {error}"]) from error
    where = Where(
        folder=path.parent,
        environment=os.environ if environment is None else environment,
        data=data,
        may_write=may_write,
        also=also,
    )
    return parse(table, mistakes=Mistakes(str(path)), where=where)


def parse(table: dict[str, Any], *, mistakes: Mistakes, where: Where) -> Settings:
    """Return the settings that `table` describes.

    Raises:
        ConfigError: with every mistake found.
    """
    files: dict[str, dict[str, object]] = {}
    plain = {**table, "sites": _without_secrets(table.get("sites", []), files)}
    settings = read(Settings, plain, key="", mistakes=mistakes) or Settings()
    check_server(settings.server, mistakes=mistakes)
    check_retention(settings.retention, settings.sites, mistakes=mistakes)
    if not plain["sites"]:
        mistakes.add("sites", "must hold at least one site, got none")
    for index, site in enumerate(settings.sites):
        check_site(site, key=f"sites[{index}]", mistakes=mistakes)
        for problem in where.also(site) if where.also else ():
            mistakes.found.append(f"{mistakes.source}: sites[{index}].{problem}")
    names = [site.key for site in settings.sites]
    check_unique(names, key="sites", mistakes=mistakes)
    data = where.data or where.folder / settings.server.data
    # A file that is refused must leave nothing behind.
    may_write = where.may_write and not mistakes.found
    where = dataclasses.replace(where, data=data, may_write=may_write)
    found = {
        key: secret
        for key in dict.fromkeys(names)
        if (secret := secrets_of(key, files.get(key, {}), where, mistakes))
    }
    keys = [(key, site) for site, one in found.items() for key in one.server_keys]
    given = [key for key, _ in keys]
    twice = [site for key, site in keys if given.count(key) > 1]
    if twice:
        # Of `pk_a` and `pk_a_old` the one's old key and the other's key are read from
        # the same variable, as are those of `pk_a` and `pk-a`.
        named = " and ".join(dict.fromkeys(twice))
        problem = f"must have a server key each, got the same one twice: {named}"
        mistakes.add("sites", problem)
    mistakes.raise_any()
    server = dataclasses.replace(settings.server, data=str(data))
    return dataclasses.replace(settings, server=server, secrets=found)


def _without_secrets(sites: object, files: dict[str, dict[str, object]]) -> object:
    """Return the sites without the keys that say where their secrets are."""
    if not isinstance(sites, list):
        return sites
    plain: list[object] = []
    for site in sites:
        if not isinstance(site, dict):
            plain.append(site)
            continue
        files[str(site.get("key"))] = {k: site[k] for k in SECRET_KEYS & site.keys()}
        plain.append({k: v for k, v in site.items() if k not in SECRET_KEYS})
    return plain


def admin_token(data: Path, *, environment: Mapping[str, str] | None = None) -> str:
    """Return the operators' token: `ENGAGE_ADMIN_TOKEN`, or one kept in `data`.

    Raises:
        ConfigError: it is short enough to be guessed, or cannot be kept.
    """
    return _token("ENGAGE_ADMIN_TOKEN", environment) or own_secret(data / "admin.token")


def admin_token_place(
    data: Path, *, environment: Mapping[str, str] | None = None
) -> str:
    """Return where an operator finds the token: the variable's name, or the file's."""
    given = _token("ENGAGE_ADMIN_TOKEN", environment)
    return "ENGAGE_ADMIN_TOKEN" if given else str(data / "admin.token")


def reader_token(*, environment: Mapping[str, str] | None = None) -> str | None:
    """Return the token of who may look and change nothing: `ENGAGE_READER_TOKEN`.

    Without one there are no readers.

    Raises:
        ConfigError: it is short enough to be guessed, or that of the operators.
    """
    found = _token("ENGAGE_READER_TOKEN", environment)
    if found and found == _token("ENGAGE_ADMIN_TOKEN", environment):
        mistake = "ENGAGE_READER_TOKEN: must differ from ENGAGE_ADMIN_TOKEN"
        raise ConfigError([mistake])
    return found


def _token(name: str, environment: Mapping[str, str] | None) -> str | None:
    found = (os.environ if environment is None else environment).get(name)
    if found and len(found) < KEY_LENGTH:
        raise ConfigError([f"{name}: must have >= {KEY_LENGTH} characters"])
    return found or None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TraceWish:
    """How traces are wanted, by OpenTelemetry's own variables.

    Attributes:
        has_sampler: the operator chose what is kept; else one trace in a hundred is.
    """

    has_sampler: bool


def trace_wish(*, environment: Mapping[str, str] | None = None) -> TraceWish | None:
    """Return how traces are wanted; None where they have nowhere to go."""
    found = os.environ if environment is None else environment
    names = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    if not any(found.get(name) for name in names):
        return None
    return TraceWish(has_sampler=bool(found.get("OTEL_TRACES_SAMPLER")))


def server_key(
    path: Path | None, *, environment: Mapping[str, str] | None = None
) -> str:
    """Return the server key of a command that speaks to a service.

    Raises:
        ConfigError: neither the file nor `ENGAGE_SERVER_KEY` holds one.
    """
    if path is None:
        found = os.environ if environment is None else environment
        key, place = found.get("ENGAGE_SERVER_KEY", "").strip(), "ENGAGE_SERVER_KEY"
        if not key:
            raise ConfigError(
                ["needs a server key: set ENGAGE_SERVER_KEY or --key-file"]
            )
    else:
        key, place = _text_of(path), str(path)
    # It goes into a header, and the message must not show it.
    if not key or not key.isascii() or not key.isprintable():
        raise ConfigError([f"{place}: must hold a server key and nothing else"])
    return key


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: cannot be read: it is no text"]) from error
