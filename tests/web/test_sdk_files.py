"""The SDK's files over HTTP: caching, integrity, compression."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest

from engage import __version__
from engage.errors import NotFound
from engage.web.sdk_files import SDK_FILES, sdk_integrity

ROOT = Path(__file__).parents[2]
LATEST, PINNED = "/sdk/engage.js", f"/sdk/{__version__}/engage.js"


async def test_caching(at):
    """The latest is cached for minutes, a version for ever; the bytes are the same."""
    latest, pinned = await at.call("GET", LATEST), await at.call("GET", PINNED)

    assert latest.headers["Cache-Control"] == "public, max-age=300"
    assert "immutable" in pinned.headers["Cache-Control"]
    assert latest.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert latest.headers["X-Content-Type-Options"] == "nosniff"
    assert latest.headers["Access-Control-Allow-Origin"] == "*"
    assert gunzipped(latest) == gunzipped(pinned)


@pytest.mark.parametrize("file", sorted(SDK_FILES - {"engage.js"}))
async def test_parts_are_no_older_than_the_script(at, file):
    """A part is kept no longer than the script that loads it, which fits no other."""
    part = await at.call("GET", f"/sdk/{__version__}/{file}")
    script = await at.call("GET", LATEST)

    assert part.headers["Cache-Control"] == script.headers["Cache-Control"]


async def test_integrity_is_of_what_is_served(at):
    """The hash in console and README fits the versioned file."""
    digest = hashlib.sha384(gunzipped(await at.call("GET", PINNED))).digest()
    readmes = [(ROOT / name).read_text() for name in ("README.md", "sdk_js/README.md")]

    assert sdk_integrity() == "sha384-" + base64.b64encode(digest).decode()
    assert set(re.findall(r"sha384-[\w+/=]+", " ".join(readmes))) == {sdk_integrity()}


async def test_compression(at):
    """Who can unpack gets it packed, who cannot gets it plain."""
    packed = await at.call("GET", LATEST, headers={"Accept-Encoding": "gzip, br"})
    plain = await at.call("GET", LATEST, headers={"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


async def test_revalidation(at):
    """An unchanged file is not sent again."""
    first = await at.call("GET", LATEST)
    again = await at.call(
        "GET", LATEST, headers={"If-None-Match": first.headers["ETag"]}
    )

    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("file", sorted(SDK_FILES))
async def test_every_chunk_is_served(at, file):
    """Each built file is there under its version, where the loader looks."""
    assert (await at.call("GET", f"/sdk/{__version__}/{file}")).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/sdk/none.js",
        "/sdk/..%2Fbrowser.py",
        "/sdk/0.0.0/engage.js",
        f"/sdk/{__version__}/..%2F..%2Faccess.py",
        f"/sdk/{__version__}x/engage.js",
    ],
)
async def test_nothing_else_is_served(at, path):
    """Only the SDK's own files and versions exist."""
    answer = await at.call("GET", path)

    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_unknown_file_has_no_hash():
    """Asking for the hash of a file that is not there says so."""
    with pytest.raises(NotFound, match="no SDK file"):
        sdk_integrity("none.js")


def gunzipped(answer):
    """Return a body as it was before packing."""
    packed = answer.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(answer.body) if packed else answer.body
