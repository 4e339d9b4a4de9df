"""Tiny recordings, and a real service to send them to."""

from contextlib import asynccontextmanager

import orjson
from aiohttp import web

from engage.clock import rfc3339
from engage.settings import ServerSettings, Settings, SiteSecrets, SiteSettings
from engage.web.app import public_app
from engage.web.client import Client
from engage.web.server import build_service

T0 = 1_396_437_466.0
SERVER_KEY = "sk_test"
# Two visitors, one of them coming back to the first product; gaps of 30 to 90 s.
CLICKS = (
    ("1", "100", T0),
    ("1", "101", T0 + 30),
    ("2", "100", T0 + 45),
    ("1", "100", T0 + 120),
    ("2", "102", T0 + 135.5),
)


def yoochoose(folder, clicks=CLICKS, name="clicks.txt"):
    """Write clicks as YooChoose does and return the path."""
    path = folder / name
    rows = ["SessionId\tItemId\tTime"]
    rows += [f"{session}\t{item}\t{at_s}" for session, item, at_s in clicks]
    path.write_text("\n".join(rows) + "\n")
    return path


def beacon_line(seq, *, at_s, session="s_1", **changes):
    """Return a recorded beacon as a line of NDJSON."""
    plain = {
        "at": rfc3339(at_s),
        "v": 1,
        "site": "pk_demo",
        "visitor": "v_1",
        "session": session,
        "tab": "t_1",
        "seq": seq,
        "consent": {"measure": True, "personalise": True, "explicit": True},
        "page": {"kind": "product"},
        "events": [{"name": "page_view", "age_ms": 0}],
    }
    return orjson.dumps({**plain, **changes})


def ndjson(folder, *lines):
    """Write lines and return the path."""
    path = folder / "beacons.ndjson"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


@asynccontextmanager
async def service(folder, **server):
    """Run a real service on a free port and yield a client to it."""
    settings = Settings(
        server=ServerSettings(data=str(folder), **server),
        sites=(SiteSettings(key="pk_demo", any_loopback_origin=True),),
        secrets={"pk_demo": SiteSecrets(server_key=SERVER_KEY, salt=b"s" * 16)},
    )
    running = await build_service(settings)
    await running.start()
    runner = web.AppRunner(public_app(running), access_log=None, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with Client(url, server_key=SERVER_KEY) as client:
            yield client
    finally:
        await runner.cleanup()
        await running.stop()
