"""What only the service and a shop's own server know."""

# Rules of this file: values only; none of them is ever printed.

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSecrets:
    """What only the service and the shop's server know; never in the TOML file."""

    server_key: str = field(repr=False)
    # Salts decision ids, tokens and the holdout hash; 16 bytes at least.
    salt: bytes = field(repr=False)
    # Accepted beside the other until the shop's server has changed over.
    old_server_key: str | None = field(default=None, repr=False)

    @property
    def server_keys(self) -> tuple[str, ...]:
        """Every key that the shop's server may use now."""
        old = self.old_server_key
        return (self.server_key,) if old is None else (self.server_key, old)
