"""The console's own files: one page, its modules and its styles."""

# Rules of this file: only files that lie in the folder, by exact name, read at start.
# They hold nothing secret, so they need no sign-in; and nothing of anybody else's.

from __future__ import annotations

from pathlib import Path
from typing import Final

from aiohttp import web

from engage.errors import NotFound

ASSETS: Final = Path(__file__).parent / "page"
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
_FILES: Final = {
    path.name: (path.read_bytes(), _TYPES[path.suffix])
    for path in sorted(ASSETS.iterdir())
    if path.suffix in _TYPES
}
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A new release must never meet an old release's modules.
    "Cache-Control": "no-cache",
}
routes = web.RouteTableDef()


@routes.get("/console", name="console")
async def to_page(_request: web.Request) -> web.Response:
    """Lead to the page; its files are relative to the slash."""
    return web.Response(status=308, headers={"Location": "/console/"})


@routes.get("/console/", name="console_page")
async def page(_request: web.Request) -> web.Response:
    """Return the page."""
    return _file("index.html")


@routes.get("/console/{file}", name="console_file")
async def file(request: web.Request) -> web.Response:
    """Return one of the page's files."""
    return _file(request.match_info["file"])


def _file(name: str) -> web.Response:
    found = _FILES.get(name)
    if found is None:
        raise NotFound(f"the console has no file {name[:60]!r}", field="file")
    body, media = found
    return web.Response(
        body=body, content_type=media, charset="utf-8", headers=_HEADERS
    )
