"""Turns errors into problem documents; nobody else answers with an error."""

# Rules of this file: a caller's fault is one info line and a counter, ours is loud; of
# a flood there are a few lines, for counters tell of it.
# Neither line names a visitor: the route is logged, never the path, and no detail, for
# both may repeat what somebody sent.

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from aiohttp import web
from msgspec.structs import replace

from engage.errors import CallerError, StoreError, Unauthorised
from engage.telemetry import logger
from engage.web.answered import REQUEST_ID, request_id
from engage.web.service import SERVICE, Service
from engage.wire.decision import encode
from engage.wire.problem import MEDIA_TYPE, Problem
from engage.wire.problem import problem_of as of_error

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = logger()
RETRY_AFTER_S = 5
# Where a route leaves the CORS headers that its refusals need, too.
CORS = web.RequestKey("engage.cors", dict[str, str])
# The id of a request that was answered with a problem.
ID = web.RequestKey("engage.request", str)


def problem(told: Problem, *, retry_after_s: int | None = None) -> web.Response:
    """Return an `application/problem+json` answer (RFC 9457)."""
    clean = replace(
        told, detail=_clean(told.detail), field=told.field and _clean(told.field)
    )
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    if told.status == Unauthorised.status:
        # RFC 9110, 11.6.1: a 401 says what would be accepted.
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        status=told.status,
        body=encode(clean),
        content_type=MEDIA_TYPE,
        headers=headers,
    )


def answer_to(error: CallerError) -> web.Response:
    """Return the answer that a caller's error deserves."""
    waits = error.status in {429, 503}
    return problem(
        of_error(error),
        retry_after_s=(error.retry_after_s or RETRY_AFTER_S) if waits else None,
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error of a handler as a problem."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        answer = _of_http(error, request)
    except Exception as error:  # noqa: BLE001 - the task boundary of a request
        service = request.app[SERVICE]
        answer = problem_of(error, route=route_of(request), service=service)
        request[ID] = answer.headers[REQUEST_ID]
    allowed: Mapping[str, str] = request.get(CORS, {})
    answer.headers.update(allowed)
    return answer


def problem_of(error: Exception, *, route: str, service: Service) -> web.Response:
    """Return what whoever sent a request is told of an error, and log it.

    The answer carries the id under which the line stands in the log, if it has one.
    """
    request = request_id()
    answer, line = _told(error)
    kind = error.kind if isinstance(error, CallerError) else type(error).__name__
    now_s = service.clock.monotonic_s()
    many = service.answered.lines_for(route, kind, now_s=now_s)
    if many:
        sample = {"one_in": many} if many > 1 else {}
        line(route=route, request=request, **sample)
    answer.headers[REQUEST_ID] = request
    return answer


def _told(error: Exception) -> tuple[web.Response, Callable[..., None]]:
    """Return what is answered to an error, and what logs it."""
    if isinstance(error, CallerError):
        # A rate limit at work is no news.
        tell = log.debug if error.status == 429 else log.info
        about = {"status": error.status, "kind": error.kind}
        return answer_to(error), partial(tell, "request.refused", **about)
    if isinstance(error, StoreError):
        # Every request fails then, and the reason says it all: no traceback.
        told = Problem(
            type="/problems/not-ready",
            title="Not ready",
            status=503,
            detail="journal or Redis cannot be reached now; nothing was accepted",
        )
        line = partial(log.error, "store.failed", error=str(error))
        return problem(told, retry_after_s=RETRY_AFTER_S), line
    # Whatever else escaped is our fault, and loud.
    told = Problem(
        type="/problems/internal",
        title="This is our fault",
        status=500,
        detail="an unexpected error was logged",
    )
    return problem(told), partial(log.error, "request.failed", exc_info=error)


def route_of(request: web.Request) -> str:
    """Return the name of the request's route; `other` for unknown paths."""
    return request.match_info.route.name or "other"


def _of_http(error: web.HTTPException, request: web.Request) -> web.Response:
    """Return aiohttp's own refusals (unknown path, wrong method) as problems."""
    details = {
        404: f"there is nothing at {request.path[:100]}",
        405: f"{request.method[:20]} is not one of this path's methods",
    }
    told = Problem(
        type=f"/problems/{error.reason.lower().replace(' ', '-')}",
        title=error.reason,
        status=error.status,
        detail=details.get(error.status, error.reason),
    )
    answer = problem(told)
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def _clean(text: str) -> str:
    # Bytes that are no text arrive as surrogates, which JSON cannot carry.
    return text.encode("utf-8", "replace").decode()
