"""A service with a console on it, and a visitor who asks for advice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import orjson
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from engage.clock import ManualClock
from engage.settings import (
    InterventionSettings,
    ServerSettings,
    Settings,
    SiteSecrets,
    SiteSettings,
)
from engage.street import agents
from engage.web.console.routes import add_console
from engage.web.errors import problems
from engage.web.server import build_service
from engage.web.service import SERVICE, Service
from engage.wire.beacon import decode_beacon
from engage.wire.shop import GroupStatus

WRITES = {"X-Engage-Console": "1"}
T0 = 1_763_720_100.0
SITE = SiteSettings(
    key="pk_demo",
    name="Saitenwerk",
    welcome_automated=True,
    any_loopback_origin=True,
    interventions=(
        InterventionSettings(
            id="chat_guitars", kind="chat", texts={}, options={"group": "guitars"}
        ),
        InterventionSettings(
            id="autumn10",
            kind="discount",
            texts={},
            options={"pool": "autumn10", "percent": 10.0, "budget_cents": 50_000},
        ),
        InterventionSettings(
            id="returns", kind="help", texts={}, options={"href": "/help/returns"}
        ),
    ),
)
SECRETS = SiteSecrets(server_key="sk_demo", salt=b"0123456789abcdef")


def settings(
    data: Path, *, mode: str = "learned", more: tuple[SiteSettings, ...] = ()
) -> Settings:
    """Return the settings of a process with one shop, or with more of them."""
    sites = (replace(SITE, mode=mode), *more)
    return Settings(
        server=ServerSettings(data=str(data), limit_loopback=False),
        sites=sites,
        secrets={site.key: SECRETS for site in sites},
    )


@asynccontextmanager
async def console(
    data: Path,
    *,
    token: str | None = None,
    reader: str | None = None,
    is_demo: bool = True,
    mode: str = "learned",
    more: tuple[SiteSettings, ...] = (),
) -> AsyncIterator[tuple[TestClient, Service]]:
    """Serve a console on a loopback port; yields a client and the service behind it."""
    chosen = settings(data, mode=mode, more=more)
    service = await build_service(chosen, clock=ManualClock(at_s=T0))
    app = web.Application(middlewares=[problems])
    app[SERVICE] = service
    add_console(app, token=token, reader=reader, is_demo=is_demo)
    try:
        async with TestClient(TestServer(app)) as client:
            yield client, service
    finally:
        await service.stop()


async def ask(service: Service, visitor: str = "v_1", *, seq: int = 0) -> None:
    """Let a visitor look at a guitar and ask for advice."""
    item = {"item_id": "42", "price": 899, "item_category": "guitars"}
    body = {
        "v": 1,
        "site": "pk_demo",
        "visitor": visitor,
        "session": f"s_{visitor}",
        "seq": seq,
        "consent": {"measure": True, "personalise": True},
        "page": {"kind": "product"},
        "events": [
            {"name": "page_view"},
            {"name": "view_item", "item": item},
            {"name": "ask"},
        ],
    }
    beacon, _ = decode_beacon(orjson.dumps(body))
    await service.engine("pk_demo").receive(beacon)


async def price_agents(service: Service, *, eur: float) -> None:
    """Let two agents be there, and a slot of theirs cost so much."""
    site = service.engine("pk_demo").site
    status = GroupStatus(online=2, free=2, ttl_s=600.0)
    await agents.announce(site, "guitars", status)
    site.snapshot = replace(site.snapshot, prices={"guitars": eur})


def publish(service: Service, *, threshold: float) -> int:
    """Publish a snapshot as the learner does, archived first; returns its number."""
    site = service.engine("pk_demo").site
    newest = site.journal.snapshot(site.key)
    number = newest.number + 1
    one = replace(site.snapshot, number=number, threshold=threshold)
    site.journal.put_snapshot(site.key, number, offset=number, body=one.encode())
    service.adopt(site.key, one)
    return number


async def post(
    client: TestClient, path: str, body: object, **headers: str
) -> ClientResponse:
    """Post JSON as the console's own page does."""
    return await client.post(
        f"/console/api/{path}", json=body, headers={**WRITES, **headers}
    )
