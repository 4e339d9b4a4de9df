"""Who may call: origins for browsers, keys for servers, addresses for limits."""

# Rules of this file: an origin is matched exactly or refused, by the server too (CORS
# protects readers, not us). Secrets are compared in constant time.

from __future__ import annotations

import hmac
import re

from aiohttp import web

from engage.errors import Forbidden, Unauthorised
from engage.settings import SiteSecrets, SiteSettings

_LOOPBACK = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")
PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "POST, GET",
    "Access-Control-Allow-Headers": "Content-Type, Content-Encoding",
    "Access-Control-Max-Age": "7200",
}


def allowed_origin(
    settings: SiteSettings, origin: str | None, *, host: str
) -> str | None:
    """Return the origin to allow, or None where the request carried none.

    A missing origin is no browser's cross-site request and is accepted: CORS is no
    authentication. The service's own origin (a shop that proxies us) is accepted, too.

    Raises:
        Forbidden: the origin is not one of the site's; `null` never is.
    """
    if origin is None:
        return None
    if origin in settings.origins or origin.split("://")[-1] == host:
        return origin
    if settings.any_loopback_origin and _LOOPBACK.fullmatch(origin):
        return origin
    raise Forbidden(
        f"origin must be one of the site's own, got {origin[:100]!r}", field="origin"
    )


def cors(origin: str | None) -> dict[str, str]:
    """Return the headers that let `origin` read the answer; never with credentials."""
    if origin is None:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def site_of_server(request: web.Request, secrets: dict[str, SiteSecrets]) -> str:
    """Return the key of the site whose server key the request carries.

    Raises:
        Unauthorised: the key is missing or nobody's.
    """
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not given:
        raise Unauthorised(
            "Authorization must be 'Bearer <server key>', got none of that form",
            field="authorization",
        )
    found = None
    for site, secret in secrets.items():
        # No early exit: the time taken says nothing about which site came close.
        if hmac.compare_digest(secret.server_key.encode(), given.encode()):
            found = site
    if found is None:
        raise Unauthorised("the server key is nobody's", field="authorization")
    return found
