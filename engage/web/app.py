"""Puts the routes together: an application for the internet, one for operators."""

# Rules of this file: order of middlewares and of routes, nothing else.

from __future__ import annotations

from aiohttp import web

from engage.web import (
    browser,
    ledger_routes,
    operations,
    sdk_files,
    shop,
)
from engage.web.console import elsewhere
from engage.web.errors import ID, Handler, problems, route_of
from engage.web.forwarding import ledger_first
from engage.web.handling import name_nobody
from engage.web.service import SERVICE, Service

_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"})


@web.middleware
async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and time every answer by its route, never by its path."""
    service = request.app[SERVICE]
    before_s = service.clock.monotonic_s()
    with service.in_flight:
        response = await handler(request)
    service.answered.note(
        route_of(request),
        _method(request.method),
        status=response.status,
        seconds=service.clock.monotonic_s() - before_s,
        request=request.get(ID, ""),
    )
    return response


def _method(method: str) -> str:
    # A client may invent methods; a label may not.
    return method if method in _METHODS else "other"


def public_app(service: Service) -> web.Application:
    """Return the application that the internet sees."""
    # Behind the errors: a worker's forwarding raises what its routes would.
    asked = [] if service.ledger is None else [ledger_first]
    app = web.Application(middlewares=[measured, problems, *asked])
    app.on_response_prepare.append(name_nobody)
    app[SERVICE] = service
    app.add_routes(browser.routes)
    app.add_routes(sdk_files.routes)
    app.add_routes(shop.routes)
    app.add_routes(operations.health)
    return app


def add_operations(app: web.Application) -> None:
    """Add what only operators see: metrics and the API's description."""
    app[operations.REGISTRY] = operations.registry_of(app)
    app.add_routes(operations.routes)


def admin_app(service: Service) -> web.Application:
    """Return the application for operators, on a listener of its own."""
    app = web.Application(middlewares=[measured, problems])
    app.on_response_prepare.append(name_nobody)
    app[SERVICE] = service
    app.add_routes(operations.health)
    add_operations(app)
    if service.ledger is not None:
        app.add_routes(elsewhere.routes)
    return app


def ledger_app(service: Service) -> web.Application:
    """Return the learner's application: for operators, and for what workers ask."""
    app = admin_app(service)
    app.add_routes(shop.routes)
    app.add_routes(ledger_routes.routes)
    return app
