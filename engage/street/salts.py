"""All processes of a service must have the same salt for a site.

With another one a worker would put visitors into other groups, deal them into other
arms, and give tokens that no other worker accepts; nothing would fail loudly.
"""

# Rules of this file: the salt itself never leaves the process; what is compared tells
# nothing about it.

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final

from engage.errors import ConfigError
from engage.settings import SiteSecrets
from engage.stores.redis.board import Board

_ABOUT: Final = b"which salt a site has"


def mark_of(salt: bytes) -> str:
    """Return what tells a salt from every other one: 16 hexadecimal digits.

    >>> mark_of(b"one") == mark_of(b"one") != mark_of(b"other")
    True
    """
    return hmac.digest(salt, _ABOUT, "sha256").hex()[:16]


async def require_same_salts(board: Board, secrets: Mapping[str, SiteSecrets]) -> None:
    """Compare every site's salt with that of the service; the first one stands.

    Raises:
        ConfigError: some differ; names them all.
        StoreError: Redis does not answer.
    """
    mistakes = []
    for site, secret in sorted(secrets.items()):
        mark = mark_of(secret.salt)
        stands = await board.claim_salt(site, mark)
        if stands != mark:
            mistakes.append(
                f"{site}: salt must be the one that this Redis's service has (mark "
                f"{stands}), got another one (mark {mark}): bring that of the "
                f"others, or delete the key engage:salt:{{{site}}} to begin anew"
            )
    if mistakes:
        raise ConfigError(mistakes)
