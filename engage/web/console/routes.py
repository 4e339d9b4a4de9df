"""The console: one page for who runs the shop, by day or at night.

`add_console` puts it on an application; what lives with it stands in `console/run`.
"""

# Rules of this file: routes and their life. Every route but the page's own files and
# the sign-in is closed to who is not let in. A stream never holds up what it tells of.

from __future__ import annotations

import asyncio
from typing import Any, Final, TypeVar

import msgspec
import orjson
from aiohttp import web

from engage.errors import BadRequest, NotFound, SnapshotRejected, TooMany
from engage.learning.snapshots import Snapshot
from engage.stores.base import Body
from engage.street.erasure import erase
from engage.street.site import Site
from engage.telemetry import logger
from engage.web.body import read_body
from engage.web.console import pages
from engage.web.console.access import (
    ACCESS,
    COOKIE,
    ROLE,
    SESSION_S,
    Access,
    admitted,
    operated,
    require_own_page,
)
from engage.web.console.hub import event
from engage.web.console.pins import PinWish, pin, plain
from engage.web.console.run import Console
from engage.web.console.switches import (
    Agents,
    Pause,
    SignIn,
    pause,
    set_agents,
)
from engage.web.console.trial import TrialWish, order
from engage.web.console.why import detail
from engage.web.operations import REGISTRY
from engage.web.service import SERVICE
from engage.wire.shop import read_id

log = logger()
routes = web.RouteTableDef()
T = TypeVar("T")
# Proxies close what is silent; browsers notice a dead stream only by its silence.
_BEAT_S: Final = 15.0
_BODY: Final = 4 * 1024


CONSOLE: Final = web.AppKey("console", Console)


def add_console(
    app: web.Application,
    *,
    token: str | None,
    is_demo: bool,
    reader: str | None = None,
) -> None:
    """Put the console on an application that holds a `SERVICE`.

    Args:
        app: not started yet.
        token: what signs in; None leaves it open to this machine, for the demo.
        reader: what signs in somebody who may look and change nothing.
        is_demo: the page says that its shoppers are simulated.
    """
    service = app[SERVICE]
    app[ACCESS] = Access(token=token, reader=reader, clock=service.clock)
    console = app[CONSOLE] = Console(service, is_demo=is_demo)
    if REGISTRY in app:
        # What the console knows of a site's evidence is also there for dashboards.
        app[REGISTRY].register(console.follower.figures)
    app.add_routes(routes)
    app.add_routes(pages.routes)
    app.on_startup.append(_start)
    app.on_shutdown.append(_end_streams)
    app.on_cleanup.append(_stop)


async def _start(app: web.Application) -> None:
    await app[CONSOLE].start()


async def _end_streams(app: web.Application) -> None:
    app[CONSOLE].end_streams()


async def _stop(app: web.Application) -> None:
    await app[CONSOLE].stop()


@routes.get("/console/api/state", name="console_state")
@admitted
async def get_state(request: web.Request) -> web.StreamResponse:
    """Return everything the page shows."""
    console = request.app[CONSOLE]
    state = await console.state(console.hub(request))
    return _json(state | _as_whom(request))


@routes.get("/console/api/live", name="console_live")
@admitted
async def get_live(request: web.Request) -> web.StreamResponse:
    """Stream the state once, then everything as it happens."""
    console = request.app[CONSOLE]
    hub = console.hub(request)
    if hub.is_full:
        raise TooMany("too many consoles are open", retry_after_s=30)
    answer = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    await answer.prepare(request)
    watcher = hub.watch()
    try:
        state = await console.state(hub)
        await answer.write(event("state", state | _as_whom(request)))
        access = request.app[ACCESS]
        while (message := await _next(watcher.queue)) and access.still_admits(request):
            await answer.write(message)
            if watcher.missed and watcher.queue.empty():
                await answer.write(event("missed", {"count": watcher.missed}))
                watcher.missed = 0
    except ConnectionResetError:
        # The page was closed; that is how streams end.
        return answer
    finally:
        hub.leave(watcher)
    return answer


def _as_whom(request: web.Request) -> dict[str, Any]:
    """Return what the page may offer to who has signed in."""
    is_signed_in = request.app[ACCESS].token is not None
    return {"role": request[ROLE], "is_signed_in": is_signed_in}


async def _next(queue: asyncio.Queue[bytes]) -> bytes:
    """Return the next message, a heartbeat in silence, nothing at the end."""
    try:
        async with asyncio.timeout(_BEAT_S):
            return await queue.get()
    except TimeoutError:
        return b": beat\n\n"


