"""A real process whose disk neither takes nor refuses: it says so, and waits."""

import asyncio
import os
import signal
import sys
from contextlib import closing
from pathlib import Path

import orjson
import pytest_asyncio

from engage.stores.journal.sqlite import read_journal
from tests.faults.test_drain import BODY, CONFIG, HEAD, Running

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("hanging_disk.py")


class OnSuchADisk(Running):
    """A service whose disk can be made to hang."""

    async def toggle(self):
        """Let the disk hang, or go on; return which, once it does."""
        self.process.stdin.write(b"\n")
        async for line in self.process.stdout:
            if line in (b"hangs\n", b"goes on\n"):
                return line.decode().strip()
        raise AssertionError("it ended")

    async def logged(self, event):
        """Return the first line of the log with this event, once it is there."""
        async with asyncio.timeout(60):
            async for line in self.process.stderr:
                if line.startswith(b"{") and orjson.loads(line)["event"] == event:
                    return orjson.loads(line)
        raise AssertionError(f"it ended without {event}")

    async def told(self, request):
        """Return the answer's head and its body, if that is JSON."""
        reader, writer = await self.connect(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split()
        body = await reader.readexactly(int(length[0])) if length else b""
        writer.close()
        return head, orjson.loads(body) if b"json" in head else body


@pytest_asyncio.fixture
async def service(tmp_path):
    """A service that is ready, on such a disk."""
    config = tmp_path / "engage.toml"
    config.write_text(CONFIG.format(delay=0, limit=20, body=30))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, PROGRAM, "serve", "--config", config),
        *("--data", tmp_path / "data"),
        env={
            **os.environ,
            "ENGAGE_PK_DEMO_SERVER_KEY": "sk_0123456789abcdef",
            "PYTHONPATH": str(ROOT),
        },
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        first = (await process.stdout.readline()).decode()
        host, port = first.removeprefix("ready http://").strip().split(":")
        yield OnSuchADisk(process, host, int(port))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_disk_that_hangs(service, tmp_path):
    """Not ready, it says why, and takes nothing; what waited is kept once it can be."""
    look = b"GET /readyz HTTP/1.1\r\nHost: e\r\n\r\n"
    assert await service.toggle() == "hangs"
    waiting, writer = await service.connect(HEAD + BODY)
    stopped = await service.logged("journal.stopped")
    head, body = await service.told(look)
    refused, _ = await service.told(HEAD + BODY.replace(b"v_1", b"v_2"))

    assert head.startswith(b"HTTP/1.1 503")
    assert (body["ready"], body["missing"]) == (False, ["journal"])
    assert body["journal"].startswith("a write has waited for the disk for ")
    assert stopped["why"].startswith("a write has waited for the disk for ")
    assert refused.startswith(b"HTTP/1.1 503")
    assert await service.get("/healthz") == 200

    assert await service.toggle() == "goes on"
    answered = await waiting.readuntil(b"\r\n\r\n")
    writer.close()
    await service.logged("journal.resumed")
    head, body = await service.told(look)
    service.process.send_signal(signal.SIGTERM)

    assert answered.startswith(b"HTTP/1.1 204")
    assert (head.split()[1], body["journal"]) == (b"200", "")
    assert await service.ended() == 0
    with closing(read_journal(tmp_path / "data" / "journal.sqlite")) as journal:
        rows = journal.decisions("pk_demo", limit=10).rows
    assert [row["session"] for row in rows] == ["s_1"]
