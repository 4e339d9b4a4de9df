"""Routes for the shop's own server: orders, agents, catalogue, codes, visitors."""

# Rules of this file: every route begins with the server key. An answer of success means
# durable.

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import Any

import orjson
from aiohttp import web

from engage.errors import BadRequest, Conflict, NotFound
from engage.street.agents import announce
from engage.street.codes import add_codes, redeem
from engage.street.erasure import erase
from engage.street.goods import Feed, no_room, put_items, take_feed
from engage.street.site import Site
from engage.street.till import take_order, take_refund
from engage.web.body import read_body
from engage.web.service import SERVICE
from engage.wire.feeds import FEED_MEDIA
from engage.wire.limits import FEED_BYTES, SHOP_BYTES, is_id
from engage.wire.shop import (
    Refund,
    decode_catalog_item,
    decode_codes,
    decode_group,
    decode_order,
    decode_redeem,
    epoch_of,
    read_id,
)

routes = web.RouteTableDef()
_SHORT = re.compile(r"[0-9]{1,4}")
CURSOR_PATTERN = r"^[0-9]{1,12}(\.[0-9]{1,18})?:[0-9]{1,18}\Z"
_CURSOR = re.compile(CURSOR_PATTERN)
# A page of the decision log; a longer one would hold the connection for seconds.
PAGE_LIMIT = 1_000
# What is told of people stays with who asked, whatever network stands in between.
_UNCACHED = {"Cache-Control": "no-store"}


def _site(request: web.Request) -> Site:
    service = request.app[SERVICE]
    key = service.keys.site(request.headers.get("Authorization"))
    return service.engine(key).site


async def _body(request: web.Request) -> bytes:
    service = request.app[SERVICE]
    service.require_ready()
    return await read_body(
        request,
        deadline_s=service.settings.server.body_deadline_s,
        wire_limit=SHOP_BYTES,
        inflated_limit=SHOP_BYTES,
    )


@routes.post("/v1/orders", name="orders")
async def post_order(request: web.Request) -> web.Response:
    """Record an order or refund."""
    site = _site(request)
    message = decode_order(await _body(request))
    if isinstance(message, Refund):
        result = await take_refund(site, message)
    else:
        result = await take_order(site, message)
    return _json({"result": result}, status=202 if result == "recorded" else 200)


@routes.put("/v1/chat/groups/{group}", name="chat_group")
async def put_group(request: web.Request) -> web.Response:
    """Note who is there to chat."""
    site = _site(request)
    group = read_id(request.match_info["group"], field="group")
    await announce(site, group, decode_group(await _body(request)))
    return web.Response(status=204)


@routes.put("/v1/catalog/items/{id}", name="catalog_item")
async def put_item(request: web.Request) -> web.Response:
    """Take one product into the catalogue."""
    site = _site(request)
    item_id = read_id(request.match_info["id"], field="id")
    item = decode_catalog_item(await _body(request), item_id=item_id)
    if await put_items(site, item):
        raise Conflict(no_room(site), field="id")
    return web.Response(status=204)


@routes.post("/v1/catalog", name="catalog")
async def post_feed(request: web.Request) -> web.Response:
    """Take a feed; says which lines were refused.

    With `whole=true` the feed names everything that can be bought: what it leaves out
    is out of stock from then on - unless a line was refused, for then nobody knows. A
    line may be an id alone then: that product is as it was told before.
    """
    site, service = _site(request), request.app[SERVICE]
    service.require_ready()
    is_whole = _is_true(request, "whole")
    body = await read_body(
        request,
        # A feed may be large; the shop's server gets a minute for it.
        deadline_s=max(60.0, service.settings.server.body_deadline_s),
        wire_limit=FEED_BYTES,
        inflated_limit=FEED_BYTES,
        media=FEED_MEDIA,
    )
    feed = await asyncio.to_thread(
        Feed.read, body, media=request.content_type, money=site.settings.money
    )
    return _json(await take_feed(site, feed, is_whole=is_whole), status=202)


@routes.post("/v1/discounts/codes", name="codes")
async def post_codes(request: web.Request) -> web.Response:
    """Add single-use codes to a pool."""
    site = _site(request)
    codes = decode_codes(await _body(request))
    accepted, duplicate = await add_codes(site, codes)
    return _json({"accepted": accepted, "duplicate": duplicate}, status=202)


@routes.post("/v1/discounts/{code}/redeem", name="redeem")
async def post_redeem(request: web.Request) -> web.Response:
    """Redeem a code for an order, once."""
    site = _site(request)
    code = request.match_info["code"]
    message = decode_redeem(await _body(request))
    if not is_id(code):
        # No pool can have it: a voucher of the shop's own, as with an order.
        raise NotFound(f"code {code[:64]!r} is unknown", field="code")
    result = await redeem(site, code, message)
    return _json({"result": result})


@routes.get("/v1/visitors/{id}", name="visitor")
async def get_visitor(request: web.Request) -> web.Response:
    """Return everything held about a visitor."""
    site, service = _site(request), request.app[SERVICE]
    visitor = read_id(request.match_info["id"], field="id")
    return _json(await service.held(site.key, visitor))


@routes.delete("/v1/visitors/{id}", name="visitor_erasure")
async def delete_visitor(request: web.Request) -> web.Response:
    """Erase a visitor; again is no error."""
    site, service = _site(request), request.app[SERVICE]
    service.require_ready()
    visitor = read_id(request.match_info["id"], field="id")
    await erase(site, visitor)
    return web.Response(status=204)


@routes.get("/v1/decisions", name="decisions")
async def get_decisions(request: web.Request) -> web.Response:
    """Return decision records, oldest first, one a line."""
    site = _site(request)
    limit = _limit(request.query.get("limit"))
    read = partial(
        site.journal.decisions,
        site.key,
        since_s=_time(request, "since"),
        until_s=_time(request, "until"),
        limit=limit,
        cursor=_cursor(request.query.get("cursor")),
    )
    # A full page takes tens of milliseconds, which the event loop has not.
    page = await asyncio.to_thread(read)
    lines = b"".join(
        orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in page.rows
    )
    headers = dict(_UNCACHED)
    if page.cursor is not None:
        following = request.rel_url.update_query(cursor=page.cursor)
        headers["Link"] = f'<{following}>; rel="next"'
    return web.Response(
        body=lines, content_type="application/x-ndjson", headers=headers
    )


def _limit(text: str | None) -> int:
    if text is None:
        return PAGE_LIMIT
    if not _SHORT.fullmatch(text) or not 1 <= int(text) <= PAGE_LIMIT:
        raise BadRequest(
            f"limit must be 1 to {PAGE_LIMIT}, got {text[:20]!r}", field="limit"
        )
    return int(text)


def _is_true(request: web.Request, field: str) -> bool:
    text = request.query.get(field, "false")
    if text not in {"true", "false"}:
        raise BadRequest(
            f"{field} must be true or false, got {text[:20]!r}", field=field
        )
    return text == "true"


def _cursor(text: str | None) -> str | None:
    """Return a cursor of the form that pages give; the journal knows its meaning."""
    if text is not None and not _CURSOR.fullmatch(text):
        raise BadRequest(
            f"cursor must come from an earlier page, got {text[:40]!r}", field="cursor"
        )
    return text


def _time(request: web.Request, field: str) -> float | None:
    text = request.query.get(field)
    if text is None:
        return None
    # A plus sign in a query string is a space once it is decoded.
    return epoch_of(text.replace(" ", "+"), field=field)


def _json(body: Any, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps(body),
        content_type="application/json",
        headers=_UNCACHED,
    )
