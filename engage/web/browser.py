"""Routes for browsers: beacons, confirmations, previews."""

# Rules of this file: no key but the public one. The origin is checked by us, too; CORS
# headers go only to origins of our sites. Nothing of a refused beacon is applied.

from __future__ import annotations

from aiohttp import web

from engage.engine import Taken
from engage.errors import BadBeacon, CallerError, Forbidden, NotFound
from engage.street.outcomes import confirm
from engage.street.preview import preview
from engage.web.access import PREFLIGHT_HEADERS, cors, require_origin
from engage.web.answers import Rendered, empty_head, json_head, with_length
from engage.web.body import read_body
from engage.web.errors import CORS
from engage.web.service import SERVICE, Service
from engage.wire.beacon import decode_beacon
from engage.wire.decision import decode_confirm, encode
from engage.wire.shop import read_id

routes = web.RouteTableDef()


@routes.post("/v1/beacons", name="beacons")
async def take_beacon(request: web.Request) -> web.StreamResponse:
    """Apply one beacon and answer with what the browser should do."""
    service = request.app[SERVICE]
    origin = request.headers.get("Origin")
    try:
        taken = await _take(service, request, origin)
    except CallerError as error:
        service.metrics.beacons.add("refused")
        service.metrics.dropped.add(error.kind)
        # A page may read why it was refused, but not which origins are the site's.
        request[CORS] = _cors(service, origin)
        raise
    second = int(service.clock.now_s())
    if taken.answer.is_empty:
        head, body, status = empty_head(origin, second), b"", 204
    else:
        body, status = encode(taken.answer), 200
        head = with_length(json_head(origin, second), body)
    if request.headers.get("Prefer") == "engage-result":
        # For accounts that must balance; browsers do not ask.
        head += b"Engage-Result: " + taken.result.encode() + b"\r\n"
    return Rendered(head, body, status=status)


async def _take(service: Service, request: web.Request, origin: str | None) -> Taken:
    """Read, check and apply a beacon.

    Raises:
        CallerError: it is refused; nothing of it is applied.
    """
    service.limit_network(request)
    body = await read_body(
        request,
        deadline_s=service.settings.server.body_deadline_s,
        bad=BadBeacon,
    )
    beacon, ignored = decode_beacon(body)
    engine = service.engine(beacon.site)
    require_origin(engine.site.settings, origin)
    service.limit_session(f"{beacon.site} {beacon.session}")
    service.require_ready()
    if ignored.fields:
        service.metrics.dropped.add("unknown_field", by=ignored.fields)
    if ignored.events:
        service.metrics.dropped.add("unknown_event", by=ignored.events)
    gpc = request.headers.get("Sec-GPC") == "1" and not beacon.consent.explicit
    return await engine.take(beacon, gpc=gpc)


@routes.options("/v1/beacons", name="beacons_preflight")
@routes.options("/v1/decisions/{id}/confirm", name="confirm_preflight")
async def preflight(request: web.Request) -> web.Response:
    """Let any of our sites' origins ask; which site it is stands in the body.

    Raises:
        Forbidden: the origin is no site's.
    """
    service, origin = request.app[SERVICE], request.headers.get("Origin")
    headers = _cors(service, origin)
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
    headers = request[CORS] = _cors(service, origin)
    service.limit_network(request)
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
    headers = request[CORS] = _cors(service, origin)
    service.limit_network(request)
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


def _cors(service: Service, origin: str | None) -> dict[str, str]:
    return cors((one.site.settings for one in service.engines.values()), origin)


def _site_of_decision(service: Service, decision: str) -> str:
    for site in service.engines:
        if service.journal.decision(site, decision) is not None:
            return site
    raise NotFound(f"there is no decision {decision[:64]!r}", field="id")
