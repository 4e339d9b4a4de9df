"""Who may call: origins for browsers, keys for servers."""

# Rules of this file: an origin is matched exactly or refused, by the server too (CORS
# protects readers, not us). Secrets are compared in constant time.

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping

from engage.errors import Forbidden, Unauthorised
from engage.settings import SiteSecrets, SiteSettings

_LOOPBACK = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?")
PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "POST, GET",
    "Access-Control-Allow-Headers": "Content-Type, Content-Encoding",
    "Access-Control-Max-Age": "7200",
}


def is_allowed(settings: SiteSettings, origin: str) -> bool:
    """Tell whether `origin` is one of the site's own, letter by letter.

    >>> site = SiteSettings(key="pk_1", origins=("https://shop.example",))
    >>> is_allowed(site, "https://shop.example")
    True
    >>> is_allowed(site, "https://shop.example.evil"), is_allowed(site, "null")
    (False, False)
    """
    if origin in settings.origins:
        return True
    return settings.any_loopback_origin and _LOOPBACK.fullmatch(origin) is not None


def require_origin(settings: SiteSettings, origin: str | None) -> None:
    """Let a request pass that comes from the site, or from no browser at all.

    A missing origin is no browser's cross-site request and is accepted: CORS is no
    authentication.

    Raises:
        Forbidden: the origin is not one of the site's; `null` never is.
    """
    if origin is not None and not is_allowed(settings, origin):
        raise Forbidden(
            f"origin must be one of the site's own, got {origin[:100]!r}",
            field="origin",
        )


def cors(sites: Iterable[SiteSettings], origin: str | None) -> dict[str, str]:
    """Return the headers that let `origin` read the answer; never with credentials.

    An origin of any site may read what is said about its own request; which site may
    be written to is decided by `require_origin`.
    """
    headers = {"Vary": "Origin"}
    if origin is not None and any(is_allowed(site, origin) for site in sites):
        headers["Access-Control-Allow-Origin"] = origin
        # Without it a page is not told when to come back.
        headers["Access-Control-Expose-Headers"] = "Retry-After"
    return headers


class ServerKeys:
    """Knows the site of a server key: of both keys while one follows the other.

    >>> keys = ServerKeys({"pk_1": SiteSecrets(server_key="sk_1", salt=b"s")})
    >>> keys.site("Bearer sk_1")
    'pk_1'
    """

    def __init__(self, secrets: Mapping[str, SiteSecrets]) -> None:
        """Keep one digest for each key: of equal length, whatever the keys are."""
        self._digests = [
            (site, _digest(key))
            for site, secret in secrets.items()
            for key in secret.server_keys
        ]

    def site(self, header: str | None) -> str:
        """Return the site of the key in an `Authorization` header.

        Raises:
            Unauthorised: the key is missing or nobody's.
        """
        scheme, _, given = (header or "").partition(" ")
        if scheme.lower() != "bearer" or not given:
            raise Unauthorised(
                "Authorization must be 'Bearer <server key>', got none of that form",
                field="authorization",
            )
        asked = _digest(given.strip())
        found = None
        for site, digest in self._digests:
            # No early exit: the time taken says nothing about which site came close.
            if hmac.compare_digest(digest, asked):
                found = site
        if found is None:
            raise Unauthorised("the server key is nobody's", field="authorization")
        return found


def _digest(key: str) -> bytes:
    # A header may hold any bytes; those that are no text arrive as surrogates.
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
