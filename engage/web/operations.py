"""Routes for operators: alive, ready, metrics, and the API's own description."""

# Rules of this file: liveness has no dependencies; readiness says which one is missing,
# and which one is away though everything that can goes on without it.
# A scrape is rendered on a thread, never on the loop.

from __future__ import annotations

import asyncio

import orjson
from aiohttp import web
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from engage.street.shared_metrics import SharedInstruments
from engage.web.openapi import description
from engage.web.service import SERVICE, Service

health = web.RouteTableDef()
routes = web.RouteTableDef()
REGISTRY = web.AppKey("registry", CollectorRegistry)


@health.get("/healthz", name="healthz")
async def healthz(_request: web.Request) -> web.Response:
    """Say that the process is alive; depends on nothing."""
    return web.Response(text="alive\n")


@health.get("/readyz", name="readyz")
async def readyz(request: web.Request) -> web.Response:
    """Say whether decisions can be made and kept."""
    service = request.app[SERVICE]
    missing = []
    if service.is_draining:
        missing.append("draining")
    if service.is_stray:
        missing.append("salt")
    ailment = service.journal.ailment()
    if ailment:
        missing.append("journal")
    body = {
        "ready": not missing,
        "missing": missing,
        "journal": ailment,
        "away": away(service),
        "snapshots": {k: e.site.snapshot.number for k, e in service.engines.items()},
    }
    return web.Response(
        status=503 if missing else 200,
        body=orjson.dumps(body),
        content_type="application/json",
        headers={"Retry-After": "5"} if missing else {},
    )


def away(service: Service) -> list[str]:
    """Return what does not answer although decisions go on: `redis`, `learner`."""
    metrics, door = service.metrics, service.ledger
    shared = isinstance(metrics, SharedInstruments) and metrics.degraded.values.get(())
    # While Redis is away nobody can say where the learner is.
    lonely = not shared and door is not None and not door.url
    return ["redis"] * bool(shared) + ["learner"] * lonely


@routes.get("/metrics", name="metrics")
async def metrics(request: web.Request) -> web.Response:
    """Return everything measured, in the exposition format."""
    body = await asyncio.to_thread(generate_latest, request.app[REGISTRY])
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


@routes.get("/openapi.json", name="openapi")
async def openapi(_request: web.Request) -> web.Response:
    """Describe the API."""
    return web.Response(body=description(), content_type="application/json")


def registry_of(app: web.Application) -> CollectorRegistry:
    """Return the registry of a service: its own instruments and the process's."""
    registry = CollectorRegistry()
    registry.register(app[SERVICE].metrics)
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
