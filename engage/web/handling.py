"""A connection of aiohttp's server that tells even what is no HTTP as a problem.

aiohttp answers what its parser refuses by itself, before any route or middleware: in
plain text, with bytes of the request and its own name and version.
"""

# Rules of this file: with `sockets` and `express` the only ones that know aiohttp's
# insides. The log line is aiohttp's, through our logger.

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from engage.web.errors import problem
from engage.wire.problem import Problem

NAME: Final = "engage"
# What follows is a copy of what was sent.
_REPEATED: Final = re.compile(r"\s*:?\s*(?:\n|\bbytearray\b|\bb['\"])")
_LONGEST: Final = 100


class ProblemHandler(RequestHandler):
    """aiohttp's own, but for what it answers to messages that it cannot read."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return a problem in place of aiohttp's text; the connection ends after it.

        Raises:
            ConnectionError: part of an answer has been sent already.
        """
        # Logs, and closes the connection.
        super().handle_error(request, status, exc, message)
        title = HTTPStatus(status).phrase
        told = Problem(
            type=f"/problems/{title.lower().replace(' ', '-')}",
            title=title,
            status=status,
            detail=_detail(message) or title,
        )
        answer = problem(told)
        answer.headers["Server"] = NAME
        answer.force_close()
        return answer


def _detail(message: str | None) -> str:
    r"""Return what aiohttp's parser says without the bytes it says it of.

    >>> _detail("Bad status line:\n  Invalid HTTP version:\n\n  b'GET / HTTP/9.9'")
    'not readable as HTTP: Bad status line'
    >>> _detail(None)
    ''
    """
    first = _REPEATED.split(message or "", maxsplit=1)[0][:_LONGEST]
    return first and f"not readable as HTTP: {first}"


async def name_nobody(_request: web.Request, response: web.StreamResponse) -> None:
    """Say in an answer's `Server` who we are, not with which versions of what."""
    response.headers["Server"] = NAME
