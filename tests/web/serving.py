"""A whole service on loopback ports, and what speaks to it like anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
from aiohttp import ClientSession, DummyCookieJar
from multidict import CIMultiDict

from engage.clock import Clock
from engage.settings import (
    InterventionSettings,
    ServerSettings,
    Settings,
    SiteSecrets,
    SiteSettings,
)
from engage.web.app import admin_app, public_app
from engage.web.server import Listener, build_service, run
from engage.web.service import Service

T0 = 1_763_720_100.0
ORIGIN = "https://shop.example"
KEY = "sk_demo_0123456789"
JSON = {"Content-Type": "application/json"}
SERVER = {"Authorization": f"Bearer {KEY}"}
SALT = b"0123456789abcdef"
INTERVENTIONS = (
    InterventionSettings(
        id="returns", kind="help", texts={}, options={"href": "/help/returns"}
    ),
    InterventionSettings(
        id="autumn10",
        kind="discount",
        texts={},
        options={"pool": "autumn10", "percent": 10.0, "budget_cents": 50_000},
    ),
    InterventionSettings(
        id="chat_guitars", kind="chat", texts={}, options={"group": "guitars"}
    ),
)
SITE = SiteSettings(
    key="pk_demo",
    origins=(ORIGIN,),
    welcome_automated=True,
    interventions=INTERVENTIONS,
    holdout=replace(SiteSettings(key="x").holdout, share=0.0, taper_share=0.0),
)
OTHER = SiteSettings(key="pk_other", origins=("https://other.example",))


@dataclass(frozen=True)
class At:
    """Where a service listens, and the service itself."""

    url: str
    admin: str
    service: Service
    client: ClientSession
    opened: list[Raw] = field(default_factory=list)

    async def call(
        self, method: str, path: str, *, admin: bool = False, **options: Any
    ) -> Answer:
        """Send one request and return the whole answer."""
        where = (self.admin if admin else self.url) + path
        async with self.client.request(method, where, **options) as answer:
            body = await answer.read()
            return Answer(answer.status, CIMultiDict(answer.headers), body)

    async def beacon(self, *events: Any, **fields: Any) -> Answer:
        """Send a beacon from the shop's own origin."""
        headers = {"Origin": ORIGIN, **JSON, **fields.pop("headers", {})}
        return await self.call(
            "POST", "/v1/beacons", data=beacon(*events, **fields), headers=headers
        )

    async def shop(self, method: str, path: str, body: Any = None) -> Answer:
        """Call as the shop's server."""
        data = None if body is None else orjson.dumps(body)
        return await self.call(method, path, data=data, headers={**JSON, **SERVER})

    async def until(self, fact: Callable[[], Any]) -> None:
        """Wait for `fact`, one request of no consequence at a time."""
        async with asyncio.timeout(60):
            while not fact():
                await self.call("GET", "/healthz", admin=True)

    async def by_hand(self, *timers: str) -> None:
        """End timers of upkeep: from now on only the test does what they do.

        Else a round of theirs may have taken something up and not be done with it.
        """
        for task in self.service.upkeep._tasks:
            if task.get_name() in timers:
                task.cancel()
                await asyncio.wait({task})

    async def raw(self, *parts: bytes) -> Raw:
        """Open a socket, send `parts`, and return the open connection."""
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        reader, writer = await asyncio.open_connection(host, int(port))
        for part in parts:
            writer.write(part)
            await writer.drain()
        self.opened.append(Raw(reader, writer))
        return self.opened[-1]


@dataclass(frozen=True)
class Answer:
    """One answer, read to its end."""

    status: int
    headers: CIMultiDict[str]
    body: bytes

    def json(self) -> Any:
        """Return the body as plain data."""
        return orjson.loads(self.body)

    @property
    def field(self) -> str | None:
        """The field that a problem names."""
        return self.json().get("field")


@dataclass(frozen=True)
class Raw:
    """An open connection without a client's good manners."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> Answer:
        """Read one answer with a length."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 60)
        first, *lines = head.decode().strip().split("\r\n")
        headers = CIMultiDict([tuple(line.split(": ", 1)) for line in lines])
        length = int(headers.get("Content-Length", 0))
        body = await self.reader.readexactly(length)
        return Answer(int(first.split()[1]), headers, body)

    async def rest(self) -> bytes:
        """Read until the other side closes."""
        return await asyncio.wait_for(self.reader.read(), 60)

    async def close(self) -> None:
        """Close."""
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


def beacon(*events: Any, **fields: Any) -> bytes:
    """Return a beacon; an event may be given by its name."""
    rows = [{"name": one} if isinstance(one, str) else one for one in events]
    plain = {
        "v": 1,
        "site": "pk_demo",
        "visitor": "v_1",
        "session": "s_1",
        "tab": "t_1",
        "seq": 0,
        "consent": {"measure": True, "personalise": True},
        "page": {"kind": "product"},
        "events": [{"age_ms": 0, **row} for row in rows or [{"name": "page_view"}]],
    }
    return orjson.dumps({**plain, **fields})


def request(body: bytes, *headers: str, path: str = "/v1/beacons") -> bytes:
    """Return a POST as bytes, with its true length unless `headers` say otherwise."""
    lines = [f"POST {path} HTTP/1.1", "Host: engage", *headers]
    if not any("content-length" in line.lower() for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    if not any("content-type" in line.lower() for line in headers):
        lines.append("Content-Type: application/json")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def settings(data: Path, *, sites: tuple[SiteSettings, ...], **server: Any) -> Settings:
    """Return the settings of a process; limits are wide unless `server` says."""
    wide = {"network_beacons_per_s": 1e5, "network_burst": 1e5, "drain_delay_s": 0.0}
    secrets = {
        site.key: SiteSecrets(server_key=KEY + "-" * index, salt=SALT)
        for index, site in enumerate(sites)
    }
    return Settings(
        server=ServerSettings(data=str(data), **{**wide, **server}),
        sites=sites,
        secrets=secrets,
    )


@asynccontextmanager
async def serving(
    data: Path,
    *,
    clock: Clock | None = None,
    sites: tuple[SiteSettings, ...] = (SITE, OTHER),
    **server: Any,
) -> AsyncIterator[At]:
    """Run a service until the block ends; public and operators' listener apart."""
    told = settings(data, sites=sites, **server)
    service = await build_service(told, clock=clock)
    listeners = [
        Listener(app=app, host="127.0.0.1", port=0)
        for app in (public_app(service), admin_app(service))
    ]
    ready: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    task = asyncio.create_task(
        run(service, listeners, on_ready=ready.set_result, stop=stop)
    )
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    urls = await ready
    async with ClientSession(
        cookie_jar=DummyCookieJar(), auto_decompress=False
    ) as client:
        at = At(urls[0], urls[1], service, client)
        try:
            yield at
        finally:
            for raw in at.opened:
                await raw.close()
            stop.set()
            await task
