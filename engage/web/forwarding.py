"""What one of several workers does not answer by itself: the ledger is asked first.

Orders, refunds, erasures and everything the shop reads concern what all workers have
recorded. The worker checks who asks, passes the question on and the answer back.
"""

# Rules of this file: without a ledger, an order or an erasure is kept here, durably,
# and settled there later; a question is refused, to be asked again.

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from engage.errors import Forbidden, NotFound, NotReady, Unauthorised
from engage.street.erasure import erase
from engage.street.receiving import receive
from engage.street.site import Site
from engage.telemetry import logger
from engage.web.access import is_allowed
from engage.web.beacons import readable_by
from engage.web.body import read_body
from engage.web.errors import CORS, Handler, route_of
from engage.web.ledger_door import LedgerDoor, Replied
from engage.web.service import SERVICE, Service
from engage.wire.limits import SHOP_BYTES
from engage.wire.shop import decode_order, read_id

log = logger()
_PASSED_BACK: Final = ("Cache-Control", "Content-Type", "Link", "Retry-After")
# Statuses that say that the ledger could not, not that the question was wrong.
_UNABLE: Final = 500

Answer = Callable[[web.Request, Service, Site, LedgerDoor], Awaitable[web.Response]]


@web.middleware
async def ledger_first(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the ledger answer what only it can know."""
    service = request.app[SERVICE]
    answer, ledger = _ANSWERS.get(route_of(request)), service.ledger
    if answer is not None and ledger is not None:
        key = service.keys.site(request.headers.get("Authorization"))
        return await answer(request, service, service.engine(key).site, ledger)
    if route_of(request) == "confirm" and ledger is not None:
        return await _confirm(request, handler, service, ledger)
    return await handler(request)


async def _order(
    request: web.Request, service: Service, site: Site, ledger: LedgerDoor
) -> web.Response:
    """Have an order or refund settled, or keep it until it can be."""
    service.require_ready()
    body = await read_body(
        request,
        deadline_s=service.settings.server.body_deadline_s,
        wire_limit=SHOP_BYTES,
        inflated_limit=SHOP_BYTES,
    )
    message = decode_order(body)
    reply = await _forward(request, service, ledger, body=body)
    if reply is not None:
        return reply
    await receive(site, message)
    return web.Response(
        status=202, body=b'{"result":"received"}', content_type="application/json"
    )


async def _erasure(
    request: web.Request, service: Service, site: Site, ledger: LedgerDoor
) -> web.Response:
    """Have a visitor erased everywhere, or keep the wish until that can be."""
    service.require_ready()
    visitor = read_id(request.match_info["id"], field="id")
    reply = await _forward(request, service, ledger)
    if reply is not None:
        return reply
    await erase(site, visitor)
    return web.Response(status=204)


async def _question(
    request: web.Request, service: Service, _site: Site, ledger: LedgerDoor
) -> web.Response:
    """Pass a question on.

    Raises:
        NotReady: the ledger does not answer now.
    """
    reply = await _forward(request, service, ledger)
    if reply is None:
        raise NotReady("the ledger does not answer now")
    return reply


async def _confirm(
    request: web.Request, handler: Handler, service: Service, ledger: LedgerDoor
) -> web.StreamResponse:
    """Confirm a card of this worker's own, or ask the ledger about another's.

    Raises:
        Forbidden: the origin is no site's.
        NotFound: nobody has given such a card.
        NotReady: it is not this worker's, and the ledger does not answer now.
    """
    decision = read_id(request.match_info["id"], field="id")
    for site in service.engines:
        if service.journal.decision(site, decision) is not None:
            return await handler(request)
    origin = request.headers.get("Origin")
    headers = request[CORS] = readable_by(service, origin)
    # The decision may be any site's: those that the origin is none of are not asked.
    sites = [
        key
        for key, engine in service.engines.items()
        if origin is None or is_allowed(engine.site.settings, origin)
    ]
    if not sites:
        raise Forbidden("origin must be a site's own", field="origin")
    service.limit_network(request.remote, request.headers)
    body = await read_body(request, deadline_s=service.settings.server.body_deadline_s)
    path = f"/internal/decisions/{decision}/confirm"
    for key in sites:
        sent = {**ledger.key_of(key), "Content-Type": "application/json"}
        reply = await ledger.ask("POST", path, headers=sent, body=body)
        if reply is None or reply.status >= _UNABLE:
            raise NotReady("the ledger does not answer now")
        if reply.status != NotFound.status:
            return _passed_back(reply, headers)
    raise NotFound(f"there is no decision {decision!r}", field="id")


async def _forward(
    request: web.Request, service: Service, ledger: LedgerDoor, *, body: bytes = b""
) -> web.Response | None:
    """Return the ledger's answer; None if it has none, or cannot answer now."""
    headers = {"Authorization": request.headers["Authorization"]}
    if body:
        headers["Content-Type"] = "application/json"
    path = request.rel_url.raw_path_qs
    reply = await ledger.ask(request.method, path, headers=headers, body=body)
    is_stranger = reply is not None and reply.status == Unauthorised.status
    if is_stranger:
        # We know that key: a shop or a key is new, and the learner not started since.
        log.warning("ledger.key_unknown", route=route_of(request))
    if reply is None or is_stranger or reply.status >= _UNABLE:
        service.metrics.dropped.add("unforwarded")
        return None
    return _passed_back(reply, {})


def _passed_back(reply: Replied, headers: dict[str, str]) -> web.Response:
    kept = {name: reply.headers[name] for name in _PASSED_BACK if name in reply.headers}
    return web.Response(
        status=reply.status, body=reply.body, headers={**headers, **kept}
    )


_ANSWERS: Final[dict[str, Answer]] = {
    "orders": _order,
    "visitor": _question,
    "visitor_erasure": _erasure,
    "decisions": _question,
}
