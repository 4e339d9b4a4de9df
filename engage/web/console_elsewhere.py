"""The console, asked for at a worker: it is the learner's, who has the ledger."""

# Rules of this file: leads there and shows nothing itself.

from __future__ import annotations

from aiohttp import web

from engage.errors import NotReady
from engage.web.service import SERVICE

routes = web.RouteTableDef()


@routes.route("*", "/console", name="console")
@routes.route("*", "/console/{path:.*}", name="console_page")
async def to_learner(request: web.Request) -> web.StreamResponse:
    """Lead to the learner's console.

    Raises:
        NotReady: no learner holds the lease now.
    """
    ledger = request.app[SERVICE].ledger
    if ledger is None or not ledger.url:
        raise NotReady("no learner answers now, and the console is the learner's")
    there = ledger.url + request.rel_url.raw_path_qs
    return web.Response(status=307, headers={"Location": there})
