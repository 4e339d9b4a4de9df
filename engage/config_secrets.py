"""Where a site's secrets come from: the environment, files, or a file made once."""

# Rules of this file: is given the environment; no message holds a secret.

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from engage.errors import ConfigError
from engage.settings import SiteSecrets, SiteSettings
from engage.tables import Mistakes

# Keys of a site that only say where its secrets are.
SECRET_KEYS = {"server_key_file", "old_server_key_file", "salt_file"}
# A key that is typed can be guessed: 16 characters of a random one cannot.
KEY_LENGTH = 16
# Fewer would let decision tokens be guessed.
SALT_BYTES = 16
# Finds what only a higher layer knows to be wrong with a site: keys and problems.
Also = Callable[[SiteSettings], Iterable[str]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a configuration's parts lie.

    Attributes:
        folder: relative paths of the file start here.
        environment: where secrets may stand.
        data: the data directory, if the command line names one.
        may_write: a salt that nobody gave is made and kept; else it is left empty.
        also: further checks of a site.
    """

    folder: Path
    environment: Mapping[str, str]
    data: Path | None = None
    may_write: bool = True
    also: Also | None = None


def secrets_of(
    site: str, files: Mapping[str, object], where: Where, mistakes: Mistakes
) -> SiteSecrets | None:
    """Return the site's secrets from environment or files; a salt is made at need."""
    before = len(mistakes.found)
    key, old, salt = (
        _secret(site, name, files, where, mistakes)
        for name in ("server_key", "old_server_key", "salt")
    )
    if len(mistakes.found) > before:
        return None
    if key is None:
        variable = _variable(site, "server_key")
        mistakes.add(
            f"sites.{site}",
            f"needs a server key: set {variable} or server_key_file",
        )
        return None
    for name, one in (("server_key", key), ("old_server_key", old)):
        if one is not None and len(one) < KEY_LENGTH:
            length = f"must have >= {KEY_LENGTH} characters, got {len(one)}"
            mistakes.add(f"sites.{site}.{name}", length)
    if salt is None and where.may_write and where.data:
        salt = own_secret(where.data / f"{site}.salt")
    if salt is not None and len(salt.encode()) < SALT_BYTES:
        length = f"must have >= {SALT_BYTES} bytes, got {len(salt.encode())}"
        mistakes.add(f"sites.{site}.salt", length)
    return SiteSecrets(server_key=key, salt=(salt or "").encode(), old_server_key=old)


def _secret(
    site: str,
    name: str,
    files: Mapping[str, object],
    where: Where,
    mistakes: Mistakes,
) -> str | None:
    """Return one secret of a site; None if nobody gave it."""
    found, file = (
        where.environment.get(_variable(site, name)),
        files.get(f"{name}_file"),
    )
    if not found and file is not None:
        try:
            found = (where.folder / str(file)).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is no text"
            mistakes.add(f"sites.{site}.{name}_file", f"cannot be read: {why}")
    return found or None


def _variable(site: str, name: str) -> str:
    """Return the environment's name of a site's secret.

    >>> _variable("pk_demo", "salt")
    'ENGAGE_PK_DEMO_SALT'
    """
    return "ENGAGE_" + re.sub(r"[^A-Z0-9]", "_", f"{site}_{name}".upper())


def own_secret(path: Path) -> str:
    """Return the secret kept at `path`, made once with 256 random bits (mode 0600).

    Losing a salt changes every decision id and holdout hash; backups include it.

    Raises:
        ConfigError: it can be neither read nor made.
    """
    try:
        if not path.exists():
            _make_secret(path)
        found = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError([f"{path}: cannot be kept: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: must hold a secret, it is no text"]) from error
    if not found:
        raise ConfigError([f"{path}: must hold a secret, it is empty"])
    return found


def _make_secret(path: Path) -> None:
    """Put a whole secret at `path`; of two processes that try, the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        # Unlike a rename, a link never replaces what another process just made.
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
    finally:
        partial.unlink()
