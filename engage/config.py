"""Reads the configuration whole, or says everything that is wrong with it.

One TOML file becomes one frozen `Settings`. Every mistake is collected, each with
its key, its limit and its value, so that nobody fixes a file one error at a time.
Secrets never stand in the file: they come from the environment or from files.
"""

# Rules of this file: the only one that reads the environment. It knows shapes and
# bounds (from the annotations in `settings`), never what a kind of intervention means.

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from engage.errors import ConfigError
from engage.settings import Settings, SiteSecrets, SiteSettings

T = TypeVar("T")

# Keys of a site that only say where its secrets are.
_SECRET_KEYS = {"server_key_file", "salt_file"}


@dataclasses.dataclass(slots=True)
class Mistakes:
    """Collects what is wrong, so that all of it is said at once."""

    source: str
    found: list[str] = dataclasses.field(default_factory=list)

    def add(self, key: str, problem: str) -> None:
        """Note one problem with the value at `key`."""
        self.found.append(f"{self.source}: {key}: {problem}")

    def raise_any(self) -> None:
        """Raise `ConfigError` when anything was noted."""
        if self.found:
            raise ConfigError(self.found)


def load(path: Path, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the file at `path` and the secrets it names.

    Args:
        path: a TOML file.
        environment: where secrets may stand; the process's own by default.

    Raises:
        ConfigError: with every mistake found.
    """
    mistakes = Mistakes(str(path))
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: is no TOML: {error}"]) from error
    return parse(
        table,
        mistakes=mistakes,
        folder=path.parent,
        environment=os.environ if environment is None else environment,
    )


def parse(
    table: dict[str, Any],
    *,
    mistakes: Mistakes,
    folder: Path,
    environment: Mapping[str, str],
) -> Settings:
    """Return the settings that `table` describes; `folder` resolves relative paths.

    Raises:
        ConfigError: with every mistake found.
    """
    site_tables = table.get("sites", [])
    where = {
        str(site.get("key")): {key: site.pop(key) for key in _SECRET_KEYS & set(site)}
        for site in site_tables
        if isinstance(site, dict)
    }
    settings = read(Settings, table, key="", mistakes=mistakes)
    if settings is None:
        mistakes.raise_any()
        raise ConfigError([f"{mistakes.source}: nothing could be read"])
    for index, site in enumerate(settings.sites):
        _check_site(site, key=f"sites[{index}]", mistakes=mistakes)
    _check_unique([site.key for site in settings.sites], key="sites", mistakes=mistakes)
    data = folder / settings.server.data
    found: dict[str, SiteSecrets] = {}
    for site in settings.sites:
        secret = _secrets_of(
            site.key,
            where.get(site.key, {}),
            folder=folder,
            data=data,
            environment=environment,
            mistakes=mistakes,
        )
        if secret is not None:
            found[site.key] = secret
    mistakes.raise_any()
    server = dataclasses.replace(settings.server, data=str(data))
    return dataclasses.replace(settings, server=server, secrets=found)


def read(cls: type[T], table: object, *, key: str, mistakes: Mistakes) -> T | None:
    """Return `cls` built from `table`, or None when that is impossible.

    Each field is checked by itself, so that all mistakes of a table are found.
    """
    if not isinstance(table, dict):
        mistakes.add(key or "file", f"must be a table, got {table!r}")
        return None
    hints = _hints(cls)
    for name in table.keys() - hints.keys():
        near = difflib.get_close_matches(name, hints, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        mistakes.add(f"{key}.{name}".lstrip("."), f"is no setting{hint}")
    before = len(mistakes.found)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]  # cls is a dataclass
        path = f"{key}.{field.name}".lstrip(".")
        if field.name in table:
            value = table[field.name]
            values[field.name] = _value(
                hints[field.name], value, key=path, mistakes=mistakes
            )
        elif _is_required(field):
            mistakes.add(path, "is required")
    return cls(**values) if len(mistakes.found) == before else None


def _value(hint: Any, value: object, *, key: str, mistakes: Mistakes) -> object:
    """Return `value` as `hint` wants it; notes a mistake and returns None otherwise."""
    origin, args = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint):
        return read(hint, value, key=key, mistakes=mistakes)  # type: ignore[arg-type]
    if origin is tuple and dataclasses.is_dataclass(args[0]):
        if not isinstance(value, list):
            mistakes.add(key, f"must be a list of tables, got {value!r}")
            return None
        return tuple(
            read(args[0], one, key=f"{key}[{index}]", mistakes=mistakes)  # type: ignore[arg-type]
            for index, one in enumerate(value)
        )
    if origin is Mapping and dataclasses.is_dataclass(args[1]):
        if not isinstance(value, dict):
            mistakes.add(key, f"must be a table, got {value!r}")
            return None
        return {
            name: read(args[1], one, key=f"{key}.{name}", mistakes=mistakes)  # type: ignore[arg-type]
            for name, one in value.items()
        }
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        # msgspec ends with where inside the value; our key already says where.
        problem = re.sub(r" - at `\$(.*)`$", r" at \1", str(error))
        mistakes.add(key, f"{problem}, got {value!r}")
        return None


def _hints(cls: type) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    return {name: hint for name, hint in hints.items() if name != "secrets"}


def _is_required(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def _check_unique(names: list[str], *, key: str, mistakes: Mistakes) -> None:
    for name in sorted({name for name in names if names.count(name) > 1}):
        mistakes.add(key, f"must be unique, got {name!r} {names.count(name)} times")


def _check_site(site: SiteSettings, *, key: str, mistakes: Mistakes) -> None:
    """Note what no single field can know about itself."""
    try:
        ZoneInfo(site.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        mistakes.add(
            f"{key}.time_zone", f"must be an IANA zone, got {site.time_zone!r}"
        )
    ids = [one.id for one in site.interventions]
    _check_unique(ids, key=f"{key}.interventions", mistakes=mistakes)
    if "none" in ids:
        mistakes.add(f"{key}.interventions", "must not be called 'none'")
    for index, rule in enumerate(site.rules):
        if rule.action not in {*ids, "none"}:
            mistakes.add(
                f"{key}.rules[{index}].action",
                f"must be 'none' or an intervention, got {rule.action!r}",
            )
    for origin in site.origins:
        if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?", origin):
            mistakes.add(
                f"{key}.origins", f"must be scheme://host[:port], got {origin!r}"
            )
    _check_bounds(site, key=key, mistakes=mistakes)


def _check_bounds(site: SiteSettings, *, key: str, mistakes: Mistakes) -> None:
    windows, policy = site.windows, site.policy
    if windows.long_close_s <= windows.short_close_s:
        mistakes.add(
            f"{key}.windows.long_close_s",
            f"must be > short_close_s {windows.short_close_s}, "
            f"got {windows.long_close_s}",
        )
    room = 1 - policy.none_floor
    if policy.floor * (len(site.interventions) + 1) > room:
        mistakes.add(
            f"{key}.policy.floor",
            f"must be <= {room:.2f} / number of actions "
            f"({len(site.interventions) + 1}), got {policy.floor}",
        )


def _secrets_of(
    site: str,
    where: Mapping[str, object],
    *,
    folder: Path,
    data: Path,
    environment: Mapping[str, str],
    mistakes: Mistakes,
) -> SiteSecrets | None:
    """Return the site's secrets from environment or files; a salt is made at need."""
    prefix = "ENGAGE_" + re.sub(r"[^A-Z0-9]", "_", site.upper())
    key = environment.get(f"{prefix}_SERVER_KEY") or _file(
        where.get("server_key_file"), folder=folder, site=site, mistakes=mistakes
    )
    if not key:
        mistakes.add(
            f"sites.{site}",
            f"needs a server key: set {prefix}_SERVER_KEY or server_key_file",
        )
        return None
    salt = environment.get(f"{prefix}_SALT") or _file(
        where.get("salt_file"), folder=folder, site=site, mistakes=mistakes
    )
    if salt is None:
        salt = own_secret(data / f"{site}.salt")
    if len(salt) < 16:  # fewer would let decision tokens be guessed
        mistakes.add(f"sites.{site}.salt", f"must have >= 16 bytes, got {len(salt)}")
    return SiteSecrets(server_key=key, salt=salt.encode())


def _file(name: object, *, folder: Path, site: str, mistakes: Mistakes) -> str | None:
    if name is None:
        return None
    try:
        return (folder / str(name)).read_text(encoding="utf-8").strip()
    except OSError as error:
        mistakes.add(f"sites.{site}", f"{name} cannot be read: {error.strerror}")
        return None


def admin_token(data: Path, *, environment: Mapping[str, str] | None = None) -> str:
    """Return the operators' token: `ENGAGE_ADMIN_TOKEN`, or one kept in `data`."""
    given = (os.environ if environment is None else environment).get(
        "ENGAGE_ADMIN_TOKEN"
    )
    return given or own_secret(data / "admin.token")


def own_secret(path: Path) -> str:
    """Return the secret kept at `path`, made once with 256 random bits (mode 0600).

    Losing a salt changes every decision id and holdout hash; backups include it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text(encoding="utf-8").strip()


def server_key(path: Path | None, *, environment: Mapping[str, str] | None = None) -> str:
    """Return the server key of a command that speaks to a service.

    Raises:
        ConfigError: neither the file nor `ENGAGE_SERVER_KEY` holds one.
    """
    if path is not None:
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    key = (os.environ if environment is None else environment).get("ENGAGE_SERVER_KEY")
    if not key:
        raise ConfigError(["needs a server key: set ENGAGE_SERVER_KEY or --key-file"])
    return key
