"""The console, asked for at a worker: it is the learner's, who has the ledger."""

# Rules of this file: leads there and shows nothing itself, but that nobody is there.

from __future__ import annotations

from typing import Final

from aiohttp import web

from engage.errors import NotReady
from engage.web.errors import RETRY_AFTER_S
from engage.web.service import SERVICE

routes = web.RouteTableDef()
# Looks again by itself; so it leads to the console once a learner is there.
_NOBODY: Final = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="{RETRY_AFTER_S}">
<title>engage: no learner</title>
<h1>No learner answers</h1>
<p>The console is the learner's. Workers go on with the last snapshot; nothing closes
and nothing is learned. Start <code>engage learn</code> on the ledger's volume; more in
docs/RUNBOOK.md, EngageNoLearner. This page looks again every {RETRY_AFTER_S} seconds.
<h2 lang="de">Kein Lerner antwortet</h2>
<p lang="de">Die Konsole gehört dem Lerner. Die anderen Prozesse entscheiden weiter mit
dem letzten Modellstand; nichts wird abgeschlossen oder gelernt. Bitte
<code>engage learn</code> bei den Daten des Lerners starten.
"""


@routes.route("*", "/console", name="console")
@routes.route("*", "/console/{path:.*}", name="console_page")
async def to_learner(request: web.Request) -> web.StreamResponse:
    """Lead to the learner's console; a browser is told in words if nobody is there.

    Raises:
        NotReady: no learner holds the lease now.
    """
    ledger = request.app[SERVICE].ledger
    if ledger is not None and ledger.url:
        there = ledger.url + request.rel_url.raw_path_qs
        return web.Response(status=307, headers={"Location": there})
    if "text/html" in request.headers.get("Accept", ""):
        return web.Response(
            status=503,
            text=_NOBODY,
            content_type="text/html",
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )
    raise NotReady("no learner answers now, and the console is the learner's")
