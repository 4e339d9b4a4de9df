"""The pages on which the SDKs are compared, and a service that answers them all."""

from __future__ import annotations

from pathlib import Path

import orjson
from aiohttp import web
from sdk_page_ends import SDK

OURS = "engage"
HEAD = b"""<!doctype html><html lang="en"><title>Shop</title>
<link rel="icon" href="data:,"><body data-engage-page="product">
<main data-engage-product="42" data-engage-price="899">
<h1>Lakewood M-32</h1><button data-engage="cart">Add to cart</button><p>Spruce.</p>
<input name="note"></main><div style="height:3000px"></div>"""
TAG = b'<script async src="%s" data-site="pk_demo" data-consent="%s"></script>'
CARD = {"id": "d_1", "token": "t", "action": "a", "kind": "help", "expires_in_ms": 9e4}


class Pages:
    """Serves a page for each SDK, and answers whatever it asks."""

    def __init__(self, folder: Path, files: dict[str, str]) -> None:
        self.folder = folder
        self.files = files
        self.asked: list[str] = []
        self.bodies: list[bytes] = []

    def app(self) -> web.Application:
        """Return the routes."""
        app = web.Application()
        app.router.add_get("/page/{name}/{consent}", self._page)
        app.router.add_get("/bundle/{file}", self._bundle)
        app.router.add_get("/sdk/{path:.*}", self._sdk)
        app.router.add_route("*", "/{path:.*}", self._take)
        return app

    async def _page(self, request: web.Request) -> web.Response:
        name, consent = request.match_info["name"], request.match_info["consent"]
        body = HEAD
        if name == OURS:
            body += TAG % (b"/sdk/engage.js", consent.encode())
        elif name != "empty":
            body += TAG % (b"/bundle/" + self.files[name].encode(), b"")
        return web.Response(body=body, content_type="text/html")

    async def _bundle(self, request: web.Request) -> web.Response:
        body = (self.folder / request.match_info["file"]).read_bytes()
        return web.Response(body=body, content_type="text/javascript")

    async def _sdk(self, request: web.Request) -> web.Response:
        body = (SDK / request.match_info["path"].rpartition("/")[2]).read_bytes()
        return web.Response(body=body, content_type="text/javascript")

    async def _take(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        content = {"title": "A title", "text": "A text."}
        body = await request.read() if request.path == "/v1/beacons" else b""
        self.bodies.append(body)
        if b'"ask"' in body:
            answer = {"decision": CARD | {"content": content}}
            return web.Response(body=orjson.dumps(answer))
        if body:
            # As the service answers when there is nothing to show.
            return web.Response(status=204)
        return web.json_response({}) if request.method == "POST" else web.Response()
