"""Routes for browsers: beacons, confirmations, previews, and the SDK itself."""

# Rules of this file: no key but the public one. The origin is checked by us, too; CORS
# headers are given only to origins of the site. Nothing of a refused beacon is applied.

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from ipaddress import ip_address
from typing import Final

from aiohttp import web

from engage import __version__
from engage.errors import CallerError, NotFound
from engage.street.outcomes import confirm
from engage.street.preview import preview
from engage.web.access import PREFLIGHT_HEADERS, allowed_origin, cors
from engage.web.body import read_body
from engage.web.errors import answer_to
from engage.web.limits import network_of
from engage.web.service import SERVICE, Service
from engage.wire.beacon import decode_beacon
from engage.wire.decision import decode_confirm, encode

routes = web.RouteTableDef()
_SDK: Final = resources.files("engage") / "web" / "sdk"
SDK_FILES: Final = frozenset(
    file.name for file in _SDK.iterdir() if file.name.endswith(".js")
)
_SCRIPT: Final = "text/javascript"


@routes.post("/v1/beacons", name="beacons")
async def take_beacon(request: web.Request) -> web.Response:
    """Apply one beacon and answer with what the browser should do."""
    service = request.app[SERVICE]
    origin: str | None = None
    try:
        body = await read_body(
            request, deadline_s=service.settings.server.body_deadline_s
        )
        beacon, ignored = decode_beacon(body)
        engine = service.engine(beacon.site)
        origin = allowed_origin(
            engine.site.settings, request.headers.get("Origin"), host=request.host
        )
        _limit(service, request, beacon.session)
        service.require_ready()
        if ignored.fields:
            service.metrics.dropped.add("unknown_field", by=ignored.fields)
        if ignored.events:
            service.metrics.dropped.add("unknown_event", by=ignored.events)
        gpc = request.headers.get("Sec-GPC") == "1" and not beacon.consent.explicit
        taken = await engine.take(beacon, gpc=gpc)
    except CallerError as error:
        service.metrics.beacons.add("refused")
        service.metrics.dropped.add(error.kind)
        refused = answer_to(error)
        # A page may read why it was refused, but not which origins are the site's.
        refused.headers.update(cors(origin))
        return refused
    headers = cors(origin)
    if request.headers.get("Prefer") == "engage-result":
        # For accounts that must balance; browsers do not ask.
        headers = {**headers, "Engage-Result": taken.result}
    if taken.answer.is_empty:
        return web.Response(status=204, headers=headers)
    return web.Response(
        body=encode(taken.answer), content_type="application/json", headers=headers
    )


@routes.options("/v1/beacons", name="beacons_preflight")
@routes.options("/v1/decisions/{id}/confirm", name="confirm_preflight")
async def preflight(request: web.Request) -> web.Response:
    """Let any of our sites' origins ask; which site it is stands in the body."""
    service, origin = request.app[SERVICE], request.headers.get("Origin")
    headers = cors(_known_origin(service, origin, host=request.host))
    return web.Response(status=204, headers={**headers, **PREFLIGHT_HEADERS})


@routes.post("/v1/decisions/{id}/confirm", name="confirm")
async def confirm_decision(request: web.Request) -> web.Response:
    """Say whether a card is still good; a chat takes its agent here."""
    service = request.app[SERVICE]
    origin = _known_origin(service, request.headers.get("Origin"), host=request.host)
    try:
        body = await read_body(
            request, deadline_s=service.settings.server.body_deadline_s
        )
        token = decode_confirm(body).token
        site = _site_of_decision(service, request.match_info["id"])
        await confirm(service.engine(site).site, request.match_info["id"], token)
    except CallerError as error:
        refused = answer_to(error)
        refused.headers.update(cors(origin))
        return refused
    return web.json_response({"ok": True}, headers=cors(origin))


@routes.get("/v1/preview/{id}", name="preview")
async def preview_card(request: web.Request) -> web.Response:
    """Show one intervention to who has a signed token; logs and learns nothing."""
    service, query = request.app[SERVICE], request.query
    engine = service.engine(query.get("site", ""))
    origin = allowed_origin(
        engine.site.settings, request.headers.get("Origin"), host=request.host
    )
    answer = preview(
        engine.site,
        request.match_info["id"],
        token=query.get("token", ""),
        locale=query.get("locale", ""),
    )
    return web.Response(
        body=encode(answer), content_type="application/json", headers=cors(origin)
    )


@routes.get("/sdk/{file}", name="sdk")
async def sdk_latest(request: web.Request) -> web.Response:
    """Serve the current SDK; cached for five minutes, so a fix is soon everywhere."""
    return _script(request.match_info["file"], "public, max-age=300")


@routes.get("/sdk/{version}/{file}", name="sdk_version")
async def sdk_version(request: web.Request) -> web.Response:
    """Serve one version of the SDK, immutable."""
    version = request.match_info["version"]
    if version != __version__:
        raise NotFound(f"there is no SDK {version[:20]!r}", field="version")
    forever = "public, max-age=31536000, immutable"
    return _script(request.match_info["file"], forever)


def sdk_integrity(file: str = "engage.js") -> str:
    """Return the SRI hash of a versioned SDK file, for console and README."""
    digest = hashlib.sha384(_read_script(file)).digest()
    return "sha384-" + base64.b64encode(digest).decode()


def _script(file: str, caching: str) -> web.Response:
    if file not in SDK_FILES:
        raise NotFound(f"there is no SDK file {file[:40]!r}", field="file")
    headers = {
        "Cache-Control": caching,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(
        body=_read_script(file), content_type=_SCRIPT, charset="utf-8", headers=headers
    )


@cache
def _read_script(file: str) -> bytes:
    return (_SDK / file).read_bytes()


def _limit(service: Service, request: web.Request, session: str) -> None:
    """Take a token of the session's and of the network's bucket.

    Raises:
        TooMany: one is empty.
    """
    now_s = service.clock.monotonic_s()
    service.sessions.take(session, now_s=now_s)
    peer = request.remote or "0.0.0.0"  # noqa: S104 - a name for "no address", never bound
    client = service.proxies.client(peer, request.headers.get("X-Forwarded-For"))
    is_loopback = ip_address(client).is_loopback
    if service.settings.server.limit_loopback or not is_loopback:
        service.networks.take(network_of(client), now_s=now_s)


def _known_origin(service: Service, origin: str | None, *, host: str) -> str | None:
    """Return the origin if any site allows it, else None."""
    for engine in service.engines.values():
        try:
            return allowed_origin(engine.site.settings, origin, host=host)
        except CallerError:
            continue
    return None


def _site_of_decision(service: Service, decision: str) -> str:
    for site in service.engines:
        if service.journal.decision(site, decision) is not None:
            return site
    raise NotFound(f"there is no decision {decision[:64]!r}", field="id")
