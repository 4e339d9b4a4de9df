"""Routes for browsers: beacons, confirmations, previews."""

# Rules of this file: no key but the public one. The origin is checked by us, too; CORS
# headers go only to origins of our sites. Nothing of a refused beacon is applied.

from __future__ import annotations

from aiohttp import web

from engage.errors import BadBeacon, CallerError, Forbidden, NotFound
from engage.street.outcomes import confirm
from engage.street.preview import preview
from engage.web.access import PREFLIGHT_HEADERS, require_origin
from engage.web.answers import Rendered
from engage.web.beacons import (
    answer_with,
    apply_beacon,
    crowded_out,
    envelope_of,
    note_refusal,
    readable_by,
)
from engage.web.body import read_body
from engage.web.errors import CORS
from engage.web.service import SERVICE, Service
from engage.wire.decision import decode_confirm, encode
from engage.wire.shop import read_id

routes = web.RouteTableDef()


@routes.post("/v1/beacons", name="beacons")
async def take_beacon(request: web.Request) -> web.StreamResponse:
    """Apply one beacon and answer with what the browser should do.

    The door for whatever the express lane does not take: bodies that come in pieces or
    compressed, connections that are to close, HTTP/1.0.
    """
    service, envelope = request.app[SERVICE], envelope_of(request.headers)
    if service.crowd.is_too_much(service.clock.monotonic_s()):
        ready = crowded_out(service, envelope.origin)
        return Rendered(ready.head, ready.body, status=ready.status)
    try:
        network = service.limit_network(request.remote, request.headers)
        body = await read_body(
            request,
            deadline_s=service.settings.server.body_deadline_s,
            bad=BadBeacon,
        )
        taken = await apply_beacon(service, body, envelope, network=network)
    except CallerError as error:
        note_refusal(service, error)
        request[CORS] = readable_by(service, envelope.origin)
        raise
    ready = answer_with(service, taken, envelope)
    return Rendered(ready.head, ready.body, status=ready.status)


@routes.options("/v1/beacons", name="beacons_preflight")
@routes.options("/v1/decisions/{id}/confirm", name="confirm_preflight")
async def preflight(request: web.Request) -> web.Response:
    """Let any of our sites' origins ask; which site it is stands in the body.

    Raises:
        Forbidden: the origin is no site's.
    """
    service, origin = request.app[SERVICE], request.headers.get("Origin")
    headers = readable_by(service, origin)
    if origin is not None and "Access-Control-Allow-Origin" not in headers:
        request[CORS] = headers
        raise Forbidden(
            f"origin must be a site's own, got {origin[:100]!r}", field="origin"
        )
    return web.Response(status=204, headers={**headers, **PREFLIGHT_HEADERS})


@routes.post("/v1/decisions/{id}/confirm", name="confirm")
async def confirm_decision(request: web.Request) -> web.Response:
    """Say whether a card is still good; a chat takes its agent here."""
    service, origin = request.app[SERVICE], request.headers.get("Origin")
    headers = request[CORS] = readable_by(service, origin)
    service.limit_network(request.remote, request.headers)
    body = await read_body(request, deadline_s=service.settings.server.body_deadline_s)
    token = decode_confirm(body).token
    decision = read_id(request.match_info["id"], field="id")
    site = service.engine(_site_of_decision(service, decision)).site
    require_origin(site.settings, origin)
    service.require_ready()
    await confirm(site, decision, token)
    return web.Response(
        body=b'{"ok":true}', content_type="application/json", headers=headers
    )


@routes.get("/v1/preview/{id}", name="preview")
async def preview_card(request: web.Request) -> web.Response:
    """Show one intervention to who has a signed token; logs and learns nothing."""
    service, query = request.app[SERVICE], request.query
    token = query.get("token", "")
    origin = request.headers.get("Origin")
    headers = request[CORS] = readable_by(service, origin)
    service.limit_network(request.remote, request.headers)
    site = service.engine(query.get("site", "")).site
    require_origin(site.settings, origin)
    answer = preview(
        site,
        request.match_info["id"],
        # Only ASCII can be compared in constant time; nothing else was ever signed.
        token=token if token.isascii() else "",
        locale=query.get("locale", ""),
    )
    return web.Response(
        body=encode(answer),
        content_type="application/json",
        headers={**headers, "Cache-Control": "no-store"},
    )


def _site_of_decision(service: Service, decision: str) -> str:
    for site in service.engines:
        if service.journal.decision(site, decision) is not None:
            return site
    raise NotFound(f"there is no decision {decision[:64]!r}", field="id")