@routes.get("/console/api/decisions/{id}", name="console_decision")
@admitted
async def get_decision(request: web.Request) -> web.StreamResponse:
    """Return one decision with everything that led to it."""
    console = request.app[CONSOLE]
    site = console.hub(request).site
    name = read_id(request.match_info["id"], field="id")
    body = await asyncio.to_thread(site.journal.decision, site.key, name)
    if body is None:
        raise NotFound(f"there is no decision {name!r}", field="id")
    snapshot = await asyncio.to_thread(_archived, site, body)
    told = detail(site, body, snapshot)
    if request[ROLE] != "operator":
        # Who may only look does not learn who it was.
        del told["visitor"]
    return _json(told)


def _archived(site: Site, body: Body) -> Snapshot | None:
    number = body["snapshot"]
    if number == site.snapshot.number:
        return site.snapshot
    stored = site.journal.snapshot(site.key, number)
    if stored is None:
        return None
    try:
        return Snapshot.decode(stored.body)
    except SnapshotRejected as error:
        named = {"site": site.key, "number": number}
        log.warning("snapshot.refused", **named, detail=str(error))
        return None


@routes.post("/console/api/agents/{group}", name="console_agents")
@operated
async def post_agents(request: web.Request) -> web.StreamResponse:
    """Say by hand who is there to chat."""
    site = request.app[CONSOLE].hub(request).site
    group = read_id(request.match_info["group"], field="group")
    await set_agents(site, group, await _message(request, Agents))
    return web.Response(status=204)


@routes.post("/console/api/pause", name="console_pause")
@operated
async def post_pause(request: web.Request) -> web.StreamResponse:
    """Pause or resume an intervention or everything."""
    site = request.app[CONSOLE].hub(request).site
    switches = await pause(site, await _message(request, Pause))
    body = {"all_paused": switches.all_paused, "paused": sorted(switches.paused)}
    return _json(body)


@routes.post("/console/api/pin", name="console_pin")
@operated
async def post_pin(request: web.Request) -> web.StreamResponse:
    """Let a snapshot of the archive decide, or the newest again."""
    hub = request.app[CONSOLE].hub(request)
    pinned = await pin(hub.site, await _message(request, PinWish))
    return _json(plain(pinned))


@routes.post("/console/api/trial", name="console_trial")
@operated
async def post_trial(request: web.Request) -> web.StreamResponse:
    """Let the challenger's trial go on without the test, or end it."""
    hub, wish = request.app[CONSOLE].hub(request), await _message(request, TrialWish)
    await order(request.app[SERVICE], hub.site, hub.tried, wish)
    return web.Response(status=204)


@routes.get("/console/api/visitors/{id}", name="console_visitor")
@operated
async def get_visitor(request: web.Request) -> web.StreamResponse:
    """Return everything held about a visitor."""
    site = request.app[CONSOLE].hub(request).site
    visitor = read_id(request.match_info["id"], field="id")
    return _json(await request.app[SERVICE].held(site.key, visitor))


@routes.delete("/console/api/visitors/{id}", name="console_erasure")
@operated
async def delete_visitor(request: web.Request) -> web.StreamResponse:
    """Erase a visitor; again is no error."""
    site = request.app[CONSOLE].hub(request).site
    request.app[SERVICE].require_ready()
    visitor = read_id(request.match_info["id"], field="id")
    await erase(site, visitor)
    return web.Response(status=204)


@routes.post("/console/api/login", name="console_login")
async def post_login(request: web.Request) -> web.StreamResponse:
    """Sign in with the token; the cookie lasts a working day."""
    require_own_page(request)
    given = (await _message(request, SignIn)).token
    session = request.app[ACCESS].sign_in(given, peer=request.remote)
    answer = web.Response(status=204)
    answer.set_cookie(
        COOKIE,
        session,
        path="/console/",
        max_age=int(SESSION_S),
        httponly=True,
        secure=request.secure,
        samesite="Strict",
    )
    return answer


@routes.post("/console/api/logout", name="console_logout")
@admitted
async def post_logout(request: web.Request) -> web.StreamResponse:
    """Sign out."""
    request.app[ACCESS].sign_out(request)
    answer = web.Response(status=204)
    answer.del_cookie(COOKIE, path="/console/")
    return answer


async def _message(request: web.Request, cls: type[T]) -> T:
    body = await read_body(
        request,
        deadline_s=request.app[SERVICE].settings.server.body_deadline_s,
        wire_limit=_BODY,
        inflated_limit=_BODY,
    )
    try:
        return msgspec.json.decode(body, type=cls)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(str(error)) from error


def _json(body: Any) -> web.Response:
    return web.Response(
        body=orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY),
        content_type="application/json",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )
