"""The demo shop's own server: pages, pictures, coupons and orders.

It talks to engage as any shop's server would: over HTTP, with the server key.
"""

# Rules of this file: prices come from the catalogue, never from a browser. Nothing here
# reaches into the service.

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout, web

from engage.demo import catalogue, shell
from engage.demo.drawings import drawing
from engage.demo.settings import CODES, GROUPS, POOL, SERVER_KEY
from engage.errors import NotFound
from engage.telemetry import logger

log = logger()
PERCENT: Final = 10
# Agents are announced for a minute, three times a minute.
ANNOUNCE_EVERY_S: Final = 20.0
ANNOUNCE_TTL_S: Final = 60
_MAX_AMOUNT_CENTS: Final = 9_000
# Answers of a redemption that say no: unknown, another order's, late.
_REFUSED: Final = frozenset({404, 409, 410})
_HEADERS: Final = {
    "Content-Security-Policy": shell.CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}


@dataclass(slots=True)
class ShopServer:
    """The shop's backend.

    Attributes:
        url: where engage listens; known once it does.
        agents: (online, free) by chat group, as last said by anybody.
        spent: codes that are some order's; at most all there are.
    """

    url: str = ""
    agents: dict[str, tuple[int, int]] = field(
        default_factory=lambda: dict.fromkeys(GROUPS, (2, 3))
    )
    spent: set[str] = field(default_factory=set)
    _session: ClientSession | None = None
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _run: str = ""
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self, url: str, *, run: str) -> None:
        """Tell engage what the shop has: products, codes, agents.

        Args:
            url: where engage listens.
            run: makes order ids of this run unlike those of earlier ones.
        """
        self.url, self._run = url, run
        self._session = ClientSession(
            headers={"Authorization": f"Bearer {SERVER_KEY}"},
            timeout=ClientTimeout(total=10),
        )
        lines = b"\n".join(orjson.dumps(item) for item in catalogue.as_feed_items())
        await self._send("POST", "/v1/catalog", lines, media="application/x-ndjson")
        await self.send("POST", "/v1/discounts/codes", {"pool": POOL, "codes": CODES})
        await self._announce_all()
        self._tasks.append(asyncio.create_task(self._announce_for_ever()))

    async def stop(self) -> None:
        """Stop announcing and close the connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def send(self, method: str, path: str, body: object) -> int:
        """Send JSON to engage and return the status."""
        return await self._send(method, path, orjson.dumps(body))

    async def _send(
        self, method: str, path: str, body: bytes, *, media: str = "application/json"
    ) -> int:
        assert self._session is not None
        async with self._session.request(
            method, self.url + path, data=body, headers={"Content-Type": media}
        ) as answer:
            return answer.status

    async def _announce_for_ever(self) -> None:
        while True:
            await asyncio.sleep(ANNOUNCE_EVERY_S)
            try:
                await self._announce_all()
            except (ClientError, TimeoutError) as error:
                log.warning("demo.announcement_failed", error=repr(error))

    async def _announce_all(self) -> None:
        for group, (online, free) in list(self.agents.items()):
            status = {"online": online, "free": free, "ttl_s": ANNOUNCE_TTL_S}
            await self.send("PUT", f"/v1/chat/groups/{group}", status)

    async def order(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Price an order, report it to engage, and return status and answer."""
        lines = asked.get("items")
        if not isinstance(lines, list) or not lines:
            return 400, {"error": "items must be a list"}
        value = margin = 0
        for line in lines:
            try:
                product = catalogue.product(str(line["item_id"]))
                quantity = int(line.get("quantity", 1))
            except (NotFound, KeyError, TypeError, ValueError):
                return 400, {"error": "unknown item"}
            if not product.in_stock:
                return 409, {"error": "sold out"}
            value += quantity * product.price_cents
            margin += quantity * product.margin_cents
        code = str(asked.get("code") or "").strip().upper() or None
        discount = min(value * PERCENT // 100, _MAX_AMOUNT_CENTS) if code else 0
        order_id = f"A-{self._run}-{next(self._numbers)}"
        if code and not await self._redeem(code, order_id):
            return 410, {"error": "the code is no longer good"}
        report = {
            "order_id": order_id,
            "visitor": asked.get("visitor"),
            "session": asked.get("session"),
            "value": (value - discount) / 100,
            "margin": (margin - discount) / 100,
            "discount": discount / 100,
            "currency": catalogue.CURRENCY,
            "code": code,
            "items": [
                {"item_id": line["item_id"], "quantity": line.get("quantity", 1)}
                for line in lines
            ],
        }
        status = await self.send("POST", "/v1/orders", report)
        if status >= 400:
            return 502, {"error": "the order could not be reported"}
        answer = {
            "order_id": order_id,
            "value": report["value"],
            "currency": catalogue.CURRENCY,
        }
        return 200, answer

    async def _redeem(self, code: str, order_id: str) -> bool:
        """Tell engage whose order a code is; return whether that may be.

        Where engage is away the shop decides, and says so with the order.
        """
        path = f"/v1/discounts/{quote(code, safe='')}/redeem"
        status = await self.send("POST", path, {"order_id": order_id})
        if code in CODES:
            self.spent.add(code)
        return status not in _REFUSED


SHOP = web.AppKey("demo_shop", ShopServer)
routes = web.RouteTableDef()


@routes.get("/shop/catalogue.json", name="shop_catalogue")
async def get_catalogue(_request: web.Request) -> web.Response:
    """Return what the shop sells."""
    return web.Response(
        body=orjson.dumps(catalogue.as_catalogue()), content_type="application/json"
    )


@routes.get("/shop/img/{name}.svg", name="shop_picture")
async def get_picture(request: web.Request) -> web.Response:
    """Return a product's drawing."""
    headers = {"Cache-Control": "public, max-age=3600", **_HEADERS}
    return web.Response(
        text=drawing(request.match_info["name"]),
        content_type="image/svg+xml",
        headers=headers,
    )


@routes.post("/shop/coupon", name="shop_coupon")
async def post_coupon(request: web.Request) -> web.Response:
    """Say what a code is worth; the shop knows its own codes."""
    code = str((await _asked(request)).get("code", "")).strip().upper()
    if code not in CODES or code in request.app[SHOP].spent:
        return _json({"ok": False})
    return _json({"ok": True, "percent": PERCENT, "max_cents": _MAX_AMOUNT_CENTS})


@routes.post("/shop/orders", name="shop_order")
async def post_order(request: web.Request) -> web.Response:
    """Take an order of the demo shop."""
    status, answer = await request.app[SHOP].order(await _asked(request))
    return _json(answer, status=status)


@routes.get("/shop/{file:.+}", name="shop_asset")
async def get_asset(request: web.Request) -> web.StreamResponse:
    """Return a static file of the shop."""
    file = (shell.ASSETS / request.match_info["file"]).resolve()
    if not file.is_relative_to(shell.ASSETS.resolve()) or not file.is_file():
        raise NotFound("there is no such file", field="file")
    return web.FileResponse(file, headers=_HEADERS)


# What stands under /v1/ is the service's, also where it answers "unknown".
@routes.get("/{page:(?!v1/).*}", name="shop_page")
async def get_page(request: web.Request) -> web.Response:
    """Return a page of the shop; unknown ones are a friendly 404."""
    reads = request.headers.get("Accept-Language", "")
    page = shell.shell(request.path_qs, reads=reads)
    return web.Response(
        text=page.html,
        status=page.status,
        content_type="text/html",
        headers={**_HEADERS, "Vary": "Accept-Language"},
    )


async def _asked(request: web.Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _json(body: object, *, status: int = 200) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, content_type="application/json"
    )


def add_shop(app: web.Application) -> ShopServer:
    """Add the shop's routes (last: they take all other paths); return its server."""
    app[SHOP] = ShopServer()
    app.add_routes(routes)
    return app[SHOP]
