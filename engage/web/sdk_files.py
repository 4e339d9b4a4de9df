"""The browser SDK's files: the current one, and every version by its number."""

# Rules of this file: what is served under a version never changes, once it is released.
# Bytes are read and compressed once.

from __future__ import annotations

import base64
import gzip
import hashlib
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from aiohttp import web

from engage import __version__
from engage.errors import NotFound

routes = web.RouteTableDef()
_SDK: Final = resources.files("engage") / "web" / "sdk"
# What pages name, with its hash where they like; the others it loads itself.
_SCRIPT: Final = "engage.js"
SDK_FILES: Final = frozenset(
    file.name for file in _SDK.iterdir() if file.name.endswith(".js")
)
# A fix is everywhere within five minutes; a version is itself for ever. Not so parts of
# the present one: built anew under the same version, script and parts shorten names in
# another way, and who had kept a part for ever would never see a card again.
_SOON: Final = "public, max-age=300"
_FOREVER: Final = "public, max-age=31536000, immutable"


class Script(NamedTuple):
    """One file as it is sent."""

    plain: bytes
    zipped: bytes
    etag: str


@routes.get("/sdk/{file}", name="sdk")
async def sdk_latest(request: web.Request) -> web.Response:
    """Serve the current SDK; cached for five minutes, so a fix is soon everywhere."""
    return _answer(request, __version__, caching=_SOON)


@routes.get("/sdk/{version}/{file}", name="sdk_version")
async def sdk_version(request: web.Request) -> web.Response:
    """Serve one version of the SDK, immutable but for the parts of the present one."""
    version, file = request.match_info["version"], request.match_info["file"]
    is_part = version == __version__ and file != _SCRIPT
    return _answer(request, version, caching=_SOON if is_part else _FOREVER)


def sdk_integrity(file: str = _SCRIPT) -> str:
    """Return the SRI hash of a versioned SDK file, for console and README.

    Raises:
        NotFound: there is no such file.
    """
    digest = hashlib.sha384(_script(__version__, file).plain).digest()
    return "sha384-" + base64.b64encode(digest).decode()


def _answer(request: web.Request, version: str, *, caching: str) -> web.Response:
    script = _script(version[:20], request.match_info["file"][:40])
    headers = {
        "Cache-Control": caching,
        "ETag": script.etag,
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    if script.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    body = script.plain
    if "gzip" in request.headers.get("Accept-Encoding", "").lower():
        headers["Content-Encoding"], body = "gzip", script.zipped
    return web.Response(
        body=body, content_type="text/javascript", charset="utf-8", headers=headers
    )


def _script(version: str, file: str) -> Script:
    """Return a file of a version; earlier versions lie in folders of their own.

    Raises:
        NotFound: there is no such version or file.
    """
    if version not in _versions():
        raise NotFound(f"there is no SDK {version!r}", field="version")
    if file not in _versions()[version]:
        raise NotFound(f"there is no SDK file {file!r}", field="file")
    return _read(version, file)


@cache
def _versions() -> dict[str, frozenset[str]]:
    """Return the files of every version that is shipped."""
    earlier = {
        folder.name: frozenset(file.name for file in folder.iterdir())
        for folder in _SDK.iterdir()
        if folder.is_dir() and folder.name[:1].isdigit()
    }
    return {**earlier, __version__: SDK_FILES}


@cache
def _read(version: str, file: str) -> Script:
    # Bounded: only names of `_versions` get here.
    folder = _SDK if version == __version__ else _SDK / version
    plain = (folder / file).read_bytes()
    etag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
    return Script(plain, gzip.compress(plain, mtime=0), etag)
