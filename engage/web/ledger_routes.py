"""What workers ask the ledger beside what the shop asks: for operators' eyes only."""

# Rules of this file: on the learner's own listener, behind the server key like every
# route of the shop. Reads, but for a chat's agent.

from __future__ import annotations

import asyncio

import orjson
from aiohttp import web

from engage.street.outcomes import confirm
from engage.web.access import require_origin
from engage.web.body import read_body
from engage.web.service import SERVICE
from engage.wire.decision import decode_confirm
from engage.wire.shop import read_id

routes = web.RouteTableDef()


@routes.get("/internal/visitors/{id}", name="internal_visitor")
async def get_visitor(request: web.Request) -> web.Response:
    """Return a visitor's ledger row: who they were in earlier visits.

    Nothing (204) for a new one: workers ask about everybody, and most are new.
    """
    service = request.app[SERVICE]
    key = service.keys.site(request.headers.get("Authorization"))
    visitor = read_id(request.match_info["id"], field="id")
    found = await asyncio.to_thread(service.journal.find_visitor, key, visitor)
    if found is None or found[1] is None:
        return web.Response(status=204)
    return web.Response(body=orjson.dumps(found[1]), content_type="application/json")


@routes.post("/internal/decisions/{id}/confirm", name="internal_confirm")
async def confirm_decision(request: web.Request) -> web.Response:
    """Say whether a card is still good that another worker has given."""
    service = request.app[SERVICE]
    key = service.keys.site(request.headers.get("Authorization"))
    site = service.engine(key).site
    decision = read_id(request.match_info["id"], field="id")
    body = await read_body(request, deadline_s=service.settings.server.body_deadline_s)
    require_origin(site.settings, request.headers.get("Origin"))
    await confirm(site, decision, decode_confirm(body).token)
    return web.Response(body=b'{"ok":true}', content_type="application/json")
